"""A review as plain lines, for terminals and files."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Literal, NamedTuple

from qlf.errors import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from qlf.model.review import BriefReview, FileChange, Review

_MARKS = {"added": "+", "changed": "~", "removed": "-"}


class Line(NamedTuple):
    """A line, and what it is about: good news are green, bad ones red."""

    text: str
    mood: Literal["", "title", "good", "bad", "quiet"] = ""


def lines(
    review: Review, files: Mapping[str, tuple[Mapping[str, bytes], Mapping[str, bytes]]] | None = None
) -> Iterator[Line]:
    """Yield a review line by line; with files, their differences too."""
    if not review.changed:
        yield Line(f"{review.base} and {review.head} give the same applications.")
    for each in review.changed:
        yield from _brief(each)
        if files and each.brief in files:
            yield from _differences(each, *files[each.brief])


def headline(each: BriefReview) -> str:
    """Return what happens to an application, in one line."""
    breaking = sum(change.grade == "breaking" for change in each.api)
    losing = sum(change.grade == "data-losing" for change in each.database)
    parts = [
        *([f"{losing} data-losing {'change' if losing == 1 else 'changes'}"] if losing else []),
        *([f"{breaking} breaking API {'change' if breaking == 1 else 'changes'}"] if breaking else []),
        *([f"{len(each.lost)} {'control' if len(each.lost) == 1 else 'controls'} lost"] if each.lost else []),
        *([f"{len(each.files)} {'file' if len(each.files) == 1 else 'files'}"] if each.files else []),
    ]
    fates = {"new": "is new", "gone": "is gone", "changed": "changes", "same": "stays as it is"}
    return f"{each.brief} {fates[each.fate]}" + (f": {', '.join(parts)}" if parts else "")


def _brief(each: BriefReview) -> Iterator[Line]:
    yield Line(headline(each), "title")
    for sentence in each.spec:
        yield Line(f"  {printable(sentence)}")
    if each.api and each.fate == "changed":
        yield Line("  API")
        for change in each.api:
            mood: Literal["bad", "good"] = "bad" if change.grade == "breaking" else "good"
            yield Line(f"    {change.grade:<8} {change.operation}: {printable(change.what)}", mood)
    if each.database:
        yield Line("  database")
        for one in each.database:
            said = f"    {one.grade:<11} {printable(one.what)} ({one.why})"
            yield Line(said, "bad" if one.grade in {"breaking", "data-losing"} else "good")
    yield from (Line(f"  control gained  {printable(name)}", "good") for name in each.gained)
    yield from (Line(f"  control lost    {printable(name)}", "bad") for name in each.lost)
    if each.files and each.fate != "gone":
        yield Line("  files")
        yield from (Line(f"    {_MARKS[file.fate]} {file.path}{counted(file)}") for file in each.files)
    if each.gates:
        yield Line(f"  gates to run    {', '.join(each.gates)}")


def counted(file: FileChange) -> str:
    """Return how many lines a file gains and loses."""
    if file.gained is None:
        return "  not a text"
    return f"  +{file.gained} -{file.lost}"


def _differences(
    each: BriefReview, before: Mapping[str, bytes], after: Mapping[str, bytes]
) -> Iterator[Line]:
    for file in each.files if each.fate == "changed" else ():
        for line in difference(file, before, after):
            mood: Literal["good", "bad", "quiet", ""] = (
                "quiet"
                if line.startswith(("+++", "---", "@@"))
                else "good"
                if line.startswith("+")
                else "bad"
                if line.startswith("-")
                else ""
            )
            yield Line(printable(line), mood)


def difference(file: FileChange, before: Mapping[str, bytes], after: Mapping[str, bytes]) -> list[str]:
    """Return the unified difference of one file, nothing if it is no text."""
    if file.gained is None:
        return []
    old, new = (side.get(file.path, b"").decode().splitlines() for side in (before, after))
    names = (
        "/dev/null" if file.fate == "added" else f"a/{file.path}",
        "/dev/null" if file.fate == "removed" else f"b/{file.path}",
    )
    return list(difflib.unified_diff(old, new, *names, lineterm=""))
