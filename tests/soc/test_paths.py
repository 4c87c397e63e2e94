"""An agent's folders are compared by whole parts, never as a bare prefix."""

from __future__ import annotations

import pytest

from qlf.security.paths import Fault
from qlf.soc.paths import owned, path_faults

OWNS = ("backend/", "docs/api/", "README.md", "deploy/compose.yaml")


@pytest.mark.parametrize(
    "path",
    ["backend/a.py", "backend/app/a.py", "docs/api/x.md", "README.md", "deploy/compose.yaml"],
)
def test_owned(path: str) -> None:
    assert owned(path, OWNS)
    assert path_faults(path, OWNS) == []


@pytest.mark.parametrize(
    "path",
    [
        "backend",
        "backend2/a.py",
        "backend.py",
        "Backend/a.py",
        "docs/a.md",
        "docs/apis/x.md",
        "x/backend/a.py",
        "README.md.bak",
        "README.md/x",
        "deploy/compose.yaml.py",
        "deploy/other.yaml",
    ],
)
def test_not_owned(path: str) -> None:
    assert not owned(path, OWNS)
    advice = "write only `backend/`, `docs/api/`, `README.md`, `deploy/compose.yaml`"
    assert path_faults(path, OWNS) == [Fault(0, "the path is outside what this agent owns", advice)]


def test_faults_come_before_ownership() -> None:
    assert [fault.what for fault in path_faults("../x", OWNS)] == ["the path has the part `..`"]
