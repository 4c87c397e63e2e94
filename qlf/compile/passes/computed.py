"""Computed fields: what a row works out from its own fields whenever it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qlf.cel.check import value
from qlf.cel.walk import may_be_null, own_members
from qlf.compile.draft import Draft, problem
from qlf.compile.nulls import nullable_in
from qlf.compile.scopes import on_row
from qlf.model.expression import Aggregate, Member, Name, walk

if TYPE_CHECKING:
    from qlf.errors import Problem
    from qlf.model.brief import FieldDecl, Text
    from qlf.model.expression import Expression
    from qlf.model.spec import Entity, Field

_BECAUSE = "a stored value is the same for everybody; write a derived field instead"


def computed(draft: Draft) -> Draft:
    """Type every computed field; it is required if nothing that it reads can be null."""
    problems: list[Problem] = []
    for declared in draft.brief.entities:
        wanted = [field for field in declared.fields if field.computed is not None]
        later = {field.name for field in wanted}
        for field in wanted:
            entity = draft.entity(declared.name)
            found = _computed(draft, entity, field, later)
            later.discard(field.name)
            if isinstance(found, list):
                problems += found
            else:
                draft = draft.with_entities(
                    _with(one, found) if one.name == entity.name else one for one in draft.entities
                )
    return draft.with_problems(problems)


def _with(entity: Entity, made: Field) -> Entity:
    fields = tuple(made if field.name == made.name else field for field in entity.fields)
    return entity.model_copy(update={"fields": fields})


def _computed(draft: Draft, entity: Entity, declared: FieldDecl, later: set[str]) -> Field | list[Problem]:
    text, field = declared.computed, entity.field(declared.name)
    if text is None:
        return field
    found = value(text, on_row(draft, entity.name, viewer=False, because=_BECAUSE), field.type)
    if isinstance(found, list):
        return found
    trouble = _beyond_the_row(entity, found, text, later)
    if trouble:
        return trouble
    required = not may_be_null(found, nullable_in(draft))
    return field.model_copy(update={"computed": found, "required": required})


def _beyond_the_row(entity: Entity, found: Expression, text: Text, later: set[str]) -> list[Problem]:
    """Refuse what can change without the row being written, and what is not computed yet."""
    fields = {field.name for field in entity.fields}
    for part in walk(found):
        deep = isinstance(part, Member) and not (isinstance(part.of, Name) and part.of.name == "this")
        if deep or isinstance(part, Aggregate) or (isinstance(part, Name) and part.name in {"now", "today"}):
            what = "a computed field can read only fields of its own row"
            return [problem(text.origin, what, "write a derived field, which is worked out when it is read")]
    for name in own_members(found):
        if name in later:
            return [problem(text.origin, f"{name} is computed later", "declare it before this field")]
        if name not in fields:
            return [problem(text.origin, f"{name} is not stored", "computed fields read stored fields")]
    return []
