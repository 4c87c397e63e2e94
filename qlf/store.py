"""A folder of byte strings under digests. What was damaged is as good as not there."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from qlf.memory.files import TEMPORARY
from qlf.model.canonical import digest

_UNFINISHED = "unfinished"
# A folder of our own, with a name that nobody can foresee, is made in it.
_MEMORY = Path("/dev/shm")  # noqa: S108  # nosec B108
_ROOM = 1 << 30
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC


def cache_folder() -> Path:
    """Return where the factory keeps what can be made again: QLF_CACHE, or the user's cache folder."""
    if named := os.environ.get("QLF_CACHE"):
        return Path(named)
    from platformdirs import user_cache_path  # noqa: PLC0415 - a command that runs no gate does not pay for it

    return user_cache_path("quantumlayer-factory", appauthor=False)


def work_folder() -> tempfile.TemporaryDirectory[str]:
    """Make a folder for the tools, in memory if there is room: SQLite waits for a disk at every commit."""
    in_memory = "TMPDIR" not in os.environ and os.access(_MEMORY, os.W_OK)
    folder = _MEMORY if in_memory and shutil.disk_usage(_MEMORY).free >= _ROOM else None
    return tempfile.TemporaryDirectory(prefix="qlf-", dir=folder, ignore_cleanup_errors=True)


class Contents(Protocol):
    """Whatever keeps contents by key: a folder, or a service that several machines share."""

    def read(self, key: str) -> bytes | None:
        """Return the content, or None if there is none or it is not what was written."""

    def write(self, key: str, content: bytes) -> None:
        """Keep a content, in place of what was there."""


@dataclass(frozen=True, slots=True)
class Store:
    """Contents by key in a folder; a key is 64 hexadecimal digits, the digest of all that led to the content.

    Any number of processes may read and write at once: a content appears whole or not at all.
    """

    folder: Path

    def read(self, key: str) -> bytes | None:
        """Return the content, or None if there is none or it is not what was written."""
        try:
            seal, _, content = self._file(key).read_bytes().partition(b"\n")
            os.utime(self._file(key))
        except OSError:
            return None
        return content if seal.decode("ascii", "replace") == _seal(key, content) else None

    def write(self, key: str, content: bytes) -> None:
        """Keep a content, in place of what was there."""
        write_whole(
            self._file(key),
            _seal(key, content).encode() + b"\n" + content,
            self.folder / _UNFINISHED / f"{key}.{os.getpid()}-{threading.get_ident()}",
        )

    def prune(self, most: int) -> None:
        """Remove the contents that were not written or read for longest, until `most` bytes are left."""
        found = []
        for path in self.folder.glob("??/*"):
            with contextlib.suppress(OSError):
                status = path.stat()
                found.append((status.st_mtime_ns, status.st_size, path))
        excess = sum(size for _, size, _ in found) - most
        for _, size, path in sorted(found):
            if excess <= 0:
                break
            with contextlib.suppress(OSError):
                path.unlink()
            excess -= size

    def tidy(self) -> None:
        """Remove what processes that were killed have left half-written."""
        with contextlib.suppress(OSError):
            for left in list((self.folder / _UNFINISHED).iterdir()):
                writer = left.name.rpartition(".")[2].partition("-")[0]
                if writer.isdecimal() and not _runs(int(writer)):
                    left.unlink(missing_ok=True)

    def _file(self, key: str) -> Path:
        if len(key) != 64 or not set(key) <= set("0123456789abcdef"):  # noqa: PLR2004 - SHA-256
            message = f"not a digest: {key!r}"
            raise ValueError(message)
        return self.folder / key[:2] / key


def write_whole(file: Path, content: bytes, unfinished: Path | None = None) -> None:
    """Write a file so that others see the old content or the new one and nothing between.

    Where several processes may write the same file, each writes to an `unfinished` file of its own. What a
    killed process left half-written is else taken over by the next that writes the file.
    """
    unfinished = unfinished or file.parent / f".{file.name}{TEMPORARY}"
    try:
        for folder in {file.parent, unfinished.parent}:
            folder.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(unfinished, _CREATE, 0o644), "wb") as opened:
            opened.write(content)
        unfinished.replace(file)
    except BaseException as error:
        if isinstance(error, OSError) and error.errno:
            error.filename = str(file)
        with contextlib.suppress(OSError):
            unfinished.unlink()
        raise


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _seal(key: str, content: bytes) -> str:
    return digest(key.encode() + b"\0" + content)
