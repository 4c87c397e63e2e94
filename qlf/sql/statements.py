"""Single statements, as either engine takes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qlf.sql.names import quoted, quoted_list

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from qlf.sql.dialects import Dialect
    from qlf.sql.schema import Check, ForeignKey, Index, Table, Unique


def create_table(table: Table, dialect: Dialect, name: str = "", *, references: bool) -> str:
    """Return what creates a table, under another name if one is given, with or without its references."""
    parts = [
        *dialect.column_lines(table),
        f"constraint {table.primary_key.name} primary key ({quoted_list(table.primary_key.columns)})",
        *(unique_constraint(one) for one in table.uniques if not one.where),
        *(reference(one) for one in table.foreign_keys if references),
        *(check(one) for one in table.checks),
    ]
    inner = ",\n    ".join(parts)
    return f"create table {quoted(name or table.name)} (\n    {inner}\n);"


def unique_constraint(unique: Unique) -> str:
    """Return the constraint of a table."""
    return f"constraint {unique.name} unique ({quoted_list(unique.columns)})"


def reference(key: ForeignKey) -> str:
    """Return the constraint of a table."""
    target = f"references {quoted(key.table)} (id) on delete {key.on_delete}"
    return f"constraint {key.name}\n        foreign key ({quoted(key.column)}) {target}"


def check(one: Check) -> str:
    """Return the constraint of a table."""
    return f"constraint {one.name}\n        check ({one.condition})"


def create_index(table: str, index: Index) -> str:
    """Return what creates an index."""
    return f"create index {index.name} on {quoted(table)} ({quoted_list(index.columns)});"


def create_unique_index(table: str, unique: Unique) -> str:
    """Return what makes rows differ among those for which a condition holds."""
    head = f"create unique index {unique.name} on {quoted(table)} ({quoted_list(unique.columns)})"
    return f"{head}\n    where {unique.where};"


def rename_tables(pairs: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Yield what renames tables, former name to present, of which some may take others' names."""
    moved = [(was, now) for was, now in pairs if was != now]
    yield from (f"alter table {quoted(was)} rename to {quoted(f'moving_{now}')};" for was, now in moved)
    yield from (f"alter table {quoted(f'moving_{now}')} rename to {quoted(now)};" for _, now in moved)


def indexes(table: Table) -> Iterator[str]:
    """Yield what creates all that is beside a table: its indexes, and the rows that it starts with."""
    yield from (create_unique_index(table.name, one) for one in table.uniques if one.where)
    yield from (create_index(table.name, one) for one in table.indexes)


def rows(table: Table) -> Iterator[str]:
    """Yield what puts in the rows that a table starts with."""
    yield from (f"insert into {quoted(table.name)} values ({row});" for row in table.rows)  # noqa: S608 - constants
