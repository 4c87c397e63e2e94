"""Reading hunks, whose counts decide where each one ends: a line `+``` ` is content and closes no fence."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from qlf.model.patch import FENCE, HEADER, TRAILER
from qlf.soc.patchset import Hunk

if TYPE_CHECKING:
    from qlf.soc.source import Cursor, Report

OPEN_END = r"\ No newline at end of file"
_NUMBER = "(0|[1-9][0-9]{0,8})"
_HEADER = re.compile(rf"@@ -{_NUMBER}(?:,{_NUMBER})? \+{_NUMBER}(?:,{_NUMBER})? @@(?: .*)?")
_MARKS = frozenset(" -+")


@dataclass(frozen=True, slots=True)
class _Header:
    """The numbers of `@@ -OLD_START,OLD_COUNT +NEW_START,NEW_COUNT @@`, and the line it stands on."""

    number: int
    old_start: int
    old_count: int
    new_start: int
    new_count: int

    @property
    def first(self) -> int:
        """The first old line; an empty side is numbered by the line before it."""
        return self.old_start + (self.old_count == 0)

    @property
    def new_first(self) -> int:
        return self.new_start + (self.new_count == 0)


@dataclass(slots=True)
class _Body:
    """The lines of one hunk as they are read, and how many of each side are still to come."""

    old_left: int
    new_left: int
    old: list[str] = field(default_factory=list)
    new: list[str] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)

    def takes(self, mark: str) -> bool:
        return mark in _MARKS and (mark == "+" or self.old_left > 0) and (mark == "-" or self.new_left > 0)

    def add(self, mark: str, line: str) -> None:
        self.marks.append(mark)
        if mark != "+":
            self.old_left -= 1
            self.old.append(line)
        if mark != "-":
            self.new_left -= 1
            self.new.append(line)

    def add_new(self, lines: list[str]) -> None:
        self.marks += "+" * len(lines)
        self.new += [f"{line[1:]}\n" for line in lines]
        self.new_left -= len(lines)

    def may_end_open(self) -> bool:
        """Tell whether the line added last is the last one on each of its sides."""
        mark = self.marks[-1]
        return (mark == "+" or self.old_left == 0) and (mark == "-" or self.new_left == 0)

    def end_open(self) -> None:
        for side, other in ((self.old, "+"), (self.new, "-")):
            if self.marks[-1] != other:
                side[-1] = side[-1].removesuffix("\n")


def begins_file(cursor: Cursor) -> bool:
    """Tell whether a file's `---` and `+++` lines are under the cursor."""
    return cursor.starts("--- ") and (cursor.peek(1) or "").startswith("+++ ")


def skip_hunks(cursor: Cursor) -> None:
    """Go to where reading can start again: a file, a hunk, or the end of the diff."""
    while not _resumes(cursor):
        cursor.index += 1


def _resumes(cursor: Cursor) -> bool:
    line = cursor.line
    if line is None or line.startswith((FENCE, "@@ ")) or line in {TRAILER, HEADER}:
        return True
    return begins_file(cursor)


def read_hunks(cursor: Cursor, report: Report) -> list[Hunk]:
    """Read all hunks of one file; those that cannot be read are reported and skipped."""
    hunks: list[Hunk] = []
    before: _Header | None = _Header(0, 0, 0, 0, 0)
    if not cursor.starts("@@"):
        report.add(
            cursor.number, 1, "the file has no hunk", "follow `+++ ` with `@@ -START,COUNT +START,COUNT @@`"
        )
        skip_hunks(cursor)
    while cursor.starts("@@"):
        header = _read_header(cursor, report)
        body = None if header is None else _read_body(cursor, report, header)
        if header is None or body is None:
            before = None
            continue
        if before is not None:
            _check_place(header, before, report, after_end=bool(hunks) and _is_open(hunks[-1]))
            before = header
        _check_content(header, body, report)
        trails = body.marks[-1:] == [" "]
        hunks.append(Hunk(header.number, header.first, tuple(body.old), tuple(body.new), trails))
    return hunks


