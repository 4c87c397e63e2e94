"""From the spec to tables: columns, keys, constraints and indexes of each entity and relation."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from qlf.model.types import NUMERIC, TEXTUAL, Kind
from qlf.sql.audit import audit_tables
from qlf.sql.conditions import condition
from qlf.sql.names import ConstraintNames, quoted, text_literal
from qlf.sql.order import in_order
from qlf.sql.schema import (
    Check,
    Column,
    ForeignKey,
    Index,
    PrimaryKey,
    StoredKind,
    StoredType,
    Table,
    Unique,
)
from qlf.sql.sign_in import sign_in_tables

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from qlf.model.spec import Entity, Field, Relation, Spec

_LENGTHS: dict[Kind, int] = {"text": 255, "file": 255, "phone": 16}
_STORED: dict[Kind, StoredKind] = {
    "longtext": "text",
    "int": "bigint",
    "bool": "boolean",
    "date": "date",
    "datetime": "datetime",
    "time": "time",
    "duration": "bigint",
    "uuid": "uuid",
    "json": "json",
}
# The name of a key, a colon, and 64 hexadecimal digits.
_DIGEST = 81
_MOMENT = StoredType("datetime")
_UUID = StoredType("uuid")


def tables_of(spec: Spec) -> tuple[Table, ...]:
    """Return every table of the application, in the order in which they can be created."""
    return _Tables(spec, ConstraintNames(entity.table for entity in spec.entities)).all()


@dataclass(frozen=True, slots=True)
class _Tables:
    spec: Spec
    names: ConstraintNames

    def all(self) -> tuple[Table, ...]:
        entities = in_order([self._of_entity(entity) for entity in self.spec.entities])
        joins = [
            self._of_relation(entity, relation)
            for entity in self.spec.entities
            for relation in entity.relations
            if relation.kind == "many-to-many" and relation.owning
        ]
        tokens = [self._of_tokens(self.spec.entity(self.spec.auth.entity))] if self.spec.auth else []
        safeguards = self.spec.safeguards
        reasons = bool(self.spec.auth and safeguards.emergency)
        audit = audit_tables(reasons=reasons) if safeguards.audit else ()
        return (*entities, *joins, *tokens, *sign_in_tables(self.spec, self.names), *audit)

    def _of_entity(self, entity: Entity) -> Table:
        uniques = self._uniques(entity)
        return Table(
            name=entity.table,
            columns=tuple(
                column
                for field in entity.fields
                for column in (self._sealed(entity, field) if field.encrypted else (self._column(field),))
            ),
            primary_key=PrimaryKey(f"pk_{entity.table}", ("id",)),
            uniques=uniques,
            foreign_keys=tuple(self._foreign_keys(entity)),
            checks=self._checks(entity),
            indexes=self._indexes(entity, uniques),
        )

    def _column(self, field: Field) -> Column:
        counted = field.name == "id" and field.type.kind == "int"
        return Column(
            name=field.column,
            type=StoredType("identity") if counted else self._stored(field),
            required=field.required or field.name == "id",
            default=_default(field),
        )

    def _sealed(self, entity: Entity, field: Field) -> Iterator[Column]:
        """Yield the column of a ciphertext, and that of the digest that tells equal values."""
        yield Column(field.stored, StoredType("text"), required=field.required)
        if entity.digested(field):
            yield Column(field.compared, StoredType("varchar", length=_DIGEST), required=field.required)

    def _stored(self, field: Field) -> StoredType:
        match field.type.kind:
            case "reference":
                return self._key_of(field.type.entity)
            case "enum":
                return StoredType("varchar", length=max(map(len, self._values(field))))
            case "decimal" | "money":
                fallback = 2 if field.type.kind == "money" else 6
                scale = fallback if field.type.scale is None else field.type.scale
                return StoredType("numeric", precision=field.type.precision or 18, scale=scale)
            case "text" | "email" | "url" | "phone" | "file":
                bound = None if field.maximum is None else int(field.maximum)
                return StoredType("varchar", length=bound or _LENGTHS.get(field.type.kind))
            case kind:
                return StoredType(_STORED[kind])

    def _key_of(self, entity: str | None) -> StoredType:
        key = self.spec.entity(entity or "").field("id")
        return StoredType("bigint") if key.type.kind == "int" else _UUID

    def _values(self, field: Field) -> tuple[str, ...]:
        return next(enum.values for enum in self.spec.enums if enum.name == field.type.enum)

    def _uniques(self, entity: Entity) -> tuple[Unique, ...]:
        alone = [(field.compared,) for field in entity.fields if field.unique and field.name != "id"]
        together = [tuple(entity.field(name).compared for name in names) for names in entity.unique]
        where = f"{quoted(entity.field('deleted_at').column)} is null" if entity.soft_delete else ""
        return tuple(
            Unique(self.names.take("uq", entity.table, *columns), columns, where)
            for columns in dict.fromkeys([*alone, *together])
        )

    def _foreign_keys(self, entity: Entity) -> list[ForeignKey]:
        return [
            ForeignKey(
                name=self.names.take("fk", entity.table, field.column),
                column=field.column,
                table=self.spec.entity(field.type.entity or "").table,
                on_delete="restrict" if field.required else "set null",
            )
            for field in entity.fields
            if field.type.kind == "reference"
        ]

    def _checks(self, entity: Entity) -> tuple[Check, ...]:
        # A check's own name goes before that of a column, which then gets the suffix.
        stated = [
            Check(self.names.take("ck", entity.table, check.name), text)
            for check in entity.checks
            if (text := condition(entity, check.condition))
        ]
        of_columns = [
            Check(self.names.take("ck", entity.table, field.column), text)
            for field in entity.fields
            if (text := self._bounds(field))
        ]
        return (*of_columns, *stated)

    def _bounds(self, field: Field) -> str:
        if field.encrypted:
            return ""
        name = quoted(field.column)
        kind = field.type.kind
        if kind == "enum":
            return f"{name} in ({', '.join(text_literal(value) for value in self._values(field))})"
        if kind in NUMERIC:
            return _between(name, field.minimum, field.maximum)
        if kind in TEXTUAL:
            in_type = kind != "longtext"
            return _between(f"length({name})", field.minimum or None, None if in_type else field.maximum)
        return ""

    def _indexes(self, entity: Entity, uniques: Sequence[Unique]) -> tuple[Index, ...]:
        together = [
            tuple(field.column for field in fields)
            for fields in ([entity.field(name) for name in names] for names in entity.indexes)
            if not any(field.encrypted for field in fields)
        ]
        served = {"id"} | {unique.columns[0] for unique in uniques if not unique.where}
        served |= {columns[0] for columns in together}
        alone = [
            (field.column,)
            for field in entity.fields
            if (field.indexed or field.type.kind == "reference")
            and field.column not in served
            and not field.encrypted
        ]
        return tuple(
            Index(self.names.take("ix", entity.table, *columns), columns)
            for columns in dict.fromkeys([*together, *alone])
        )

    def _of_relation(self, entity: Entity, relation: Relation) -> Table:
        table, here, there = relation.table or "", relation.here or "", relation.there or ""
        sides = ((here, entity.name), (there, relation.entity))
        return Table(
            name=table,
            columns=tuple(Column(column, self._key_of(target)) for column, target in sides),
            primary_key=PrimaryKey(self.names.take("pk", table), (here, there)),
            foreign_keys=tuple(
                ForeignKey(
                    self.names.take("fk", table, column), column, self.spec.entity(target).table, "cascade"
                )
                for column, target in sides
            ),
            indexes=(Index(self.names.take("ix", table, there), (there,)),),
        )

    def _of_tokens(self, user: Entity) -> Table:
        table = "refresh_tokens"
        return Table(
            name=table,
            columns=(
                Column("id", _UUID),
                Column("user_id", self._key_of(user.name)),
                Column("family_id", _UUID),
                Column("token_hash", StoredType("char", length=64)),
                Column("issued_at", _MOMENT),
                Column("expires_at", _MOMENT),
                Column("used_at", _MOMENT, required=False),
                Column("revoked_at", _MOMENT, required=False),
            ),
            primary_key=PrimaryKey(self.names.take("pk", table), ("id",)),
            uniques=(Unique(self.names.take("uq", table, "token_hash"), ("token_hash",)),),
            foreign_keys=(
                ForeignKey(self.names.take("fk", table, "user_id"), "user_id", user.table, "cascade"),
            ),
            indexes=tuple(
                Index(self.names.take("ix", table, column), (column,)) for column in ("user_id", "family_id")
            ),
        )


def _default(field: Field) -> str | None:
    """Return a constant default; moments, viewers and what the dialects store differently stay out."""
    value = field.default
    match field.type.kind:
        case "bool":
            return None if value is None else str(value).lower()
        case "int" | "decimal" | "money":
            return None if value is None else _number(value)
        case "text" | "longtext" | "email" | "url" | "phone" | "file" | "enum":
            return None if value is None else text_literal(str(value))
        case _:
            return None


def _between(subject: str, minimum: float | None, maximum: float | None) -> str:
    if minimum is not None and maximum is not None:
        return f"{subject} between {_number(minimum)} and {_number(maximum)}"
    if minimum is not None:
        return f"{subject} >= {_number(minimum)}"
    return "" if maximum is None else f"{subject} <= {_number(maximum)}"


def _number(value: float | str) -> str:
    exact = Decimal(str(value))
    return f"{exact:f}" if exact % 1 else str(int(exact))
