from __future__ import annotations

import pytest

from qlf.agents.backend.names import docstring, identifier, member, quoted, sentence, snake


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Book", "book"), ("OrderLine", "order_line"), ("perPage", "per_page"), ("HTTPLog", "http_log")],
)
def test_snake_case(name: str, expected: str) -> None:
    assert snake(name) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [("from", "from_"), ("class", "class_"), ("metadata", "metadata_"), ("title", "title")],
)
def test_names_that_the_language_has_taken_get_an_underscore(name: str, expected: str) -> None:
    assert identifier(name) == expected


@pytest.mark.parametrize(
    ("value", "expected"), [("open", "OPEN"), ("non-fiction", "NON_FICTION"), ("2nd", "VALUE_2ND")]
)
def test_values_of_enumerations(value: str, expected: str) -> None:
    assert member(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("plain", '"plain"'),
        ('say "x"', "'say \"x\"'"),
        ("it's", '"it\'s"'),
        (["a", 1], '["a", 1]'),
        (None, "None"),
    ],
)
def test_constants_are_quoted_as_the_formatter_does(value: object, expected: str) -> None:
    assert quoted(value) == expected


def test_a_sentence_cannot_end_the_docstring_it_stands_in() -> None:
    assert sentence('says """ and \\ at the end...') == "Says  and  at the end."
    assert docstring("One line.") == '    """One line."""'
