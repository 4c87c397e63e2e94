"""Derived fields, in whatever order they build on one another."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from qlf.cel.check import value
from qlf.cel.typing import described
from qlf.cel.walk import uses
from qlf.compile.draft import Draft, problem
from qlf.compile.scopes import on_row
from qlf.model.expression import Member, walk
from qlf.model.spec import Derived
from qlf.words import label

if TYPE_CHECKING:
    from qlf.errors import Problem
    from qlf.model.brief import DerivedDecl
    from qlf.model.expression import Expression
    from qlf.model.spec import Entity

_Place = tuple[str, str]


def derived(draft: Draft) -> Draft:
    """Type every derived field; one may read another, of its own row or of related ones.

    Fields that are not typed yet count as broken, so what reads them waits for the next round.
    """
    waiting = {(entity.name, one.name): one for entity in draft.brief.entities for one in entity.derived}
    failed: set[_Place] = set()
    problems: list[Problem] = []
    going = True
    while going:
        going = False
        for place, one in list(waiting.items()):
            draft = replace(draft, broken=frozenset({*waiting, *failed}))
            made = _derived(draft, place, one)
            if not made:
                continue
            going = True
            del waiting[place]
            if isinstance(made, list):
                problems += made
                failed.add(place)
            else:
                draft = draft.with_entities(_with(entity, made, place[0]) for entity in draft.entities)
    draft = replace(draft, broken=frozenset({*waiting, *failed}))
    return _in_order_of_brief(draft).with_problems(problems or _circles(waiting))


def _circles(waiting: dict[_Place, DerivedDecl]) -> list[Problem]:
    if not waiting:
        return []
    shown = ", ".join(".".join(place) for place in waiting)
    first = next(iter(waiting.values()))
    what = f"derived fields wait for each other or for themselves: {shown}"
    return [problem(first.origin, what, "let one of them read fields only")]


def _derived(draft: Draft, place: _Place, one: DerivedDecl) -> Derived | list[Problem]:
    found = value(one.value, on_row(draft, place[0]))
    if isinstance(found, list):
        return found
    if found.type is None or found.type.kind == "reference":
        advice = "a derived field is a value: count the rows, or name a field of one"
        return [problem(one.value.origin, f"{one.name} is {described(found.type)}", advice)]
    return Derived(
        name=one.name,
        label=label(one.name),
        value=found,
        type=found.type,
        viewer_dependent=uses(found, "viewer") or _reads_dependent(draft, found),
        description=one.description,
        origin=one.origin,
    )


def _reads_dependent(draft: Draft, found: Expression) -> bool:
    dependent = {
        (entity.name, one.name) for entity in draft.entities for one in entity.derived if one.viewer_dependent
    }
    return any(
        isinstance(part, Member)
        and part.of.type is not None
        and (part.of.type.entity, part.name) in dependent
        for part in walk(found)
    )


def _with(entity: Entity, made: Derived, owner: str) -> Entity:
    if entity.name != owner:
        return entity
    return entity.model_copy(update={"derived": (*entity.derived, made)})


def _in_order_of_brief(draft: Draft) -> Draft:
    ordered = []
    for declared, entity in draft.declared():
        known = {one.name: one for one in entity.derived}
        kept = tuple(known[one.name] for one in declared.derived if one.name in known)
        ordered.append(entity.model_copy(update={"derived": kept}))
    return draft.with_entities(ordered)
