"""Lists and statements: filters, sorting, and what is loaded or worked out with each row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qlf.agents.backend.columns import KeyList, key_annotation, key_attribute, python_type, times_of
from qlf.agents.backend.names import docstring, quoted
from qlf.agents.backend.python_values import EXTREMES, PythonValues, nullable
from qlf.agents.backend.safeguards import in_python
from qlf.agents.backend.schemas import decimal_name
from qlf.agents.backend.sql_values import SqlValues
from qlf.model.expression import Aggregate, Member, walk
from qlf.python_names import identifier

if TYPE_CHECKING:
    from qlf.model.spec import Derived, Entity, Filter, Property, Shape, Spec

_PARAMETER = {
    "text": "Line",
    "email": "EmailStr",
    "url": "Url",
    "phone": "Phone",
    "file": "Line",
    "int": "IntegerText",
    "bool": "bool",
    "date": "Day",
    "datetime": "Moment",
    "time": "TimeOfDay",
    "duration": "Duration",
    "uuid": "UUID",
}
# What the query parameters of every list are called, and what is asked of them.
_OF_LISTS = frozenset({"conditions", "cursor", "limit", "offset", "order", "page", "sort"})
_OPERATORS = {"eq": "==", "min": ">=", "max": "<="}


@dataclass(frozen=True)
class FilterView:
    """One query parameter and the condition that it stands for."""

    attribute: str
    annotation: str
    value: str
    condition: str


@dataclass(frozen=True)
class DerivedView:
    """One derived value on the model."""

    attribute: str
    annotation: str


@dataclass(frozen=True)
class WorkedOutView:
    """One derived value that the model works out."""

    attribute: str
    annotation: str
    docstring: str
    value: str


@dataclass(frozen=True)
class SortView:
    """A value of `sort` and the column behind it."""

    wire: str
    attribute: str


def filters(spec: Spec, entity: Entity) -> list[FilterView]:
    """Return the filters of an entity's list."""
    return [_filter(spec, entity, one) for one in entity.listing.filters]


def _filter(spec: Spec, entity: Entity, one: Filter) -> FilterView:
    name = _parameter_name(one)
    annotation, column = _parameter(spec, one), _filtered_column(entity, one)
    if one.operator == "contains":
        condition = f"{column}.icontains(self.{name}, autoescape=True)"
    else:
        condition = f"{column} {_OPERATORS[one.operator]} self.{name}"
    if one.type.kind == "reference" and spec.entity(str(one.type.entity)).key.kind == "slug":
        target = str(one.type.entity)
        condition = (
            f"{entity.name}.{identifier(_reference_name(entity, one))}.has({target}.slug == self.{name})"
        )
    alias = f"Field(default=None, alias={quoted(one.wire)})" if one.wire != name else "None"
    return FilterView(name, annotation, alias, condition)


def _parameter_name(one: Filter) -> str:
    suffix = "" if one.operator == "eq" else f"_{one.operator}"
    name = identifier(f"{one.property}{suffix}")
    return f"{name}_" if name in _OF_LISTS else name


def _parameter(spec: Spec, one: Filter) -> str:
    if one.operator == "contains":
        return "Line"
    if one.type.kind == "enum":
        return str(one.type.enum)
    if one.type.kind == "reference":
        key = key_annotation(spec.entity(str(one.type.entity)).key)
        return {"str": "Slug", "int": "KeyText"}.get(key, key)
    if one.type.kind in {"decimal", "money"}:
        return decimal_name(one.type)
    return _PARAMETER[one.type.kind]


def _reference_name(entity: Entity, one: Filter) -> str:
    return next(field.name for field in entity.fields if one.property in {field.column, field.name})


def _filtered_column(entity: Entity, one: Filter) -> str:
    column = next(
        (field.column for field in entity.fields if one.property in {field.column, field.name}), one.property
    )
    return f"{entity.name}.{identifier(column)}"


def sorts(entity: Entity) -> list[SortView]:
    """Return what a list can be sorted by."""
    columns = {name: field.column for field in entity.fields for name in (field.name, field.column)}
    return [SortView(wire, identifier(columns.get(wire, wire))) for wire in entity.listing.sorts]


def options(spec: Spec, entity: Entity, *, read: frozenset[str]) -> list[str]:
    """Return the loader options of an entity's statement: relations that are shown, derived values."""
    loaded = [
        f"selectinload({entity.name}.{identifier(relation.name)})"
        for relation in entity.relations
        if relation.kind == "many-to-many" and relation.name in read
    ]
    return loaded + [_derivation(spec, entity, one) for one in entity.derived if not in_python(spec, one)]


def _derivation(spec: Spec, entity: Entity, one: Derived) -> str:
    translate = SqlValues(spec, {"this": entity.name}, {"viewer": "viewer"})
    is_condition = one.type.kind == "bool"
    value = translate.condition(one.value) if is_condition else translate.value(one.value)
    if is_condition and any(
        isinstance(part, Member | Aggregate) and nullable(spec, part) for part in walk(one.value)
    ):
        value = f"func.coalesce({value}, false())"
    if one.viewer_dependent:
        nobody = "false()" if is_condition else "null()"
        value = f"{value} if viewer is not None else {nobody}"
    return f"with_expression({entity.name}.{identifier(one.name)}, {value})"


def derived(spec: Spec, entity: Entity) -> list[DerivedView]:
    """Return the derived values of an entity's model."""
    return [
        DerivedView(
            identifier(one.name),
            _annotation(spec, entity, one),
        )
        for one in entity.derived
        if not in_python(spec, one)
    ]


def worked_out(spec: Spec, entity: Entity) -> list[WorkedOutView]:
    """Return the derived values that the model works out of fields that the database cannot read."""
    return [_worked_out(spec, entity, one) for one in entity.derived if in_python(spec, one)]


def _worked_out(spec: Spec, entity: Entity, one: Derived) -> WorkedOutView:
    translate = PythonValues(spec, {"this": "self"})
    value = translate.value(one.value)
    guards = [] if one.type.kind == "bool" else [part for part in translate.nulls(one.value) if part != value]
    if guards:
        value = f"{value} if {' and '.join(f'{part} is not None' for part in guards)} else None"
    about = docstring(one.label, one.description, indent=8)
    return WorkedOutView(identifier(one.name), _annotation(spec, entity, one), about, value)


def _annotation(spec: Spec, entity: Entity, one: Derived) -> str:
    return python_type(spec, one.type, times_of(entity)) + (" | None" if _may_be_null(one) else "")


def _may_be_null(one: Derived) -> bool:
    added_up = isinstance(one.value, Aggregate) and one.value.function not in EXTREMES
    return one.type.kind != "bool" and not added_up


def key_lists(spec: Spec, *answers: Shape | None) -> list[KeyList]:
    """Return the properties that list the keys of many-to-many rows in answers."""
    properties = {prop.of: prop for shape in answers if shape for prop in shape.properties if prop.type.many}
    return [_key_list(spec, prop) for prop in properties.values()]


def _key_list(spec: Spec, prop: Property) -> KeyList:
    target = spec.entity(str(prop.type.entity))
    return KeyList(
        attribute=identifier(prop.name),
        relation=identifier(prop.of),
        key=key_attribute(target.key),
        key_type=key_annotation(target.key),
        what=f"keys of the {prop.of.replace('_', ' ')}",
    )
