"""What the names in the conditions of a brief stand for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from qlf.cel.scope import Catalogue, Scope, row_scope
from qlf.model.types import Type

if TYPE_CHECKING:
    from qlf.compile.draft import Draft
    from qlf.model.spec import Entity

_NO_INPUT = "only operations have an input"
_NO_VIEWER = "nobody signs in to this application (auth is false)"
_NO_ROW = "only what is on an entity has a row; name one with on: ENTITY"


def catalogue(draft: Draft) -> Catalogue:
    """Return everything that an expression may name, as far as the passes have come."""
    return Catalogue(
        entities={entity.name: members(entity) for entity in draft.entities},
        enums={enum.name: enum.values for enum in draft.enums},
        broken=draft.broken,
    )


def members(entity: Entity) -> dict[str, Type]:
    """Return the type of each field, derived field and relation of an entity."""
    found = {field.name: field.type for field in entity.fields if not (field.hidden and field.system)}
    found |= {derived.name: derived.type for derived in entity.derived}
    for relation in entity.relations:
        found[relation.name] = Type(kind="reference", entity=relation.entity, many=True)
    return found


def on_row(draft: Draft, entity: str | None, *, viewer: bool = True, because: str = "") -> Scope:
    """Return the scope of a condition on a row; `because` says why it has no viewer if it has none."""
    scope = row_scope(catalogue(draft), entity, viewer=draft.viewer if viewer else None)
    advice = {"input": _NO_INPUT, "viewer": because or _NO_VIEWER}
    if entity is None:
        advice["this"] = _NO_ROW
    return replace(scope, advice=advice)
