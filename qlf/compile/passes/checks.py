"""Conditions that every row must satisfy when it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qlf.cel.check import condition
from qlf.cel.walk import own_members
from qlf.compile.scopes import on_row
from qlf.model.spec import Check
from qlf.words import label

if TYPE_CHECKING:
    from qlf.cel.scope import Scope
    from qlf.compile.draft import Draft
    from qlf.errors import Problem
    from qlf.model.brief import CheckDecl

_BECAUSE = "a check holds for every row whoever writes it; say who may do what under access"


def checks(draft: Draft) -> Draft:
    """Type the checks of every entity."""
    problems: list[Problem] = []
    entities = []
    for declared, entity in draft.declared():
        scope = on_row(draft, entity.name, viewer=False, because=_BECAUSE)
        stored = tuple(field.name for field in entity.fields)
        made = typed_checks(declared.checks, scope, problems, stored)
        entities.append(entity.model_copy(update={"checks": made}))
    return draft.with_entities(entities).with_problems(problems)


def typed_checks(
    declared: tuple[CheckDecl, ...], scope: Scope, problems: list[Problem], stored: tuple[str, ...]
) -> tuple[Check, ...]:
    """Return checks or guards, typed; what is wrong with others goes to `problems`."""
    made = []
    for one in declared:
        found = condition(one.condition, scope)
        if isinstance(found, list):
            problems += found
            continue
        made.append(
            Check(
                name=one.name,
                condition=found,
                message=one.message or label(one.name),
                fields=tuple(name for name in own_members(found) if name in stored),
                origin=one.origin,
            )
        )
    return tuple(made)
