"""Take a Markdown brief apart: YAML front matter between two lines of `---`, and prose."""

from __future__ import annotations

from dataclasses import dataclass

from qlf.errors import Problem

_FENCE = "---"


@dataclass(frozen=True, slots=True)
class Markdown:
    """The parts of a brief. `front` is None without front matter; it begins on line 2.

    `prose` has no blank lines around it and begins on line `prose_line`; `title` is the first heading.
    """

    front: str | None
    prose: str
    prose_line: int
    title: str | None


def split(text: str, file: str) -> Markdown | list[Problem]:
    """Take the text of a brief apart; front matter without an end is a problem."""
    lines = text.split("\n")
    front: str | None = None
    start = 0
    if lines[0].rstrip() == _FENCE:
        end = next((index for index, line in enumerate(lines[1:], 1) if line.rstrip() == _FENCE), None)
        if end is None:
            return [Problem(file, 1, 1, "the front matter has no end", "write a line of --- below it")]
        front = "\n".join(lines[1:end]) + "\n"
        start = end + 1
    while start < len(lines) and not lines[start].strip():
        start += 1
    prose = lines[start:]
    return Markdown(front, "\n".join(prose).rstrip(), start + 1 if prose else len(lines), _title(prose))


def _title(lines: list[str]) -> str | None:
    fence = ""
    for line in lines:
        stripped = line.strip()
        if fence:
            fence = "" if stripped.startswith(fence) else fence
        elif stripped.startswith(("```", "~~~")):
            fence = stripped[:3]
        elif line.startswith("# "):
            return line[2:].strip().rstrip("#").strip() or None
    return None
