"""What a database goes through, migration by migration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qlf.migrations.folder import Migrations, put, read_migrations
from qlf.migrations.history import since
from qlf.migrations.plan import Asked, Planned, plan
from qlf.migrations.schema import schema_of
from tests.migrations.specs import spec
from tests.migrations.test_successive import FIRST

if TYPE_CHECKING:
    from pathlib import Path

    from qlf.model.spec import Spec

TOLD = FIRST.replace("count: int", "size: int")
LATER = TOLD.replace("note: longtext", "note: longtext\n      size: int")


def migrated(folder: Path, target: Spec, asked: Asked) -> Migrations:
    planned = plan(target, folder, asked)
    assert isinstance(planned, Planned), planned
    put(folder, planned.name, planned.files, planned.record)
    made = read_migrations(folder, "shop")
    assert isinstance(made, Migrations), made
    return made


def words(known: set[str], made: Migrations, old: str, new: str) -> list[str]:
    return [
        f"{one.grade}: {one.what}" for one in since(known, made, schema_of(spec(old)), schema_of(spec(new)))
    ]


def test_each_migration_that_is_new_is_told_as_it_was_written(tmp_path: Path) -> None:
    folder = tmp_path / "shop" / "migrations"
    migrated(folder, spec(FIRST), Asked())
    migrated(folder, spec(TOLD), Asked("Size", renames=("Item.count=size",)))
    made = migrated(folder, spec(LATER), Asked("More"))
    renamed, added = "breaking: column items.count becomes size", "safe: column lines.size is added"
    first, second, third = made.scripts
    assert words({first}, made, FIRST, LATER) == [renamed, added]
    assert words({first, second}, made, TOLD, LATER) == [added]
    assert words({first, second, third}, made, LATER, LATER) == []
    assert words(set(), Migrations({}, ()), FIRST, TOLD) == [
        "safe: column items.size is added",
        "data-losing: column items.count is dropped",
    ]


def test_a_second_step_is_told_apart_from_the_first(tmp_path: Path) -> None:
    folder = tmp_path / "shop" / "migrations"
    migrated(folder, spec(FIRST), Asked())
    made = migrated(folder, spec(TOLD), Asked("Size", renames=("Item.count=size",), step="expand"))
    assert words({"0001_initial"}, made, FIRST, TOLD) == ["safe: column items.size is added"]
    made = migrated(folder, spec(TOLD), Asked(step="contract"))
    assert words({"0001_initial", "0002_size"}, made, TOLD, TOLD) == [
        "breaking: column items.count is dropped"
    ]


def test_a_migration_is_whole_or_not_there(tmp_path: Path) -> None:
    folder = tmp_path / "shop" / "migrations"
    made = migrated(folder, spec(FIRST), Asked())
    planned = plan(spec(TOLD), folder, Asked("Size"))
    assert isinstance(planned, Planned)
    (folder / f".{planned.name}").mkdir()
    (folder / f".{planned.name}" / "up.sqlite.sql").write_text("drop", encoding="utf-8")
    (folder / "digests.json").write_bytes(planned.record)
    assert read_migrations(folder, "shop") == made
    assert [*migrated(folder, spec(TOLD), Asked("Size")).scripts] == ["0001_initial", "0002_size"]
