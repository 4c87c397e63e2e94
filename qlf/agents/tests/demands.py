"""What must hold for an operation to be carried out, and what it answers where that does not hold."""

from __future__ import annotations

from dataclasses import dataclass
from operator import is_
from typing import TYPE_CHECKING, Any

from qlf.agents.tests.names import snake
from qlf.agents.tests.solve import Wish
from qlf.agents.tests.stage import BOOL
from qlf.agents.tests.world import Row
from qlf.evaluation import evaluate, holds
from qlf.model.expression import (
    Aggregate,
    Binary,
    Call,
    Conditional,
    Items,
    Literal,
    Member,
    Name,
    Unary,
    walk,
)
from qlf.model.types import Type

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from qlf.agents.tests.world import World
    from qlf.model.expression import BinaryOperator, Expression
    from qlf.model.spec import Check, Effect, Entity, Field

Names = dict[str, Any]
INVALID = 422
# What a check calls its row once it is asked in the middle of an operation, which has a `this` of its own.
_ROW = "row"


@dataclass(frozen=True)
class Demand:
    """Something that must hold for an operation to be carried out, and how its breach is answered."""

    name: str
    wish: Wish
    problem: str = ""
    status: int = 409


class Demands:
    """What the effects of an operation ask for, in their order, over the rows as they are before it.

    A row that an effect has changed must still keep its checks: these are asked about the new values.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._changed: dict[tuple[int, str], Expression] = {}

    def of(self, effects: Iterable[Effect], names: Names) -> Iterator[Demand]:
        """Yield what effects ask for, with these names known."""
        for effect in effects:
            match effect.kind:
                case "require" if effect.condition is not None:
                    name = effect.binding or "requirement"
                    yield Demand(name, Wish(effect.condition, dict(names)), problem_kind(name))
                case "find" if effect.condition is not None:
                    row = looked_up(self._world, effect, names)
                    names = {**names, effect.binding: row}
                    wish = Wish(effect.condition, {**names, "this": row})
                    yield Demand(f"a_{snake(str(effect.entity))}", wish, status=404)
                case "each" if effect.row is not None:
                    for row in evaluate(effect.row, names) or []:
                        yield from self.of(effect.steps, {**names, effect.binding: row})
                case "create":
                    yield from self._new(effect, names)
                    names = {**names, effect.binding: None} if effect.binding else names
                case "move" if effect.row is not None:
                    yield from _movable(effect, names)
                case "adjust" if effect.row is not None and effect.by is not None:
                    yield from _adjustable(effect, names)
            if effect.kind in {"update", "move", "adjust"}:
                yield from self._kept(effect, names)

    def _new(self, effect: Effect, names: Names) -> Iterator[Demand]:
        """Yield the checks of a row that is made."""
        entity = self._world.spec.entity(str(effect.entity))
        values = dict(effect.values)

        def value(part: Expression) -> Expression | None:
            if not isinstance(part, Member) or not _is_row(part.of):
                return None
            known = next((one for one in entity.fields if one.name == part.name), None)
            if known is None:
                return None
            return values.get(known.name) or _initial(known, value)

        for check in entity.checks:
            asked = rewritten(check.condition, value)
            if not any(_is_row(part) for part in walk(asked)):
                yield _check(entity, check, Wish(asked, names, null=True))

    def _kept(self, effect: Effect, names: Names) -> Iterator[Demand]:
        """Yield the checks that read what an effect changes."""
        row, values = _written(effect, names)
        if row is None or row.entity is None:
            return
        fresh = {name: rewritten(value, self._present(names)) for name, value in values.items()}
        self._changed.update({(id(row), name): value for name, value in fresh.items()})
        inner = {**names, _ROW: row}
        own = Name(name=_ROW, type=Type(kind="reference", entity=row.name))
        for check in row.entity.checks:
            if fresh.keys() & set(check.fields):
                about = rewritten(check.condition, lambda part: own if _is_row(part) else None)
                asked = rewritten(about, self._present(inner))
                yield _check(row.entity, check, Wish(asked, inner, null=True))

    def _present(self, names: Names) -> Callable[[Expression], Expression | None]:
        """Return what gives, instead of a member that was changed, its new value."""

        def value(part: Expression) -> Expression | None:
            if not self._changed or not isinstance(part, Member):
                return None
            try:
                return self._changed.get((id(evaluate(part.of, names)), part.name))
            except KeyError:
                return None

        return value


def rewritten(expression: Expression, change: Callable[[Expression], Expression | None]) -> Expression:
    """Return an expression with each part that `change` gives another for replaced by that."""
    changed = change(expression)
    if changed is not None:
        return changed

    def inner(part: Expression) -> Expression:
        return rewritten(part, change)

    match expression:
        case Member():
            return _with(expression, of=inner(expression.of))
        case Unary():
            return _with(expression, operand=inner(expression.operand))
        case Binary():
            return _with(expression, left=inner(expression.left), right=inner(expression.right))
        case Conditional(test=test, then=then, otherwise=otherwise):
            return _with(expression, test=inner(test), then=inner(then), otherwise=inner(otherwise))
        case Items():
            return _with(expression, items=_each(expression.items, inner))
        case Aggregate():
            body = inner(expression.body) if expression.body else None
            return _with(expression, source=inner(expression.source), body=body)
        case Call():
            return _with(expression, arguments=_each(expression.arguments, inner))
        case _:
            return expression


def _with(expression: Expression, **parts: Any) -> Expression:  # noqa: ANN401 - parts of any kind
    """Return an expression with these parts; itself, if it has them already."""
    if all(getattr(expression, name) is part for name, part in parts.items()):
        return expression
    return expression.model_copy(update=parts)


def _each(
    parts: tuple[Expression, ...], change: Callable[[Expression], Expression]
) -> tuple[Expression, ...]:
    changed = tuple(map(change, parts))
    return parts if all(map(is_, parts, changed)) else changed


def _is_row(part: Expression) -> bool:
    return isinstance(part, Name) and part.name == "this"


def _check(entity: Entity, check: Check, wish: Wish) -> Demand:
    return Demand(f"{snake(entity.name)}_to_keep_{check.name}", wish, status=INVALID)


def _initial(known: Field, value: Callable[[Expression], Expression | None]) -> Expression | None:
    """Return what a field of a new row has if nobody says it."""
    if known.computed is not None:
        return rewritten(known.computed, value)
    if known.default in {"now", "today", "viewer"} and known.type.kind in {"datetime", "date", "reference"}:
        return Name(name=str(known.default), type=known.type)
    if isinstance(known.default, float):
        return Literal(value=str(known.default), type=known.type)
    return Literal(value=known.default, type=known.type)


def _written(effect: Effect, names: Names) -> tuple[Row | None, dict[str, Expression]]:
    """Return the row that an effect changes, and the new values of its fields."""
    if effect.row is None:
        return None, {}
    of, name = target(effect) if effect.kind == "adjust" else (effect.row, "")
    row = evaluate(of, names)
    if not isinstance(row, Row) or row.entity is None:
        return None, {}
    if effect.kind == "adjust" and effect.by is not None:
        known = row.entity.field(name)
        before = Member(of=of, name=name, type=known.type)
        return row, {name: Binary(operator="+", left=before, right=effect.by, type=known.type)}
    values = dict(effect.values)
    for machine in row.entity.states if effect.kind == "move" else ():
        if any(one.name == effect.target for one in machine.transitions):
            kind = row.entity.field(machine.field).type
            move = next(one for one in machine.transitions if one.name == effect.target)
            values[machine.field] = Literal(value=move.target, type=kind)
    return row, values


def problem_kind(name: str) -> str:
    """Return the kind of problem that the breach of a named condition is."""
    return name.replace("_", "-")


def looked_up(world: World, effect: Effect, names: Names) -> Row:
    """Return the row that `find` comes to, or one that it could come to if it were changed."""
    entity = world.spec.entity(str(effect.entity))
    rows = [row for row in world.rows if row.entity is entity and row.stored]
    if effect.condition is not None:
        for row in rows:
            if holds(effect.condition, {**names, "this": row}):
                return row
    return rows[0] if rows else world.add(entity)


def _movable(effect: Effect, names: Names) -> Iterator[Demand]:
    row = evaluate(effect.row, names) if effect.row is not None else None
    if not isinstance(row, Row) or row.entity is None or effect.row is None:
        return
    for machine in row.entity.states:
        for transition in machine.transitions:
            if transition.name != effect.target:
                continue
            kind = row.entity.field(machine.field).type
            state = Member(of=effect.row, name=machine.field, type=kind)
            sources = Items(
                items=tuple(Literal(value=one, type=kind) for one in transition.sources), type=kind
            )
            test = Binary(operator="in", left=state, right=sources, type=BOOL)
            states = "_or_".join(transition.sources)
            yield Demand(f"{snake(row.name)}_{states}", Wish(test, dict(names)), "illegal-transition")
            if transition.guard is not None:
                wish = Wish(transition.guard, {**names, "this": row})
                yield Demand(f"condition_of_{transition.name}", wish, "guard-failed")
            return


def target(effect: Effect) -> tuple[Expression, str]:
    """Return the row whose number is adjusted, and the number's name."""
    path = effect.row
    if isinstance(path, Member) and path.type.kind != "reference":
        return path.of, path.name
    if path is None:
        message = "the compiler lets no effect through without its row"
        raise ValueError(message)
    return path, effect.target


def _adjustable(effect: Effect, names: Names) -> Iterator[Demand]:
    of, name = target(effect)
    row = evaluate(of, names)
    if not isinstance(row, Row) or effect.by is None:
        return
    known = row.field(name)
    if known is None:
        return
    after = Binary(
        operator="+", left=Member(of=of, name=name, type=known.type), right=effect.by, type=known.type
    )
    limits: tuple[tuple[float | None, BinaryOperator, str], ...] = (
        (known.minimum, ">=", "enough"),
        (known.maximum, "<=", "room_for"),
    )
    for bound, operator, word in limits:
        if bound is not None:
            limit = Literal(value=str(bound), type=known.type)
            if known.type.kind == "int":
                limit = Literal(value=int(bound), type=known.type)
            test = Binary(operator=operator, left=after, right=limit, type=BOOL)
            yield Demand(f"{word}_{name}", Wish(test, dict(names)), "out-of-range")
