"""The steps of operations, typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qlf.cel.check import condition, value
from qlf.cel.nearest import nearest
from qlf.cel.typing import described
from qlf.compile.draft import Draft, problem
from qlf.model.expression import Literal
from qlf.model.spec import Effect
from qlf.model.types import NUMERIC, Type
from qlf.words import label, snake

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from qlf.cel.scope import Scope
    from qlf.errors import Problem
    from qlf.model.brief import EffectDecl, Text
    from qlf.model.expression import Expression
    from qlf.model.spec import Entity, Field


class Effects:
    """Types steps in their order. `broken` is true once one of them could not be typed.

    `own` is the entity that the operation is on, if it is on one.
    """

    def __init__(self, draft: Draft, problems: list[Problem], own: str | None = None) -> None:
        self._draft = draft
        self._problems = problems
        self._own = own
        self.broken = False

    def steps(self, declared: Iterable[EffectDecl], scope: Scope) -> tuple[tuple[Effect, ...], Scope]:
        """Return the typed steps, and the scope of whatever comes after them."""
        made = []
        for one in declared:
            effect = self._step(one, scope)
            if effect is None:
                self.broken = True
            else:
                made.append(effect)
            if one.binding and one.kind in {"find", "create"}:
                scope = scope.bind(one.binding, Type(kind="reference", entity=one.target))
        return tuple(made), scope

    def _step(self, one: EffectDecl, scope: Scope) -> Effect | None:
        match one.kind:
            case "require":
                return self._require(one, scope)
            case "find":
                return self._find(one, scope)
            case "each":
                return self._each(one, scope)
            case "create":
                return self._create(one, scope)
            case "update" | "delete" | "move" | "adjust":
                return self._on_row(one, scope)

    def _require(self, one: EffectDecl, scope: Scope) -> Effect | None:
        found = self._condition(one.condition, scope)
        if found is None:
            return None
        name = one.binding or one.target
        return Effect(
            kind="require",
            binding=name,
            condition=found,
            message=one.message or label(name),
            origin=one.origin,
        )

    def _find(self, one: EffectDecl, scope: Scope) -> Effect | None:
        if self._own and snake(self._own) not in scope.known():
            scope = scope.bind(snake(self._own), Type(kind="reference", entity=self._own))
        found = self._condition(one.condition, scope.bind("this", Type(kind="reference", entity=one.target)))
        if found is None:
            return None
        return Effect(kind="find", entity=one.target, binding=one.binding, condition=found, origin=one.origin)

    def _each(self, one: EffectDecl, scope: Scope) -> Effect | None:
        rows = self._value(one.row, scope)
        if rows is None:
            return None
        if rows.type is None or not rows.type.many or one.row is None:
            self._refuse(one, f"{described(rows.type)} cannot be gone through", "name a relation")
            return None
        steps, _ = self.steps(
            one.steps, scope.bind(one.binding, Type(kind="reference", entity=rows.type.entity))
        )
        return Effect(
            kind="each",
            entity=rows.type.entity,
            binding=one.binding,
            row=rows,
            steps=steps,
            origin=one.origin,
        )

    def _create(self, one: EffectDecl, scope: Scope) -> Effect | None:
        entity = self._draft.entity(one.target)
        values = self._values(one, entity, scope)
        given = {name for name, _ in one.values}
        for field in entity.fields:
            if field.required and field.name not in given and not self._by_itself(entity, field):
                what = f"{entity.name} needs {field.name}, which is not set"
                self._refuse(one, what, f"add {field.name} to set")
        return Effect(
            kind="create",
            entity=entity.name,
            binding=one.binding,
            values=values,
            origin=one.origin,
        )

    def _by_itself(self, entity: Entity, field: Field) -> bool:
        owned = field.name == entity.owner
        return (field.system and (owned or field.type.kind != "reference")) or (
            field.default is not None or field.computed is not None
        )

    def _on_row(self, one: EffectDecl, scope: Scope) -> Effect | None:
        row = self._value(one.row, scope)
        if row is None:
            return None
        if row.type is None or row.type.entity is None:
            self._refuse(one, f"{described(row.type)} is no row", "name a row")
            return None
        if row.type.many and one.kind != "delete":
            self._refuse(one, f"{described(row.type)} are many", "go through them with each")
            return None
        entity = self._draft.entity(row.type.entity)
        given = {"kind": one.kind, "entity": entity.name, "row": row, "origin": one.origin}
        if one.kind == "update":
            return Effect.model_validate({**given, "values": self._values(one, entity, scope)})
        if one.kind == "adjust":
            return self._adjust(one, entity, given, scope)
        if one.kind == "move" and not self._has_transition(one, entity):
            return None
        return Effect.model_validate({**given, "target": one.target if one.kind == "move" else ""})

    def _has_transition(self, one: EffectDecl, entity: Entity) -> bool:
        known = [move.name for machine in entity.states for move in machine.transitions]
        if one.target not in known:
            self._refuse(one, f"{entity.name} has no transition {one.target}", nearest(one.target, known))
        return one.target in known

    def _adjust(
        self, one: EffectDecl, entity: Entity, given: Mapping[str, object], scope: Scope
    ) -> Effect | None:
        fields = {field.name: field for field in entity.fields if field.type.kind in NUMERIC}
        field = fields.get(one.target)
        if field is None or field.system or field.computed:
            known = [name for name, each in fields.items() if not each.system and not each.computed]
            self._refuse(one, f"{entity.name} has no number {one.target}", nearest(one.target, known))
            return None
        by = self._value(one.by, scope, field.type)
        if by is None:
            return None
        if by.type is None:
            self._refuse(one, "null cannot be added", "write a number")
            return None
        return Effect.model_validate({**given, "target": one.target, "by": by})

    def _values(self, one: EffectDecl, entity: Entity, scope: Scope) -> tuple[tuple[str, Expression], ...]:
        fields = {
            field.name: field
            for field in entity.fields
            if field.computed is None and (not field.system or field.name in {entity.owner, "role", "active"})
        }
        made = []
        for name, text in one.values:
            field = fields.get(name)
            if field is None:
                self._unknown(text, entity, name, list(fields))
                continue
            found = self._value(text, scope, field.type)
            if found is None:
                continue
            if isinstance(found, Literal) and found.value is None and field.required:
                self._problems.append(problem(text.origin, f"{name} cannot be null", "set a value"))
                continue
            made.append((name, found))
        return tuple(made)

    def _unknown(self, text: Text, entity: Entity, name: str, known: list[str]) -> None:
        self.broken = True
        if any(field.name == name for field in entity.fields):
            what, advice = f"{name} is set by the application itself", "remove it"
        elif any(relation.name == name for relation in entity.relations):
            what, advice = f"{name} are many rows and cannot be set", "create or update them one by one"
        else:
            what, advice = f"{entity.name} has no field {name}", nearest(name, known)
        self._problems.append(problem(text.origin, what, advice))

    def _value(self, text: Text | None, scope: Scope, wanted: Type | None = None) -> Expression | None:
        return self._sound(value(text, scope, wanted)) if text else None

    def _condition(self, text: Text | None, scope: Scope) -> Expression | None:
        return self._sound(condition(text, scope)) if text else None

    def _sound(self, found: Expression | list[Problem]) -> Expression | None:
        if isinstance(found, list):
            self._problems += found
            self.broken = True
            return None
        return found

    def _refuse(self, one: EffectDecl, what: str, advice: str) -> None:
        self.broken = True
        self._problems.append(problem(one.origin, what, advice))
