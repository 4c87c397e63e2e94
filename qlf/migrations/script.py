"""The two ways of a migration, for each engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qlf.migrations import postgresql, sqlite
from qlf.migrations.differences import difference
from qlf.migrations.expansion import sealing
from qlf.migrations.following import begun, ended, sealed
from qlf.migrations.renames import NONE, Told, former
from qlf.migrations.values import Values

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from qlf.migrations.expansion import Copied
    from qlf.migrations.schema import Schema
    from qlf.sql.schema import Table

    Fills = Mapping[tuple[str, str], str]

_WRITERS = {"sqlite": sqlite.statements, "postgresql": postgresql.statements}


def scripts(old: Schema, new: Schema, told: Told | None = None, fills: Fills | None = None) -> dict[str, str]:
    """Return the files of a migration, `up.sqlite.sql` and so on, with their texts.

    Args:
        old: what the database is made for; one without tables for none.
        new: what it shall be made for.
        told: renames beside those of the brief.
        fills: SQL constants for rows that are there, by table and column.
    """
    names = former(old, new, told)
    ways = {
        "up": (difference(old.tables, new.tables, names), Values(names, fills or {})),
        "down": (difference(new.tables, old.tables, names.inverse()), Values(names.inverse(), {}, back=True)),
    }
    return {
        f"{way}.{dialect}.sql": _script(write(found, values))
        for dialect, write in _WRITERS.items()
        for way, (found, values) in ways.items()
    }


def expanding(old: tuple[Table, ...], middle: tuple[Table, ...], pairs: Iterable[Copied]) -> dict[str, str]:
    """Return the files of the first of two steps."""
    made = {}
    for dialect in _WRITERS:
        made[f"up.{dialect}.sql"] = _script((*_moved(old, middle, dialect), *begun(pairs, dialect, "former")))
        made[f"down.{dialect}.sql"] = _script(
            (*ended(pairs, dialect), *_moved(middle, old, dialect, back=True))
        )
    return made


def contracting(
    middle: tuple[Table, ...], new: tuple[Table, ...], pairs: Iterable[Copied], fills: Fills
) -> dict[str, str]:
    """Return the files of the second of two steps."""
    left = {(table.name, column.name) for table in new for column in table.columns}
    plain = [each for each in sealing(middle) if each not in left]
    made = {}
    for dialect in _WRITERS:
        made[f"up.{dialect}.sql"] = _script(
            (*sealed(plain, dialect), *ended(pairs, dialect), *_moved(middle, new, dialect, fills))
        )
        made[f"down.{dialect}.sql"] = _script(
            (*_moved(new, middle, dialect, back=True), *begun(pairs, dialect, "present"))
        )
    return made


def _moved(
    old: tuple[Table, ...],
    new: tuple[Table, ...],
    dialect: str,
    fills: Fills | None = None,
    *,
    back: bool = False,
) -> Iterator[str]:
    return _WRITERS[dialect](difference(old, new, NONE), Values(NONE, fills or {}, back=back))


def _script(statements: Iterable[str]) -> str:
    return "\n\n".join(statements) + "\n"


def refused(old: Schema, new: Schema, told: Told | None = None) -> list[str]:
    """Return what no migration can do: keys that change their type, since all references would be lost."""
    found = difference(old.tables, new.tables, former(old, new, told))
    return [
        f"the key of {kept.new.name} changes its type"
        for kept in found.kept
        for was, now in kept.stayed
        if now.name == "id" and was.type != now.type
    ]
