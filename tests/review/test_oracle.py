"""oasdiff, by whose rules changes of an API are graded, grades those of the contracts alike."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from qlf.agents.registry import agent
from qlf.compile.slices import slice_spec
from qlf.review.api import api_changes
from qlf.soc.apply import apply
from qlf.soc.parse import parse
from qlf.soc.patchset import PatchSet
from tests.review.briefs import spec_of
from tests.review.test_api import EDITS

if TYPE_CHECKING:
    from qlf.model.spec import Spec

OASDIFF = shutil.which("oasdiff") or str(Path.home() / ".local/bin/oasdiff")
WARNING, ERROR = 2, 3
# Who may call is in no contract.
UNSEEN = ("may no longer call it",)


def contract(spec: Spec, file: Path) -> str:
    """Write the contract of an application, and return where."""
    api = agent("api")
    patch = parse(api.write(slice_spec(spec, api.reads)).encode(), "api.soc", api.owns)
    assert isinstance(patch, PatchSet)
    files = apply(patch, {})
    assert isinstance(files, dict)
    file.write_text(files["api/openapi.json"], encoding="utf-8")
    return str(file)


@pytest.mark.skipif(not Path(OASDIFF).exists(), reason="oasdiff is not installed")
@pytest.mark.parametrize("edit", [edit for edit, _ in EDITS.values()], ids=EDITS)
def test_what_breaks_clients_is_what_oasdiff_says(edit: tuple[str, str], tmp_path: Path) -> None:
    old, new = spec_of(), spec_of(edit)
    sides = (contract(old, tmp_path / "old.json"), contract(new, tmp_path / "new.json"))
    done = subprocess.run(
        [OASDIFF, "changelog", *sides, "-f", "json"], capture_output=True, text=True, check=True
    )
    theirs: dict[int, set[str]] = {WARNING: set(), ERROR: set()}
    for change in json.loads(done.stdout or "[]"):
        if change["level"] in theirs:
            theirs[change["level"]].add(f"{change['operation']} {change['path']}")
    ours = {
        change.operation
        for change in api_changes(old, new)
        if change.grade == "breaking" and not change.what.endswith(UNSEEN)
    }
    assert theirs[ERROR] <= ours
    assert ours <= theirs[ERROR] | theirs[WARNING]
