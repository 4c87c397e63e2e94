"""Folders of overlays, one's own before those shipped."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from qlf.overlay.files import Folder
from qlf.overlay.read import read_overlays

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from qlf.errors import Problem
    from qlf.model.overlay import Overlay


@pytest.fixture
def library(tmp_path: Path) -> Callable[..., tuple[Overlay, ...] | list[Problem]]:
    """Return the overlays of own files, given by `NAME="more lines"`; all are domains."""

    def made(**own: str) -> tuple[Overlay, ...] | list[Problem]:
        folder = tmp_path / "overlays" / "domains"
        folder.mkdir(parents=True, exist_ok=True)
        for name, more in own.items():
            head = f"name: {name}\nversion: 1.0.0\nkind: domain\ntitle: {name}\ndescription: About {name}.\n"
            (folder / f"{name}.yaml").write_text(head + more, encoding="utf-8")
        return read_overlays((Folder(tmp_path / "overlays", "overlays", shipped=False),))

    return made
