"""What a changed brief changes in the database, and how it is graded."""

from __future__ import annotations

import pytest

from qlf.migrations.changes import changes
from tests.migrations.specs import schema

ITEM = """
  Item:
    fields:
      name: text!
      count: int
      state: enum(open, done)
"""


def told(new: str, old: str = ITEM) -> list[str]:
    return [f"{one.grade}: {one.what}" for one in changes(schema(old), schema(new))]


def test_nothing_changes_nothing() -> None:
    assert told(ITEM) == []


@pytest.mark.parametrize(
    ("was", "now", "expected"),
    [
        ("", "      note: text\n", ["safe: column items.note is added"]),
        ("", "      note: text!\n", ["breaking: column items.note is added"]),
        ("      count: int\n", "", ["data-losing: column items.count is dropped"]),
        ("count: int", "count: int!", ["breaking: column items.count becomes required"]),
        ("name: text!", "name: text", ["safe: column items.name becomes optional"]),
        (
            "name: text!",
            "name: text! unique",
            ["breaking: the unique constraint of items (name) is added"],
        ),
        ("count: int", "count: int indexed", ["slow: the index of items (count) is added"]),
        (
            "count: int",
            "count: {type: int, min: 3}",
            ["breaking: the check of items (count) is added"],
        ),
        ("enum(open, done)", "enum(open, done, gone)", ["safe: the check of items (state) takes 'gone' too"]),
        ("enum(open, done)", "enum(open, shut)", ["breaking: the check of items (state) changes"]),
        (
            "count: int",
            "number: {type: int, renamed_from: count}",
            ["breaking: column items.count becomes number"],
        ),
        (
            "count: int",
            "count: text",
            ["slow: column items.count changes its type from bigint to varchar(255)"],
        ),
        (
            "count: int",
            "count: json",
            ["data-losing: column items.count changes its type from bigint to json"],
        ),
    ],
)
def test_grades(was: str, now: str, expected: list[str]) -> None:
    changed = ITEM.replace(was, now) if was else ITEM + now
    assert told(changed) == expected


def test_tables_come_go_and_are_renamed() -> None:
    renamed = ITEM.replace("  Item:\n", "  Thing:\n    renamed_from: Item\n")
    assert told(renamed) == ["breaking: table items becomes things"]
    other = ITEM.replace("Item", "Thing")
    assert told(other) == ["safe: table things is added", "data-losing: table items is dropped"]
