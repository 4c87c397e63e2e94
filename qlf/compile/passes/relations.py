"""Both sides of every reference: its inverse, and the join table of a many-to-many."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from qlf.compile.draft import Draft, assumption, problem
from qlf.compile.scopes import members
from qlf.model.brief import FieldDecl
from qlf.model.spec import Relation
from qlf.words import label, snake

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qlf.errors import Problem
    from qlf.model.brief import Assumption, EntityDecl
    from qlf.model.spec import Entity


class _Link(NamedTuple):
    """One reference or many-to-many field, and what the other side calls it."""

    entity: str
    field: FieldDecl
    inverse: str
    chosen: str = ""


def relations(draft: Draft) -> Draft:
    """Add to each entity the relations that start at it or lead to it, in the brief's order."""
    links = list(_links(draft))
    found: dict[str, list[Relation]] = {entity.name: [] for entity in draft.entities}
    used = _acted_on(draft)
    tables = {entity.table for entity in draft.entities}
    for link in links:
        if link.field.many:
            here, there = _both_sides(link, used, tables)
            found[link.entity].append(here)
            found[there_name(link)].append(there)
        else:
            found[there_name(link)].append(_inverse(link))
    done = draft.with_entities(
        entity.model_copy(update={"relations": tuple(found[entity.name])}) for entity in draft.entities
    )
    return done.assuming(*_chosen(links)).with_problems(_collisions(draft, found))


def there_name(link: _Link) -> str:
    """Return the entity that a link leads to."""
    return link.field.target or ""


def _links(draft: Draft) -> Iterator[_Link]:
    for declared, entity in draft.declared():
        fields = _references(declared, entity)
        counted = Counter(field.target for field in fields if field.inverse is None)
        for field in fields:
            inverse = field.inverse or entity.plural
            chosen = ""
            target = draft.entity(field.target or "")
            if field.inverse is None and (counted[field.target] > 1 or _has(target, inverse, field)):
                inverse = f"{entity.plural}_as_{field.name}"
                chosen = f"{entity.name}.{field.name}"
            yield _Link(entity.name, field, inverse, chosen)


def _has(target: Entity, inverse: str, field: FieldDecl) -> bool:
    return inverse in members(target) or (field.many and inverse == field.name)


def _references(declared: EntityDecl, entity: Entity) -> list[FieldDecl]:
    """Return the references of an entity; an owner that no field declares is one."""
    stored = {field.name for field in declared.fields}
    implied = [
        FieldDecl(name=field.name, kind="reference", target=field.type.entity, origin=field.origin)
        for field in entity.fields
        if field.type.kind == "reference" and field.name not in stored
    ]
    return implied + [field for field in declared.fields if field.kind == "reference"]


def _acted_on(draft: Draft) -> set[tuple[str, str]]:
    return {(entity.name, action.relation) for entity in draft.brief.entities for action in entity.actions}


def _inverse(link: _Link) -> Relation:
    return Relation(
        name=link.inverse,
        label=label(link.inverse),
        entity=link.entity,
        kind="one-to-many",
        inverse=link.field.name,
        via=link.field.name,
        origin=link.field.origin,
    )


def _both_sides(link: _Link, used: set[tuple[str, str]], tables: set[str]) -> tuple[Relation, Relation]:
    field, target = link.field, there_name(link)
    table = f"{snake(link.entity)}_{field.name}"
    while table in tables:
        table += "_links"
    tables.add(table)
    here = f"{snake(link.entity)}_id"
    there = f"{snake(target)}_id" if target != link.entity else f"other_{here}"
    managed = (link.entity, field.name) in used or (target, link.inverse) in used
    owning = Relation(
        name=field.name,
        label=label(field.name),
        entity=target,
        kind="many-to-many",
        inverse=link.inverse,
        table=table,
        here=here,
        there=there,
        owning=True,
        writable=not managed,
        required=field.required,
        description=field.description,
        origin=field.origin,
    )
    other = Relation(
        name=link.inverse,
        label=label(link.inverse),
        entity=link.entity,
        kind="many-to-many",
        inverse=field.name,
        table=table,
        here=there,
        there=here,
        origin=field.origin,
    )
    return owning, other


def _chosen(links: list[_Link]) -> Iterator[Assumption]:
    for link in links:
        if link.chosen:
            holds = f"{there_name(link)} calls {link.chosen} {link.inverse}"
            because = "the plural alone would not tell it from another member; inverse=NAME names it"
            yield assumption(f"inverse of {link.chosen}", holds, because)


def _collisions(draft: Draft, found: dict[str, list[Relation]]) -> Iterator[Problem]:
    for declared, entity in draft.declared():
        taken = set(members(entity)) | {derived.name for derived in declared.derived}
        for relation in found[entity.name]:
            if relation.name in taken:
                what = f"{entity.name} has {relation.name} already, and this would be called so too"
                yield problem(relation.origin, what, "write inverse=NAME at one of them")
            taken.add(relation.name)
