"""A library of three entities, compiled, and its conditions translated."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from qlf.agents.backend.agent import AGENT
from qlf.brief.read import read_brief
from qlf.cel.check import value
from qlf.cel.scope import Catalogue, row_scope
from qlf.compile.compile import compile_brief
from qlf.compile.scopes import members
from qlf.compile.slices import slice_spec
from qlf.model.brief import Brief, Text, at
from qlf.model.spec import Spec
from qlf.soc.apply import apply
from qlf.soc.parse import parse

if TYPE_CHECKING:
    from qlf.model.expression import Expression

Understood = Callable[[str], "Expression"]
BRIEFS = Path(__file__).parents[3] / "briefs"


def compiled(path: Path) -> Spec:
    brief = read_brief(path)
    assert isinstance(brief, Brief), brief
    spec = compile_brief(brief)
    assert isinstance(spec, Spec), spec
    return slice_spec(spec, AGENT.reads)


def written(spec: Spec) -> dict[str, str]:
    patches = parse(AGENT.write(spec).encode(), "backend.soc", AGENT.owns)
    assert not isinstance(patches, list), patches
    files = apply(patches, {})
    assert isinstance(files, dict), files
    return files


@pytest.fixture(scope="session")
def library() -> Spec:
    return compiled(Path(__file__).with_name("library.md"))


@pytest.fixture(scope="session")
def written_library(library: Spec) -> dict[str, str]:
    return written(library)


@pytest.fixture(scope="session", params=["library", *sorted(path.stem for path in BRIEFS.glob("*.md"))])
def tree(request: pytest.FixtureRequest) -> dict[str, str]:
    """What is written for the library, and for each of the shipped briefs."""
    if request.param == "library":
        found: dict[str, str] = request.getfixturevalue("written_library")
        return found
    return written(compiled(BRIEFS / f"{request.param}.md"))


@pytest.fixture(scope="session")
def of_book(library: Spec) -> Understood:
    """Understand CEL about a book."""
    catalogue = Catalogue(
        entities={entity.name: members(entity) for entity in library.entities},
        enums={enum.name: enum.values for enum in library.enums},
    )

    def of_book(source: str) -> Expression:
        text = Text(text=source, origin=at("library.md", 1, 1))
        found = value(text, row_scope(catalogue, "Book", viewer="User"))
        assert not isinstance(found, list), found
        return found

    return of_book
