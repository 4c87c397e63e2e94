"""A SOC text that was read: which files it creates, changes and deletes, hunk by hunk."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a patch does to one file."""

    CREATE = "create"
    CHANGE = "change"
    MOVE = "move"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Hunk:
    """One run of changed lines.

    `line` is where its header stands in the SOC text. `start` is the first line (from 1) of the file that it
    replaces. `old` and `new` are whole lines of the file with their LF, without the marks of the diff; only
    the last line of a file can lack its LF. `trails` tells whether the hunk ends with context.
    """

    line: int
    start: int
    old: tuple[str, ...]
    new: tuple[str, ...]
    trails: bool


@dataclass(frozen=True, slots=True)
class FilePatch:
    """What happens to one file. `line` is where its `---` stands; hunks are in the order of the file.

    A file that is moved was at `source` before. `base` is the SHA-256 of the text that the hunks are about.
    """

    path: str
    kind: Kind
    line: int
    hunks: tuple[Hunk, ...]
    source: str = ""
    base: str = ""


@dataclass(frozen=True, slots=True)
class PatchSet:
    """One whole patch, in the order of its text. `file` names that text in problems.

    `reason` says why there is the patch, `tree` is the SHA-256 of the list of the files that there were.
    """

    file: str
    files: tuple[FilePatch, ...]
    reason: str = ""
    tree: str = ""
