"""The order in which tables can be created, and the references that have to wait."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from qlf.sql.schema import Table


def in_order(tables: Iterable[Table]) -> tuple[Table, ...]:
    """Return the tables so that each follows those that it refers to, and otherwise as given.

    Where tables refer to each other in a circle, optional references are the ones that point forward.
    """
    waiting = list(tables)
    ordered: list[Table] = []
    created: set[str] = set()
    while waiting:
        table = _next(waiting, created)
        waiting.remove(table)
        created.add(table.name)
        keys = tuple(replace(key, forward=key.table not in created) for key in table.foreign_keys)
        ordered.append(replace(table, foreign_keys=keys))
    return tuple(ordered)


def _next(waiting: Sequence[Table], created: set[str]) -> Table:
    for binding in (("restrict", "cascade", "set null"), ("restrict", "cascade")):
        for table in waiting:
            needs = {key.table for key in table.foreign_keys if key.on_delete in binding}
            if needs <= created | {table.name}:
                return table
    return waiting[0]
