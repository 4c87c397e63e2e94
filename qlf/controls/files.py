"""Where catalogues lie: `controls/NAME.yaml` below each of some folders of rules, features beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from qlf.policies.files import Rules

FEATURES = "features"


def control_files(folders: Sequence[Rules]) -> dict[str, tuple[Path, str]]:
    """Return by name each file and what it is called; the first folder that has it wins.

    FEATURES is among them: it is no catalogue, but says what carries the controls of all.
    """
    found: dict[str, tuple[Path, str]] = {}
    for folder in folders:
        for path in sorted((folder.path / "controls").glob("*.yaml")):
            if path.is_file():
                found.setdefault(path.stem, (path, f"{folder.called}/controls/{path.name}"))
    return dict(sorted(found.items()))


def catalogue_names(folders: Sequence[Rules]) -> list[str]:
    """Return the names of all catalogues."""
    return [name for name in control_files(folders) if name != FEATURES]