def _read_header(cursor: Cursor, report: Report) -> _Header | None:
    number = cursor.number
    match = _HEADER.fullmatch(cursor.line or "")
    cursor.index += 1
    if match is None:
        report.add(number, 1, "the hunk's header cannot be read", "write `@@ -START,COUNT +START,COUNT @@`")
        skip_hunks(cursor)
        return None
    return _Header(number, *(1 if group is None else int(group) for group in match.groups()))


def _read_body(cursor: Cursor, report: Report, header: _Header) -> _Body | None:
    """Read as many lines as the header counts; if that cannot be done, report why and go behind the hunk."""
    start = cursor.index
    body = _Body(header.old_count, header.new_count)
    if not header.old_count:
        _read_added(cursor, report, body)
    while body.old_left or body.new_left:
        line = cursor.line or ""
        if not body.takes(line[:1]):
            _report_body(cursor, report, header, start)
            return None
        body.add(line[0], line[1:] + "\n")
        cursor.index += 1
        if cursor.starts("\\"):
            _end_open(cursor, report, body)
    if (cursor.line or "")[:1] in _MARKS and cursor.line and not begins_file(cursor):
        _report_body(cursor, report, header, start)
        return None
    return body


def _read_added(cursor: Cursor, report: Report, body: _Body) -> None:
    """Read the lines of a hunk that only adds in one go, if all are there: new files are nothing else."""
    lines = cursor.lines[cursor.index : cursor.index + body.new_left]
    if len(lines) < body.new_left or not all(line.startswith("+") for line in lines):
        return
    body.add_new(lines)
    cursor.index += len(lines)
    if lines and cursor.starts("\\"):
        _end_open(cursor, report, body)


def _end_open(cursor: Cursor, report: Report, body: _Body) -> None:
    if cursor.line != OPEN_END:
        report.add(cursor.number, 1, "a line starts with `\\`", f"only `{OPEN_END}` does")
    elif not body.may_end_open():
        advice = "let it follow the last line of the file only"
        report.add(cursor.number, 1, f"`{OPEN_END}` stands before the end", advice)
    body.end_open()
    cursor.index += 1


def _report_body(cursor: Cursor, report: Report, header: _Header, start: int) -> None:
    """Say whether one line is to blame or the header's counts, and go behind the hunk."""
    line = cursor.line
    if not _resumes(cursor) and line is not None and line[:1] not in _MARKS:
        what = "the line in the hunk is empty" if line == "" else "the line in the hunk has no mark"
        report.add(cursor.number, 1, what, "begin it with a space, `-` or `+`")
        skip_hunks(cursor)
        return
    cursor.index = start
    skip_hunks(cursor)
    lines = [line[:1] for line in cursor.lines[start : cursor.index]]
    old, new = (sum(mark in side for mark in lines) for side in ((" ", "-"), (" ", "+")))
    counted = f"{header.old_count} and {header.new_count}"
    what = f"the hunk has {old} old and {new} new lines, its header counts {counted}"
    report.add(header.number, 1, what, "count the lines again")


def _is_open(hunk: Hunk) -> bool:
    return any(side and not side[-1].endswith("\n") for side in (hunk.old, hunk.new))


def _check_place(header: _Header, before: _Header, report: Report, *, after_end: bool) -> None:
    """Hunks come in the order of the file, and the new side's number follows from the old one's."""
    gap = header.first - before.first - before.old_count
    expected = before.new_first + before.new_count + gap - (header.new_count == 0)
    if header.old_count and not header.old_start:
        report.add(header.number, 1, "the hunk starts at line 0", "count lines from 1")
    elif gap < 0:
        what = "the hunk overlaps the one before it or should precede it"
        report.add(header.number, 1, what, "write hunks in the order of the file, each line in one of them")
    elif after_end:
        report.add(header.number, 1, "the hunk comes after the end of the file", f"drop it or `{OPEN_END}`")
    elif header.new_start != expected:
        what = f"the new side starts at line {expected}, not at {header.new_start}"
        report.add(header.number, 1, what, "correct the hunk's header")


def _check_content(header: _Header, body: _Body, report: Report) -> None:
    if set(body.marks) <= {" "}:
        report.add(header.number, 1, "the hunk changes nothing", "leave it out")
    elif header.first > 1 and body.marks[0] != " ":
        report.add(
            header.number, 1, "the hunk does not begin with context", "show the line before the change"
        )
