"""Reviews as Markdown and HTML: whole, within bounds, and with nothing in them that a brief could inject."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from markdown_it import MarkdownIt

from qlf.model.migration import Change
from qlf.model.review import ApiChange, BriefReview, FileChange, Review
from qlf.review.html import page
from qlf.review.lines import lines
from qlf.review.markdown import MOST, markdown
from tests.evidence.test_page import read

if TYPE_CHECKING:
    from collections.abc import Mapping

EVIL = "</details><script>alert(1)</script> @everyone ![x](http://x) ``` # `\" onload='x'"
OLD = {"a.py": b"one\ntwo\nthree\n", "gone.bin": b"\xff"}
NEW = {"a.py": b"one\nTWO\nthree\n````\n", "new<b>.md": EVIL.encode()}
FILES = (
    FileChange(path="a.py", fate="changed", gained=2, lost=1),
    FileChange(path="gone.bin", fate="removed"),
    FileChange(path="new<b>.md", fate="added", gained=1, lost=0),
)


def review_of(
    sentences: tuple[str, ...] = (), files: tuple[FileChange, ...] = FILES, **more: object
) -> Review:
    brief = BriefReview(brief="shop", fate="changed", spec=sentences, files=files, digest="0" * 64)
    return Review(base="main", head="the working tree", briefs=(brief.model_copy(update=more),))


def both(
    old: Mapping[str, bytes] = OLD, new: Mapping[str, bytes] = NEW
) -> dict[str, tuple[Mapping[str, bytes], Mapping[str, bytes]]]:
    return {"shop": (old, new)}


def html_of(text: str) -> str:
    return str(MarkdownIt("gfm-like", {"linkify": False, "html": True}).render(text))


def test_markdown_says_what_lines_say() -> None:
    change = ApiChange(operation="GET /orders", grade="breaking", what="answers lack total")
    safe = ApiChange(operation="GET /orders", grade="safe", what="answers have sum")
    review = review_of(
        ("Order.total is gone",),
        api=(change, safe),
        gained=("pci-1 One",),
        lost=("gdpr-2 Two",),
        gates=("unit",),
    )
    shown = read(html_of(markdown(review, both())))
    plain = " ".join(line.text for line in lines(review))
    for text in ("Order.total is gone", "answers lack total", "pci-1 One", "gdpr-2 Two", "a.py", "unit"):
        assert text in shown.text
        assert text in plain
    assert "shop changes: 1 breaking API change, 1 control lost, 3 files" in shown.text
    assert "+TWO" in shown.text
    assert shown.tags.count("details") == 3


LOSS = Change(
    table="items",
    column="count",
    what="column items.count is dropped",
    grade="data-losing",
    why="its values are gone afterwards",
)


def test_what_becomes_of_the_database_is_shown_everywhere() -> None:
    review = review_of(database=(LOSS,))
    text = [line.text for line in lines(review)]
    assert text[0].startswith("shop changes: 1 data-losing change, ")
    assert "    data-losing column items.count is dropped (its values are gone afterwards)" in text
    shown = markdown(review, both())
    assert "**Database**" in shown
    assert "data-losing: column items\\.count is dropped (its values are gone afterwards)" in shown
    assert '<td>column items.count is dropped</td><td class="data-losing">data-losing</td>' in page(
        review, both()
    )


def test_nothing_in_markdown_is_markup_of_its_briefs() -> None:
    change = ApiChange(operation="GET /`x`", grade="safe", what=EVIL)
    review = review_of((EVIL,), api=(change,), gained=(EVIL,))
    made = markdown(review, both())
    shown = read(html_of(made))
    assert not {"script", "img", "h1", "a"} & set(shown.tags)
    assert shown.tags.count("details") == 3
    assert shown.text.count("@everyone") == 4
    assert not re.search(r"(?<!\\)@everyone", made.partition("<details>")[0])


def test_markdown_fits_a_comment() -> None:
    long = "".join(f"line {number}\n" for number in range(4000)).encode()
    files = tuple(
        FileChange(path=f"f{number}.py", fate="changed", gained=1, lost=4000) for number in range(9)
    )
    old = {file.path: long for file in files}
    new = {file.path: b"short\n" for file in files} | {"f0.py": long.replace(b"line 7\n", b"line seven\n")}
    made = markdown(review_of(files=files), both(old, new))
    assert len(made) <= MOST
    assert "+line seven" in made
    assert "7 differences are left out" in made or "8 differences are left out" in made
    many = review_of(tuple(f"sentence {number} {'x' * 80}" for number in range(2000)))
    assert "There is no room for more here" in markdown(many, both())


@pytest.mark.parametrize("review", [review_of((EVIL,)), Review(base=EVIL, head="b", briefs=())])
def test_nothing_in_the_page_is_markup_of_its_briefs(review: Review) -> None:
    made = page(review, both())
    shown = read(made)
    assert not {"script", "link", "img", "iframe"} & set(shown.tags)
    assert all(not name.startswith("on") for name, _ in shown.attributes)
    assert not re.search(r"url\(|@import", made)
    assert EVIL in shown.text


def test_the_page_has_both_sides_and_a_table_of_contents() -> None:
    shown = read(page(review_of(("Order.total is gone",)), both()))
    anchors = {value for name, value in shown.attributes if name == "id"}
    assert {value for name, value in shown.attributes if name == "href"} == {"#shop"}
    assert "shop" in anchors
    cells = [value for name, value in shown.attributes if name == "class" and value in {"lost", "gained"}]
    assert cells == ["lost", "gained", "gained", "gained"]
    assert "no text" in shown.text
