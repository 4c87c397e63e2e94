"""Read an overlay's entities, and check what briefs take from them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qlf.declarations.entities import read_entities
from qlf.declarations.reading import USER, Reading, members, names
from qlf.declarations.roles import read_roles, role_names
from qlf.errors import Problem
from qlf.model.overlay import CatalogueEntity
from qlf.strict_yaml import Mapping, Place
from qlf.structure import did_you_mean
from qlf.words import plural, snake

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qlf.model.brief import Brief, EntityDecl, RoleDecl
    from qlf.model.overlay import Overlay
    from qlf.model.spec import OverlayUse

Catalogue = tuple[tuple["RoleDecl", ...], tuple[CatalogueEntity, ...]]


def read_catalogue(tree: Mapping, sound: Mapping, file: str) -> Catalogue | list[Problem]:
    """Read the roles and the entities of an overlay.

    Args:
        tree: The overlay as it was written.
        sound: The same without the clauses that the schema refuses.
        file: What origins and problems call it.

    Returns:
        The roles, and the entities with the words that name each, or all problems.
    """
    written = tree.entries.get("entities")
    reading = Reading(
        file,
        kind="overlay",
        roles=role_names(tree.entries.get("roles")),
        entities={name: members(node) for name, node in members(written).items()},
    )
    roles = read_roles(reading, sound)
    entities = read_entities(reading, sound.entries.get("entities"))
    if isinstance(written, Mapping) and USER in written.keys:
        what = "User is there in every application with sign-in"
        reading.problem(written.keys[USER].place, what, "leave it out, or name another entity")
    words = _words(reading, entities)
    found = tuple(
        CatalogueEntity(entity=each, words=words[each.name], origin=each.origin) for each in entities
    )
    return reading.problems or (roles, found)


def _words(reading: Reading, entities: tuple[EntityDecl, ...]) -> dict[str, tuple[str, ...]]:
    """Return the words of each entity, those of its name if none are said; none names two of them."""
    taken: dict[str, str] = {}
    found: dict[str, tuple[str, ...]] = {}
    for entity in entities:
        own = snake(entity.name).replace("_", " ")
        said = names(reading.entities[entity.name].get("words"))
        found[entity.name] = tuple(node.text for node in said) or (own,)
        places = [node.place for node in said] or [Place(entity.origin.line, entity.origin.column)]
        for text, place in zip(found[entity.name], places, strict=True):
            other = taken.get(text, entity.name)
            if other != entity.name:
                what = f"{text!r} names {other} already"
                reading.problem(place, what, "give each of them words of its own")
            taken |= dict.fromkeys((text, plural(text)), entity.name)
    return found


def check_taken(brief: Brief, uses: Sequence[OverlayUse], overlays: Sequence[Overlay]) -> list[Problem]:
    """Return a problem for each entity that a brief takes from an overlay that does not have it.

    `uses` are the overlays that take part, `overlays` all that there are.
    """
    by_name = {overlay.name: overlay for overlay in overlays}
    taking_part = {use.name for use in uses}
    problems = []
    for entity in brief.entities:
        if entity.taken is None:
            continue
        name, at = entity.taken.name, entity.taken.origin
        if name not in by_name:
            what, advice = f"there is no overlay {name}", did_you_mean(name, sorted(by_name))
        elif name not in taking_part:
            what, advice = f"the overlay {name} does not take part", f"add {name} to overlays:"
        elif entity.name not in (known := [each.entity.name for each in by_name[name].entities]):
            what, advice = f"{name} has no entity {entity.name}", did_you_mean(entity.name, known)
        else:
            continue
        problems.append(Problem(at.file, at.line, at.column, what, advice))
    return problems
