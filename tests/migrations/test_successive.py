"""Migrations run on both engines, on tables with rows, and end where a new schema begins."""

from __future__ import annotations

import sqlite3
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from qlf.migrations.renames import Told
from qlf.migrations.schema import Schema
from qlf.migrations.script import scripts
from tests.migrations.specs import schema

if TYPE_CHECKING:
    from collections.abc import Iterator

NOTHING = Schema()

# Each step is what the brief says then: entities, with the fields of each.
FIRST = """
  Item:
    id: int
    fields:
      name: text!
      count: int
      price: money! = 1
      state: enum(open, done)! = open
  Line:
    id: int
    fields:
      item: Item!
      note: longtext
"""
TAG = "  Tag:\n    id: int\n    fields:\n      name: text!\n"
EDITS = (
    ("count: int\n", "count: int\n      size: int\n"),
    ("size: int\n", "size: int! = 3\n"),
    ("count: int\n", "number: {type: int, renamed_from: count}\n"),
    ("{type: int, renamed_from: count}", "text"),
    ("number: text\n", "number: text indexed\n"),
    ("name: text!", "name: text! unique"),
    ("enum(open, done)!", "enum(open, done, archived)!"),
    ("enum(open, done, archived)!", "enum(open, archived)!"),
    ("price: money!", "price: decimal(20, 4)!"),
    ("  Line:\n", "  Row:\n    renamed_from: Line\n"),
    ("note: longtext", "note: text max=40"),
    ("      note: text max=40\n", "      note: text max=40\n      tags: Tag[]\n" + TAG),
    ("item: Item!", "item: Item"),
    ("      tags: Tag[]\n", ""),
    ("size: int! = 3\n", "size: {type: int, required: true, default: 3, min: 1}\n"),
    ("item: Item\n", "thing: {type: Item, renamed_from: item}\n"),
    ("  Item:\n", "  Item:\n    unique: [[name, size]]\n"),
    ("number: text indexed\n", "number: int indexed\n"),
)  # fmt: skip


def steps() -> list[Schema]:
    """Return the spec after each edit."""
    text, found = FIRST, [schema(FIRST)]
    for was, now in EDITS:
        assert was in text, was
        text = text.replace(was, now)
        found.append(schema(text))
    return found


class Sqlite:
    name = "sqlite"

    def __init__(self) -> None:
        self.connection = sqlite3.connect(":memory:", isolation_level=None)

    def run(self, script: str) -> None:
        self.connection.executescript(f"begin;\n{script}\ncommit;")
        assert self.all("pragma foreign_key_check") == []

    def all(self, sql: str) -> list[Any]:
        return self.connection.execute(sql).fetchall()

    def schema(self) -> object:
        """Return what is there; the order of columns and constraints says nothing."""
        found = set()
        for name, sql in self.all("select name, sql from sqlite_master where sql is not null"):
            lines = sql.replace("\n        ", " ").replace('"', "").splitlines()
            words = frozenset(" ".join(line.rstrip(",").split()) for line in lines)
            found.add((name, words))
        return found

    def close(self) -> None:
        self.connection.close()


class Postgresql:
    name = "postgresql"

    def __init__(self, url: str) -> None:
        self.connection = psycopg.connect(url, autocommit=True)
        self.clear()

    def clear(self) -> None:
        self.connection.execute("drop schema if exists public cascade; create schema public")

    def run(self, script: str) -> None:
        with self.connection.transaction():
            self.connection.execute(script.encode())

    def all(self, sql: str) -> list[Any]:
        return self.connection.execute(sql.encode()).fetchall()

    def schema(self) -> object:
        return [
            set(self.all(sql))
            for sql in (
                (
                    "select table_name, column_name, data_type, character_maximum_length, numeric_precision,"
                    " numeric_scale, is_nullable, column_default, is_identity"
                    " from information_schema.columns where table_schema = 'public'"
                ),
                (
                    "select conrelid::regclass::text, conname, pg_get_constraintdef(oid)"
                    " from pg_constraint where connamespace = 'public'::regnamespace"
                ),
                "select indexname, indexdef from pg_indexes where schemaname = 'public'",
            )
        ]

    def close(self) -> None:
        self.connection.close()


Engine = Sqlite | Postgresql


@pytest.fixture(params=["sqlite", "postgresql"], name="engines")
def _engines(request: pytest.FixtureRequest) -> Iterator[tuple[Engine, Engine]]:
    pair: tuple[Engine, Engine] = (Sqlite(), Sqlite())
    if request.param == "postgresql":
        pair = postgres_pair(request.getfixturevalue("postgres_url"))
    yield pair
    for engine in pair:
        engine.close()


