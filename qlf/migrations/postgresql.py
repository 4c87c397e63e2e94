"""A change of the schema on PostgreSQL, table by table with ALTER TABLE."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from qlf.sql.dialects import POSTGRESQL
from qlf.sql.names import quoted
from qlf.sql.statements import (
    check,
    create_index,
    create_table,
    create_unique_index,
    indexes,
    reference,
    rename_tables,
    rows,
    unique_constraint,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qlf.migrations.differences import Difference, Kept
    from qlf.migrations.values import Values
    from qlf.sql.schema import Column, ForeignKey


def statements(found: Difference, values: Values) -> Iterator[str]:
    """Yield the statements, in order: what hinders goes first, what holds the rows together comes last."""
    for table in found.dropped:
        yield from (_without(table.name, key.name) for key in table.foreign_keys)
    for kept in found.kept:
        yield from _loosened(kept)
    for table in found.dropped:
        yield f"drop table {quoted(table.name)};"
    yield from _renames(found)
    for table in found.added:
        yield create_table(table, POSTGRESQL, references=False)
        yield from indexes(table)
        yield from rows(table)
    for kept in found.kept:
        yield from _columns(kept, values)
    for kept in found.kept:
        yield from _tightened(kept)
    for table in found.added:
        yield from (_with(table.name, reference(key)) for key in table.foreign_keys)
    for kept in found.kept:
        for key in kept.new.foreign_keys:
            if _plain(key) not in map(_plain, kept.spelt.foreign_keys):
                yield _with(kept.new.name, reference(key))


def _plain(key: ForeignKey) -> ForeignKey:
    return replace(key, forward=False)


def _without(table: str, constraint: str) -> str:
    return f"alter table {quoted(table)} drop constraint {constraint};"


def _with(table: str, constraint: str) -> str:
    return f"alter table {quoted(table)} add {constraint};"


def _converts(kept: Kept) -> bool:
    """Tell whether a column gets another type, so that no check or index over it can stay."""
    return any(old.type != new.type for old, new in kept.stayed)


def _loosened(kept: Kept) -> Iterator[str]:
    name, old, new = kept.old.name, kept.old, kept.new
    again = _converts(kept) or bool(kept.dropped)
    for key, spelt in zip(old.foreign_keys, kept.spelt.foreign_keys, strict=True):
        if _plain(spelt) not in map(_plain, new.foreign_keys):
            yield _without(name, key.name)
    for was, spelt_check in zip(old.checks, kept.spelt.checks, strict=True):
        if again or spelt_check not in new.checks or was.name != spelt_check.name:
            yield _without(name, was.name)
    for unique, spelt_unique in zip(old.uniques, kept.spelt.uniques, strict=True):
        if again or spelt_unique not in new.uniques:
            yield f"drop index {unique.name};" if unique.where else _without(name, unique.name)
    for index, spelt_index in zip(old.indexes, kept.spelt.indexes, strict=True):
        if again or spelt_index not in new.indexes:
            yield f"drop index {index.name};"


def _tightened(kept: Kept) -> Iterator[str]:
    name, new, spelt = kept.new.name, kept.new, kept.spelt
    again = _converts(kept) or bool(kept.dropped)
    former = {one.name for one in kept.old.checks}
    for one in new.checks:
        if again or one not in spelt.checks or one.name not in former:
            yield _with(name, check(one))
    for unique in new.uniques:
        if again or unique not in spelt.uniques:
            if unique.where:
                yield create_unique_index(name, unique)
            else:
                yield _with(name, unique_constraint(unique))
    for index in new.indexes:
        if again or index not in spelt.indexes:
            yield create_index(name, index)


def _renames(found: Difference) -> Iterator[str]:
    yield from rename_tables([(kept.old.name, kept.new.name) for kept in found.kept])
    for kept in found.kept:
        was, now = kept.old.primary_key.name, kept.new.primary_key.name
        if was != now:
            yield f"alter table {quoted(kept.new.name)} rename constraint {was} to {now};"


def _columns(kept: Kept, values: Values) -> Iterator[str]:
    table = f"alter table {quoted(kept.new.name)}"
    for column in kept.dropped:
        yield f"{table} drop column {quoted(column.name)};"
    for was, now in kept.renamed:
        yield f"{table} rename column {quoted(was)} to {quoted(f'moving_{now}')};"
    for _, now in kept.renamed:
        yield f"{table} rename column {quoted(f'moving_{now}')} to {quoted(now)};"
    for column in kept.added:
        yield from _added(kept, column, values)
    for old, new in kept.stayed:
        value = values.converted(kept, old, new, new.name, "postgresql")
        if value is None:
            yield f"{table} drop column {quoted(new.name)};"
            yield from _added(kept, new, values)
        else:
            yield from _changed(kept, old, new, value, values)


def _added(kept: Kept, column: Column, values: Values) -> Iterator[str]:
    table, name = quoted(kept.new.name), quoted(column.name)
    fill = values.fill(kept, column)
    filled = column.required and column.default is None and fill is not None
    origin = f" default {column.default}" if column.default is not None else ""
    must = " not null" if column.required and not filled else ""
    yield f"alter table {table} add column {name} {POSTGRESQL.type_of(column.type)}{must}{origin};"
    if filled:
        yield f"update {table} set {name} = {fill};"  # noqa: S608 - names of the schema, quoted
        yield f"alter table {table} alter column {name} set not null;"


def _changed(kept: Kept, old: Column, new: Column, value: str, values: Values) -> Iterator[str]:
    table, name = quoted(kept.new.name), quoted(new.name)
    alter = f"alter table {table} alter column {name}"
    anew = old.type != new.type
    if old.default is not None and (anew or old.default != new.default):
        yield f"{alter} drop default;"
    if old.required and not new.required:
        yield f"{alter} drop not null;"
    if anew:
        yield f"{alter} type {POSTGRESQL.type_of(new.type)} using {value};"
    elif value != name:
        yield f"update {table} set {name} = {value};"  # noqa: S608 - names of the schema, quoted
    if new.default is not None and (anew or old.default != new.default):
        yield f"{alter} set default {new.default};"
    if new.required and not old.required:
        if (fill := values.fill(kept, new)) is not None:
            yield f"update {table} set {name} = {fill} where {name} is null;"  # noqa: S608 - names of the schema, quoted
        yield f"{alter} set not null;"
