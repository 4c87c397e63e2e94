"""From outside bytes to lines, and the list of what is wrong with them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from qlf.errors import Problem, printable

_MIB = 1024 * 1024
_BOM = "\ufeff"
# C0 but for TAB and LF, DEL and C1: no source file needs one, and a terminal that shows a diff obeys them.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


_QUOTED = 100


def quoted(text: str) -> str:
    """Return outside text for use in a message: one line, short, nothing that a terminal would obey."""
    shown = text if len(text) <= _QUOTED else f"{text[:_QUOTED]}…"
    return f"`{printable(shown)}`"


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is read: bytes and lines of the text, characters of a line, files, and problems listed."""

    size: int = 16 * _MIB
    lines: int = 400_000
    line: int = 200_000
    files: int = 5_000
    problems: int = 100


@dataclass(slots=True)
class Report:
    """The problems of one text as they are found; beyond `limit` it only remembers that there are more."""

    file: str
    limit: int
    found: list[Problem] = field(default_factory=list)
    _more: bool = False

    def add(self, line: int, column: int, what: str, advice: str) -> None:
        """Note a problem at a place that counts from 1."""
        if len(self.found) < self.limit:
            self.found.append(Problem(self.file, line, column, what, advice))
        else:
            self._more = True

    def problems(self) -> list[Problem]:
        """Return the problems in the order of the text."""
        more = [Problem(self.file, 0, 0, f"there are more than {self.limit} problems", "mend these first")]
        return sorted(self.found) + (more if self._more else [])


@dataclass(slots=True)
class Cursor:
    """A place in a list of lines; beyond the last one the line is None."""

    lines: list[str]
    index: int = 0

    @property
    def line(self) -> str | None:
        """The line under the cursor."""
        return self.peek(0)

    @property
    def number(self) -> int:
        """The line's number, from 1."""
        return self.index + 1

    def peek(self, distance: int) -> str | None:
        """Return the line so many lines further on."""
        place = self.index + distance
        return self.lines[place] if place < len(self.lines) else None

    def starts(self, text: str) -> bool:
        """Tell whether there is a line under the cursor that starts so."""
        return (self.line or "").startswith(text)


def read_lines(source: bytes | str, report: Report, limits: Limits) -> list[str] | None:
    """Return the lines without their LF, or None if the text is beyond the limits.

    What is wrong with characters is reported; the lines then still serve to find what else is wrong.
    """
    raw = source if isinstance(source, bytes) else source.encode("utf-8", "surrogatepass")
    if len(raw) > limits.size:
        report.add(0, 0, f"the text is longer than {limits.size} bytes", "hand over less at once")
        return None
    text = _decoded(raw, report)
    _check_characters(text, report)
    lines = text.removeprefix(_BOM).replace("\r\n", "\n").split("\n")
    if lines[-1]:
        report.add(len(lines), len(lines[-1]) + 1, "the last line has no line end", "end the text with LF")
    else:
        lines.pop()
    return lines if _within(lines, report, limits) else None


def _decoded(raw: bytes, report: Report) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8")) + 1
        report.add(before.count(b"\n") + 1, column, "the text is not UTF-8", "write it in UTF-8")
        return raw.decode("utf-8", "replace")


def _check_characters(text: str, report: Report) -> None:
    if text.startswith(_BOM):
        report.add(1, 1, "the text starts with a byte order mark", "leave it out")
    kinds: set[str] = set()
    for match in _CONTROL.finditer(text):
        character = match.group()
        if character in kinds:
            continue
        kinds.add(character)
        line = text.count("\n", 0, match.start()) + 1
        column = match.start() - text.rfind("\n", 0, match.start())
        if character == "\r":
            report.add(line, column, "a line ends with CR LF or holds a CR", "end lines with LF alone")
        else:
            report.add(
                line, column, f"the text holds the control character U+{ord(character):04X}", "leave it out"
            )


def _within(lines: list[str], report: Report, limits: Limits) -> bool:
    if len(lines) > limits.lines:
        report.add(0, 0, f"the text has more than {limits.lines} lines", "hand over less at once")
        return False
    too_long = [number for number, line in enumerate(lines, 1) if len(line) > limits.line]
    for number in too_long:
        report.add(
            number, limits.line + 1, f"the line is longer than {limits.line} characters", "break it up"
        )
    return not too_long
