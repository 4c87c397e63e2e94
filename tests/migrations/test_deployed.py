"""A brief changes, `qlf migrate` writes the next migration, and a deployed database follows with its rows."""

from __future__ import annotations

import base64
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from qlf import stages
from qlf.agents.registry import AGENTS
from qlf.cli.main import code_of
from qlf.environment import Environment, provide
from qlf.repository import Repository, open_repository
from qlf.store import cache_folder

BRIEF = """title: Shop
auth: false
entities:
  Item:
    fields:
      name: text!
      count: int
  Line:
    fields:
      item: Item!
"""
SECRET = "0123456789abcdef" * 4
KEY = "0123456789abcdef" * 2
STAMPS = "'2026-01-01 00:00:00.000000', '2026-01-01 00:00:00.000000'"
ROWS = (
    f"insert into items (id, name, count, created_at, updated_at) values ('{KEY}', 'a', 7, {STAMPS})",  # noqa: S608 - constants
    f"insert into lines (id, item_id, created_at, updated_at) values ('{KEY}', '{KEY}', {STAMPS})",  # noqa: S608 - constants
)


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the brief of a repository that has its first migration."""
    (tmp_path / "briefs").mkdir()
    (tmp_path / "factory.toml").touch()
    brief = tmp_path / "briefs" / "shop.yaml"
    brief.write_text(BRIEF, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert code_of(["migrate", "shop"]) == 0
    return brief


def edit(brief: Path, was: str, now: str) -> None:
    text = brief.read_text(encoding="utf-8")
    assert was in text
    brief.write_text(text.replace(was, now), encoding="utf-8")


def repository() -> Repository:
    opened = open_repository(Path(), os.environ)
    assert isinstance(opened, Repository)
    return opened


def red() -> list[str]:
    return [str(problem) for problem in stages.compile_brief_file(repository(), "shop", "").problems]


def deploy(url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    place = repository()
    done = [stages.compile_brief_file(place, "shop", "")]
    done += [stages.generate(place, "shop", name) for name in AGENTS]
    done += [stages.assemble(place, "shop", "")]
    assert [problem for each in done for problem in each.problems] == []
    app = Path("build/shop/app").absolute()
    made = provide("app", (app / "backend" / "requirements.lock").read_bytes(), cache_folder())
    assert isinstance(made, Environment), made
    return subprocess.run(
        [made.python, "-m", "app", "migrate", *arguments],
        cwd=app / "backend",
        env={
            "PATH": os.environ["PATH"],
            "APP_DATABASE_URL": url,
            "APP_ENVIRONMENT": "test",
            "APP_ENCRYPTION_KEYS": f"test:{SECRET}",
            "APP_DIGEST_KEY": f"test:{SECRET}",
        },
        capture_output=True,
        text=True,
        check=False,
    )


def run(url: str, *statements: str) -> list[tuple[object, ...]]:
    if url.startswith("sqlite"):
        with sqlite3.connect(url.removeprefix("sqlite:///")) as lite:
            return [row for one in statements for row in lite.execute(one).fetchall()]
    with psycopg.connect(url.replace("+psycopg", "")) as big:
        cursors = [big.execute(one.encode()) for one in statements]
        return [row for one in cursors if one.description for row in one.fetchall()]


def test_a_deployed_database_follows_the_brief_with_its_rows(shop: Path, database_url: str) -> None:
    assert deploy(database_url).stdout == "0001\n"
    run(database_url, *ROWS)
    edit(shop, "count: int", "size: {type: int, required: true, renamed_from: count, min: 1}")
    assert code_of(["migrate", "shop", "-m", "Items have a size", "--backfill", "Item.size=1"]) == 0
    assert red() == []
    went = deploy(database_url)
    assert (went.stdout, went.stderr) == ("0002\n", "")
    rows = run(database_url, "select name, size from items", "select count(*) from lines")
    assert rows == [("a", 7), (1,)]
    assert deploy(database_url, "--down", "1").stdout == "0002\n"
    assert run(database_url, "select name, count from items", "select count(*) from lines") == [
        ("a", 7),
        (1,),
    ]


def test_a_database_follows_in_two_steps(
    shop: Path, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert deploy(database_url).stdout == "0001\n"
    run(database_url, *ROWS)
    edit(shop, "count: int", "size: int")
    asked = ["migrate", "shop", "-m", "Count is called size", "--rename", "Item.count=size"]
    assert code_of([*asked, "--dry-run"]) == 0
    told = capsys.readouterr()
    assert told.out == (
        "breaking: column items.count becomes size"
        " (a version of the application that still runs asks for the former name)\n"
    )
    assert told.err.endswith(
        "the former version of the application fails after it: --expand makes it in two steps\n"
    )
    assert code_of([*asked, "--expand"]) == 0
    told = capsys.readouterr()
    assert told.out.startswith(
        "safe: column items.size is added (rows have no value there, or the default)\n"
    )
    second = "when no former version runs any more, write the second step: qlf migrate shop --contract\n"
    assert told.err.endswith(second)
    assert red() == []
    assert deploy(database_url).stdout == "0002\n"
    former = ROWS[0].replace(KEY, KEY[::-1]).replace("'a', 7", "'b', 8")
    run(database_url, former, f"update items set size = 9 where id = '{KEY}'")  # noqa: S608 - a constant
    rows = "select name, count, size from items order by name"
    assert run(database_url, rows) == [("a", 9, 9), ("b", 8, 8)]
    assert code_of(["migrate", "shop", "-m", "More"]) == 2
    assert capsys.readouterr().err == (
        "briefs/shop/migrations:0:0: 0002_count_is_called_size is the first of two steps,"
        " the second is missing; when no former version runs any more: qlf migrate shop --contract\n"
    )
    assert code_of(["migrate", "shop", "--contract"]) == 0
    assert capsys.readouterr().out.startswith(
        "breaking: column items.count is dropped (its values are in size)\n"
    )
    assert deploy(database_url).stdout == "0003\n"
    assert run(database_url, "select name, size from items order by name") == [("a", 9), ("b", 8)]
    assert (shop.parent / "shop" / "migrations" / "0003_contract_count_is_called_size").is_dir()
    assert deploy(database_url, "--down", "2").stdout == "0003\n0002\n"
    assert run(database_url, "select name, count from items order by name") == [("a", 9), ("b", 8)]
    assert code_of(["migrate", "shop", "--contract"]) == 2
    assert capsys.readouterr().err == (
        "briefs/shop/migrations:0:0: no migration waits for a second step; leave --contract out\n"
    )


HOUSE = """name: house
version: 1.0.0
kind: compliance
title: House
description: What is ill is nobody's business.
additions:
  - fields: {class: phi}
    set: {encrypted: true}
