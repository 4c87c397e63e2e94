from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from qlf.agents.documentation.markdown import anchor, code, inline, plain, prose, table, tidy


@given(st.text(alphabet="`a |", min_size=1, max_size=12).filter(str.strip))
def test_a_code_span_shows_the_text(text: str) -> None:
    html = MarkdownIt("commonmark").render(f"x{code(text)}x")
    shown = html.removeprefix("<p>x<code>").removesuffix("</code>x</p>\n")
    assert shown.strip() == text.strip()


def test_a_table_leaves_out_columns_that_say_nothing_and_escapes_bars() -> None:
    rows = [("`a || b`", "", ""), ("c", "", "d")]
    assert table(rows, "One", "Two", "Three") == (
        "| One | Three |\n| --- | --- |\n| `a \\|\\| b` | |\n| c | d |"
    )


def test_plain_text_begins_no_tag_and_stays_on_one_line() -> None:
    assert plain("a <script>\n b < c") == "a &lt;script> b < c"


@pytest.mark.parametrize(
    ("heading", "fragment"),
    [
        ("Order line", "order-line"),
        ("States of orders: `status`", "states-of-orders-status"),
        ("Operation `check_out`", "operation-check_out"),
    ],
)
def test_anchors_are_those_of_github(heading: str, fragment: str) -> None:
    assert anchor(heading) == fragment


def test_labels_inside_a_sentence_keep_abbreviations() -> None:
    assert inline("KYC Checks") == "KYC checks"


@pytest.mark.parametrize(
    ("given_prose", "expected"),
    [
        ("# Shop\n\nText.\n", ("Text.", "")),
        ("Text.\n\n## More\n\n### Deep\n", ("Text.", "## More\n\n### Deep")),
        ("# Shop\n\n# Other\n\n## Below\n", ("", "## Other\n\n### Below")),
        ("Shop\n====\n\nText\n----\n", ("", "## Text")),
        ("```\n# no heading\n\n\n```\n", ("```\n# no heading\n\n\n```", "")),
        ("Text.\n\n~~~\nopen", ("Text.\n\n~~~\nopen\n~~~", "")),
        ("", ("", "")),
    ],
)
def test_prose_fits_below_the_title(given_prose: str, expected: tuple[str, str]) -> None:
    assert prose(given_prose, "Shop") == expected


@given(st.lists(st.sampled_from(["# A", "## B", "A", "===", "---", "```", "~~~", "", "- x", "> # Q"])))
def test_no_prose_brings_a_heading_of_the_first_level_or_leaves_a_fence_open(lines: list[str]) -> None:
    tokens = MarkdownIt("commonmark").parse("\n\n".join((*prose("\n".join(lines), "Title"), "## Ours\n")))
    headings = [token for token in tokens if token.type == "heading_open" and token.level == 0]
    assert all(token.tag != "h1" for token in headings)
    assert headings[-1:]
    assert tokens[-2].content == "Ours"


def test_tidy_removes_what_templates_leave_behind() -> None:
    assert tidy("\n\na  \n\n\n\nb\n```\nx\n\n\ny\n```\n\n\n") == "a\n\nb\n```\nx\n\n\ny\n```\n"
