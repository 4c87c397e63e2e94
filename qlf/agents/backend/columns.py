"""Models: columns and relationships of an entity as SQLAlchemy declares them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qlf.agents.backend.names import column, quoted
from qlf.python_names import identifier, member, snake
from qlf.samples import parsed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from qlf.model.spec import Entity, Field, Key, Spec
    from qlf.model.types import Type

_PYTHON = {
    "int": "int",
    "decimal": "Decimal",
    "money": "Decimal",
    "bool": "bool",
    "date": "date",
    "datetime": "datetime",
    "time": "time",
    "duration": "timedelta",
    "uuid": "UUID",
    "json": "dict[str, Any]",
}
_TIMES = frozenset({"date", "datetime", "time", "timedelta"})


@dataclass(frozen=True)
class Column:
    """One mapped column."""

    attribute: str
    annotation: str
    mapping: str


@dataclass(frozen=True)
class Relationship:
    """One relationship."""

    attribute: str
    annotation: str
    arguments: tuple[str, ...]


@dataclass(frozen=True)
class KeyList:
    """A property that lists the keys of related rows."""

    attribute: str
    relation: str
    key: str
    key_type: str
    what: str


def key_type(key: Key) -> str:
    """Return the Python type of the primary key; rows named by a slug have a UUID too."""
    return "int" if key.kind == "int" else "UUID"


def key_attribute(key: Key) -> str:
    """Return the attribute that names a row in paths."""
    return "slug" if key.kind == "slug" else "id"


def key_annotation(key: Key) -> str:
    """Return the type of what names a row in paths and bodies."""
    return "str" if key.kind == "slug" else key_type(key)


def times(attributes: Iterable[str]) -> str:
    """Return what a class puts before the types of `datetime`: the module where an attribute hides them."""
    return "dt." if _TIMES & set(attributes) else ""


def times_of(entity: Entity) -> str:
    """Return what the modules of an entity put before the types of `datetime`."""
    return times(one.name for group in (entity.fields, entity.relations, entity.derived) for one in group)


def python_type(spec: Spec, kind: Type, dt: str = "") -> str:
    """Return the Python type of one value of a type of the spec; `dt` comes from `times`."""
    if kind.kind == "enum":
        return str(kind.enum)
    if kind.kind == "reference":
        return key_type(spec.entity(str(kind.entity)).key)
    name = _PYTHON.get(kind.kind, "str")
    return f"{dt}{name}" if name in _TIMES else name


def columns(spec: Spec, entity: Entity) -> list[Column]:
    """Return the columns of an entity's model; its version is declared by the base."""
    return [
        column
        for field in entity.fields
        if field.name not in {"version", "deleted_at"}
        for column in (_sealed(entity, field) if field.encrypted else [_column(spec, entity, field)])
    ]


def _sealed(entity: Entity, field: Field) -> list[Column]:
    """Return the column of a field's ciphertext, and that of the digest by which values are told apart."""
    annotation = "str" if field.required else "str | None"
    made = [Column(identifier(field.stored), annotation, "mapped_column(Text)")]
    if entity.digested(field):
        mapping = f"mapped_column(String(DIGEST_LENGTH){', unique=True' if field.unique else ''})"
        made.append(Column(identifier(field.compared), annotation, mapping))
    return made


def _column(spec: Spec, entity: Entity, field: Field) -> Column:
    plain = python_type(spec, field.type, times_of(entity))
    arguments = [
        *([quoted(field.column)] if identifier(field.column) != field.column else []),
        *_type_arguments(spec, entity, field),
        *_value_arguments(entity, field),
    ]
    return Column(
        attribute=column(field),
        annotation=plain if field.required else f"{plain} | None",
        mapping=f"mapped_column({', '.join(arguments)})" if arguments else "",
    )


