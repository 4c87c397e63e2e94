"""Where policies lie: `policies/NAME.yaml` below each of some folders of rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Rules:
    """A folder of rules, and what origins and problems call it."""

    path: Path
    called: str


def policy_files(folders: Sequence[Rules]) -> dict[str, tuple[Path, str]]:
    """Return by name the file of each policy and what it is called; the first folder that has it wins."""
    found: dict[str, tuple[Path, str]] = {}
    for folder in folders:
        for path in sorted((folder.path / "policies").glob("*.yaml")):
            if path.is_file():
                found.setdefault(path.stem, (path, f"{folder.called}/policies/{path.name}"))
    return dict(sorted(found.items()))