"""


def test_a_field_that_becomes_encrypted_keeps_its_values(
    shop: Path, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(shop, "count: int", "born: date! @phi\n      ills: text unique @phi")
    shutil.rmtree(shop.parent / "shop" / "migrations")
    assert code_of(["migrate", "shop"]) == 0
    assert deploy(database_url).stdout == "0001\n"
    columns = "insert into items (id, name, born, ills, created_at, updated_at)"
    other = KEY[::-1]
    run(database_url, f"{columns} values ('{KEY}', 'a', '2001-02-03', 'gout', {STAMPS})")
    run(database_url, f"{columns} values ('{other}', 'b', '2002-02-03', null, {STAMPS})")
    place = Path("overlays/compliance/house.yaml")
    place.parent.mkdir(parents=True)
    place.write_text(HOUSE, encoding="utf-8")
    edit(shop, "title: Shop\n", "title: Shop\noverlays: [house]\n")
    assert code_of(["migrate", "shop", "-m", "Encrypted"]) == 2
    told = capsys.readouterr()
    why = "SQL cannot seal or open values, since it has no key: they are gone afterwards"
    assert f"data-losing: column items.ills is dropped ({why})\n" in told.out
    assert "--expand makes it in two steps\n" in told.err
    assert code_of(["migrate", "shop", "-m", "Encrypted", "--expand"]) == 0
    why = "a version that still runs no longer sees the values of ills, which are sealed there"
    assert f"breaking: column items.ills_sealed is added ({why})\n" in capsys.readouterr().out
    went = deploy(database_url)
    assert (went.stdout, went.stderr) == ("0002\n", "")
    assert run(database_url, "select born, ills from items order by name") == [(None, None)] * 2
    ((born, ills, digest),) = run(
        database_url, "select born_sealed, ills_sealed, ills_digest from items where name = 'a'"
    )
    assert opened(str(born), f"items.born_sealed.{UUID(KEY)}") == b'"2001-02-03"'
    assert opened(str(ills), f"items.ills_sealed.{UUID(KEY)}") == b'"gout"'
    assert str(digest).startswith("test:")
    assert run(database_url, "select ills_sealed, ills_digest from items where name = 'b'") == [(None, None)]
    assert code_of(["migrate", "shop", "--contract", "--accept-data-loss"]) == 0
    assert (
        "breaking: column items.ills is dropped (its values are in ills_sealed)\n" in capsys.readouterr().out
    )
    run(database_url, f"update items set ills = 'flu' where id = '{KEY}'")  # noqa: S608 - a constant
    refused = deploy(database_url)
    assert refused.returncode != 0
    run(database_url, f"update items set ills = null where id = '{KEY}'")  # noqa: S608 - a constant
    assert deploy(database_url).stdout == "0003\n"
    assert run(database_url, "select count(*) from items where born_sealed is not null") == [(2,)]


def opened(sealed: str, place: str) -> bytes:
    """Open a value by the book: AES-256-GCM, a nonce of 12 bytes before it, bound to its place."""
    content = base64.b64decode(sealed.removeprefix("test:"))
    return AESGCM(bytes.fromhex(SECRET)).decrypt(content[:12], content[12:], place.encode())


def test_renames_are_asked_for_on_a_terminal_and_told_of_elsewhere(
    shop: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(shop, "count: int", "size: int")
    assert code_of(["migrate", "shop", "-m", "Size", "--dry-run"]) == 0
    told = capsys.readouterr()
    assert "data-losing: column items.count is dropped (its values are gone afterwards)\n" in told.out
    assert "if this is a rename, add: --rename Item.count=size\n" in told.err
    asked: list[str] = []

    def confirmed(question: str) -> bool:
        asked.append(question)
        return True

    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("click.confirm", confirmed)
    assert code_of(["migrate", "shop", "-m", "Size", "--dry-run"]) == 0
    assert asked == ["Was Item.size called count before?"]
    assert capsys.readouterr().out.startswith("breaking: column items.count becomes size ")


def test_an_applied_migration_that_was_edited_is_refused(shop: Path, database_url: str) -> None:
    assert deploy(database_url).returncode == 0
    dialect = database_url.split(":", maxsplit=1)[0].split("+", maxsplit=1)[0]
    script = shop.parent / "shop" / "migrations" / "0001_initial" / f"up.{dialect}.sql"
    script.write_text(script.read_text(encoding="utf-8") + "-- more\n", encoding="utf-8")
    where = f"briefs/shop/migrations/0001_initial/up.{dialect}.sql:0:0"
    what = "it was edited after it had been recorded; restore it and write another migration"
    assert red() == [f"{where}: {what}, or, if it was applied nowhere: qlf migrate shop --record"]
    assert code_of(["migrate", "shop", "--record"]) == 0
    assert red() == []
    refused = deploy(database_url)
    assert refused.returncode == 1
    assert refused.stderr == "0001_initial.up.sql was edited after it had been applied\n"


def test_a_spec_that_ran_ahead_is_red_and_says_what_to_run(shop: Path) -> None:
    edit(shop, "count: int", "size: int")
    assert red() == [
        (
            "briefs/shop.yaml:7:7: no migration makes this: column items.size is added;"
            ' run: qlf migrate shop -m "WHY"'
        ),
        (
            "briefs/shop.yaml:4:3: no migration makes this: column items.count is dropped;"
            ' run: qlf migrate shop -m "WHY"'
        ),
    ]


def test_values_are_lost_only_if_that_is_accepted(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(shop, "      count: int\n", "")
    assert code_of(["migrate", "shop", "-m", "No count"]) == 2
    told = capsys.readouterr()
    assert "data-losing: column items.count is dropped (its values are gone afterwards)" in told.out
    assert "nothing is written: values would be lost; if they may, add --accept-data-loss" in told.err
    assert not (shop.parent / "shop" / "migrations" / "0002_no_count").exists()
    assert code_of(["migrate", "shop", "-m", "No count", "--accept-data-loss"]) == 0
    assert (shop.parent / "shop" / "migrations" / "0002_no_count" / "snapshot.json").is_file()
    assert red() == []


def test_a_brief_without_migrations_is_built_as_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "briefs").mkdir()
    (tmp_path / "factory.toml").touch()
    (tmp_path / "briefs" / "shop.yaml").write_text(BRIEF, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert deploy(f"sqlite:///{tmp_path}/shop.db").stdout == "0001\n"


def test_commands_of_the_page_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (Path(__file__).parents[2] / "docs" / "migrations.md").read_text(encoding="utf-8")
    (tmp_path / "briefs").mkdir()
    (tmp_path / "factory.toml").touch()
    (tmp_path / "briefs" / "shop.yaml").write_text(BRIEF, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    for block in page.split("```sh\n")[1:]:
        ran = subprocess.run(
            ["bash", "-e"],
            input=block.split("```")[0],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        )
        assert ran.returncode == 0, ran.stderr
    scripts = tmp_path / "briefs" / "shop" / "migrations" / "0002_items_have_a_size"
    up = (scripts / "up.postgresql.sql").read_text(encoding="utf-8")
    assert "rename column count" in up
