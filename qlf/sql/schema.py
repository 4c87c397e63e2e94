"""The tables of an application as values, before any dialect spells them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

OnDelete = Literal["restrict", "set null", "cascade"]
StoredKind = Literal[
    "identity",
    "varchar",
    "char",
    "text",
    "bigint",
    "numeric",
    "boolean",
    "date",
    "datetime",
    "time",
    "uuid",
    "json",
]


@dataclass(frozen=True, slots=True)
class StoredType:
    """What a column stores. `length` is for varchar and char, `precision` and `scale` for numeric."""

    kind: StoredKind
    length: int | None = None
    precision: int | None = None
    scale: int | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """A column; `default` is a constant in SQL."""

    name: str
    type: StoredType
    required: bool = True
    default: str | None = None


@dataclass(frozen=True, slots=True)
class PrimaryKey:
    """The columns that name a row."""

    name: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unique:
    """Columns that no two rows share; with a condition `where`, among the rows for which it holds."""

    name: str
    columns: tuple[str, ...]
    where: str = ""


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A reference to the `id` of another table; a `forward` one is to a table created later."""

    name: str
    column: str
    table: str
    on_delete: OnDelete
    forward: bool = False


@dataclass(frozen=True, slots=True)
class Check:
    """A condition, in SQL that both dialects understand alike."""

    name: str
    condition: str


@dataclass(frozen=True, slots=True)
class Index:
    """An index over columns in this order."""

    name: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table with everything that belongs to it; `rows` are values that it starts with, in SQL."""

    name: str
    columns: tuple[Column, ...]
    primary_key: PrimaryKey
    uniques: tuple[Unique, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    checks: tuple[Check, ...] = ()
    indexes: tuple[Index, ...] = ()
    rows: tuple[str, ...] = ()
