"""What the rows that are there get: their value converted, renamed, or filled in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qlf.migrations.conversions import convert
from qlf.sql.names import quoted, text_literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qlf.migrations.differences import Kept
    from qlf.migrations.renames import Former
    from qlf.sql.schema import Column

_FIRST = re.compile(r" in \(('(?:[^']|'')*')")
_NEUTRAL = {
    "varchar": "''",
    "char": "''",
    "text": "''",
    "bigint": "0",
    "numeric": "0",
    "boolean": "false",
    "date": "'1970-01-01'",
    "datetime": "'1970-01-01 00:00:00.000000'",
    "time": "'00:00:00.000000'",
    "json": "'null'",
}


@dataclass(frozen=True, slots=True)
class Values:
    """What existing rows get. `fills` are SQL constants by table and column.

    On the way `back` a column that nobody gave a value for gets a neutral one, since what it had is gone.
    """

    names: Former
    fills: Mapping[tuple[str, str], str]
    back: bool = False

    def fill(self, kept: Kept, column: Column) -> str | None:
        """Return the value for rows that have none."""
        table = kept.new
        if given := self.fills.get((table.name, column.name)):
            return given
        if column.default is not None or not (self.back and column.required):
            return column.default
        if any(key.column == column.name for key in table.foreign_keys):
            return None
        for check in table.checks:
            if check.condition.startswith(f"{quoted(column.name)} in (") and (
                first := _FIRST.search(check.condition)
            ):
                return first[1]
        return _NEUTRAL.get(column.type.kind)

    def converted(self, kept: Kept, old: Column, new: Column, source: str, dialect: str) -> str | None:
        """Return the SQL of a column's value after the change, None if nothing of it can be kept."""
        value = quoted(source)
        if renamed := self.names.values.get((kept.new.name, new.name)):
            cases = " ".join(
                f"when {text_literal(was)} then {text_literal(now)}" for was, now in renamed.items()
            )
            value = f"case {value} {cases} else {value} end"
        return convert(value, old.type, new.type, dialect)
