"""Where an agent may write: its own folders and single files, compared by whole parts of the path."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qlf.security.paths import Fault, faults

if TYPE_CHECKING:
    from collections.abc import Sequence


def path_faults(path: str, owns: Sequence[str] | None) -> list[Fault]:
    """Return what is wrong with a path that a patch names.

    Args:
        path: the path as written.
        owns: folders (`backend/`) and single files (`README.md`) that may be written; `None` is everywhere,
            which is for the patches of a brief's own author.

    """
    found = faults(path)
    if found or owns is None or owned(path, owns):
        return found
    allowed = ", ".join(f"`{entry}`" for entry in owns) or "nothing"
    return [Fault(0, "the path is outside what this agent owns", f"write only {allowed}")]


def owned(path: str, owns: Sequence[str]) -> bool:
    """Tell whether a path without faults is one of the files or lies below one of the folders."""
    parts = path.split("/")
    return any(_covers(entry, parts) for entry in owns)


def _covers(entry: str, parts: list[str]) -> bool:
    if not entry.endswith("/"):
        return entry.split("/") == parts
    folder = entry.removesuffix("/").split("/")
    return len(parts) > len(folder) and parts[: len(folder)] == folder
