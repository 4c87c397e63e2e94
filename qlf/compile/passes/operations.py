"""Operations: input, guards and effects, each step knowing the names that came before it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from qlf.cel.nearest import nearest
from qlf.compile.draft import Draft, problem
from qlf.compile.passes.checks import typed_checks
from qlf.compile.passes.effects import Effects
from qlf.compile.passes.fields import input_fields
from qlf.compile.scopes import on_row
from qlf.model.spec import Operation
from qlf.words import label

if TYPE_CHECKING:
    from qlf.errors import Problem
    from qlf.model.brief import OperationDecl


def operations(draft: Draft) -> Draft:
    """Type every operation."""
    problems: list[Problem] = []
    made = tuple(_operation(draft, one, problems) for one in draft.brief.operations)
    return replace(draft, operations=made).with_problems(problems)


def _operation(draft: Draft, declared: OperationDecl, problems: list[Problem]) -> Operation:
    inputs = input_fields(draft, declared.name, declared.inputs)
    scope = replace(
        on_row(draft, declared.entity),
        inputs={field.name: field.type for field in inputs} if inputs else None,
    )
    fields = [field.name for field in draft.entity(declared.entity).fields] if declared.entity else []
    guards = typed_checks(declared.guards, scope, problems, tuple(fields))
    effects = Effects(draft, problems, declared.entity)
    steps, inside = effects.steps(declared.effects, scope)
    rows = {name: kind.entity for name, kind in inside.names.items() if kind.entity and not kind.many}
    if declared.result is not None and declared.result not in rows and not effects.broken:
        what = f"there is nothing called {declared.result} to answer with"
        problems.append(problem(declared.origin, what, nearest(declared.result, rows)))
    return Operation(
        name=declared.name,
        label=label(declared.name),
        entity=declared.entity,
        inputs=inputs,
        guards=guards,
        effects=steps,
        result=declared.result,
        result_entity=rows.get(declared.result) if declared.result else None,
        description=declared.description,
        origin=declared.origin,
    )
