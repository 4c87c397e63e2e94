"""Conflicts of patches as files: `build/NAME/conflicts/PATH` shows both sides, until they are resolved.

What the author writes there to resolve one is never overwritten: a record of digests tells it from what a
build wrote.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Literal

from pydantic import ValidationError

from qlf.errors import Problem
from qlf.model.canonical import canonical, digest
from qlf.model.value import Value
from qlf.store import write_whole

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from qlf.own.following import Conflict

FOLDER = "conflicts"
RECORD = "conflicts.json"


class _Shown(Value):
    """What was written for a conflict: the digests of the text with marks, and of the two sides."""

    marked: str
    now: str
    hand: str


class _Record(Value):
    """All conflicts of the last build, by path."""

    format: Literal[1] = 1
    conflicts: dict[str, _Shown]


def show(conflicts: Sequence[Conflict], build: Path, brief: str) -> list[Problem]:
    """Write what both sides of each conflict say, remove what is none any more, and return the problems.

    `build` is the folder `build/NAME`.
    """
    before = _read(build)
    after = {}
    problems = []
    for conflict in conflicts:
        file = build / FOLDER / conflict.path
        shown = _shown(conflict)
        known = before.conflicts.get(conflict.path)
        written = {shown.marked, known.marked if known else ""}
        edited = file.is_file() and digest(file.read_bytes()) not in written
        if not edited:
            write_whole(file, conflict.marked.encode())
        after[conflict.path] = known if edited and known else shown
        moved_on = edited and known != shown
        problems.append(_problem(conflict, file, brief, moved_on=moved_on))
    for path in before.conflicts.keys() - after.keys():
        forget(build, path, before.conflicts[path].marked)
    _write(build, _Record(conflicts=after))
    return sorted(problems)


def _problem(conflict: Conflict, file: Path, brief: str, *, moved_on: bool) -> Problem:
    place = f"{file}:{conflict.line}"
    ways = f"qlf patch resolve {brief} {conflict.path} --ours, --theirs or --file FILE"
    advice = f"both are in {place}; then: {ways}"
    if moved_on:
        advice = f"{file} was edited for an older conflict: move it away and build again, or: {ways}"
    return Problem(conflict.patch.file, conflict.edit.line, 1, conflict.what, advice)


def answer(conflict: Conflict, build: Path) -> str | Problem:
    """Return what the author made of the file that shows a conflict."""
    file = build / FOLDER / conflict.path
    known = _read(build).conflicts.get(conflict.path)
    ways = "edit it until both sides are joined and no marks are left, or give --ours, --theirs or --file"
    if not file.is_file() or known is None:
        return Problem(str(file), 0, 0, "there is no such file", "build again")
    content = file.read_bytes()
    if digest(content) == known.marked:
        return Problem(str(file), conflict.line, 1, "nothing was resolved here yet", ways)
    if known != _shown(conflict):
        what = "this was edited for an older conflict"
        return Problem(str(file), 0, 0, what, "look at it again, and give it with --file")
    return readable(content, str(file))


def readable(content: bytes, file: str) -> str | Problem:
    """Return an answer as text; one that still has marks is none."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return Problem(file, 0, 0, "this is not UTF-8", "write it in UTF-8")
    for number, line in enumerate(text.split("\n"), 1):
        if line.startswith(("<<<<<<< ", ">>>>>>> ")):
            return Problem(file, number, 1, "this line is a mark of the conflict", "join both sides")
    return text


def forget(build: Path, path: str, marked: str = "") -> None:
    """Remove the file that shows a conflict; given a digest, only if it is that of the file."""
    file = build / FOLDER / path
    with suppress(OSError):
        if not marked or digest(file.read_bytes()) == marked:
            file.unlink()
        for folder in file.parents:
            if folder == build:
                break
            folder.rmdir()


def _shown(conflict: Conflict) -> _Shown:
    return _Shown(
        marked=digest(conflict.marked.encode()),
        now=digest((conflict.now or "").encode()),
        hand=digest((conflict.edit.hand or "").encode()),
    )


def _read(build: Path) -> _Record:
    """Return what the last build wrote; without a sound record every file there is the author's."""
    try:
        return _Record.model_validate_json((build / RECORD).read_bytes())
    except (OSError, ValidationError):
        return _Record(conflicts={})


def _write(build: Path, record: _Record) -> None:
    if record.conflicts:
        write_whole(build / RECORD, canonical(record))
    else:
        (build / RECORD).unlink(missing_ok=True)
