"""The migrations run for real, on both engines, and refuse what the brief forbids."""

from __future__ import annotations

import itertools
import sqlite3
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from qlf.agents.database.agent import AGENT
from qlf.brief.read import read_brief
from qlf.compile.compile import compile_brief
from qlf.compile.slices import slice_spec
from qlf.model.brief import Brief
from qlf.model.spec import Spec
from qlf.sql.dialects import DIALECTS
from qlf.sql.tables import tables_of

if TYPE_CHECKING:
    from collections.abc import Iterator

BRIEFS = sorted((Path(__file__).parents[3] / "briefs").glob("*.md"))
ERRORS = (sqlite3.IntegrityError, psycopg.IntegrityError)


def migration(spec: Spec, dialect: str, way: str) -> str:
    wanted = f"+++ b/database/migrations/{dialect}/0001_initial.{way}.sql\n"
    body = AGENT.write(spec).split(wanted)[1].split("\n--- /dev/null")[0].split("\n```")[0]
    return "\n".join(line[1:] for line in body.split("\n")[1:]) + "\n"


class Sqlite:
    name = "sqlite"
    placeholder = "?"

    def __init__(self) -> None:
        self.connection = sqlite3.connect(":memory:", isolation_level=None)
        self.connection.execute("pragma foreign_keys = on")

    def run(self, script: str) -> None:
        self.connection.executescript(script)

    def execute(self, sql: str, *values: object) -> list[Any]:
        return self.connection.execute(sql, values).fetchall()

    def objects(self) -> list[Any]:
        return self.execute("select name from sqlite_master")

    def uuid(self) -> str:
        return uuid.uuid4().hex

    def close(self) -> None:
        self.connection.close()


class Postgresql:
    name = "postgresql"
    placeholder = "%s"

    def __init__(self, url: str) -> None:
        self.connection = psycopg.connect(url, autocommit=True)
        self.connection.execute("drop schema if exists public cascade")
        self.connection.execute("create schema public")

    def run(self, script: str) -> None:
        self.connection.execute(script.encode())

    def execute(self, sql: str, *values: object) -> list[Any]:
        cursor = self.connection.execute(sql.encode(), values)
        return cursor.fetchall() if cursor.description else []

    def objects(self) -> list[Any]:
        return self.execute("select relname from pg_class where relnamespace = 'public'::regnamespace")

    def uuid(self) -> uuid.UUID:
        return uuid.uuid4()

    def close(self) -> None:
        self.connection.close()


Engine = Sqlite | Postgresql


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    made = Sqlite() if request.param == "sqlite" else Postgresql(request.getfixturevalue("postgres"))
    yield made
    made.close()


@pytest.fixture
def migrated(engine: Engine, shop: Spec) -> Engine:
    engine.run(migration(shop, engine.name, "up"))
    return engine


def insert(engine: Engine, table: str, **values: object) -> None:
    columns = ", ".join(f'"{column}"' for column in values)
    marks = ", ".join([engine.placeholder] * len(values))
    engine.execute(f'insert into "{table}" ({columns}) values ({marks})', *values.values())  # noqa: S608


def user(engine: Engine, **changed: object) -> object:
    row = {"id": engine.uuid(), "email": f"{uuid.uuid4()}@example.com", "password_hash": "x"} | changed
    insert(engine, "users", **row)
    return row["id"]


def order(engine: Engine, owner: object, **changed: object) -> object:
    row: dict[str, object] = {"id": engine.uuid(), "user_id": owner, "number": 1, "price": 5}
    row |= {"starts_at": "2026-01-15 09:00:00.000000"} | changed
    insert(engine, "order", **row)
    return row["id"]


def test_down_leaves_nothing(migrated: Engine, shop: Spec) -> None:
    owner = user(migrated)
    order(migrated, owner)
    insert(migrated, "teams", id=1, name="red")
    insert(migrated, "players", id=1, team_id=1)
    insert(migrated, "players", id=2, team_id=1, mentor_id=1)
    migrated.execute("update teams set captain_id = 1")
    migrated.run(migration(shop, migrated.name, "down"))
    assert migrated.objects() == []


def test_a_row_within_all_rules_is_kept_with_its_defaults(migrated: Engine) -> None:
    order(migrated, user(migrated), ends_at="2026-01-15 10:00:00.000000", body="abc")
    [(status, group, version)] = migrated.execute('select status, "group", version from "order"')
    assert (status, group, version) == ("open", "it's new", 1)
    [(role, active)] = migrated.execute("select role, active from users")
    assert (role, active) == ("customer", True)


def test_a_check_passes_on_null(migrated: Engine) -> None:
    order(migrated, user(migrated), ends_at=None, group=None, body=None, rate=None)


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"price": -1}, "ck_order_price"),
        ({"price": 1000.51}, "ck_order_price"),
        ({"price": None}, "price"),
        ({"rate": 0.001}, "ck_order_rate"),
        ({"status": "lost"}, "ck_order_status"),
        ({"body": "ab"}, "ck_order_body"),
        ({"body": "x" * 101}, "ck_order_body"),
        ({"ends_at": "2026-01-15 08:00:00.000000"}, "ck_order_ends_after_start"),
        ({"group": "none"}, "ck_order_group"),
    ],
)
def test_a_row_beyond_a_rule_is_refused_by_the_constraint_of_its_name(
    migrated: Engine, changed: dict[str, object], named: str
) -> None:
    owner = user(migrated)
    with pytest.raises(ERRORS, match=named):
        order(migrated, owner, **changed)


