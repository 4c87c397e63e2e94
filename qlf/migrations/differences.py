"""Two schemas side by side: which tables and columns stayed, under which names, and what came and went."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from qlf.sql.names import quoted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qlf.migrations.renames import Former
    from qlf.sql.schema import Column, Table


@dataclass(frozen=True, slots=True)
class Kept:
    """A table that stays: as it was, as it is, and as it was but under the names of now."""

    old: Table
    new: Table
    spelt: Table
    former: Mapping[str, str]

    @property
    def renamed(self) -> tuple[tuple[str, str], ...]:
        """The columns that stay under another name: the former and the present."""
        return tuple((was, now) for now, was in self.former.items() if now != was)

    @property
    def added(self) -> tuple[Column, ...]:
        """The columns that come."""
        return tuple(column for column in self.new.columns if column.name not in self.former)

    @property
    def dropped(self) -> tuple[Column, ...]:
        """The columns that go."""
        stay = set(self.former.values())
        return tuple(column for column in self.old.columns if column.name not in stay)

    @property
    def stayed(self) -> tuple[tuple[Column, Column], ...]:
        """The columns that stay: as they were, and as they are."""
        before = {column.name: column for column in self.old.columns}
        return tuple(
            (before[self.former[column.name]], column)
            for column in self.new.columns
            if column.name in self.former
        )


@dataclass(frozen=True, slots=True)
class Difference:
    """What lies between two schemas, in the orders in which tables can be created."""

    old: tuple[Table, ...]
    new: tuple[Table, ...]
    added: tuple[Table, ...]
    dropped: tuple[Table, ...]
    kept: tuple[Kept, ...]


def difference(before: tuple[Table, ...], now: tuple[Table, ...], names: Former) -> Difference:
    """Compare tables."""
    known = {table.name: table for table in before}
    kept = tuple(
        _kept(known[names.table(table.name)], table, names)
        for table in now
        if names.table(table.name) in known
    )
    stay = {each.old.name for each in kept}
    came = {each.new.name for each in kept}
    return Difference(
        before,
        now,
        tuple(table for table in now if table.name not in came),
        tuple(table for table in before if table.name not in stay),
        tuple(kept),
    )


def _kept(old: Table, new: Table, names: Former) -> Kept:
    there = {column.name for column in old.columns}
    former = {
        column.name: was for column in new.columns if (was := names.column(new.name, column.name)) in there
    }
    present = {was: now for now, was in former.items()}
    targets = {was: now for now, was in names.tables.items()}
    return Kept(old, new, _spelt(old, new.name, present, targets), former)


def _spelt(table: Table, name: str, present: Mapping[str, str], targets: Mapping[str, str]) -> Table:
    """Return a table with the present names wherever it mentions tables and columns."""

    def columns(names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(present.get(each, each) for each in names)

    return replace(
        table,
        name=name,
        columns=tuple(replace(one, name=present.get(one.name, one.name)) for one in table.columns),
        primary_key=replace(table.primary_key, columns=columns(table.primary_key.columns)),
        uniques=tuple(replace(one, columns=columns(one.columns)) for one in table.uniques),
        foreign_keys=tuple(
            replace(one, column=present.get(one.column, one.column), table=targets.get(one.table, one.table))
            for one in table.foreign_keys
        ),
        checks=tuple(
            replace(
                one,
                name=_check_name(one.name, table.name, name, present),
                condition=_respelt(one.condition, present),
            )
            for one in table.checks
        ),
        indexes=tuple(replace(one, columns=columns(one.columns)) for one in table.indexes),
    )


def _check_name(check: str, was: str, now: str, present: Mapping[str, str]) -> str:
    about = check.removeprefix(f"ck_{was}_")
    return f"ck_{now}_{present.get(about, about)}"


def _respelt(condition: str, present: Mapping[str, str]) -> str:
    changed = {quoted(was): quoted(now) for was, now in present.items() if was != now}
    if not changed:
        return condition
    return re.sub(
        r"'(?:[^']|'')*'|\"[^\"]+\"|[A-Za-z_]\w*", lambda found: changed.get(found[0], found[0]), condition
    )
