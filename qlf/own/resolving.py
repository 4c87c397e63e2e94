"""Taking the answer to a conflict: the patch is written anew, made of what is generated now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from qlf.errors import Problem
from qlf.model.edit import Edit, Edits
from qlf.own import conflicts
from qlf.own.following import put_on
from qlf.own.saving import tidy, unfit, written
from qlf.own.tree import parts_of
from qlf.store import write_whole

if TYPE_CHECKING:
    from pathlib import Path

    from qlf.own.following import Conflict
    from qlf.own.patches import HandPatch
    from qlf.repository import Repository

Side = Literal["ours", "theirs", "file", ""]


def resolve(
    repository: Repository, brief: str, path: str, side: Side, file: Path | None = None
) -> HandPatch | list[Problem]:
    """Resolve the conflict at a path, and return the patch that was written anew.

    Args:
        repository: where the brief is.
        brief: its name.
        path: the file in the tree that is in conflict.
        side: `ours` takes the author's text, `theirs` what is generated now, `file` that of a file; none
            takes what the author made of the file that shows the conflict.
        file: the file with the answer.

    """
    parts = parts_of(repository, brief)
    if isinstance(parts, list):
        return parts
    found = put_on(parts.patches, parts.generated).conflicts
    conflict = next((one for one in found if path in {one.path, one.edit.path, one.edit.source}), None)
    if conflict is None:
        there = ", ".join(one.path for one in found) or "there is none"
        return [Problem(path, 0, 0, f"{brief} has no conflict at this path", f"conflicts: {there}")]
    build = repository.build(brief)
    if side == "ours" and conflict.edit.hand is None:
        again = Edit(path=conflict.place, source=conflict.place, base=conflict.now, hand=None)
        _rewrite(repository, brief, conflict, [again])
    else:
        answer = _answer(conflict, side, file, build)
        if isinstance(answer, Problem):
            return [answer]
        _rewrite(repository, brief, conflict, [] if answer is None else _edits_of(conflict, answer))
    conflicts.forget(build, conflict.path)
    tidy(repository, brief)
    return conflict.patch


def _answer(conflict: Conflict, side: Side, file: Path | None, build: Path) -> str | Problem | None:
    """Return the text that is to be in the tree; None for what is generated now, whatever it is."""
    if side == "theirs":
        return None
    if side == "ours":
        return conflict.edit.hand or ""
    if side == "file" and file is not None:
        try:
            return _fit(conflicts.readable(file.read_bytes(), str(file)), str(file))
        except OSError as error:
            what = f"the file cannot be read: {error.strerror}"
            return Problem(str(file), 0, 0, what, "name one that can")
    return _fit(conflicts.answer(conflict, build), str(build / conflicts.FOLDER / conflict.path))


def _fit(answer: str | Problem, file: str) -> str | Problem:
    """Return an answer if it can stand in a patch."""
    found = None if isinstance(answer, Problem) else unfit(answer.encode())
    if found is None:
        return answer
    line, what = found
    return Problem(file, line, 0, f"this cannot stand in a patch: {what}", "mend it")


def _rewrite(repository: Repository, brief: str, conflict: Conflict, instead: list[Edit]) -> None:
    patch = conflict.patch
    edits = [*(edit for edit in patch.edits if edit != conflict.edit), *instead]
    file = repository.patches(brief) / patch.name
    if not edits:
        file.unlink()
        return
    tree = {*patch.tree, *([conflict.place] if conflict.now is not None else [])}
    made = Edits(reason=patch.reason, tree=tuple(sorted(tree)), edits=tuple(edits))
    for path, content in written(made, file.parent, file.name).items():
        write_whole(path, content)


def _edits_of(conflict: Conflict, answer: str) -> list[Edit]:
    """Return what an answer changes in the files that are generated now."""
    if conflict.now is None:
        return [Edit(path=conflict.path, source=conflict.path, base=None, hand=answer)]
    moved = Edit(path=conflict.path, source=conflict.place, base=conflict.now, hand=answer)
    if not conflict.left:
        return [moved] if answer != conflict.now or moved.moved else []
    left = Edit(path=conflict.left, source=conflict.left, base=conflict.edit.base, hand=None)
    return [left, *([moved] if answer != conflict.now else [])]
