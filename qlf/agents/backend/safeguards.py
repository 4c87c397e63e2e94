"""Which safeguards of the spec a backend is written with, and what they put into its modules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qlf.agents.backend.columns import constant, python_type, times_of
from qlf.agents.backend.names import quoted
from qlf.model.reading import fields_read
from qlf.python_names import identifier

if TYPE_CHECKING:
    from qlf.model.spec import Derived, Entity, Field, Spec


@dataclass(frozen=True)
class SealedView:
    """An encrypted field of a model: `attribute = Sealed[annotation](arguments)`."""

    attribute: str
    annotation: str
    arguments: tuple[str, ...]


def encrypts(spec: Spec) -> bool:
    """Tell whether some field is encrypted."""
    return any(field.encrypted for entity in spec.entities for field in entity.fields)


def digests(spec: Spec) -> bool:
    """Tell whether the values of some encrypted field must differ."""
    return any(entity.digested(field) for entity in spec.entities for field in entity.fields)


def guarded(spec: Spec) -> bool:
    """Tell whether the application needs a library for ciphers or for one-time passwords."""
    return encrypts(spec) or bool(spec.auth and spec.auth.second_factor) or spec.safeguards.audit is not None


def masks(spec: Spec) -> bool:
    """Tell whether some field is masked in answers."""
    return any(field.mask is not None for entity in spec.entities for field in entity.fields)


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
        identifier(field.name), plain if field.required else f"{plain} | None", tuple(arguments)
    )


def in_python(spec: Spec, one: Derived) -> bool:
    """Tell whether a derived value is worked out in Python: the database has only ciphertext of its parts."""
    entities = {entity.name: entity for entity in spec.entities}
    return any(field.encrypted for _, field in fields_read(one.value, entities))
