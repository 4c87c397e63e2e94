"""Archives: regular files in one tar file (POSIX.1-1988 ustar), the same bytes for the same files.

Whoever reads one gets all of it or the reasons why not. An archive holds regular files under paths that every
system unpacks alike, and nothing else; every byte of it is decided by names and contents of the files, so an
archive that is not exactly what would be written for them is refused. Headers are read by `tarfile`, those
of links, devices, sparse files and extensions (pax, GNU) are never acted upon.
"""

from __future__ import annotations

import tarfile
from io import BytesIO
from typing import TYPE_CHECKING

from qlf.errors import Problem
from qlf.security.paths import collisions, faults

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_FILES = 20_000
_MOST_PROBLEMS = 20
_BLOCK = tarfile.BLOCKSIZE
_REMAKE = "get the file again from where it was made"
_UNPACKABLE = "nothing of it is unpacked; get the file again from someone you trust"


def write_archive(files: Mapping[str, bytes]) -> bytes:
    """Return the archive of some files, in the order of their paths; times, owners and modes are fixed.

    A path that ustar cannot hold (more than 255 bytes, or a name of more than 100) is a ValueError.
    """
    made = BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.USTAR_FORMAT, encoding="utf-8") as archive:
        for path in sorted(files):
            entry = tarfile.TarInfo(path)
            entry.size = len(files[path])
            entry.mode = 0o644
            archive.addfile(entry, BytesIO(files[path]))
    return made.getvalue()


def read_archive(content: bytes, name: str) -> dict[str, bytes] | list[Problem]:
    """Return the files of an archive by path.

    Everything that is wrong with its entries is a problem, with the archive's name as file: other kinds than
    regular files, paths that lead out or are not the same everywhere, duplicates, names that differ only in
    case, and any byte that does not come from names and contents.
    """
    files: dict[str, bytes] = {}
    problems: list[Problem] = []
    place = count = 0
    while place < len(content) and content[place : place + _BLOCK].strip(b"\0"):
        entry = _entry(content[place : place + _BLOCK])
        if entry is None:
            return [*problems, _problem(name, f"there is no entry at byte {place}", _REMAKE)]
        end = place + _BLOCK + entry.size
        if end > len(content):
            return [*problems, _problem(name, f"it ends within {entry.name!r}", _REMAKE)]
        problems += _faults(entry, files, name)
        files[entry.name] = content[place + _BLOCK : end]
        place = place + _BLOCK + -(-entry.size // _BLOCK) * _BLOCK
        count += 1
        if count > MOST_FILES:
            problems.append(_problem(name, f"it has more than {MOST_FILES} files", _UNPACKABLE))
        if len(problems) > _MOST_PROBLEMS or count > MOST_FILES:
            return problems[-1:] if count > MOST_FILES else problems[:_MOST_PROBLEMS]
    problems += [_problem(name, f"{clash.path!r} {clash.what}", _UNPACKABLE) for clash in collisions(files)]
    if not problems and write_archive(files) != content:
        problems.append(_problem(name, "its bytes are not those of its files in their order", _REMAKE))
    return problems or files


def _entry(header: bytes) -> tarfile.TarInfo | None:
    try:
        entry = tarfile.TarInfo.frombuf(header, "utf-8", "strict")
    except (tarfile.HeaderError, ValueError):
        return None
    return entry if entry.size >= 0 else None


def _faults(entry: tarfile.TarInfo, files: Mapping[str, bytes], name: str) -> list[Problem]:
    if entry.type != tarfile.REGTYPE:
        return [_problem(name, f"{entry.name!r} is not a regular file", _UNPACKABLE)]
    found = [fault.what for fault in faults(entry.name)]
    if entry.name in files:
        found.append("it is there twice")
    return [_problem(name, f"{entry.name!r}: {what}", _UNPACKABLE) for what in found[:_MOST_PROBLEMS]]


def _problem(name: str, what: str, advice: str) -> Problem:
    return Problem(name, 0, 0, what, advice)
