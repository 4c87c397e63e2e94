"""Whom a row is about: the person whose data it holds (GDPR, article 4(1))."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qlf.words import snake

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qlf.compile.draft import Draft
    from qlf.model.spec import Entity


def subjects(draft: Draft) -> Draft:
    """Give each entity the path to its person, if rows lead to one by references that are always there."""
    if draft.viewer is None:
        return draft
    return draft.with_entities(
        entity.model_copy(update={"subject": subject_of(draft, entity)}) for entity in draft.entities
    )


def subject_of(draft: Draft, entity: Entity) -> str | None:
    """Return the path from a row to the person it is about, "" for a person's own, None if there is none.

    Paths over an entity that is called like a role open to whoever registers come first: an appointment is
    about its patient before its doctor. Then come the owner, the owner of a row that is referred to, and the
    shorter of other paths.
    """
    if entity.name == draft.viewer:
        return ""
    paths = _paths(draft, entity, (entity.name,))
    best = min(paths, key=lambda path: (_rank(draft, entity, *path), len(path[0])), default=None)
    return ".".join(best[0]) if best else None


def _rank(draft: Draft, entity: Entity, path: tuple[str, ...], entities: tuple[str, ...]) -> int:
    people = {role.name for role in draft.roles if role.signup}
    if people & set(entities):
        return 0
    first, *rest = path
    if first == entity.owner:
        return 1
    target = entity.field(first).type.entity
    return 2 if rest and target and draft.entity(target).owner == ".".join(rest) else 3


def _paths(
    draft: Draft, entity: Entity, passed: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Yield the paths to the person as names of fields, each with its entities in snake_case."""
    for field in entity.fields:
        target = field.type.entity
        if not (field.required and target) or target in passed:
            continue
        if target == draft.viewer:
            yield (field.name,), tuple(snake(name) for name in passed)
        else:
            for path, entities in _paths(draft, draft.entity(target), (*passed, target)):
                yield (field.name, *path), entities
