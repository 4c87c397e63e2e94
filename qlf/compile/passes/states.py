"""State machines: the moves of enumeration fields."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qlf.cel.check import condition
from qlf.compile.scopes import on_row
from qlf.model.spec import StateMachine, Transition
from qlf.words import label

if TYPE_CHECKING:
    from qlf.compile.draft import Draft
    from qlf.errors import Problem
    from qlf.model.brief import StatesDecl, TransitionDecl
    from qlf.model.spec import Entity


def states(draft: Draft) -> Draft:
    """Type the guards of all transitions."""
    problems: list[Problem] = []
    entities = []
    for declared, entity in draft.declared():
        made = tuple(_machine(draft, entity, one, problems) for one in declared.states)
        entities.append(entity.model_copy(update={"states": made}))
    return draft.with_entities(entities).with_problems(problems)


def _machine(draft: Draft, entity: Entity, declared: StatesDecl, problems: list[Problem]) -> StateMachine:
    return StateMachine(
        field=declared.field,
        initial=str(entity.field(declared.field).default),
        transitions=tuple(_transition(draft, entity, one, problems) for one in declared.transitions),
        origin=declared.origin,
    )


def _transition(
    draft: Draft, entity: Entity, declared: TransitionDecl, problems: list[Problem]
) -> Transition:
    guard = None
    if declared.condition is not None:
        found = condition(declared.condition, on_row(draft, entity.name))
        if isinstance(found, list):
            problems += found
        else:
            guard = found
    return Transition(
        name=declared.name,
        label=label(declared.name),
        sources=declared.sources,
        target=declared.target,
        guard=guard,
        description=declared.description,
        origin=declared.origin,
    )
