from __future__ import annotations

import pytest

from qlf.agents.api.wording import cased, indefinite, listed, lowered, snake


@pytest.mark.parametrize(
    ("name", "expected"),
    [("OrderLine", "order_line"), ("User", "user"), ("APIKey", "api_key"), ("Area51Visit", "area51_visit")],
)
def test_pascal_case_becomes_snake_case(name: str, expected: str) -> None:
    assert snake(name) == expected


def test_names_take_the_case_of_the_api() -> None:
    assert [cased("order_line_id", case) for case in ("snake", "camel")] == ["order_line_id", "orderLineId"]


def test_labels_are_lowered_but_for_abbreviations() -> None:
    assert lowered("API key") == "API key"
    assert lowered("Order Line") == "order line"


def test_words_are_enumerated() -> None:
    assert [listed(["a"]), listed(["a", "b"], "or"), listed(["a", "b", "c"])] == ["a", "a or b", "a, b and c"]


@pytest.mark.parametrize(
    ("noun", "expected"),
    [
        ("order", "an order"),
        ("user", "a user"),
        ("unit", "a unit"),
        ("uninsured visit", "an uninsured visit"),
        ("one-time code", "a one-time code"),
        ("patient", "a patient"),
        ("usher", "an usher"),
    ],
)
def test_the_article_goes_by_the_sound(noun: str, expected: str) -> None:
    assert indefinite(noun) == expected
