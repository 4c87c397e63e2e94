"""What was called otherwise before: entities, fields and values of enumerations, as tables and columns."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from qlf.migrations.schema import Join, Schema, StoredEntity, StoredField


@dataclass(frozen=True, slots=True)
class Told:
    """Renames that are told beside the brief, each by the new name.

    `entities` has former names of entities, `fields` those of fields by entity and field, `values` the former
    values of an enumeration by its name.
    """

    entities: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[tuple[str, str], str] = field(default_factory=dict)
    values: Mapping[tuple[str, str], str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Former:
    """Former names: of tables by table, of columns and of values (new by former) by table and column."""

    tables: Mapping[str, str]
    columns: Mapping[tuple[str, str], str]
    values: Mapping[tuple[str, str], Mapping[str, str]]

    def table(self, name: str) -> str:
        """Return what a table was called."""
        return self.tables.get(name, name)

    def column(self, table: str, name: str) -> str:
        """Return what a column was called."""
        return self.columns.get((table, name), name)

    def inverse(self) -> Former:
        """Return the names for the way back."""
        return Former(
            {was: now for now, was in self.tables.items()},
            {(self.table(table), was): now for (table, now), was in self.columns.items()},
            {
                (self.table(table), self.column(table, column)): {now: was for was, now in values.items()}
                for (table, column), values in self.values.items()
            },
        )


NONE = Former({}, {}, {})


def former(old: Schema, new: Schema, told: Told | None = None) -> Former:
    """Return the former names; a `renamed_from` counts only while the former name is the snapshot's."""
    told = told or Told()
    tables: dict[str, str] = {}
    columns: dict[tuple[str, str], str] = {}
    values: dict[tuple[str, str], Mapping[str, str]] = {}
    for entity, was in _entities(old, new, told):
        if entity.table != was.table:
            tables[entity.table] = was.table
        for now, before in _fields(entity, was, told):
            pairs = {now.column: before.column} if now.encrypted == before.encrypted else {}
            if now.encrypted and before.encrypted:
                pairs[now.compared] = before.compared
            columns |= {(entity.table, one): other for one, other in pairs.items() if one != other}
            if renamed := _values(new, now, told):
                values[entity.table, now.column] = renamed
        for joined, join in _joins(entity, was):
            tables |= {joined.table: join.table} if joined.table != join.table else {}
            sides = ((joined.here, join.here), (joined.there, join.there))
            columns |= {(joined.table, one): other for one, other in sides if one != other}
    return Former(tables, columns, values)


def _entities(old: Schema, new: Schema, told: Told) -> Iterator[tuple[StoredEntity, StoredEntity]]:
    before = {entity.name: entity for entity in old.entities}
    kept = {entity.name for entity in new.entities}
    for entity in new.entities:
        name = told.entities.get(entity.name) or entity.renamed_from
        if entity.name in before:
            yield entity, before[entity.name]
        elif name in before and name not in kept:
            yield entity, before[name]


def _fields(entity: StoredEntity, was: StoredEntity, told: Told) -> Iterator[tuple[StoredField, StoredField]]:
    before = {field.name: field for field in was.fields}
    kept = {field.name for field in entity.fields}
    for one in entity.fields:
        name = told.fields.get((entity.name, one.name)) or one.renamed_from
        if one.name in before:
            yield one, before[one.name]
        elif name in before and name not in kept:
            yield one, before[name]


def _joins(entity: StoredEntity, was: StoredEntity) -> Iterator[tuple[Join, Join]]:
    before = {join.relation: join for join in was.joins}
    for join in entity.joins:
        if join.relation in before:
            yield join, before[join.relation]


def _values(new: Schema, one: StoredField, told: Told) -> dict[str, str]:
    known = new.enums.get(one.enum, ())
    return {was: now for (enum, now), was in told.values.items() if enum == one.enum and now in known}
