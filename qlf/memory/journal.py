"""What a build has done since the manifest was written: `build/.qlf/journal`, a line for each step.

A line is a checksum and JSON, and is written with one call at the end of the file, so that several
processes may write at once and a line that was cut harms no other (the next begins on a line of its own).
"""

from __future__ import annotations

import errno
import json
import os
import zlib
from typing import Any

_FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
# No entry is so long, and no repository so large: what is longer is not read.
_LONGEST = 64 * 1024 * 1024


def append(file: str, entry: dict[str, Any]) -> None:
    """Add an entry; a full disk is an OSError, and then the entry does not count."""
    text = json.dumps(entry, separators=(",", ":")).encode()
    handle = os.open(file, _FLAGS, 0o644)
    try:
        line = b"\n%08x %b\n" % (zlib.crc32(text), text)
        written = os.write(handle, line)
    except OSError as error:
        error.filename = file
        raise
    finally:
        os.close(handle)
    if written != len(line):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), file)


def entries(file: str) -> list[dict[str, Any]]:
    """Return the entries that are whole, in order."""
    found = []
    try:
        with open(file, "rb") as opened:  # noqa: PTH123
            while line := opened.readline(_LONGEST):
                checksum, _, text = line.rstrip(b"\n").partition(b" ")
                if text and checksum == b"%08x" % zlib.crc32(text) and (entry := _entry(text)):
                    found.append(entry)
    except OSError:
        return []
    return found


def _entry(text: bytes) -> dict[str, Any] | None:
    """Return an entry, None if it is none: a checksum can be right by intent."""
    try:
        entry = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(entry, dict) or not isinstance(entry.get("brief"), str):
        return None
    if isinstance(entry.get("forget"), str):
        return entry
    dictionaries = isinstance(entry.get("inputs"), dict) and isinstance(entry.get("outputs"), dict)
    return entry if dictionaries and isinstance(entry.get("step"), str) else None
