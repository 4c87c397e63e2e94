"""What may have been renamed is asked, once for each thing that went."""

from __future__ import annotations

import pytest

from qlf.migrations.guesses import guesses
from tests.migrations.specs import schema
from tests.migrations.test_successive import FIRST

LINE = "  Line:\n    id: int\n    fields:\n"


@pytest.mark.parametrize(
    ("was", "now", "expected"),
    [
        ("count: int", "number: int", ["Item.count=number"]),
        ("count: int", "number: text", []),
        ("count: int", "number: {type: int, renamed_from: count}", []),
        ("count: int", "one: int\n      other: int", ["Item.count=one"]),
        ("  Line:", "  Row:", ["Line=Row"]),
        (
            "  Line:\n    id: int\n    fields:\n",
            "  Row:\n    id: int\n    fields:\n      a: int\n      b: int\n",
            ["Line=Row"],
        ),
        ("enum(open, done)! = open", "enum(fresh, done)! = fresh", ["ItemState.open=fresh"]),
        ("enum(open, done)!", "enum(open, done, more)!", []),
    ],
)
def test_guesses(was: str, now: str, expected: list[str]) -> None:
    assert was in FIRST
    found = guesses(schema(FIRST), schema(FIRST.replace(was, now)))
    assert [words for _, words in found] == expected


def test_what_has_nothing_in_common_was_not_renamed() -> None:
    other = LINE.replace("Line", "Row") + "".join(f"      {name}: int\n" for name in "abcde")
    without = FIRST[: FIRST.index("  Line:")]
    assert list(guesses(schema(FIRST), schema(without + other))) == []
