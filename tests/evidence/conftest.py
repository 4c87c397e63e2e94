"""The application under all controls, generated once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.evidence.application import assembled, copied, said

if TYPE_CHECKING:
    from pathlib import Path

    from qlf.repository import Repository


@pytest.fixture(scope="session")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """Give a repository in which gates are green that proofs are of."""
    repository = assembled(tmp_path_factory.mktemp("vault"))
    for gate in ("compliance", "policy", "static"):
        said(repository, gate)
    return repository


@pytest.fixture
def vault(origin: Repository, tmp_path: Path) -> Repository:
    """Give a copy that a test may change."""
    return copied(origin, tmp_path / "vault")
