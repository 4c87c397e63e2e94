"""Every bad overlay in tests/failing/overlay is refused with exactly the lines of its expected.txt."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from qlf.model.brief import OverlayDecl, at
from qlf.overlay.files import Folder
from qlf.overlay.read import read_overlays
from qlf.overlay.resolve import resolve
from qlf.repository import shipped

FOLDER = Path(__file__).parents[1] / "failing" / "overlay"
CASES = sorted(path.name for path in FOLDER.iterdir())


@pytest.mark.parametrize("case", CASES)
def test_bad_overlay_is_refused_with_its_messages(case: str, tmp_path: Path) -> None:
    (tmp_path / "compliance").mkdir()
    shutil.copy(FOLDER / case / "input.yaml", tmp_path / "compliance" / "input.yaml")
    own = Folder(tmp_path, "own", shipped=False)
    found: object = read_overlays((own, Folder(shipped("overlays"), "overlays", shipped=True)))
    if isinstance(found, tuple):
        found = resolve([OverlayDecl(name="input", origin=at("brief.md", 2, 12))], found)
    assert isinstance(found, list)
    expected = (FOLDER / case / "expected.txt").read_text(encoding="utf-8")
    assert "".join(f"{problem}\n" for problem in found).replace("own/compliance/", "") == expected
