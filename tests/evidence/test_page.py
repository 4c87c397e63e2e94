"""The page for those who audit: whole by itself, and text stays text."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

from qlf.evidence.page import page
from tests.evidence.application import NAME, evidence

if TYPE_CHECKING:
    from qlf.repository import Repository

EVIL = "<script>alert(1)</script>\" onload='x' & <b>"


class Reader(HTMLParser):
    """Collects elements, their attributes, and what they say."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


def read(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    return reader


def test_the_page_tells_of_every_control(vault: Repository) -> None:
    found = evidence(vault)
    shown = read((vault.build(NAME) / "evidence.html").read_text(encoding="utf-8"))
    anchors = {value for name, value in shown.attributes if name == "id"}
    for catalogue in found.catalogues:
        for control in catalogue.controls:
            assert control.id in anchors
            assert control.wording in shown.text
    assert {value[1:] for name, value in shown.attributes if name == "href" and value} <= anchors


def test_the_page_needs_nothing_else_and_runs_nothing(vault: Repository) -> None:
    shown = read(page(evidence(vault)))
    assert not {"script", "link", "img", "iframe", "object"} & set(shown.tags)
    assert all(not name.startswith("on") for name, _ in shown.attributes)
    assert not re.search(r"url\(|@import", page(evidence(vault)))


def test_text_is_never_markup(vault: Repository) -> None:
    found = evidence(vault)
    evil = {
        "title": EVIL,
        "wording": EVIL,
        "clause": EVIL,
        "checked": EVIL,
        "reason": EVIL,
        "organisation": EVIL,
    }
    catalogues = tuple(
        each.model_copy(
            update={
                "title": EVIL,
                "publisher": EVIL,
                "controls": tuple(one.model_copy(update=evil) for one in each.controls),
            }
        )
        for each in found.catalogues
    )
    shown = read(page(found.model_copy(update={"title": EVIL, "catalogues": catalogues})))
    assert "script" not in shown.tags
    assert "b" not in shown.tags
    assert "onload" not in {name for name, _ in shown.attributes}
    assert EVIL in shown.text
