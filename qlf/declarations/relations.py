"""Check what can be seen only with all entities read: how relations are called from the other side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qlf.declarations.reading import USER
from qlf.structure import did_you_mean
from qlf.words import plural, snake

if TYPE_CHECKING:
    from qlf.declarations.reading import Reading
    from qlf.model.brief import EntityDecl


def check_relations(reading: Reading, entities: tuple[EntityDecl, ...]) -> None:
    """Note inverses that collide, and relation actions on what is no many-to-many."""
    by_name = {entity.name: entity for entity in entities}
    _check_inverses(reading, by_name)
    _check_actions(reading, by_name)


def _check_inverses(reading: Reading, entities: dict[str, EntityDecl]) -> None:
    seen: dict[tuple[str, str], str] = {}
    for entity, field, place in reading.relations:
        target = field.target or ""
        inverse = field.inverse or entities[entity].plural or f"the plural of {entity}"
        where = f"{entity}.{field.name}"
        if field.inverse and target in entities and inverse in _members(entities[target]):
            what = f"{target} has {inverse} already, which {where} calls its inverse"
            reading.problem(place, what, "write another inverse=NAME")
        elif (target, inverse) in seen:
            what = f"{where} and {seen[target, inverse]} have the same inverse in {target}, {inverse}"
            reading.problem(place, what, "write inverse=NAME at one of them")
        seen.setdefault((target, inverse), where)


def _members(entity: EntityDecl) -> set[str]:
    names = {field.name for field in entity.fields} | {derived.name for derived in entity.derived}
    return names | ({entity.owner} if entity.owner else set())


def _check_actions(reading: Reading, entities: dict[str, EntityDecl]) -> None:
    for entity, action, place in reading.actions:
        known = _many_to_many(reading, entities, entity, action.relation)
        if "from" in reading.entities[entity]:
            continue
        if action.relation not in known:
            what = f"{action.relation} is no many-to-many of {entity}"
            reading.problem(place, what, did_you_mean(action.relation, sorted(known)))
        elif action.subject == "viewer" and known[action.relation] != USER:
            what = f"{action.relation} does not hold users"
            reading.problem(place, what, "the viewer fits only a many-to-many with User")


def _many_to_many(
    reading: Reading, entities: dict[str, EntityDecl], entity: str, wanted: str
) -> dict[str, str]:
    """Return the many-to-many relations of an entity and the entities on their other side."""
    found: dict[str, str] = {}
    for other, field, _ in reading.relations:
        if not field.many:
            continue
        if other == entity:
            found[field.name] = field.target or ""
        if field.target == entity:
            inverse = field.inverse or entities[other].plural
            if inverse is None and wanted not in found:
                inverse = plural(snake(other))
            if inverse is not None:
                found[inverse] = other
    return found
