"""A review as Markdown that fits a comment of a pull request; whatever a brief says is text in it.

A comment may have 65,536 characters (GitHub; GitLab takes a million). Differences of files that do not fit
are left out, the longest first, and counted.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from qlf.review.lines import counted, difference, headline

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from qlf.model.review import BriefReview, Review

MOST = 65_000
_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+\-.!|~@$:])")
_TICKS = re.compile(r"`+")
_FOLDED = 12


def markdown(
    review: Review, files: Mapping[str, tuple[Mapping[str, bytes], Mapping[str, bytes]]], most: int = MOST
) -> str:
    """Return a review in at most so many characters."""
    head = [f"## {_text(review.base)} to {_text(review.head)}", ""]
    if not review.changed:
        return "\n".join([*head, "Both give the same applications.", ""])
    told = {each.brief: list(_brief(each)) for each in review.changed}
    differences = {
        (each.brief, file.path): _fenced(difference(file, *files[each.brief]))
        for each in review.changed
        if each.fate == "changed" and each.brief in files
        for file in each.files
    }
    left = most - sum(len(line) + 1 for lines in (head, *told.values()) for line in lines)
    shown = dict(_fitting(differences, left))
    parts = [*head]
    for each in review.changed:
        own = {path: text for (brief, path), text in shown.items() if brief == each.brief}
        cut = [path for brief, path in differences if brief == each.brief and path not in own]
        parts += [*told[each.brief], *_folded_differences(own, cut)]
    made = "\n".join(parts) + "\n"
    return made if len(made) <= most else _short(review, most)


def _brief(each: BriefReview) -> Iterator[str]:
    yield from (f"### {_text(headline(each))}", "")
    if each.spec:
        yield from (*_list(map(_text, each.spec)), "")
    if each.api and each.fate == "changed":
        breaking = [change for change in each.api if change.grade == "breaking"]
        safe = [change for change in each.api if change.grade == "safe"]
        for title, some in (("API: breaks clients", breaking), ("API: breaks nobody", safe)):
            rows = [f"{_code(change.operation)}: {_text(change.what)}" for change in some]
            yield from _titled(title, rows, fold=some is safe)
    rows = [f"{change.grade}: {_text(change.what)} ({_text(change.why)})" for change in each.database]
    yield from _titled("Database", rows)
    yield from _titled("Controls gained", [_text(name) for name in each.gained])
    yield from _titled("Controls lost", [_text(name) for name in each.lost])
    if each.fate == "changed":
        rows = [f"{_code(file.path)} {file.fate}: {_text(counted(file))}" for file in each.files]
        yield from _titled("Files", rows, fold=len(rows) > _FOLDED)
    if each.gates:
        yield from (f"Gates to run: {', '.join(each.gates)}", "")


def _titled(title: str, rows: Sequence[str], *, fold: bool = False) -> Iterator[str]:
    if rows and fold:
        yield from (
            f"<details><summary>{title} ({len(rows)})</summary>",
            "",
            *_list(rows),
            "",
            "</details>",
            "",
        )
    elif rows:
        yield from (f"**{title}**", "", *_list(rows), "")


def _list(rows: Iterable[str]) -> list[str]:
    return [f"- {row}" for row in rows]


def _fitting(differences: Mapping[tuple[str, str], str], left: int) -> Iterator[tuple[tuple[str, str], str]]:
    """Yield the differences for which there is room, the shortest first served."""
    for name, text in sorted(differences.items(), key=lambda each: (len(each[1]), each[0])):
        taken = len(text) + len(name[1]) + 80
        if text and taken <= left:
            left -= taken
            yield name, text


def _folded_differences(shown: Mapping[str, str], cut: Sequence[str]) -> Iterator[str]:
    for path, text in sorted(shown.items()):
        yield from (f"<details><summary>{html.escape(path)}</summary>", "", text, "", "</details>", "")
    if cut:
        yield from (f"{len(cut)} differences are left out for their length; `qlf diff` shows them.", "")


def _fenced(lines: Sequence[str]) -> str:
    """Return lines in a fence that none of them closes."""
    longest = max((len(ticks) for line in lines for ticks in _TICKS.findall(line)), default=0)
    fence = "`" * max(3, longest + 1)
    return "\n".join([f"{fence}diff", *lines, fence]) if lines else ""


def _short(review: Review, most: int) -> str:
    """Return the headlines alone, as many as fit."""
    lines = ["## " + f"{_text(review.base)} to {_text(review.head)}", ""]
    left = most - 200
    for number, each in enumerate(review.changed):
        line = f"- {_text(headline(each))}"
        left -= len(line) + 1
        if left < 0:
            lines.append(f"- and {len(review.changed) - number} more")
            break
        lines.append(line)
    return "\n".join([*lines, "", "There is no room for more here; `qlf diff` shows all.", ""])


def _text(text: str) -> str:
    """Return a text that Markdown shows as it is, on one line."""
    flat = " ".join(text.split())
    return _SPECIAL.sub(r"\\\1", html.escape(flat, quote=False))


def _code(text: str) -> str:
    longest = max((len(ticks) for ticks in _TICKS.findall(text)), default=0)
    fence = "`" * (longest + 1)
    space = " " if longest else ""
    return f"{fence}{space}{' '.join(text.split())}{space}{fence}"
