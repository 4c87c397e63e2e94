"""An editable copy of a tree: `build/NAME/edit/app`, and beside it the same as it was copied, `edit/base`.

The copy comes into being with one rename, so that there is all of it or none. What somebody edited in
`build/NAME/app` itself is taken over into the copy, and the tree is then as it was built.
"""

from __future__ import annotations

import json
import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from qlf.errors import Problem, printable
from qlf.memory.files import CACHES
from qlf.model.canonical import digest
from qlf.own.tree import parts_of, put_together
from qlf.store import write_whole

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qlf.repository import Repository

FOLDER = "edit"
_HALF = ".edit-unfinished"
_OF = "tree.sha256"  # of which tree it is a copy, whatever was saved since


@dataclass(frozen=True, slots=True)
class Copy:
    """An editable copy. `edited` are the paths that are not as they were copied."""

    app: Path
    base: Path
    edited: tuple[str, ...]


def open_copy(repository: Repository, brief: str) -> Copy | list[Problem]:
    """Return the editable copy of an application's tree; it is made, or made anew if nothing was edited.

    A copy with edits is left as it is. If the tree has changed since, that is a problem: save first.
    """
    build = repository.build(brief)
    tree = _built(repository, brief)
    there = find_copy(repository, brief)
    if isinstance(tree, list) or isinstance(there, list):
        return [problem for each in (tree, there) if isinstance(each, list) for problem in each]
    app, known = tree
    moved_on = there is not None and _copied(build) != _digest(known)
    if there is None or (moved_on and not there.edited):
        _make(build, known)
    elif moved_on:
        what = f"{len(there.edited)} files were edited here, and the application was built anew since"
        advice = f"run: qlf patch save {brief}; or delete {build / FOLDER} to lose the edits"
        return [Problem(str(there.app), 0, 0, what, advice)]
    if problems := _take_over(build, app, known):
        return problems
    copy = find_copy(repository, brief)
    return copy if copy is not None else [Problem(str(build / FOLDER), 0, 0, "it is gone", "run it again")]


def find_copy(repository: Repository, brief: str) -> Copy | list[Problem] | None:
    """Return the copy that is there, None if there is none."""
    folder = repository.build(brief) / FOLDER
    app, base = folder / "app", folder / "base"
    if not app.is_dir() or not base.is_dir():
        return None
    before, after = contents(base), contents(app)
    if isinstance(before, list) or isinstance(after, list):
        return [problem for each in (before, after) if isinstance(each, list) for problem in each]
    paths = sorted({*before, *after})
    return Copy(app, base, tuple(path for path in paths if before.get(path) != after.get(path)))


def contents(folder: Path) -> dict[str, bytes] | list[Problem]:
    """Read the files of a copy by path, without caches of tools; what is no regular file is a problem."""
    found = {}
    problems = []
    for place, folders, files in os.walk(folder):
        here = Path(place)
        links = [name for name in folders if (here / name).is_symlink()]
        folders[:] = [name for name in folders if name not in CACHES and name not in links]
        for name in (*links, *files):
            file = here / name
            path = file.relative_to(folder).as_posix()
            if file.is_symlink() or not file.is_file():
                advice = "delete it, links are not followed"
                problems.append(Problem(printable(str(file)), 0, 0, "this is no regular file", advice))
            else:
                found[path] = file.read_bytes()
    return sorted(problems) or found


def _built(repository: Repository, brief: str) -> tuple[dict[str, bytes], dict[str, bytes]] | list[Problem]:
    """Return the files of the tree as they lie there, and as they were built."""
    folder = repository.build(brief)
    try:
        files = json.loads((folder / "assembled.json").read_bytes())["files"]
    except FileNotFoundError:
        return [Problem(str(folder / "app"), 0, 0, "it is not built yet", f"run: qlf build {brief}")]
    app = contents(folder / "app")
    if isinstance(app, list):
        return app
    if all(path in app and digest(app[path]) in each["digests"] for path, each in files.items()):
        return app, {path: app[path] for path in files}
    parts = parts_of(repository, brief)
    tree = parts if isinstance(parts, list) else put_together(parts, repository, brief)[0]
    if isinstance(tree, list):
        return tree
    known = {path: entry.content for path, entry in tree.files.items()}
    if known.keys() != files.keys() or any(
        digest(known[path]) not in each["digests"] for path, each in files.items()
    ):
        what = "the application was edited, and what it is built of as well"
        advice = "move the edited files away, build again, and edit the copy instead"
        return [Problem(str(folder / "app"), 0, 0, what, advice)]
    return app, known


def _make(build: Path, tree: Mapping[str, bytes]) -> None:
    half = build / _HALF
    shutil.rmtree(half, ignore_errors=True)
    for path, content in tree.items():
        for name in ("app", "base"):
            file = half / name / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
    (half / _OF).write_text(_digest(tree), encoding="utf-8")
    gone = build / f"{_HALF}-old"
    shutil.rmtree(gone, ignore_errors=True)
    with suppress(FileNotFoundError):
        (build / FOLDER).rename(gone)
    half.rename(build / FOLDER)
    shutil.rmtree(gone, ignore_errors=True)


def _digest(tree: Mapping[str, bytes]) -> str:
    return digest(b"".join(f"{path}\0{digest(tree[path])}\n".encode() for path in sorted(tree)))


def _copied(build: Path) -> str:
    try:
        return (build / FOLDER / _OF).read_text(encoding="utf-8")
    except OSError:
        return ""


def _take_over(build: Path, app: Mapping[str, bytes], known: Mapping[str, bytes]) -> list[Problem]:
    """Move what was edited or added in the tree itself into the copy; what was deleted is written again."""
    problems = []
    for path, content in app.items():
        if content == known.get(path):
            continue
        copied = build / FOLDER / "app" / path
        there = copied.read_bytes() if copied.is_file() else None
        if there not in (known.get(path), content):
            file = build / "app" / path
            what = f"this was edited, and {copied} as well"
            problems.append(Problem(printable(str(file)), 0, 0, what, "join them in the copy, delete this"))
            continue
        write_whole(copied, content)
        if path in known:
            write_whole(build / "app" / path, known[path])
        else:
            (build / "app" / path).unlink()
    return problems
