"""Whether a file is as it was, and the digest of its content.

A file whose signature is unchanged is not read again. The signature holds the time of the last change of
the inode and not that of the content, since whoever writes a file can set the latter back.
"""

from __future__ import annotations

import os
import stat
import time
from array import array
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

Signature = tuple[int, int, int]

GONE: Signature = (0, 0, 0)
UNSETTLED: Signature = (-1, 0, 0)
MISSING = ""
WIDTH = 24
CACHES = frozenset({".local", "__pycache__", ".hypothesis", ".mypy_cache", ".pytest_cache", ".ruff_cache"})
TEMPORARY = ".new"
_MANY = 20_000
# Clocks of file systems tick every 4 to 10 ms: what changed so shortly ago may change again unseen.
_TICK = 20_000_000


def signature(path: str | bytes) -> Signature:
    """Return change time in nanoseconds, size in bytes and inode of a file, folder or link; GONE if none."""
    try:
        status = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return GONE
    return status.st_ctime_ns, status.st_size, status.st_ino


def signatures(paths: Iterable[bytes]) -> bytes:
    """Return the signatures of many files, packed, WIDTH bytes each."""
    lstat = os.lstat
    packed = array("q")
    append = packed.append
    for path in paths:
        try:
            status = lstat(path)
        except (FileNotFoundError, NotADirectoryError):
            packed.extend(GONE)
        else:
            append(status.st_ctime_ns)
            append(status.st_size)
            append(status.st_ino)
    return packed.tobytes()


def side_by_side(paths: list[bytes]) -> bytes:
    """Return what `signatures` does; of many files a second process looks at one half."""
    if len(paths) < _MANY:
        return signatures(paths)
    half = len(paths) // 2
    reading, writing = os.pipe()
    process = os.fork()
    if process == 0:
        try:
            with os.fdopen(writing, "wb") as told:
                told.write(signatures(paths[half:]))
        finally:
            os._exit(0)
    os.close(writing)
    first = signatures(paths[:half])
    with os.fdopen(reading, "rb") as told:
        second = told.read()
    os.waitpid(process, 0)
    return first + second


def pack(known: Iterable[Signature]) -> bytes:
    """Pack signatures as `signatures` does."""
    return array("q", [number for each in known for number in each]).tobytes()


def unpack(packed: bytes) -> list[Signature]:
    """Return what `pack` packed."""
    numbers = array("q")
    numbers.frombytes(packed)
    return list(zip(numbers[::3], numbers[1::3], numbers[2::3], strict=True))


@dataclass(slots=True)
class Files:
    """Digests of files by path, each with the signature under which it holds."""

    known: dict[str, tuple[Signature, str]] = field(default_factory=dict)

    def digest(self, path: str) -> str:
        """Return the SHA-256 of a file's content, of a folder's names, `link`, or MISSING."""
        now = signature(path)
        known = self.known.get(path)
        if now == GONE:
            found = MISSING
        elif known is not None and known[0] == now:
            return known[1]
        else:
            before = time.time_ns()
            found = _digest(path)
            if before - now[0] < _TICK:
                now = UNSETTLED
        self.known[path] = now, found
        return found

    def learn(self, path: str, digest: str) -> None:
        """Note the digest of a file that was just written."""
        self.known[path] = signature(path), digest


def _digest(path: str) -> str:
    import hashlib  # noqa: PLC0415 - most runs read nothing

    status = os.lstat(path)
    if stat.S_ISREG(status.st_mode):
        with open(path, "rb") as opened:  # noqa: PTH123 - paths are strings here, and many
            return hashlib.file_digest(opened, "sha256").hexdigest()
    if stat.S_ISDIR(status.st_mode):
        return hashlib.sha256("\0".join(names(path)).encode("utf-8", "surrogateescape")).hexdigest()
    return "link"


def names(folder: str) -> list[str]:
    """Return what lies in a folder, in order; caches of tools and unfinished files do not count."""
    found = (entry.name for entry in os.scandir(folder))
    return sorted(name for name in found if name not in CACHES and not name.endswith(TEMPORARY))
