"""Patches and own files become the tree, and the tree becomes the folder `build/NAME/app/`.

`merge` is pure. `write` touches the disk: it writes what changed, file by file and atomically, removes what
nothing owns any more, and writes nothing at all where someone edited a product by hand. To tell edits from
products it keeps a record of digests. Before files change, the record lists old and new digests, so that a
run that was killed half-way leaves nothing that looks like an edit.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
import stat
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from pydantic import ValidationError

from qlf.errors import Problem, printable
from qlf.memory.files import CACHES
from qlf.model.canonical import canonical, digest
from qlf.model.value import Value
from qlf.security.folders import FOLDER, folder_of
from qlf.security.paths import collisions, faults

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

CUSTOM = "custom"
_LEFTOVER = re.compile(r"\.assemble-[0-9a-f]{16}")
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of the tree.

    `replaces` is the agent whose file an own file stands in for, `patches` are those that wrote into it.
    """

    content: bytes
    owner: str
    replaces: str | None = None
    patches: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tree:
    """All files of an application by path, in the order of the paths."""

    files: Mapping[str, Entry]


class _Recorded(Value):
    """What may lie at a path without being an edit: SHA-256 digests; several only while files are written."""

    owner: str
    digests: tuple[str, ...]
    replaces: str | None = None
    patches: tuple[str, ...] = ()


class _Record(Value):
    """The products in the folder."""

    format: Literal[1] = 1
    files: dict[str, _Recorded]


def merge(
    patches: Mapping[str, Mapping[str, str]],
    own: Mapping[str, bytes] | None = None,
    patched: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
) -> Tree | list[Problem]:
    """Put the files of all agents and the author's own files into one tree.

    Args:
        patches: for each agent its files, path to text.
        own: the files of `briefs/NAME/custom/`, path below it to content. They stand in for an agent's file
            of the same path.
        patched: the names of the author's patches that wrote into a file, by its path.

    Returns:
        The tree, or a problem for each path that has two owners, breaks the rules for paths, or differs from
        another only in case. The problem's file is the path in the tree.

    """
    files: dict[str, Entry] = {}
    problems: list[Problem] = []
    for owner in sorted(patches):
        for path, text in patches[owner].items():
            other = files.setdefault(path, Entry(text.encode(), owner, patches=patched.get(path, ()))).owner
            if other != owner:
                what = f"{other} and {owner} both write this file"
                problems.append(Problem(path, 0, 0, what, "let one of them own it"))
    for path, content in (own or {}).items():
        generated = files.get(path)
        files[path] = Entry(content, CUSTOM, generated.owner if generated else None)
    problems += _path_problems(files)
    return sorted(problems) or Tree(MappingProxyType(dict(sorted(files.items()))))


def _path_problems(files: Mapping[str, Entry]) -> list[Problem]:
    found = [
        Problem(path, 0, fault.offset + 1, f"{fault.what} ({files[path].owner})", fault.advice)
        for path in files
        for fault in faults(path)
    ]
    for path in files:
        cache = next((part for part in path.split("/") if part in CACHES), None)
        if cache is not None:
            what = f"the file lies in the cache folder `{cache}` ({files[path].owner})"
            found.append(Problem(path, 0, 0, what, "choose another folder"))
    for clash in collisions(files):
        what = f"the path {clash.what} ({files[clash.other].owner})"
        found.append(Problem(clash.path, 0, 0, what, "choose paths that differ everywhere"))
    return found


@dataclass(slots=True)
class _Found:
    """What lies in the folder, by path: digests of regular files, folders, and what else there is."""

    digests: dict[str, str] = field(default_factory=dict)
    folders: list[str] = field(default_factory=list)
    leftovers: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)


def write(tree: Tree, app: Path, record: Path) -> list[Problem]:
    """Make the folder hold exactly the tree, and remember its digests.

    Caches of tools (`CACHES`) are left alone as long as their folder holds anything else. Files deleted by
    hand are written again.

    Args:
        tree: what the folder shall hold.
        app: the folder, `build/NAME/app`; made if it is not there.
        record: the file of digests, `build/NAME/assembled.json`.

    Returns:
        Nothing, or a problem for each file edited or added by hand and each link; then nothing was written.

    """
    before = _read_record(record)
    if isinstance(before, Problem):
        return [before]
    if app.is_symlink() or (app.exists() and not app.is_dir()):
        return [Problem(str(app), 0, 0, "this is not a folder", "delete it, it will be made again")]
    app.mkdir(parents=True, exist_ok=True)
    root = os.open(app, FOLDER)
    try:
        found = _walk(root)
        problems = _hand_made(tree, found, before, app)
        if not problems:
            _make(tree, found, before, root, record)
    finally:
        os.close(root)
    return problems


def _make(tree: Tree, found: _Found, before: _Record, root: int, record: Path) -> None:
    after = {
        path: _Recorded(owner=e.owner, digests=(digest(e.content),), replaces=e.replaces, patches=e.patches)
        for path, e in tree.files.items()
    }
    stale = [path for path, each in after.items() if found.digests.get(path) not in each.digests]
    gone = [path for path in found.digests if path not in after] + found.leftovers
    if stale or gone:
        _write_record(record, _Record(files=_either(before.files, after)))
    for path in gone:
        with folder_of(root, path) as folder:
            os.unlink(_name(path), dir_fd=folder)
    _remove_folders(root, tree, found, gone)
    for path in stale:
        with _naming(record.parent / "app" / path), folder_of(root, path, make=True) as folder:
            _replace(folder, _name(path), tree.files[path].content)
    _write_record(record, _Record(files=after))


