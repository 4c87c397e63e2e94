"""Every name that the brief refers to is there. The other passes rely on it.

The reader says so of what an author writes, with the exact place; this holds it for briefs that were
inferred or changed afterwards as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from qlf.cel.nearest import nearest
from qlf.compile.draft import USER, Draft, problem
from qlf.model.spec import ANYONE, SIGNED_IN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from qlf.errors import Problem
    from qlf.model.brief import EffectDecl, EntityDecl
    from qlf.model.value import Origin

_STAMPS = ("created_at", "updated_at")


def names(draft: Draft) -> Draft:
    """Note every reference to an entity, a field, a role or an action that is not there."""
    return draft.with_problems(
        [*_entities(draft), *_fields(draft), *_roles(draft), *_actions(draft), *_duplicates(draft)]
    )


def _missing(origin: Origin, name: str, known: Iterable[str], what: str) -> Iterator[Problem]:
    known = list(known)
    if name not in known:
        yield problem(origin, what, nearest(name, known))


def _entities(draft: Draft) -> Iterator[Problem]:
    known = [entity.name for entity in draft.brief.entities]
    targets = [
        (field.origin, field.target)
        for entity in draft.brief.entities
        for field in entity.fields
        if field.kind == "reference"
    ]
    for operation in draft.brief.operations:
        targets += [(field.origin, field.target) for field in operation.inputs if field.kind == "reference"]
        targets += [(step.origin, step.target) for step in _steps(operation.effects) if step.kind in _MADE]
        if operation.entity is not None:
            targets.append((operation.origin, operation.entity))
    for origin, target in targets:
        name = target or ""
        what = f"there is no entity {name}"
        if name == USER and USER not in known:
            yield problem(origin, "there are no users without sign-in", "remove auth: false, or this")
        else:
            yield from _missing(origin, name, known, what)


_MADE = frozenset({"find", "create"})


def _steps(effects: Iterable[EffectDecl]) -> Iterator[EffectDecl]:
    for step in effects:
        yield step
        yield from _steps(step.steps)


def _fields(draft: Draft) -> Iterator[Problem]:
    for entity in draft.brief.entities:
        known = _columns(entity)
        listed = [name for group in (*entity.unique, *entity.indexes) for name in group]
        many = (field.name for field in entity.fields if field.many)
        shown = [*known, *many, *(one.name for one in entity.derived)]
        for name in [*listed, *([entity.slug_from] if entity.slug_from else [])]:
            yield from _missing(entity.origin, name, known, f"{entity.name} has no field {name}")
        for name in entity.list_omits:
            yield from _missing(entity.origin, name, shown, f"{entity.name} has no field {name}")
        for machine in entity.states:
            yield from _machine(entity, machine.field, machine.origin)


def _columns(entity: EntityDecl) -> list[str]:
    stamps = _STAMPS if entity.timestamps else ()
    owner = [entity.owner] if entity.owner else []
    return list(dict.fromkeys([*(field.name for field in entity.fields if not field.many), *owner, *stamps]))


def _machine(entity: EntityDecl, name: str, origin: Origin) -> Iterator[Problem]:
    field = next((field for field in entity.fields if field.name == name), None)
    if field is None or field.kind != "enum" or field.default is None:
        what = f"{entity.name}.{name} is no enum with a default, its initial state"
        yield problem(origin, what, f"write {name}: enum(a, b) = a")
        return
    moves = [move for machine in entity.states if machine.field == name for move in machine.transitions]
    for move in moves:
        for state in (*move.sources, move.target):
            yield from _missing(move.origin, state, field.values, f"there is no state {state}")


def _roles(draft: Draft) -> Iterator[Problem]:
    known = [role.name for role in draft.roles] + [ANYONE, *([SIGNED_IN] if draft.auth else [])]
    named: list[tuple[Origin, str]] = []
    for entity in draft.brief.entities:
        named += [(grant.origin, grant.role) for grant in entity.access]
        moves = [move for machine in entity.states for move in machine.transitions]
        named += [(move.origin, role) for move in moves for role in move.roles]
        named += [(action.origin, role) for action in entity.actions for role in action.roles]
    named += [(one.origin, role) for one in draft.brief.operations for role in one.roles]
    for origin, role in named:
        yield from _missing(origin, role, known, f"there is no role {role}")


def _actions(draft: Draft) -> Iterator[Problem]:
    for entity in draft.brief.entities:
        known = ["create", "read", "update", "delete", "all"]
        known += [move.name for machine in entity.states for move in machine.transitions]
        known += [action.name for action in entity.actions]
        known += [one.name for one in draft.brief.operations if one.entity == entity.name]
        for grant in entity.access:
            what = f"{entity.name} has no action {grant.action}"
            yield from _missing(grant.origin, grant.action, known, what)


def _duplicates(draft: Draft) -> Iterator[Problem]:
    for kind, declared in (("entity", draft.brief.entities), ("operation", draft.brief.operations)):
        seen: set[str] = set()
        for one in declared:
            if one.name in seen:
                yield problem(one.origin, f"the {kind} {one.name} is there twice", "rename one of them")
            seen.add(one.name)
    for entity in draft.brief.entities:
        fields: set[str] = set()
        for field in entity.fields:
            if field.name in fields:
                what = f"{entity.name} has a field {field.name} already"
                yield problem(field.origin, what, "rename one of them")
            fields.add(field.name)
