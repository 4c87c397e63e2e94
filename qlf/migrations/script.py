"""The two ways of a migration, for each engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qlf.migrations import postgresql, sqlite
from qlf.migrations.differences import difference
from qlf.migrations.renames import Told, former
from qlf.migrations.values import Values

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qlf.model.spec import Spec

_WRITERS = {"sqlite": sqlite.statements, "postgresql": postgresql.statements}


def scripts(
    old: Spec, new: Spec, told: Told | None = None, fills: Mapping[tuple[str, str], str] | None = None
) -> dict[str, str]:
    """Return the files of a migration, `up.sqlite.sql` and so on, with their texts.

    Args:
        old: what the database is made for; a spec without entities for none.
        new: what it shall be made for.
        told: renames beside those of the brief.
        fills: SQL constants for rows that are there, by table and column.
    """
    names = former(old, new, told)
    ways = {
        "up": (difference(old, new, names), Values(names, fills or {})),
        "down": (difference(new, old, names.inverse()), Values(names.inverse(), {}, back=True)),
    }
    return {
        f"{way}.{dialect}.sql": "\n\n".join(write(found, values)) + "\n"
        for dialect, write in _WRITERS.items()
        for way, (found, values) in ways.items()
    }


def refused(old: Spec, new: Spec, told: Told | None = None) -> list[str]:
    """Return what no migration can do: keys that change their type, since all references would be lost."""
    found = difference(old, new, former(old, new, told))
    return [
        f"the key of {kept.new.name} changes its type"
        for kept in found.kept
        for was, now in kept.stayed
        if now.name == "id" and was.type != now.type
    ]
