"""A change in two steps: between them both versions of an application read and write the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from qlf.migrations.changes import graded
from qlf.migrations.differences import difference
from qlf.migrations.expansion import copied, middle, unsplit
from qlf.migrations.renames import NONE, Told, former
from qlf.migrations.script import contracting, expanding
from tests.migrations.specs import schema
from tests.migrations.test_successive import FIRST, TAG, Engine, _engines, filled, fresh

if TYPE_CHECKING:
    from qlf.migrations.differences import Difference
    from qlf.migrations.schema import Schema

engines = _engines
STAMPS = "'2026-01-01 00:00:00.000000', '2026-01-01 00:00:00.000000'"
RENAMED = (
    FIRST.replace("count: int\n", "number: {type: int, renamed_from: count}\n      code: text!\n")
    .replace("      price: money! = 1\n", "")
    .replace("name: text!\n", "name: text! unique\n")
    .replace("item: Item!", "thing: {type: Item, required: true, renamed_from: item}")
    + TAG
)


def found(before: Schema, after: Schema) -> Difference:
    return difference(before.tables, after.tables, former(before, after))


def test_both_versions_run_between_the_two_steps(engines: tuple[Engine, Engine]) -> None:
    migrated, new = engines
    before, after = schema(FIRST), schema(RENAMED)
    filled(migrated, before)
    both, pairs = middle(found(before, after)), copied(found(before, after))
    assert pairs == (("items", "count", "number"), ("lines", "item_id", "thing_id"))
    wide = expanding(before.tables, both, pairs)
    migrated.run(wide[f"up.{migrated.name}.sql"])
    migrated.run(
        "insert into items (id, name, count, price, state, created_at, updated_at)"  # noqa: S608 - constants
        f" values (4, 'by the former', 40, 1, 'open', {STAMPS});"
        "insert into items (id, name, number, code, state, created_at, updated_at)"
        f" values (5, 'by the present', 50, 'c', 'open', {STAMPS});"
        "update items set count = 11 where id = 1; update items set number = 22 where id = 2;"
        f"insert into lines (id, item_id, created_at, updated_at) values (4, 4, {STAMPS});"
        f"insert into lines (id, thing_id, created_at, updated_at) values (5, 5, {STAMPS});"
    )
    expected = [(11, 11), (22, 22), (30, 30), (40, 40), (50, 50)]
    assert migrated.all("select count, number from items order by id") == expected
    assert migrated.all("select item_id, thing_id from lines where id > 3 order by id") == [(4, 4), (5, 5)]
    narrow = contracting(both, after.tables, pairs, {("items", "code"): "'none'"})
    migrated.run(narrow[f"up.{migrated.name}.sql"])
    assert migrated.schema() == fresh(new, after)
    rows = "select number, code from items order by id"
    assert migrated.all(rows) == [(11, "none"), (22, "none"), (30, "none"), (40, "none"), (50, "c")]
    migrated.run(narrow[f"down.{migrated.name}.sql"])
    migrated.run("update items set count = 33 where id = 3;")
    assert migrated.all("select count, number from items order by id") == [
        *expected[:2],
        (33, 33),
        *expected[3:],
    ]
    migrated.run("update items set price = 1;")
    migrated.run(wide[f"down.{migrated.name}.sql"])
    assert migrated.schema() == fresh(new, before)
    assert migrated.all("select count from items order by id") == [(11,), (22,), (33,), (40,), (50,)]


def test_the_first_step_breaks_nothing_and_the_second_does() -> None:
    before, after = schema(FIRST), schema(RENAMED)
    both = middle(found(before, after))
    first = graded(difference(before.tables, both, NONE), NONE)
    assert {each.grade for each in first} <= {"safe", "slow"}
    second = {each.what: each.grade for each in graded(difference(both, after.tables, NONE), NONE)}
    assert second["column items.price is dropped"] == "data-losing"
    assert second["column items.code becomes required"] == "breaking"
    assert second["the unique constraint of items (name) is added"] == "breaking"


@pytest.mark.parametrize(
    ("now", "told", "expected"),
    [
        (
            FIRST.replace("  Line:\n", "  Row:\n    renamed_from: Line\n"),
            None,
            ["table lines becomes rows"],
        ),
        (FIRST.replace("count: int", "count: text"), None, ["column items.count changes its type"]),
        (
            FIRST.replace("enum(open, done)! = open", "enum(fresh, done)! = fresh"),
            Told(values={("ItemState", "fresh"): "open"}),
            ["values of items.state are renamed"],
        ),
        (FIRST.replace("count: int", "size: int"), None, []),
    ],
)
def test_what_cannot_be_done_in_two_steps(now: str, told: Told | None, expected: list[str]) -> None:
    before, after = schema(FIRST), schema(now)
    names = former(before, after, told)
    assert unsplit(difference(before.tables, after.tables, names), names) == expected


@pytest.mark.parametrize(
    ("was", "now", "kept"),
    [
        ("enum(open, done)!", "enum(open, done, more)!", {"open", "done", "more"}),
        ("enum(open, done)!", "enum(open)!", {"open", "done"}),
        ("enum(open, done)!", "enum(open, more)!", set()),
    ],
)
def test_values_that_either_version_writes_are_taken(was: str, now: str, kept: set[str]) -> None:
    (items, *_) = middle(found(schema(FIRST), schema(FIRST.replace(was, now))))
    checks = [one.condition for one in items.checks if "state" in one.condition]
    assert {value for value in ("open", "done", "more") for one in checks if f"'{value}'" in one} == kept