def _type_arguments(spec: Spec, entity: Entity, field: Field) -> list[str]:
    kind = field.type
    if field.name == "id":
        return ["IntegerKey"] if entity.key.kind == "int" else []
    match kind.kind:
        case "reference":
            target = spec.entity(str(kind.entity))
            rule = "" if field.required else ', ondelete="SET NULL"'
            return [f'ForeignKey("{target.table}.id"{rule})']
        case "enum":
            return [f"choice({kind.enum})"]
        case "decimal" | "money":
            return [f"exact({kind.precision or 18}, {kind.scale if kind.scale is not None else 2})"]
        case "longtext":
            return ["Text"]
        case "json":
            return ["JsonDocument"]
        case "text" | "email" | "url" | "phone" | "file":
            return [f"String({int(field.maximum)})"] if field.maximum else ["String"]
        case _:
            return []


def _value_arguments(entity: Entity, field: Field) -> list[str]:
    arguments = []
    if field.name == "id":
        arguments.append("primary_key=True")
        if entity.key.kind != "int":
            arguments.append("default=uuid4")
    elif field.name in {"created_at", "updated_at"} and field.system:
        arguments.append("default=now")
        if field.name == "updated_at":
            arguments.append("onupdate=now")
    elif field.default is not None:
        arguments.append(f"default={default_value(field, times_of(entity))}")
    if field.unique:
        arguments.append("unique=True")
    return arguments


def default_value(field: Field, dt: str = "") -> str:
    """Return a field's default as Python: a constant, or a function that gives it."""
    return constant(field.type, field.default, dt)


def constant(kind: Type, value: object, dt: str = "") -> str:
    """Return a value of a type of the spec as Python: a literal, or for `now` and `today` the function."""
    match kind.kind:
        case "enum":
            return f"{kind.enum}.{member(str(value))}"
        case "decimal" | "money":
            return f"Decimal({quoted(str(value))})"
        case "datetime" | "date" if value in {"now", "today"}:
            return str(value)
        case "date" | "datetime" | "time":
            return f"{dt}{kind.kind}.fromisoformat({quoted(str(value))})"
        case "duration":
            return f"{dt}timedelta(seconds={int(parsed(kind, str(value)).total_seconds())})"
        case "uuid":
            return f"UUID({quoted(str(value))})"
        case _:
            return quoted(value)


def relationships(spec: Spec, entity: Entity) -> list[Relationship]:
    """Return both the references of an entity and the rows that refer to it."""
    return [
        *(_reference(spec, entity, field) for field in entity.fields if field.type.kind == "reference"),
        *_collections(entity),
    ]


def _reference(spec: Spec, entity: Entity, field: Field) -> Relationship:
    target = spec.entity(str(field.type.entity))
    inverse = next(
        (one.name for one in target.relations if one.entity == entity.name and one.via == field.name), None
    )
    arguments = [f"foreign_keys=[{column(field)}]"]
    if target.name == entity.name:
        arguments.append(f'remote_side="{entity.name}.id"')
    if inverse:
        arguments.append(f"back_populates={quoted(identifier(inverse))}")
    annotation = target.name if field.required else f"{target.name} | None"
    return Relationship(identifier(field.name), annotation, tuple(arguments))


def _collections(entity: Entity) -> list[Relationship]:
    found = []
    for relation in entity.relations:
        if relation.kind == "one-to-many":
            arguments: tuple[str, ...] = (
                f'foreign_keys="{relation.entity}.{relation.via}_id"',
                f"back_populates={quoted(identifier(str(relation.via)))}",
                'passive_deletes="all"',
            )
        else:
            arguments = (
                f"secondary={relation.table}",
                *(
                    (
                        f"primaryjoin=lambda: {entity.name}.id == {relation.table}.c.{relation.here}",
                        f"secondaryjoin=lambda: {entity.name}.id == {relation.table}.c.{relation.there}",
                    )
                    if relation.entity == entity.name
                    else ()
                ),
                f"back_populates={quoted(identifier(relation.inverse))}",
            )
        found.append(Relationship(identifier(relation.name), f"list[{relation.entity}]", arguments))
    return found


def module(entity: Entity) -> str:
    """Return the name of the module of one entity's model."""
    return identifier(snake(entity.name))
