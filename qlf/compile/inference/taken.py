"""Entities that are taken from the overlays' catalogues: what they bring, and what the brief changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from qlf.compile.inference.draft import EntityDraft
from qlf.compile.inference.entities import USER
from qlf.model.brief import EntityDecl, FieldDecl, OverlayDecl
from qlf.model.spec import ANYONE, SIGNED_IN

if TYPE_CHECKING:
    from qlf.compile.inference.draft import Draft
    from qlf.model.overlay import Overlay
    from qlf.model.value import Node, Origin

N = TypeVar("N", bound="Node")


def begin(draft: Draft) -> None:
    """Take up the entities of the front matter, each with the catalogue's if it is taken from an overlay."""
    for entity in draft.brief.entities:
        entry = draft.catalogue.entity(entity.name) if entity.taken else None
        origin = entity.origin
        if entity.taken:
            origin = entity.taken.origin.model_copy(update={"because": f"from: {entity.taken.name}"})
        said = {field.name: field for field in entity.fields}
        known = entry if entry and entry.declared else None
        draft.entities[entity.name] = EntityDraft(entity.name, known, origin, said, stated=entity)


def take_along(draft: Draft) -> None:
    """Add the entities that those taken from overlays cannot be without."""
    waiting = list(draft.entities.values())
    for entity in waiting:  # grows while it is walked
        for field in entity.entry.fields if entity.entry and entity.entry.declared else ():
            target = field.target or USER
            needed = field.required and not field.many and field.name not in entity.said
            if not needed or target in {USER, *draft.entities}:
                continue
            rule = draft.ruled(f"{entity.name}.{field.name} requires it", entity.origin)
            entry = draft.catalogue.entity(target)
            if entry and (made := draft.add(target, entry, rule)):
                waiting.append(made)


def bring(draft: Draft, overlays: tuple[Overlay, ...]) -> None:
    """Add the entities that overlays which take part bring to every application.

    One whose clauses name roles that are not there is asked about instead: it would be open to everybody.
    """
    signed_in = {SIGNED_IN, *draft.roles, *(role.name for role in draft.brief.roles)}
    there = {ANYONE, *signed_in} if draft.authentication else {ANYONE}
    for overlay in overlays:
        for name, clause in overlay.brings:
            entry = draft.catalogue.entity(name)
            if name in draft.entities or not entry or not entry.declared:
                continue
            origin = clause.origin.model_copy(update={"because": f"{overlay.name} brings it"})
            wanted = {grant.role for grant in entry.declared.access}
            if missing := sorted(wanted - there):
                asks = f"Who keeps {name}, without a role {missing[0]}?"
                draft.ask(f"entities.{name}", asks, f"there is no {name}", origin)
            else:
                draft.add(name, entry, origin)


def origin_in(place: Origin, said: Origin) -> Origin:
    """Return where an overlay says something, with the words of the brief that led to it.

    What has no place is the inner catalogue's and has the origin of those words.
    """
    if place.kind != "overlay":
        return said
    at = f"{said.file}:{said.line}:{said.column}"
    because = f"{said.because} at {at}" if said.line else said.because
    return place.model_copy(update={"because": because})


def alike(field: FieldDecl, said: FieldDecl) -> bool:
    """Tell whether the brief says of a field just what the overlay does."""
    return (
        field.origin.kind == "overlay"
        and said.origin.kind != "brief"
        and field.model_copy(update={"origin": said.origin}) == said
    )


def taken(entity: EntityDraft, made: EntityDecl) -> EntityDecl:
    """Return an entity with the clauses besides fields that its overlay and the brief give it."""
    assert entity.entry is not None  # noqa: S101 - the caller's condition
    assert entity.entry.declared is not None  # noqa: S101
    said, own = entity.stated or made, entity.entry.declared
    whose = OverlayDecl(name=entity.entry.overlay, origin=own.origin)
    origin = entity.stated.origin if entity.stated else origin_in(own.origin, entity.origin)
    clauses: dict[str, Any] = {
        "taken": said.taken or whose,
        "description": said.description or own.description,
        "plural": said.plural or own.plural,
        "unique": (*own.unique, *said.unique),
        "indexes": (*own.indexes, *said.indexes),
        "checks": _over(own.checks, said.checks, "name"),
        "states": _over(own.states, said.states, "field"),
        "access": said.access or own.access,
        "derived": _over(own.derived, said.derived, "name"),
        "actions": _over(own.actions, said.actions, "name"),
        "soft_delete": said.soft_delete or own.soft_delete,
        "timestamps": said.timestamps and own.timestamps,
        "versioned": said.versioned and own.versioned,
        "retention": said.retention or own.retention,
        "list_omits": (*own.list_omits, *said.list_omits),
        "renamed_from": said.renamed_from,
        "origin": origin,
    }
    key = said if said.key else own
    return made.model_copy(update={**clauses, "key": key.key, "slug_from": key.slug_from})


def _over(own: tuple[N, ...], said: tuple[N, ...], name: str) -> tuple[N, ...]:
    """Return an overlay's clauses and the brief's, of which the latter win by their names."""
    stated = {getattr(each, name) for each in said}
    return (*(each for each in own if getattr(each, name) not in stated), *said)


def tell(draft: Draft, entity: EntityDraft, made: EntityDecl) -> None:
    """Note what an entity has from its overlay, and which references it lost."""
    assert entity.entry is not None  # noqa: S101 - the caller's condition
    assert entity.entry.declared is not None  # noqa: S101
    origin = origin_in(entity.entry.declared.origin, entity.origin)
    about = f"entities.{entity.name}"
    fields = [field.name for field in made.fields if field.origin.kind == "overlay"]
    draft.assume(about, f"from {entity.entry.overlay}: {', '.join(fields) or 'no fields'}", origin)
    kept = {field.name for field in made.fields} | {made.owner}
    present = {*draft.entities, *([USER] if draft.authentication else [])}
    lost = [f for f in entity.entry.fields if f.name not in kept and f.target and f.target not in present]
    for field in lost:
        draft.assume(
            f"{about}.{field.name}",
            f"left out: there is no {field.target}",
            origin_in(field.origin, entity.origin),
        )