def test_unique_values_are_unique_alone_and_together(migrated: Engine) -> None:
    owner = user(migrated, email="ada@example.com")
    with pytest.raises(ERRORS):
        user(migrated, email="ada@example.com")
    order(migrated, owner, number=1)
    order(migrated, owner, number=2)
    with pytest.raises(ERRORS):
        order(migrated, owner, number=1)


def test_deleted_rows_do_not_keep_a_unique_value(migrated: Engine) -> None:
    insert(migrated, "teams", id=1, name="red")
    insert(migrated, "players", id=1, team_id=1, nick="ace", deleted_at="2026-01-15 09:00:00.000000")
    insert(migrated, "players", id=2, team_id=1, nick="ace")
    with pytest.raises(ERRORS):
        insert(migrated, "players", id=3, team_id=1, nick="ace")


def test_references_hold(migrated: Engine) -> None:
    with pytest.raises(ERRORS):
        order(migrated, migrated.uuid())
    owner = user(migrated)
    placed = order(migrated, owner)
    with pytest.raises(ERRORS):
        migrated.execute("delete from users")
    insert(migrated, "teams", id=1, name="red")
    insert(migrated, "order_teams", order_id=placed, team_id=1)
    with pytest.raises(ERRORS):
        insert(migrated, "order_teams", order_id=placed, team_id=1)
    migrated.execute('delete from "order"')
    assert migrated.execute("select * from order_teams") == []


def test_an_optional_reference_is_emptied(migrated: Engine) -> None:
    insert(migrated, "teams", id=1, name="red")
    insert(migrated, "players", id=1, team_id=1)
    insert(migrated, "players", id=2, team_id=1, mentor_id=1)
    migrated.execute("update teams set captain_id = 1")
    migrated.execute("delete from players where id = 1")
    assert migrated.execute("select id, mentor_id from players") == [(2, None)]
    assert migrated.execute("select captain_id from teams") == [(None,)]


def test_whole_numbers_are_given_to_rows_without_one(migrated: Engine) -> None:
    insert(migrated, "teams", name="red")
    insert(migrated, "teams", name="blue")
    assert migrated.execute("select id from teams order by id") == [(1,), (2,)]


def test_tokens_go_with_their_user(migrated: Engine) -> None:
    owner = user(migrated)
    moments = dict.fromkeys(("issued_at", "expires_at"), "2026-01-15 09:00:00.000000")
    token = {"user_id": owner, "family_id": migrated.uuid(), "token_hash": "0" * 64, **moments}
    insert(migrated, "refresh_tokens", id=migrated.uuid(), **token)
    with pytest.raises(ERRORS):
        insert(migrated, "refresh_tokens", id=migrated.uuid(), **token)
    migrated.execute("delete from users")
    assert migrated.execute("select * from refresh_tokens") == []


def test_both_engines_hold_the_same_tables_columns_and_constraints(shop: Spec, postgres: str) -> None:
    lite, big = Sqlite(), Postgresql(postgres)
    for engine in (lite, big):
        engine.run(migration(shop, engine.name, "up"))
    tables = {name for (name,) in lite.execute("select name from sqlite_master where type = 'table'")}
    assert tables == {
        name
        for (name,) in big.execute(
            "select table_name from information_schema.tables where table_schema = 'public'"
        )
    }
    for table in tables:
        described = lite.execute(f'pragma table_info("{table}")')
        assert [(name, required == 0) for _, name, _, required, *_ in described] == [
            (name, nullable == "YES")
            for name, nullable in big.execute(
                "select column_name, is_nullable from information_schema.columns"
                " where table_name = %s and table_schema = 'public' order by ordinal_position",
                table,
            )
        ]
    constraints = {
        name
        for (name,) in big.execute(
            "select conname from pg_constraint where connamespace::regnamespace::text = 'public'"
        )
    }
    indexes = {
        name for (name,) in big.execute("select indexname from pg_indexes where schemaname = 'public'")
    }
    text = migration(shop, "sqlite", "up")
    assert constraints == set(_words_after(text, "constraint"))
    assert indexes - constraints == set(_words_after(text, "index"))
    for engine in (lite, big):
        engine.close()


def _words_after(text: str, word: str) -> list[str]:
    words = text.split()
    return [after for before, after in itertools.pairwise(words) if before == word]


def test_what_the_agent_does_not_read_changes_nothing(shop: Spec) -> None:
    assert AGENT.write(slice_spec(shop, AGENT.reads)) == AGENT.write(shop)


@pytest.mark.parametrize("path", BRIEFS, ids=[path.stem for path in BRIEFS])
def test_every_brief_goes_up_and_down(engine: Engine, path: Path) -> None:
    brief = read_brief(path)
    assert isinstance(brief, Brief), brief
    spec = compile_brief(brief)
    assert isinstance(spec, Spec), spec
    assert AGENT.write(slice_spec(spec, AGENT.reads)) == AGENT.write(spec)
    engine.run(migration(spec, engine.name, "up"))
    tables = {table.name for table in tables_of(spec)}
    assert {entity.table for entity in spec.entities} | {"refresh_tokens"} <= tables
    assert tables <= {name for (name,) in engine.objects()}
    engine.run(migration(spec, engine.name, "down"))
    assert engine.objects() == []


def test_migrations_hold_no_transaction_of_their_own(shop: Spec) -> None:
    for dialect in DIALECTS:
        for way in ("up", "down"):
            words = migration(shop, dialect.name, way).split()
            assert not {"begin", "begin;", "commit", "commit;", "schema_migrations"} & set(words)
