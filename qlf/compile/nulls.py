"""Which members of rows and inputs can be null."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qlf.cel.walk import may_be_null

if TYPE_CHECKING:
    from collections.abc import Callable

    from qlf.compile.draft import Draft
    from qlf.model.spec import Entity


def nullable_in(draft: Draft) -> Callable[[str, str], bool]:
    """Return a function that tells whether a member of an entity can be null."""
    entities = {entity.name: entity for entity in draft.entities}

    def nullable(entity: str, member: str) -> bool:
        return entity not in entities or _nullable(entities[entity], member, nullable)

    return nullable


def _nullable(entity: Entity, member: str, nullable: Callable[[str, str], bool]) -> bool:
    for field in entity.fields:
        if field.name == member:
            return not field.required
    for derived in entity.derived:
        if derived.name == member:
            return may_be_null(derived.value, nullable)
    return False
