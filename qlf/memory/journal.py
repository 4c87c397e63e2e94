"""What a build has done since the manifest was written: `build/.qlf/journal`, a line for each step.

A line is a checksum and JSON, and is written with one call at the end of the file, so that several
processes may write at once and a line that was cut harms no other (the next begins on a line of its own).
"""

from __future__ import annotations

import json
import os
import zlib
from typing import Any

_FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC


def append(file: str, entry: dict[str, Any]) -> None:
    """Add an entry; a full disk is an OSError, and then the entry does not count."""
    text = json.dumps(entry, separators=(",", ":")).encode()
    handle = os.open(file, _FLAGS, 0o644)
    try:
        line = b"\n%08x %b\n" % (zlib.crc32(text), text)
        if os.write(handle, line) != len(line):
            message = f"{file}: only part of an entry could be written"
            raise OSError(message)
    finally:
        os.close(handle)


def entries(file: str) -> list[dict[str, Any]]:
    """Return the entries that are whole, in order."""
    try:
        with open(file, "rb") as opened:  # noqa: PTH123
            lines = opened.read().split(b"\n")
    except OSError:
        return []
    found = []
    for line in lines:
        checksum, _, text = line.partition(b" ")
        if line and checksum == b"%08x" % zlib.crc32(text):
            found.append(json.loads(text))
    return found
