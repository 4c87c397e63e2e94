"""The bodies of requests and answers about rows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from qlf.compile.nulls import nullable_in
from qlf.compile.spelling import keys_name, property_name, wire
from qlf.model.spec import Property, Shape
from qlf.model.types import Type
from qlf.words import pascal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qlf.compile.draft import Draft
    from qlf.model.spec import Entity, Field, Operation, Relation

_STAMPS = frozenset({"created_at", "updated_at", "version"})


def shapes(draft: Draft) -> Draft:
    """Make the shapes of every entity and operation; routes choose among them later."""
    made: list[Shape] = []
    for entity in draft.entities:
        made += _of_entity(draft, entity)
    made += [_input(draft, one) for one in draft.operations if one.inputs]
    return replace(draft, shapes=_with_free_names(draft, made))


def _of_entity(draft: Draft, entity: Entity) -> Iterator[Shape]:
    answered = tuple(_answered(draft, entity))
    listed = tuple(one for one in answered if one.name not in entity.listing.omits)
    name = entity.name
    common = {"entity": name, "origin": entity.origin}
    yield Shape(name=name, purpose="read", properties=answered, description=entity.description, **common)
    yield Shape(name=f"{name}ListItem", purpose="item", properties=listed, **common)
    yield Shape(name=f"{name}Page", purpose="page", item=f"{name}ListItem", **common)
    yield Shape(name=f"{name}Create", purpose="create", properties=tuple(_written(draft, entity)), **common)
    yield Shape(name=f"{name}Update", purpose="update", properties=tuple(_changed(draft, entity)), **common)


def _answered(draft: Draft, entity: Entity) -> Iterator[Property]:
    key = "slug" if entity.key.kind == "slug" else "id"
    for field in entity.fields:
        if field.hidden or (field.name == "id" and key == "slug"):
            continue
        made = of_field(draft, field)
        source = "key" if field.name == key else "system" if field.name in _STAMPS else "field"
        yield made.model_copy(update={"source": source, "required": True, "default": None})
    acted = {action.relation for action in entity.actions if action.subject == "viewer"}
    for relation in entity.relations:
        if relation.owning and relation.name not in acted and not _counted_elsewhere(draft, relation):
            yield keys_of(draft, relation).model_copy(update={"required": True})
    nullable = nullable_in(draft)
    for derived in entity.derived:
        yield Property(
            name=derived.name,
            wire=wire(draft, derived.name),
            source="derived",
            of=derived.name,
            type=derived.type,
            required=True,
            nullable=nullable(entity.name, derived.name),
            description=derived.description,
            origin=derived.origin,
        )


def _counted_elsewhere(draft: Draft, relation: Relation) -> bool:
    """Tell whether viewers add themselves to the other side: such relations grow without end."""
    other = draft.entity(relation.entity)
    return any(one.relation == relation.inverse and one.subject == "viewer" for one in other.actions)


def _written(draft: Draft, entity: Entity) -> Iterator[Property]:
    """Yield what a client may say about a new row."""
    for field in entity.fields:
        if not (field.system or field.managed or field.computed):
            yield of_field(draft, field)
    for relation in entity.relations:
        if relation.owning and relation.writable:
            yield keys_of(draft, relation)


def _changed(draft: Draft, entity: Entity) -> Iterator[Property]:
    """Yield what a client may change: absent members stay as they are."""
    fixed = {field.name for field in entity.fields if field.immutable}
    for one in _written(draft, entity):
        if one.of not in fixed:
            yield one.model_copy(update={"required": False, "default": None})


def of_field(draft: Draft, field: Field) -> Property:
    """Return the property that carries a field in a request body."""
    name = property_name(field)
    return Property(
        name=name,
        wire=wire(draft, name),
        source="field",
        of=field.name,
        type=field.type,
        required=field.required and field.default is None,
        nullable=not field.required,
        default=field.default,
        minimum=field.minimum,
        maximum=field.maximum,
        pattern=field.pattern,
        classes=field.classes,
        mask=field.mask,
        description=field.description,
        origin=field.origin,
    )


def keys_of(draft: Draft, relation: Relation) -> Property:
    """Return the property that carries the keys of related rows."""
    name = keys_name(relation.name)
    return Property(
        name=name,
        wire=wire(draft, name),
        source="relation",
        of=relation.name,
        type=Type(kind="reference", entity=relation.entity, many=True),
        required=relation.required,
        nullable=False,
        description=relation.description,
        origin=relation.origin,
    )


def _input(draft: Draft, operation: Operation) -> Shape:
    return Shape(
        name=f"{pascal(operation.name)}Input",
        purpose="input",
        entity=operation.entity,
        properties=tuple(
            of_field(draft, field).model_copy(update={"source": "input"}) for field in operation.inputs
        ),
        description=operation.description,
        origin=operation.origin,
    )


def _with_free_names(draft: Draft, made: list[Shape]) -> tuple[Shape, ...]:
    """Rename shapes that are called like an entity, an enumeration or a shape before them."""
    taken = {entity.name for entity in draft.entities} | {enum.name for enum in draft.enums}
    names: dict[str, str] = {}
    done = []
    for shape in made:
        name = shape.name
        while shape.purpose != "read" and name in taken:
            name += "Body"
        taken.add(name)
        names[shape.name] = name
        item = names.get(shape.item, shape.item) if shape.item else None
        done.append(shape.model_copy(update={"name": name, "item": item}))
    return tuple(done)
