"""Where overlays lie: `domains/NAME.yaml` and `compliance/NAME.yaml` below each of some folders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from qlf.model.overlay import Kind

KINDS: dict[str, Kind] = {"domains": "domain", "compliance": "compliance"}
SUFFIXES = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of overlays: what origins and problems call it, and whether it comes with the factory."""

    path: Path
    called: str
    shipped: bool


def overlay_files(folders: Sequence[Folder]) -> tuple[tuple[Path, Folder], ...]:
    """Return the files of all overlays in order, each with its folder.

    A file is left out if a folder before has one of the same name. Misplaced files are among them, so that
    reading them can say so.
    """
    found: list[tuple[Path, Folder]] = []
    for folder in folders:
        taken = {file.stem for file, _ in found}
        here = (path for path in sorted(folder.path.rglob("*")) if path.suffix in SUFFIXES and path.is_file())
        found += [(path, folder) for path in here if path.stem not in taken]
    return tuple(found)
