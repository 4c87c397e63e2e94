"""What a condition or value of the spec comes to over rows in memory.

Rows are mappings from names of fields, relations and derived fields to values: text, `int`, `bool`,
`Decimal`, dates and times, other rows, lists of rows, or None for null.
"""

from __future__ import annotations

import operator
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol, cast

from qlf.model.expression import Aggregate, Binary, Call, Conditional, Items, Literal, Member, Name, Unary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from qlf.model.expression import Expression


class Row(Protocol):
    """Anything that gives the value of a member by its name."""

    def __getitem__(self, name: str, /) -> Any:  # noqa: ANN401 - a value of any of the spec's types
        """Return the value of a member; KeyError if there is none of that name."""


COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "%": operator.mod,
}


def holds(condition: Expression, names: Mapping[str, Any], *, null: bool = False) -> bool:
    """Tell whether a condition holds.

    `null` is what a comparison with null comes to: false in conditions, true in checks (docs/brief.md).
    """
    found = evaluate(condition, names)
    return null if found is None else bool(found)


def evaluate(expression: Expression, names: Mapping[str, Any]) -> Any:  # noqa: ANN401
    """Return the value of an expression; what compares with null comes to None.

    A name, or a member of a row, that is not there raises KeyError.
    """
    return _EVALUATED[type(expression)](expression, names)


def constant(literal: Literal) -> Any:  # noqa: ANN401
    """Return the value of a constant; decimals are written as text in the spec."""
    kind = literal.type.kind if literal.type else None
    if kind in {"decimal", "money"} and literal.value is not None:
        return Decimal(str(literal.value))
    return literal.value


def _name(expression: Name, names: Mapping[str, Any]) -> Any:  # noqa: ANN401
    return names[expression.name]


def _literal(expression: Literal, _: Mapping[str, Any]) -> Any:  # noqa: ANN401
    return constant(expression)


def _conditional(expression: Conditional, names: Mapping[str, Any]) -> Any:  # noqa: ANN401
    chosen = expression.then if evaluate(expression.test, names) else expression.otherwise
    return evaluate(chosen, names)


def _items(expression: Items, names: Mapping[str, Any]) -> list[Any]:
    return [evaluate(item, names) for item in expression.items]


def _member(expression: Member, names: Mapping[str, Any]) -> Any:  # noqa: ANN401
    row = evaluate(expression.of, names)
    if row is None:
        return None
    if isinstance(row, list):
        return [one[expression.name] for one in row]
    return row[expression.name]


def _unary(expression: Unary, names: Mapping[str, Any]) -> Any:  # noqa: ANN401
    value = evaluate(expression.operand, names)
    if value is None:
        return None
    return not value if expression.operator == "!" else -value


def _binary(expression: Binary, names: Mapping[str, Any]) -> Any:  # noqa: ANN401
    if expression.operator in {"&&", "||"}:
        return _connective(expression, names)
    left, right = evaluate(expression.left, names), evaluate(expression.right, names)
    if expression.operator == "in":
        return None if left is None else any(left == one for one in right)
    if expression.operator in COMPARISONS:
        if left is None or right is None:
            return _with_null(expression, left, right)
        return COMPARISONS[expression.operator](left, right)
    if left is None or right is None:
        return None
    if expression.operator == "/":
        return left // right if isinstance(left, int) and isinstance(right, int) else left / right
    return _ARITHMETIC[expression.operator](left, right)


def _connective(expression: Binary, names: Mapping[str, Any]) -> bool | None:
    """Return and, or, of three truth values: what decides alone does so whatever the other side is."""
    decisive = expression.operator == "||"
    left = evaluate(expression.left, names)
    if left is not None and bool(left) is decisive:
        return decisive
    right = evaluate(expression.right, names)
    if right is not None and bool(right) is decisive:
        return decisive
    return None if left is None or right is None else not decisive


def _with_null(expression: Binary, left: object, right: object) -> bool | None:
    if not any(_is_null(side) for side in (expression.left, expression.right)):
        return None
    if expression.operator == "==":
        return left is right
    return left is not right if expression.operator == "!=" else None


def _is_null(expression: Expression) -> bool:
    return isinstance(expression, Literal) and expression.value is None


def _aggregate(expression: Aggregate, names: Mapping[str, Any]) -> Any:  # noqa: ANN401
    rows = cast("Iterable[Any]", evaluate(expression.source, names) or [])
    if expression.body is None:
        return len(list(rows))
    values = [evaluate(expression.body, {**names, expression.binding: row}) for row in rows]
    match expression.function:
        case "exists":
            return any(values)
        case "all":
            return all(values)
    known = [value for value in values if value is not None]
    if expression.function == "sum":
        return sum(known, start=0 if expression.type.kind == "int" else Decimal(0))
    return {"min": min, "max": max}[expression.function](known, default=None)


def _call(expression: Call, names: Mapping[str, Any]) -> Any:  # noqa: ANN401
    values = [evaluate(argument, names) for argument in expression.arguments]
    if any(value is None for value in values):
        return None
    return _FUNCTIONS[expression.function](*values)


# A table, for the tests' agent evaluates conditions by the ten thousand.
_EVALUATED: dict[type, Callable[[Any, Mapping[str, Any]], Any]] = {
    Aggregate: _aggregate,
    Binary: _binary,
    Call: _call,
    Conditional: _conditional,
    Items: _items,
    Literal: _literal,
    Member: _member,
    Name: _name,
    Unary: _unary,
}
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "size": len,
    "lower": str.lower,
    "upper": str.upper,
    "startsWith": str.startswith,
    "endsWith": str.endswith,
    "contains": operator.contains,
    "days": lambda number: timedelta(days=number),
    "hours": lambda number: timedelta(hours=number),
}
