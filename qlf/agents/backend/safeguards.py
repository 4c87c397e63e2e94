"""Which safeguards of the spec a backend is written with, and what they put into its modules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qlf.agents.backend.access import role_enum
from qlf.agents.backend.columns import constant, python_type, times_of
from qlf.agents.backend.names import attribute, quoted
from qlf.model.reading import fields_read
from qlf.python_names import identifier, member

if TYPE_CHECKING:
    from qlf.model.spec import Derived, Entity, Field, Route, Shape, Spec

_OK = 200


@dataclass(frozen=True)
class SealedView:
    """An encrypted field of a model: `attribute = Sealed[annotation](arguments)`."""

    attribute: str
    annotation: str
    arguments: tuple[str, ...]
    digested: bool


def guarded(spec: Spec) -> bool:
    """Tell whether the application needs a library for ciphers or for one-time passwords."""
    return (
        any(field.encrypted for entity in spec.entities for field in entity.fields)
        or bool(spec.auth and spec.auth.second_factor)
        or spec.safeguards.audit is not None
        or spec.safeguards.transport  # whose check makes a certificate
    )


def sealed(spec: Spec, entity: Entity) -> list[SealedView]:
    """Return the encrypted fields of an entity's model."""
    return [_sealed(spec, entity, field) for field in entity.fields if field.encrypted]


def _sealed(spec: Spec, entity: Entity, field: Field) -> SealedView:
    dt = times_of(entity)
    plain = python_type(spec, field.type, dt)
    arguments = [quoted(identifier(field.stored)), plain]
    if entity.digested(field):
        arguments.append(f"digest={quoted(identifier(field.compared))}")
    if field.default is not None:
        value = constant(field.type, field.default, dt)
        arguments.append(f"default={value if field.default in {'now', 'today'} else f'lambda: {value}'}")
    return SealedView(
        attribute=identifier(field.name),
        annotation=plain if field.required else f"{plain} | None",
        arguments=tuple(arguments),
        digested=entity.digested(field),
    )


def watched(spec: Spec, route: Route) -> str:
    """Return the call that watches over an audited route; those of sign-in are about the person."""
    entity = route.entity or ("" if route.kind == "operation" or spec.auth is None else spec.auth.entity)
    arguments = [quoted(route.id), *([quoted(entity)] if entity else [])]
    if route.success != _OK:
        arguments.append(f"success={route.success}")
    return f"audited({', '.join(arguments)})"


@dataclass(frozen=True)
class MaskView:
    """A mask of an entity's field as a constant of its schemas: `name = Mask(arguments)`."""

    name: str
    arguments: tuple[str, ...]


def mask_name(field: str) -> str:
    """Return the constant that holds the mask of a field."""
    return f"{field.upper()}_MASK"


def masks_of(spec: Spec, entity: Entity) -> list[MaskView]:
    """Return the masks of the fields of an entity that are shown, be it in exports only."""
    shapes = spec.api.shapes if spec.api else ()
    exported = {
        prop.of
        for shape in shapes
        if shape.entity == entity.name and shape.purpose == "exported"
        for prop in shape.properties
        if prop.mask
    }
    found = []
    for field in entity.fields:
        if field.mask is not None and (not field.hidden or field.name in exported):
            ends = {"first": field.mask.first, "last": field.mask.last}
            arguments = [f"{name}={count}" for name, count in ends.items() if count]
            roles = ", ".join(f"{role_enum(spec)}.{member(role)}" for role in field.mask.roles)
            found.append(
                MaskView(mask_name(field.name), (*arguments, *([f"roles={{{roles}}}"] if roles else [])))
            )
    return found


@dataclass(frozen=True)
class MaskedView:
    """A masked text in the body of a change: its mask, where it stands, and the row's own."""

    mask: str
    pointer: str
    given: str
    stored: str


def masked(shape: Shape | None) -> tuple[MaskedView, ...]:
    """Return the texts that a request body can replace, of which answers show the ends alone."""
    return tuple(
        MaskedView(mask_name(prop.of), quoted(f"/{prop.wire}"), attribute(prop), identifier(prop.of))
        for prop in (shape.properties if shape else ())
        if prop.mask is not None
    )


def shown_to(spec: Spec, shape: Shape | None) -> bool:
    """Tell whether an answer differs from role to role."""
    shapes = {one.name: one for one in spec.api.shapes} if spec.api else {}
    shown = shapes.get(shape.item or "", shape) if shape else None
    return any(prop.mask is not None and prop.mask.roles for prop in (shown.properties if shown else ()))


def in_python(spec: Spec, one: Derived) -> bool:
    """Tell whether a derived value is worked out in Python: the database has only ciphertext of its parts."""
    entities = {entity.name: entity for entity in spec.entities}
    return any(field.encrypted for _, field in fields_read(one.value, entities))