def postgres_pair(url: str) -> tuple[Postgresql, Postgresql]:
    """Return two databases that are empty."""
    made = []
    with psycopg.connect(url, autocommit=True) as server:
        for name in ("evolve_a", "evolve_b"):
            server.execute(f"drop database if exists {name}".encode())
            server.execute(f"create database {name}".encode())
            made.append(Postgresql(url.removesuffix("/postgres") + f"/{name}"))
    return made[0], made[1]


def fresh(engine: Engine, target: Schema) -> object:
    """Return the schema of a database that is created new."""
    files = scripts(NOTHING, target)
    engine.run(files[f"up.{engine.name}.sql"])
    found = engine.schema()
    engine.run(files[f"down.{engine.name}.sql"])
    return found


def filled(engine: Engine, target: Schema) -> None:
    engine.run(scripts(NOTHING, target)[f"up.{engine.name}.sql"])
    stamp = "'2026-01-01 00:00:00.000000'"
    for number in (1, 2, 3):
        engine.run(
            "insert into items (id, name, count, price, state, created_at, updated_at)"  # noqa: S608 - constants
            f" values ({number}, 'name {number}', {number * 10}, 2.5, 'open', {stamp}, {stamp});"
            "insert into lines (id, item_id, note, created_at, updated_at)"
            f" values ({number}, {number}, 'note {number}', {stamp}, {stamp});"
        )


def test_successive_changes_up_and_down_end_where_new_schemas_begin(engines: tuple[Engine, Engine]) -> None:
    migrated, new = engines
    specs = steps()
    assert len(EDITS) >= 15
    filled(migrated, specs[0])
    for before, after in pairwise(specs):
        migrated.run(scripts(before, after)[f"up.{migrated.name}.sql"])
        assert migrated.schema() == fresh(new, after)
    assert migrated.all("select id, name, number, size, state from items order by id") == [
        (number, f"name {number}", number * 10, 3, "open") for number in (1, 2, 3)
    ]
    assert [float(price) for (price,) in migrated.all("select price from items")] == [2.5, 2.5, 2.5]
    assert migrated.all('select id, thing_id, note from "rows" order by id') == [
        (number, number, f"note {number}") for number in (1, 2, 3)
    ]
    for before, after in reversed(list(pairwise(specs))):
        migrated.run(scripts(before, after)[f"down.{migrated.name}.sql"])
        assert migrated.schema() == fresh(new, before)
    assert migrated.all("select id, name, count, state from items order by id") == [
        (number, f"name {number}", number * 10, "open") for number in (1, 2, 3)
    ]
    assert migrated.all("select id, item_id, note from lines order by id") == [
        (number, number, f"note {number}") for number in (1, 2, 3)
    ]


def test_values_of_an_enumeration_are_renamed(engines: tuple[Engine, Engine]) -> None:
    migrated, new = engines
    before = schema(FIRST)
    after = schema(FIRST.replace("enum(open, done)! = open", "enum(fresh, done)! = fresh"))
    filled(migrated, before)
    files = scripts(before, after, Told(values={("ItemState", "fresh"): "open"}))
    migrated.run(files[f"up.{migrated.name}.sql"])
    assert migrated.all("select distinct state from items") == [("fresh",)]
    assert migrated.schema() == fresh(new, after)
    migrated.run(files[f"down.{migrated.name}.sql"])
    assert migrated.all("select distinct state from items") == [("open",)]


def test_a_required_column_gets_the_value_that_is_given(engines: tuple[Engine, Engine]) -> None:
    migrated, new = engines
    before = schema(FIRST)
    after = schema(FIRST.replace("count: int\n", "count: int!\n      code: text!\n"))
    filled(migrated, before)
    migrated.run("update items set count = null where id = 2;")
    files = scripts(before, after, fills={("items", "code"): "'c'", ("items", "count"): "7"})
    migrated.run(files[f"up.{migrated.name}.sql"])
    assert migrated.all("select count, code from items order by id") == [(10, "c"), (7, "c"), (30, "c")]
    assert migrated.schema() == fresh(new, after)


def test_what_is_no_number_fails_and_changes_nothing(engines: tuple[Engine, Engine]) -> None:
    migrated, _ = engines
    before = schema(FIRST)
    filled(migrated, before)
    there = migrated.schema()
    after = schema(FIRST.replace("name: text!", "name: int!"))
    with pytest.raises((sqlite3.OperationalError, psycopg.Error)):
        migrated.run(scripts(before, after)[f"up.{migrated.name}.sql"])
    if migrated.name == "sqlite":
        migrated.all("rollback")
    assert migrated.schema() == there
