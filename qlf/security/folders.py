"""Reaching a file below a folder so that no link, made at whatever moment, can lead out of it."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


@contextmanager
def folder_of(root: int, path: str, *, make: bool = False) -> Iterator[int]:
    """Open the folder that a path lies in, part by part, from the open folder `root` on.

    With `make`, folders that are not there are made. A link on the way is an OSError.
    """
    handle = os.dup(root)
    try:
        for part in path.split("/")[:-1]:
            if make:
                with suppress(FileExistsError):
                    os.mkdir(part, dir_fd=handle)
            below = os.open(part, FOLDER, dir_fd=handle)
            os.close(handle)
            handle = below
        yield handle
    finally:
        os.close(handle)
