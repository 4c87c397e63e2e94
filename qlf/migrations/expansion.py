"""A change in two steps, so that the former version of the application can run until the second.

The first step only adds and loosens (expand), the second takes away and tightens (contract). Between them a
column that is renamed is there under both names, and triggers keep both equal, whichever version writes.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from qlf.migrations import conversions
from qlf.migrations.changes import more_values

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from qlf.migrations.differences import Difference, Kept
    from qlf.migrations.renames import Former
    from qlf.sql.schema import Check, Column, ForeignKey, Table, Unique

Copied = tuple[str, str, str]


def unsplit(found: Difference, names: Former) -> list[str]:
    """Return what cannot be done in two steps."""
    told = [
        f"values of {table}.{column} are renamed"
        for (table, column), values in names.values.items()
        if values
    ]
    for kept in found.kept:
        name, key = kept.new.name, kept.new.primary_key.columns
        if kept.old.name != name:
            told.append(f"table {kept.old.name} becomes {name}")
        told += [f"the key {name}.{was} becomes {now}" for was, now in kept.renamed if now in key]
        told += [
            f"column {name}.{new.name} changes its type"
            for old, new in kept.stayed
            if old.type != new.type
            and (old.name != new.name or conversions.grade(old.type, new.type)[0] != "safe")
        ]
    return told


def copied(found: Difference) -> tuple[Copied, ...]:
    """Return the columns that have two names in between: table, former and present name."""
    return tuple((kept.new.name, was, now) for kept in found.kept for was, now in kept.renamed)


def sealing(tables: Iterable[Table]) -> tuple[tuple[str, str], ...]:
    """Return the plain columns, by their tables, that stand beside a sealed one."""
    return tuple(
        (table.name, column.name)
        for table in tables
        for names in ({each.name for each in table.columns},)
        for column in table.columns
        if f"{column.name}_sealed" in names
    )


def middle(found: Difference) -> tuple[Table, ...]:
    """Return the tables between the two steps: both versions of the application can use them."""
    there = {kept.new.name: _between(kept) for kept in found.kept}
    return (*(there.get(table.name, table) for table in found.new), *found.dropped)


def _between(kept: Kept) -> Table:
    return replace(
        kept.new,
        columns=tuple(_columns(kept)),
        uniques=tuple(_uniques(kept)),
        foreign_keys=tuple(_references(kept)),
        checks=tuple(_checks(kept)),
        indexes=tuple({one.name: one for one in (*kept.old.indexes, *kept.new.indexes)}.values()),
    )


def _columns(kept: Kept) -> Iterator[Column]:
    before = {column.name: column for column in kept.old.columns}
    twice = dict(kept.renamed)
    for now in kept.new.columns:
        if now.name in twice.values():
            yield replace(now, required=False, default=None)
        elif now.name in kept.former:
            yield replace(now, required=now.required and before[now.name].required)
        else:
            yield replace(now, required=now.required and now.default is not None)
    for name in (*twice, *(column.name for column in kept.dropped)):
        yield replace(before[name], required=False, default=None)


def _uniques(kept: Kept) -> Iterator[Unique]:
    stay = {(one.columns, one.where) for one in kept.new.uniques}
    for was, spelt in zip(kept.old.uniques, kept.spelt.uniques, strict=True):
        if (spelt.columns, spelt.where) in stay:
            yield was


def _references(kept: Kept) -> Iterator[ForeignKey]:
    now = {one.column: one for one in kept.new.foreign_keys}
    came = {column.name for column in kept.added}
    for was, spelt in zip(kept.old.foreign_keys, kept.spelt.foreign_keys, strict=True):
        same = now.get(spelt.column)
        if same is not None and same.table == spelt.table:
            yield same if was.column == spelt.column else replace(was, on_delete=same.on_delete)
    yield from (one for one in kept.new.foreign_keys if one.column in came)


def _checks(kept: Kept) -> Iterator[Check]:
    now = {one.name: one for one in kept.new.checks}
    for was, spelt in zip(kept.old.checks, kept.spelt.checks, strict=True):
        same = now.get(spelt.name)
        if same is None:
            continue
        if same.condition == spelt.condition or more_values(same.condition, spelt.condition):
            yield was
        elif more_values(spelt.condition, same.condition) and was.name == spelt.name:
            yield same
