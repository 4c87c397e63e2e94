"""The report over two applications: one as its gates left it, and one that could not be built."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from qlf.model.finding import Finding
from qlf.report.facts import Remade
from qlf.reporting import News, update
from tests.evidence.application import NAME, assembled, evidence, said

if TYPE_CHECKING:
    from qlf.repository import Repository

EVIL = '<script>alert("x")</script>'
FOUND = Finding(
    tool="ruff", rule="F401", level="error", message="`os` is unused", path="backend/app/main.py", line=3
)
BROKEN = f"---\ntitle: '{EVIL}'\nentities: 7\n---\n# Broken\n"


@pytest.fixture(scope="session")
def reported(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """Give the repository with its pages."""
    repository = assembled(tmp_path_factory.mktemp("reported"))
    for gate in ("compliance", "policy"):
        said(repository, gate)
    said(repository, "static", findings=[FOUND])
    evidence(repository)
    (repository.root / "briefs" / "broken.md").write_text(BROKEN, encoding="utf-8")
    update(
        repository,
        {
            NAME: News(remade=(Remade(step="compile:vault", outcome="made", reasons=(f"changed: {EVIL}",)),)),
            "broken": News(problems=(f"briefs/broken.md:3:11: {EVIL} is no mapping",)),
        },
        1,
    )
    return repository
