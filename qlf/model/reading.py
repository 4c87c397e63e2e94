"""What an expression reads of the rows that it is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qlf.model.expression import Aggregate, Member, Name, walk

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping

    from qlf.model.expression import Expression
    from qlf.model.spec import Entity, Field


def fields_read(expression: Expression, entities: Mapping[str, Entity]) -> Iterator[tuple[Entity, Field]]:
    """Yield the fields that an expression reads, those behind derived values among them."""
    return _read(expression, entities, ())


def stored_read(expression: Expression, entities: Mapping[str, Entity]) -> Iterator[tuple[Entity, Field]]:
    """Yield the fields that a condition on rows (`this`) reads where these are stored.

    What it asks of the viewer, or of rows that are found already, is known before.
    """
    bound = {part.binding for part in walk(expression) if isinstance(part, Aggregate)} | {"this"}
    known = {part.name for part in walk(expression) if isinstance(part, Name)} - bound
    return _read(expression, entities, known)


def _read(
    expression: Expression, entities: Mapping[str, Entity], known: Container[str]
) -> Iterator[tuple[Entity, Field]]:
    for part in walk(expression):
        if not isinstance(part, Member):
            continue
        entity = _owner(part, entities)
        if entity is None or _root(part) in known:
            continue
        for field in entity.fields:
            if field.name == part.name:
                yield entity, field
        for derived in entity.derived:
            if derived.name == part.name:
                yield from _read(derived.value, entities, ())


def _owner(member: Member, entities: Mapping[str, Entity]) -> Entity | None:
    owner = member.of.type
    return entities.get(owner.entity) if owner and owner.entity else None


def _root(expression: Expression) -> str:
    while isinstance(expression, Member):
        expression = expression.of
    return expression.name if isinstance(expression, Name) else ""


def adds_up(expression: Expression, entities: Mapping[str, Entity]) -> bool:
    """Tell whether a value is worked out over many rows, itself or by a derived value that it reads."""
    for part in walk(expression):
        if isinstance(part, Aggregate):
            return True
        entity = _owner(part, entities) if isinstance(part, Member) else None
        for derived in entity.derived if entity else ():
            if isinstance(part, Member) and derived.name == part.name and adds_up(derived.value, entities):
                return True
    return False
