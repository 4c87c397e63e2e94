"""Briefs as their authors write them, compiled."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from qlf.brief.read import read_brief
from qlf.compile.compile import compile_brief
from qlf.model.brief import Brief
from qlf.model.spec import Spec

Compiled = Callable[[str], Spec]
Refused = Callable[[str], list[str]]
ROOT = Path(__file__).parents[2]


def brief_of(front: str) -> Brief:
    """Return the brief with this front matter."""
    found = read_brief(Path("shop.md"), f"---\n{front.strip()}\n---\n# Shop\n".encode())
    assert isinstance(found, Brief), found
    return found


def spec_of(brief: Brief) -> Spec:
    found = compile_brief(brief)
    assert isinstance(found, Spec), [str(problem) for problem in found]
    return found


@pytest.fixture(scope="session")
def compiled() -> Compiled:
    return lambda front: spec_of(brief_of(front))


@pytest.fixture(scope="session")
def refused() -> Refused:
    def refused(front: str) -> list[str]:
        found = compile_brief(brief_of(front))
        assert isinstance(found, list)
        return [str(problem) for problem in found]

    return refused


@pytest.fixture(scope="session")
def portal() -> Spec:
    """The example that `docs/brief.md` begins with."""
    page = (ROOT / "docs" / "brief.md").read_text(encoding="utf-8")
    example = re.search(r"```markdown\n(.*?)```", page, re.DOTALL)
    assert example
    brief = read_brief(Path("patient-portal.md"), example[1].encode())
    assert isinstance(brief, Brief), brief
    return spec_of(brief)


@pytest.fixture(scope="session", params=sorted((ROOT / "briefs").glob("*.md")), ids=lambda path: path.stem)
def shipped(request: pytest.FixtureRequest) -> Spec:
    """Each of the briefs that come with the factory."""
    brief = read_brief(request.param)
    assert isinstance(brief, Brief), brief
    return spec_of(brief)
