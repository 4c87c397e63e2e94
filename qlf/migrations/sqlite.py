"""A change of the schema on SQLite.

Its ALTER TABLE knows neither constraints nor types, so a table that changes is made anew, filled and renamed:
https://www.sqlite.org/lang_altertable.html, "Making Other Kinds Of Table Schema Changes". That procedure
wants foreign keys off, which only the connection can do, before the transaction: the application does it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from qlf.sql.dialects import SQLITE
from qlf.sql.names import quoted, quoted_list
from qlf.sql.statements import create_index, create_table, indexes, rename_tables, rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qlf.migrations.differences import Difference, Kept
    from qlf.migrations.values import Values
    from qlf.sql.schema import Table


def statements(found: Difference, values: Values) -> Iterator[str]:
    """Yield the statements, in order."""
    for table in reversed(found.dropped):
        yield f"drop table {quoted(table.name)};"
    yield from rename_tables([(kept.old.name, kept.new.name) for kept in found.kept])
    for table in found.added:
        yield create_table(table, SQLITE, references=True)
        yield from indexes(table)
        yield from rows(table)
    for kept in found.kept:
        if shape(kept.spelt) != shape(kept.new) or kept.renamed or kept.old.name != kept.new.name:
            yield from _made_anew(kept, values)
        else:
            yield from _indexed(kept)


def shape(table: Table) -> object:
    """Return what a table is but for its indexes, where the order of columns says nothing."""
    columns = frozenset(table.columns)
    keys = frozenset(replace(key, forward=False) for key in table.foreign_keys)
    return columns, table.primary_key, frozenset(table.uniques), keys, frozenset(table.checks)


def _made_anew(kept: Kept, values: Values) -> Iterator[str]:
    table, made = kept.new, f"new_{kept.new.name}"
    yield create_table(table, SQLITE, made, references=True)
    targets, sources = [], []
    before = {new.name: old for old, new in kept.stayed}
    for column in table.columns:
        old = before.get(column.name)
        value = values.converted(kept, old, column, old.name, "sqlite") if old else None
        fill = values.fill(kept, column)
        if value and old and column.required and not old.required and fill is not None:
            value = f"coalesce({value}, {fill})"
        if value is None and fill is None and not column.required:
            continue
        targets.append(column.name)
        sources.append(value or fill or "null")
    listed = ",\n    ".join(sources)
    head = f"insert into {quoted(made)} ({quoted_list(targets)})"
    yield f"{head}\nselect\n    {listed}\nfrom {quoted(table.name)};"
    yield f"drop table {quoted(table.name)};"
    yield f"alter table {quoted(made)} rename to {quoted(table.name)};"
    yield from indexes(table)


def _indexed(kept: Kept) -> Iterator[str]:
    for index in kept.old.indexes:
        if index not in kept.new.indexes:
            yield f"drop index {index.name};"
    for index in kept.new.indexes:
        if index not in kept.old.indexes:
            yield create_index(kept.new.name, index)