def _either(before: Mapping[str, _Recorded], after: Mapping[str, _Recorded]) -> dict[str, _Recorded]:
    both = {**before, **after}
    for path in before.keys() & after.keys():
        digests = {*before[path].digests, *after[path].digests}
        both[path] = after[path].model_copy(update={"digests": tuple(sorted(digests))})
    return both


def _hand_made(tree: Tree, found: _Found, before: _Record, app: Path) -> list[Problem]:
    brief = app.absolute().parent.name
    problems = [
        Problem(
            f"{app}/{path}", 0, 0, "this is neither a file nor a folder", "delete it, links are not followed"
        )
        for path in found.others
    ]
    for path, actual in found.digests.items():
        entry, recorded = tree.files.get(path), before.files.get(path)
        if recorded is not None and actual in recorded.digests:
            continue
        if entry is not None and actual == digest(entry.content):
            continue
        what = "the file was added by hand" if recorded is None else "the file was edited by hand"
        advice = f"to keep it run `qlf edit {brief}` and `qlf patch save {brief}`, or delete it"
        problems.append(Problem(f"{app}/{printable(path)}", 0, 0, what, advice))
    return sorted(problems)


def _walk(root: int) -> _Found:
    """Read the whole folder but for caches; links are noted and never followed."""
    found = _Found()
    for place, folders, files, handle in os.fwalk(".", dir_fd=root, follow_symlinks=False, onerror=_raise):
        below = "" if place == "." else f"{place[2:]}/"
        links = [name for name in folders if stat.S_ISLNK(_mode(handle, name))]
        folders[:] = [name for name in folders if name not in CACHES and name not in links]
        found.others += [below + name for name in links]
        found.folders += [below + name for name in folders]
        for name in files:
            content = _digest_at(handle, name)
            if content is None:
                found.others.append(below + name)
            elif _LEFTOVER.fullmatch(name):
                found.leftovers.append(below + name)
            else:
                found.digests[below + name] = content
    return found


def _mode(folder: int, name: str) -> int:
    return os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode


def _raise(error: OSError) -> None:
    raise error


def _digest_at(folder: int, name: str) -> str | None:
    """Return the digest of a regular file, None if it is anything else."""
    if not stat.S_ISREG(_mode(folder, name)):
        return None
    with os.fdopen(os.open(name, _READ, dir_fd=folder), "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _remove_folders(root: int, tree: Tree, found: _Found, gone: list[str]) -> None:
    """Remove the folders that products have left, with the caches and empty folders in them."""
    kept = {above for path in tree.files for above in _above(path)}
    left = ({above for path in gone for above in _above(path)} | tree.files.keys()) - kept
    for path in sorted(found.folders, key=lambda each: each.count("/"), reverse=True):
        if path in kept or not ({path, *_above(path)} & left):
            continue
        with folder_of(root, f"{path}/.") as folder:
            for name in CACHES.intersection(_names(folder)):
                shutil.rmtree(name, dir_fd=folder)
        # A file that came in since the walk keeps its folder.
        with folder_of(root, path) as folder, suppress(OSError):
            os.rmdir(_name(path), dir_fd=folder)


def _names(folder: int) -> list[str]:
    with os.scandir(folder) as entries:
        return [entry.name for entry in entries]


def _above(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:length]) for length in range(1, len(parts))]


def _name(path: str) -> str:
    return path.rpartition("/")[2]


@contextmanager
def _naming(file: Path) -> Iterator[None]:
    """Give errors in the writing of a file its whole path."""
    try:
        yield
    except OSError as error:
        error.filename = str(file)
        raise


def _replace(folder: int, name: str, content: bytes) -> None:
    """Put a whole file in place of whatever had its name."""
    temporary = f".assemble-{secrets.token_hex(8)}"
    try:
        with os.fdopen(os.open(temporary, _CREATE, 0o644, dir_fd=folder), "wb") as file:
            file.write(content)
        os.replace(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(temporary, dir_fd=folder)
        raise


def _read_record(record: Path) -> _Record | Problem:
    try:
        return _Record.model_validate_json(record.read_bytes())
    except FileNotFoundError:
        return _Record(files={})
    except ValidationError:
        advice = "delete it; files that differ from what would be written are then listed"
        return Problem(str(record), 0, 0, "this is not a record of assembled files", advice)


def _write_record(record: Path, value: _Record) -> None:
    content = canonical(value)
    with suppress(FileNotFoundError):
        if record.read_bytes() == content:
            return
    record.parent.mkdir(parents=True, exist_ok=True)
    folder = os.open(record.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with _naming(record):
            _replace(folder, record.name, content)
        for name in filter(_LEFTOVER.fullmatch, _names(folder)):
            os.unlink(name, dir_fd=folder)
    finally:
        os.close(folder)
