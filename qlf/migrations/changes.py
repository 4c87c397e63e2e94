"""What a changed schema changes in the database."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from qlf.migrations import conversions
from qlf.migrations.differences import difference
from qlf.migrations.renames import former
from qlf.model.migration import Change

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from qlf.migrations.differences import Difference, Kept
    from qlf.migrations.renames import Former, Told
    from qlf.migrations.schema import Schema
    from qlf.model.migration import Grade
    from qlf.sql.schema import Column, Table

_TEXT = re.compile(r"'(?:[^']|'')*'")
_ASKED = "a version of the application that still runs asks for the former name"


def changes(
    old: Schema, new: Schema, told: Told | None = None, filled: Collection[tuple[str, str]] = ()
) -> tuple[Change, ...]:
    """Compare two schemas.

    Args:
        old: what the database is made for.
        new: what it shall be made for; its `renamed_from` are followed.
        told: further renames.
        filled: tables and columns for which a value for existing rows is given.

    Returns:
        The changes, table by table; none if the schema stays as it is.
    """
    names = former(old, new, told)
    return tuple(graded(difference(old.tables, new.tables, names), names, filled))


def graded(found: Difference, names: Former, filled: Collection[tuple[str, str]] = ()) -> Iterator[Change]:
    """Yield what differs between two sets of tables, table by table."""
    for table in found.added:
        what = f"table {table.name} is added"
        yield Change(table=table.name, what=what, grade="safe", why="nothing is in it")
    for kept in found.kept:
        yield from _of_table(kept, names, filled)
    for table in found.dropped:
        what = f"table {table.name} is dropped"
        yield Change(table=table.name, what=what, grade="data-losing", why="its rows are gone afterwards")


def _of_table(kept: Kept, names: Former, filled: Collection[tuple[str, str]]) -> Iterator[Change]:
    table = kept.new.name
    if kept.old.name != table:
        what = f"table {kept.old.name} becomes {table}"
        yield Change(table=table, what=what, grade="breaking", why=_ASKED)
    for was, now in kept.renamed:
        what = f"column {table}.{was} becomes {now}"
        yield Change(table=table, column=now, what=what, grade="breaking", why=_ASKED)
    for column in kept.added:
        yield _added(kept, column, filled)
    for old, new in kept.stayed:
        yield from _of_column(table, old, new, filled)
    for column in kept.dropped:
        yield _dropped(kept, column)
    yield from _of_values(kept, names)
    yield from _of_constraints(kept)


def _added(kept: Kept, column: Column, filled: Collection[tuple[str, str]]) -> Change:
    table = kept.new.name
    grade: Grade = "safe"
    why = "rows have no value there, or the default"
    if column.required and column.default is None:
        grade, why = "breaking", "it fails where there are rows: no value is given for them"
        if (table, column.name) in filled:
            grade, why = "slow", "every row gets the value that is given"
    what = f"column {table}.{column.name} is added"
    return Change(table=table, column=column.name, what=what, grade=grade, why=why)


def _dropped(kept: Kept, column: Column) -> Change:
    why = "its values are gone afterwards"
    there = {one.name for one in kept.added}
    if f"{column.name}_sealed" in there or column.name.removesuffix("_sealed") in there:
        why = "SQL cannot seal or open values, since it has no key: they are gone afterwards"
    what = f"column {kept.new.name}.{column.name} is dropped"
    return Change(table=kept.new.name, column=column.name, what=what, grade="data-losing", why=why)


def _of_column(table: str, old: Column, new: Column, filled: Collection[tuple[str, str]]) -> Iterator[Change]:
    def change(what: str, grade: Grade, why: str) -> Change:
        said = f"column {table}.{new.name} {what}"
        return Change(table=table, column=new.name, what=said, grade=grade, why=why)

    if old.type != new.type:
        yield change(
            f"changes its type from {_told(old)} to {_told(new)}", *conversions.grade(old.type, new.type)
        )
    if new.required and not old.required:
        if new.default is not None or (table, new.name) in filled:
            yield change("becomes required", "slow", "rows without a value get one")
        else:
            yield change("becomes required", "breaking", "it fails where a row has no value")
    if old.required and not new.required:
        yield change("becomes optional", "safe", "every row fits")
    if old.default != new.default:
        yield change(
            f"has the default {new.default or 'none'}", "safe", "rows that are there keep their values"
        )


def _told(column: Column) -> str:
    one = column.type
    size = one.length or (f"{one.precision}, {one.scale}" if one.precision else "")
    return f"{one.kind}({size})" if size else one.kind


def _of_values(kept: Kept, names: Former) -> Iterator[Change]:
    for (table, column), values in names.values.items():
        if table == kept.new.name:
            for was, now in values.items():
                what = f"value {was} of {table}.{column} becomes {now}"
                yield Change(table=table, column=column, what=what, grade="breaking", why=_ASKED)


def _of_constraints(kept: Kept) -> Iterator[Change]:
    table, before, now = kept.new.name, _constraints(kept.spelt), _constraints(kept.new)
    came = {column.name for column in kept.added}
    gone = {column.name for column in kept.dropped}
    for identity in dict.fromkeys([*now, *before]):
        columns = identity[1]
        if before.get(identity) == now.get(identity) or (
            identity[0] in {"check", "reference"} and came | gone >= set(columns) and columns
        ):
            continue
        said = f"{identity[0]} of {table} ({', '.join(columns)})"
        column = columns[0] if len(columns) == 1 else None
        if identity not in now:
            yield Change(
                table=table, column=column, what=f"the {said} is dropped", grade="safe", why="every row fits"
            )
            continue
        verb = "is added" if identity not in before else "changes"
        grade, why = _STRICTER[identity[0]]
        if more := more_values(before.get(identity), now[identity]):
            verb, grade, why = f"takes {more} too", "safe", "every row fits"
        if identity[0] == "reference" and _same_target(before.get(identity), now[identity]):
            verb, grade, why = "does otherwise when its row is deleted", "safe", "every row fits"
        yield Change(table=table, column=column, what=f"the {said} {verb}", grade=grade, why=why)


_STRICTER: dict[str, tuple[Grade, str]] = {
    "unique constraint": ("breaking", "it fails where rows share values"),
    "check": ("breaking", "it fails where a row does not pass"),
    "reference": ("breaking", "it fails where a row refers to nothing"),
    "index": ("slow", "it is made over all rows"),
}


def more_values(before: object, now: object) -> str:
    """Return the values that an enumeration has got, if it has lost none."""
    if not (isinstance(before, str) and isinstance(now, str) and " in (" in before and " in (" in now):
        return ""
    was, have = ([each[0] for each in _TEXT.finditer(one)] for one in (before, now))
    return ", ".join(value for value in have if value not in was) if set(was) < set(have) else ""


def _same_target(before: object, now: object) -> bool:
    return isinstance(before, tuple) and isinstance(now, tuple) and before[0] == now[0]


def _constraints(table: Table) -> dict[tuple[str, tuple[str, ...]], object]:
    """Return what holds for a table, by kind and columns (a check by its name)."""
    found: dict[tuple[str, tuple[str, ...]], object] = {}
    found |= {("unique constraint", one.columns): one.where for one in table.uniques}
    found |= {("reference", (one.column,)): (one.table, one.on_delete) for one in table.foreign_keys}
    found |= {("index", one.columns): True for one in table.indexes}
    columns = {column.name for column in table.columns}
    for one in table.checks:
        column = one.name.removeprefix(f"ck_{table.name}_")
        found["check", (column if column in columns else one.name,)] = one.condition
    return found
