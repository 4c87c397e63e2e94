"""What a database is made for: its tables, and what the brief calls what is in them.

A snapshot keeps this and not the spec, so that a later version of the factory, whose agents may make other
tables of the same spec, still knows which are there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from qlf.sql.schema import Table  # noqa: TC001 - read by pydantic
from qlf.sql.tables import tables_of

if TYPE_CHECKING:
    from qlf.model.spec import Entity, Field, Spec


@dataclass(frozen=True, slots=True)
class StoredField:
    """A field and its column; an encrypted one that is compared has a second column for that."""

    name: str
    column: str
    compared: str = ""
    encrypted: bool = False
    enum: str = ""
    renamed_from: str = ""


@dataclass(frozen=True, slots=True)
class Join:
    """A relation to many on both sides: its table, and the columns of the two sides."""

    relation: str
    table: str
    here: str
    there: str


@dataclass(frozen=True, slots=True)
class StoredEntity:
    """An entity and its table."""

    name: str
    table: str
    fields: tuple[StoredField, ...] = ()
    joins: tuple[Join, ...] = ()
    renamed_from: str = ""


@dataclass(frozen=True, slots=True)
class Schema:
    """The tables, in an order in which they can be created; the entities; the values of enumerations."""

    tables: tuple[Table, ...] = ()
    entities: tuple[StoredEntity, ...] = ()
    enums: dict[str, tuple[str, ...]] = field(default_factory=dict)


def schema_of(spec: Spec) -> Schema:
    """Return what the database of a spec is made for."""
    return Schema(
        tables_of(spec),
        tuple(_entity(entity) for entity in spec.entities),
        {enum.name: enum.values for enum in spec.enums},
    )


def _entity(entity: Entity) -> StoredEntity:
    joins = tuple(
        Join(relation.name, relation.table, relation.here or "", relation.there or "")
        for relation in entity.relations
        if relation.owning and relation.table
    )
    fields = tuple(map(_field, entity.fields))
    return StoredEntity(entity.name, entity.table, fields, joins, entity.renamed_from or "")


def _field(one: Field) -> StoredField:
    return StoredField(
        one.name,
        one.stored,
        one.compared if one.encrypted else "",
        one.encrypted,
        one.type.enum or "",
        one.renamed_from or "",
    )
