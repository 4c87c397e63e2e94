"""Markdown as text: tables, code spans, anchors, and the brief's prose made fit for a page of ours.

The dialect is GitHub's (github.github.com/gfm): section numbers below are those of its specification.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_DEEPEST = 6


def code(text: str) -> str:
    """Return a code span (6.3), with more backticks around it than there are inside."""
    runs = {len(run) for run in re.findall(r"`+", text)}
    ticks = "`" * next(length for length in range(1, len(runs) + 2) if length not in runs)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{ticks}{pad}{text}{pad}{ticks}"


def codes(names: Iterable[str]) -> str:
    """Return code spans with commas between them."""
    return ", ".join(code(name) for name in names)


def plain(text: str) -> str:
    """Return text from outside on one line, in which nothing begins an HTML tag (6.10)."""
    return re.sub(r"<(?=[A-Za-z/!?])", "&lt;", " ".join(text.split()))


def heading(label: str) -> str:
    """Return a label as it begins a heading."""
    return label[:1].upper() + label[1:]


def inline(label: str) -> str:
    """Return a label as it stands inside a sentence: small, but for abbreviations."""
    return " ".join(word if word.isupper() and len(word) > 1 else word.lower() for word in label.split())


def table(rows: Sequence[Sequence[str]], *headers: str) -> str:
    """Return a table (4.10); columns in which no row says anything are left out; no rows, no table."""
    if not rows:
        return ""
    kept = [index for index in range(len(headers)) if any(row[index] for row in rows)]
    lines = [[headers[index] for index in kept], ["---"] * len(kept)]
    lines += [[row[index].replace("|", r"\|") for index in kept] for row in rows]
    return "\n".join("|" + "|".join(f" {cell} " if cell else " " for cell in line) + "|" for line in lines)


def anchor(heading: str) -> str:
    """Return the fragment under which a heading is found, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def tidy(page: str) -> str:
    """Return a page without trailing blanks, and outside code without two empty lines in a row."""
    lines: list[str] = []
    fence = ""
    for line in page.splitlines():
        mark = _FENCE.match(line)
        if mark and not fence:
            fence = mark[1]
        elif mark and mark[1].startswith(fence) and not line.strip(" `~"):
            fence = ""
        if fence or line.strip() or (lines and lines[-1]):
            lines.append(line.rstrip())
    return "\n".join(lines).strip("\n") + "\n"


def prose(text: str, title: str) -> tuple[str, str]:
    """Return the brief's prose to stand below the page's own title: up to its first heading, and from there.

    A first heading that repeats the title goes; headings of the first level become second ones
    and take what is below them along; a code fence that is left open is closed.
    """
    from markdown_it import MarkdownIt  # noqa: PLC0415 - the agent is imported more often than run

    lines = text.splitlines()
    tokens = MarkdownIt("commonmark").parse(text)
    headings = [
        (token.map, int(token.tag[1]), tokens[index + 1].content)
        for index, token in enumerate(tokens)
        if token.type == "heading_open" and token.map and token.level == 0
    ]
    repeated = bool(headings) and headings[0][1:] == (1, title)
    shift = 1 if any(level == 1 for _, level, _ in headings[1 if repeated else 0 :]) else 0
    for index, (span, level, content) in enumerate(headings):
        heading = "" if repeated and index == 0 else _heading(content, level + shift)
        lines[slice(*span)] = [heading] + [""] * (span[1] - span[0] - 1)
    last = tokens[-1] if tokens else None
    if last and last.type == "fence" and last.map and not _closed(lines[slice(*last.map)], last.markup):
        lines.append(last.markup)
    rest = next((span[0] for index, (span, _, _) in enumerate(headings) if index or not repeated), len(lines))
    before, after = (tidy("\n".join(part)).strip("\n") for part in (lines[:rest], lines[rest:]))
    return before, after


def _heading(content: str, level: int) -> str:
    return f"{'#' * min(level, _DEEPEST)} {' '.join(content.split())}"


def _closed(lines: Sequence[str], opening: str) -> bool:
    closing = lines[-1].strip()
    return len(lines) > 1 and closing.startswith(opening) and not closing.strip(opening[0])
