"""Unpacking: the files of a capsule that was verified, into a folder that nobody else has written to."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from qlf.errors import Problem, unusable
from qlf.model.canonical import canonical
from qlf.security.folders import FOLDER, folder_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from qlf.capsule.verification import Verified

MANIFEST = "capsule.json"
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def unpack(verified: Verified, folder: Path) -> list[Problem]:
    """Write the files of a capsule and its manifest into a folder, which must not be there or be empty.

    Returns nothing, or the problem of the folder or of the first file that could not be written.
    """
    return write_new({**verified.files, MANIFEST: canonical(verified.manifest)}, folder)


def write_new(files: Mapping[str, bytes], folder: Path) -> list[Problem]:
    """Write files by path into a new folder, through open folders only, so that no link is followed."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        root = os.open(folder, FOLDER)
    except OSError as error:
        return [unusable(error, folder)]
    try:
        if os.listdir(root):  # noqa: PTH208 - an open folder has no path
            return [Problem(str(folder), 0, 0, "the folder is not empty", "name a new one")]
        for path, content in files.items():
            with folder_of(root, path, make=True) as place:
                handle = os.open(path.rpartition("/")[2], _CREATE, 0o644, dir_fd=place)
                with os.fdopen(handle, "wb") as file:
                    file.write(content)
    except OSError as error:
        return [unusable(error, folder)]
    finally:
        os.close(root)
    return []
