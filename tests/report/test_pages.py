"""What the pages of the report say, of an application under controls and of one that is broken."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from qlf.report.diagrams import entities, states
from qlf.reporting import News, read_facts
from qlf.stages import spec_of
from tests.evidence.application import NAME
from tests.report.conftest import EVIL

if TYPE_CHECKING:
    from qlf.repository import Repository


class Read(HTMLParser):
    """The tags and the text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.texts: list[str] = []
        self.feed(text)
        self.text = " ".join(" ".join(self.texts).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in {"href", "src"}]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def page(repository: Repository, path: str) -> Read:
    return Read((repository.root / "build" / path).read_text(encoding="utf-8"))


def test_the_page_over_all_tells_of_each_application(reported: Repository) -> None:
    shown = page(reported, "index.html")
    assert "2 applications: 1 not built, 1 red." in shown.text
    assert {"vault/report.html", "broken/report.html"} <= set(shown.links)
    assert re.search(r"PCI DSS 4\.0\.1", shown.text)
    assert re.search(r"\d+ of \d+", shown.text)


def test_a_page_has_gates_controls_diagrams_sizes_and_what_was_remade(reported: Repository) -> None:
    shown = page(reported, "vault/report.html")
    facts = read_facts(reported, NAME, News())
    for text in (
        "policy green",
        "static red",
        "backend/app/main.py:3:0: `os` is unused [ruff F401]",
        "States of",
        "Entities and what they refer to",
        "Card.person refers to one Person",
        f"compile:vault made changed: {EVIL}",
        "backend",
    ):
        assert text in shown.text
    assert sum(size.files for size in facts.sizes) == len(
        [path for path in (reported.build(NAME) / "app").rglob("*") if path.is_file()]
    )
    assert {"../index.html", "app/README.md", "evidence.html", "spec.json"} <= set(shown.links)
    assert shown.tags.count("svg") == 1 + len(states(spec_of(reported, NAME)))


def test_a_brief_that_cannot_be_built_is_not_left_out(reported: Repository) -> None:
    shown = page(reported, "broken/report.html")
    assert f"briefs/broken.md:3:11: {EVIL} is no mapping" in shown.text
    assert "not built" in shown.text


@pytest.mark.parametrize("path", ["index.html", "vault/report.html", "broken/report.html"])
def test_pages_run_nothing_and_load_nothing(reported: Repository, path: str) -> None:
    shown = page(reported, path)
    assert not {"script", "img", "link", "iframe", "object"} & set(shown.tags)
    build = reported.root / "build" / path
    for link in shown.links:
        assert link.startswith("#") or (build.parent / link).exists(), link


def test_places_of_a_diagram_are_the_same_each_time(reported: Repository) -> None:
    spec = spec_of(reported, NAME)
    first = entities(spec)
    assert first == entities(spec)
    assert first is not None
    assert {box.title for box in first.boxes} == {entity.name for entity in spec.entities}
    for box in first.boxes:
        assert 0 < box.x - box.width / 2 < box.x + box.width / 2 < first.width
        assert 0 < box.y - box.height / 2 < box.y + box.height / 2 < first.height
