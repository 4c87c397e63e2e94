"""Arranging rows so that a condition holds, or does not: small changes, tried until one does it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from qlf.agents.tests.world import Row, State, World
from qlf.evaluation import evaluate, holds
from qlf.model.expression import Aggregate, Binary, Call, Conditional, Items, Literal, Member, Name, Unary
from qlf.model.types import NUMERIC
from qlf.samples import DAY, MOMENT, enum_values, parsed, sample_value, scale_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from qlf.model.expression import Expression
    from qlf.model.spec import Field, Relation

ROUNDS = 6
_DAYS = (1, -1, 30, -30, 400, -400)
Names = dict[str, Any]


@dataclass(frozen=True)
class Wish:
    """A condition, what it can name, and what it should come to; `null` as in `qlf.evaluation.holds`."""

    condition: Expression
    names: Names
    want: bool = True
    null: bool = False

    def granted(self) -> bool:
        """Tell whether the wish is fulfilled already."""
        return holds(self.condition, self.names, null=self.null) is self.want


def arrange(world: World, wishes: Callable[[], list[Wish]]) -> bool:
    """Change the world until every wish is fulfilled and every check of its rows holds.

    `wishes` is asked anew in each round, since rows may have taken the place of others. Returns False,
    and the world as it was, where that does not succeed.
    """
    mark = world.mark()
    given = list(world.rows)
    before: list[State] = []
    for world.turn in range(ROUNDS):
        before.append(world.state())
        if before[-1] in before[world.turn % 2 : -1 : 2]:
            break  # Like turns do like things: from here on it goes round in a circle.
        wanted = world.wanted = wishes()
        if not all(fulfil(world, wish) for wish in wanted) or not _keep_rules(world, wanted, given):
            break
        wanted = wishes()
        if all(wish.granted() for wish in wanted) and consistent(world, wanted):
            return True
    world.rollback(mark)
    return False


def _rules(world: World, wishes: list[Wish]) -> Iterator[Wish]:
    """Yield the checks of all rows, but for those whose breach is wished."""
    broken = [wish.condition for wish in wishes if wish.null and not wish.want]
    for row in list(world.rows):
        for check in row.entity.checks if row.entity else ():
            if check.condition not in broken:
                yield Wish(check.condition, row.names(), null=True)


def _keep_rules(world: World, wishes: list[Wish], given: list[Row]) -> bool:
    _separate(world, given)
    return all(fulfil(world, rule) for rule in _rules(world, wishes))


def consistent(world: World, wishes: list[Wish]) -> bool:
    """Tell whether all checks hold and nothing that must be unique is there twice."""
    return all(rule.granted() for rule in _rules(world, wishes)) and not any(_clashes(world))


def fulfil(world: World, wish: Wish) -> bool:
    """Change the world a little so that the wish is fulfilled; False if no change was found."""
    if wish.granted():
        return True
    condition = wish.condition
    match condition:
        case Unary(operator="!"):
            return fulfil(world, _part(wish, condition.operand, want=not wish.want))
        case Binary(operator="&&" | "||"):
            together = (condition.operator == "&&") is wish.want
            return (_both if together else _either)(world, wish, condition)
        case Aggregate(function="exists" | "all"):
            return _quantified(world, wish, condition)
        case Binary(operator="in") if not isinstance(condition.right, Items):
            return _membership(world, wish, condition)
        case Member():
            return _truth(world, wish, condition)
        case _:
            return _tweaked(world, wish) or _filled(world, wish) or _grown(world, wish)


def _part(wish: Wish, condition: Expression, *, want: bool | None = None) -> Wish:
    return Wish(condition, wish.names, wish.want if want is None else want, wish.null)


def _both(world: World, wish: Wish, condition: Binary) -> bool:
    for _ in range(ROUNDS):
        for side in (condition.left, condition.right):
            if not fulfil(world, _part(wish, side)):
                return False
        if wish.granted():
            return True
    return False


def _either(world: World, wish: Wish, condition: Binary) -> bool:
    for side in (condition.right, condition.left):
        mark = world.mark()
        if fulfil(world, _part(wish, side)) and wish.granted():
            return True
        world.rollback(mark)
    return False


def _truth(world: World, wish: Wish, condition: Member) -> bool:
    row = evaluate(condition.of, wish.names)
    if not isinstance(row, Row):
        return False
    for derived in row.entity.derived if row.entity else ():
        if derived.name == condition.name:
            return fulfil(world, Wish(derived.value, row.names(), wish.want, wish.null))
    return world.assign(row, condition.name, wish.want)


def _relation(source: Expression, names: Mapping[str, Any]) -> tuple[Row, Relation] | None:
    if not isinstance(source, Member):
        return None
    row = evaluate(source.of, names)
    if not isinstance(row, Row) or row.entity is None:
        return None
    found = next((one for one in row.entity.relations if one.name == source.name), None)
    return (row, found) if found else None


def _membership(world: World, wish: Wish, condition: Binary) -> bool:
    found = _relation(condition.right, wish.names)
    member = evaluate(condition.left, wish.names)
    if not wish.want or found is None:
        return _tweaked(world, wish)
    if not isinstance(member, Row):
        return _filled(world, wish) and fulfil(world, wish)
    world.link(found[0], found[1], member)
    return wish.granted()


def _quantified(world: World, wish: Wish, condition: Aggregate) -> bool:
    found = _relation(condition.source, wish.names)
    if found is None or condition.body is None:
        return _filled(world, wish) and fulfil(world, wish)
    row, relation = found
    inner = partial(_inner, wish, condition.binding, condition.body)
    each = wish.want == (condition.function == "all")
    if each:
        return all(fulfil(world, inner(one)) for one in row[relation.name])
    ready = (one for one in _linkable(world, relation) if inner(one).granted())
    child = next(ready, None)
    if child is not None:
        world.link(row, relation, child)
        return wish.granted()
    return fulfil(world, inner(grow(world, row, relation))) and wish.granted()


def _inner(wish: Wish, binding: str, body: Expression, one: Row) -> Wish:
    return Wish(body, {**wish.names, binding: one}, wish.want, wish.null)


def _linkable(world: World, relation: Relation) -> Iterator[Row]:
    """Yield the rows that can be related without being taken from another row."""
    if relation.kind == "many-to-many":
        yield from (row for row in list(world.rows) if row.stored and row.name == relation.entity)


def grow(world: World, row: Row, relation: Relation) -> Row:
    """Add a row to a relation of another and return it."""
    child = world.add(world.spec.entity(relation.entity))
    world.link(row, relation, child)
    return child


# Single changes


def _tweaked(world: World, wish: Wish) -> bool:
    """Try other values in the fields that the condition reads, one field at a time.

    A value that leaves all else as it is wished comes before one that does not. Two conditions can undo
    each other's changes of one field for ever: every second turn begins with another.
    """
    context = list(_values(wish.condition, wish.names))
    leaves = list(_leaves(wish.condition, wish.names))
    if world.turn % 2:
        leaves.reverse()
    kept = [one for one in world.wanted if one is not wish and one.granted()]
    harmful: tuple[Row, Field, Any] | None = None
    for row, known in leaves:
        for value in _candidates(world, row, known, context):
            mark = world.mark()
            if world.assign(row, known.name, value) and wish.granted():
                if all(one.granted() for one in kept):
                    return True
                harmful = harmful or (row, known, value)
            world.rollback(mark)
    return harmful is not None and world.assign(harmful[0], harmful[1].name, harmful[2])


def _filled(world: World, wish: Wish) -> bool:
    """Give rows to optional references that the condition follows, then try again."""
    for member in paths(wish.condition):
        row = _row(member.of, wish.names)
        known = row.field(member.name) if row else None
        if row is None or known is None or known.type.kind != "reference":
            continue
        if row[known.name] is None:
            mark = world.mark()
            made = world.add(world.spec.entity(str(known.type.entity)))
            if world.assign(row, known.name, made) and fulfil(world, wish):
                return True
            world.rollback(mark)
    return False


def _grown(world: World, wish: Wish) -> bool:
    """Add a row to the collections that the condition counts or adds up, then try again."""
    for aggregate in _aggregates(wish.condition, wish.names):
        found = _relation(aggregate[0].source, aggregate[1])
        if found is None:
            continue
        mark = world.mark()
        grow(world, *found)
        if wish.granted() or _tweaked(world, wish):
            return True
        world.rollback(mark)
    return False


def _row(expression: Expression, names: Mapping[str, Any]) -> Row | None:
    try:
        found = evaluate(expression, names)
    except KeyError:
        return None
    return found if isinstance(found, Row) else None


def _leaves(expression: Expression, names: Names) -> Iterator[tuple[Row, Field]]:
    """Yield the stored values that an expression depends on, the last of each path first."""
    match expression:
        case Member():
            row = _row(expression.of, names)
            if row is not None:
                yield from _leaf(row, expression.name)
            yield from _leaves(expression.of, names)
        case Aggregate(body=body) if body is not None:
            for one in evaluate(expression.source, names) or []:
                yield from _leaves(body, {**names, expression.binding: one})
        case _:
            for part in _parts(expression):
                yield from _leaves(part, names)


def _leaf(row: Row, name: str) -> Iterator[tuple[Row, Field]]:
    known = row.field(name)
    if known is not None and known.computed is not None:
        yield from _leaves(known.computed, row.names())
    elif known is not None:
        yield row, known
    else:
        for derived in row.entity.derived if row.entity else ():
            if derived.name == name:
                yield from _leaves(derived.value, row.names())


def _parts(expression: Expression) -> tuple[Expression, ...]:
    match expression:
        case Unary():
            return (expression.operand,)
        case Binary():
            return (expression.left, expression.right)
        case Conditional():
            return (expression.then, expression.otherwise, expression.test)
        case Items():
            return expression.items
        case Call():
            return expression.arguments
        case Aggregate():
            return (expression.source,)
        case Member():
            return (expression.of,)
        case _:
            return ()


def paths(expression: Expression) -> Iterator[Member]:
    """Yield the members that an expression reads, the innermost of each path first."""
    for part in _parts(expression):
        yield from paths(part)
    if isinstance(expression, Member):
        yield expression


def _aggregates(expression: Expression, names: Names) -> Iterator[tuple[Aggregate, Names]]:
    if isinstance(expression, Aggregate):
        yield expression, names
    if isinstance(expression, Member):
        row = _row(expression.of, names)
        for derived in row.entity.derived if row and row.entity else ():
            if row and derived.name == expression.name:
                yield from _aggregates(derived.value, row.names())
    for part in _parts(expression):
        yield from _aggregates(part, names)


def _values(expression: Expression, names: Names) -> Iterator[Any]:
    """Yield what the parts of an expression come to, whole operands before their own parts."""
    for part in _parts(expression):
        try:
            value = evaluate(part, names)
        except (KeyError, TypeError):
            continue
        if isinstance(value, list):
            yield from value
        elif value is not None or isinstance(part, Literal):
            yield value
        if not isinstance(part, Name):
            yield from _values(part, names)


def _candidates(world: World, row: Row, known: Field, context: list[Any]) -> Iterator[Any]:
    current = row[known.name]
    match known.type.kind:
        case "reference":
            yield from (one for one in context if isinstance(one, Row) and one.stored)
            yield world.add(world.spec.entity(str(known.type.entity)))
        case "enum":
            yield from enum_values(world.spec, known.type)
        case "bool":
            yield not current
        case kind if kind in NUMERIC:
            yield from _numbers(known, current, context)
        case "date" | "datetime":
            yield from _moments(known, current, context)
        case _:
            yield from _texts(world, known, context)
    if not known.required:
        yield None


def _numbers(known: Field, current: Any, context: list[Any]) -> Iterator[Any]:  # noqa: ANN401
    whole = known.type.kind == "int"
    step: Any = 1 if whole else Decimal(1).scaleb(-scale_of(known.type))
    numbers: list[Any] = [
        one for one in context if isinstance(one, int | Decimal) and not isinstance(one, bool)
    ]
    base = current or 0
    gaps = {abs(one - other) for one in numbers for other in numbers}
    tried = [*numbers, *(base + gap for gap in sorted(gaps)), *(base - gap for gap in sorted(gaps))]
    tried += [one + sign * step for one in list(tried) for sign in (1, -1)]
    tried += [one for one in (known.minimum, known.maximum) if one is not None]
    for one in dict.fromkeys((*tried, 0, 1, 10, 100, 1000)):
        value = Decimal(str(one))
        if value == value.quantize(Decimal(1) if whole else step):
            yield int(value) if whole else value.quantize(step)


def _moments(known: Field, current: Any, context: list[Any]) -> Iterator[Any]:  # noqa: ANN401
    wanted = datetime if known.type.kind == "datetime" else date
    bases = [one for one in context if type(one) is wanted]
    bases += [one for one in (current, MOMENT if wanted is datetime else DAY) if one is not None]
    for days in (0, *_DAYS):
        for base in dict.fromkeys(bases):
            yield base + timedelta(days=days)


def _texts(world: World, known: Field, context: list[Any]) -> Iterator[Any]:
    for one in dict.fromkeys(text for text in context if isinstance(text, str)):
        yield from (one, one.upper(), one.lower())
    for variant in range(4):
        yield parsed(known.type, sample_value(world.spec, known, variant))


# Rows side by side


def _clashes(world: World) -> Iterator[tuple[Row, Row, tuple[str, ...]]]:
    """Yield rows with an earlier one that has the same values where they must be unique."""
    for place, row in enumerate(world.rows):
        if row.entity is None or not row.stored:
            continue
        for other in world.rows[:place]:
            if other.entity is row.entity and other.stored:
                yield from ((row, other, group) for group in unique_groups(row) if _same(row, other, group))


def unique_groups(row: Row) -> list[tuple[str, ...]]:
    """Return the groups of fields of which no two rows may have the same values."""
    if row.entity is None:
        return []
    return [*row.entity.unique, *((one.name,) for one in row.entity.fields if one.unique)]


def _same(row: Row, other: Row, group: tuple[str, ...]) -> bool:
    values = [(row.values.get(name), other.values.get(name)) for name in group]
    return all(one is not None and one == another for one, another in values)


def _separate(world: World, given: list[Row]) -> None:
    """Give rows that would break a unique constraint other values, or let one stand for both.

    Rows that were `given` from the start stay.
    """
    for row, other, group in list(_clashes(world)):
        if not _moved(world, row, group) and row.there and other.there and row not in given:
            world.merge(row, other)


def _moved(world: World, row: Row, group: tuple[str, ...]) -> bool:
    for name in group:
        known = row.field(name)
        if known is None or name in row.pinned:
            continue
        if known.type.kind in {"date", "datetime"}:
            for one in row.fields:
                if one.type.kind == known.type.kind and not one.system and row.peek(one) is not None:
                    world.assign(row, one.name, row.peek(one) + timedelta(days=1 + row.variant))
            return True
        if known.type.kind == "enum":
            values = enum_values(world.spec, known.type)
            return world.assign(row, name, values[(values.index(row.peek(known)) + 1) % len(values)])
    return False
