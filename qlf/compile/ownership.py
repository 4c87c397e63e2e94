"""Whose a row is, if the row does not say it itself (docs/brief.md, Access)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qlf.words import snake

if TYPE_CHECKING:
    from qlf.compile.draft import Draft
    from qlf.model.spec import Entity, Field


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """Several paths lead to an owner, or none does."""

    candidates: tuple[str, ...]


def owned_by(draft: Draft, entity: str, role: str) -> str | Ambiguous:
    """Return the path from a row to the User who owns it, "" if the row is a User.

    In this order: the entity's owner; that of the row whose entity is called like the role; that of
    the only row with an owner; the only reference to User; the only path over further rows.
    """
    return _path(draft, entity, role, frozenset())


def _path(draft: Draft, name: str, role: str, seen: frozenset[str]) -> str | Ambiguous:
    entity = draft.entity(name)
    if name == draft.viewer:
        return ""
    if entity.owner:
        return entity.owner
    references = [field for field in entity.fields if field.type.kind == "reference"]
    namesake = [field for field in references if snake(field.type.entity or "") == role]
    owned = [field for field in references if _target(draft, field).owner]
    users = [field for field in references if field.type.entity == draft.viewer]
    for fields in (namesake, owned, users, references):
        paths = _through(draft, fields, role, seen | {name})
        if len(paths) == 1:
            return paths[0]
        if paths:
            return Ambiguous(paths)
    return Ambiguous(())


def _target(draft: Draft, field: Field) -> Entity:
    return draft.entity(field.type.entity or "")


def _through(draft: Draft, fields: list[Field], role: str, seen: frozenset[str]) -> tuple[str, ...]:
    found = []
    for field in fields:
        if field.type.entity in seen:
            continue
        path = _path(draft, field.type.entity or "", role, seen)
        if isinstance(path, str):
            found.append(f"{field.name}.{path}" if path else field.name)
    return tuple(found)
