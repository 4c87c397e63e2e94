"""Relation actions: adding to and removing from a many-to-many."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qlf.cel.nearest import nearest
from qlf.compile.draft import USER, Draft, problem
from qlf.model.spec import RelationAction

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qlf.errors import Problem
    from qlf.model.brief import ActionDecl
    from qlf.model.spec import Entity


def actions(draft: Draft) -> Draft:
    """Hand on the relation actions of every entity; each is on a many-to-many, of users for the viewer."""
    problems: list[Problem] = []
    entities = []
    for declared, entity in draft.declared():
        problems += [one for action in declared.actions for one in _misplaced(entity, action)]
        made = tuple(_action(action) for action in declared.actions)
        entities.append(entity.model_copy(update={"actions": made}))
    return draft.with_entities(entities).with_problems(problems)


def _misplaced(entity: Entity, action: ActionDecl) -> Iterator[Problem]:
    known = {one.name: one.entity for one in entity.relations if one.kind == "many-to-many"}
    if action.relation not in known:
        what = f"{action.relation} is no many-to-many of {entity.name}"
        yield problem(action.origin, what, nearest(action.relation, known))
    elif action.subject == "viewer" and known[action.relation] != USER:
        what = f"{action.relation} does not hold users"
        yield problem(action.origin, what, "the viewer fits only a many-to-many with User")


def _action(declared: ActionDecl) -> RelationAction:
    return RelationAction(
        name=declared.name,
        relation=declared.relation,
        subject=declared.subject,
        description=declared.description,
        origin=declared.origin,
    )
