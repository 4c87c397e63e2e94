"""Typed conditions and values: what is left of a CEL text once it is parsed and checked.

Each node carries the type of its result; `None` is the type of `null`. A backend translates these
nodes into its own language and never sees CEL.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from typing import Literal as OneOf

from pydantic import Field as Member_
from pydantic import TypeAdapter

from qlf.model.types import Type
from qlf.model.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterator

BinaryOperator = OneOf["&&", "||", "==", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "%", "in"]
Aggregation = OneOf["count", "sum", "min", "max", "exists", "all"]
Function = OneOf["size", "lower", "upper", "startsWith", "endsWith", "contains", "days", "hours"]


class Literal(Value):
    """A constant. Decimals are kept as text, so that no digit is lost."""

    node: OneOf["literal"] = "literal"
    value: str | int | bool | None
    type: Type | None


class Name(Value):
    """`this` (the row), `viewer` (the signed-in user, or null), `input`, `now`, `today`, or a binding."""

    node: OneOf["name"] = "name"
    name: str
    type: Type | None


class Member(Value):
    """A field, derived field or relation `name` of the row that `of` gives."""

    node: OneOf["member"] = "member"
    of: Expression
    name: str
    type: Type


class Unary(Value):
    """Logical not, or arithmetic minus."""

    node: OneOf["unary"] = "unary"
    operator: OneOf["!", "-"]
    operand: Expression
    type: Type


class Binary(Value):
    """An operator between two values; `in` tests membership in a collection or a list."""

    node: OneOf["binary"] = "binary"
    operator: BinaryOperator
    left: Expression
    right: Expression
    type: Type


class Conditional(Value):
    """`test ? then : otherwise`."""

    node: OneOf["conditional"] = "conditional"
    test: Expression
    then: Expression
    otherwise: Expression
    type: Type | None


class Items(Value):
    """A list written out, only ever the right side of `in`."""

    node: OneOf["items"] = "items"
    items: tuple[Expression, ...]
    type: Type | None


class Aggregate(Value):
    """A fold over the rows of a relation.

    `source` is the relation; `binding` names its row inside `body`, which is the value to add up
    or compare for `sum`, `min` and `max`, the condition for `exists` and `all`, and absent for `count`.
    """

    node: OneOf["aggregate"] = "aggregate"
    function: Aggregation
    source: Expression
    binding: str = "item"
    body: Expression | None = None
    type: Type


class Call(Value):
    """One of the few functions that every target language can express."""

    node: OneOf["call"] = "call"
    function: Function
    arguments: tuple[Expression, ...]
    type: Type


Expression = Annotated[
    Literal | Name | Member | Unary | Binary | Conditional | Items | Aggregate | Call,
    Member_(discriminator="node"),
]

for _model in (Member, Unary, Binary, Conditional, Items, Aggregate, Call):
    _model.model_rebuild()

EXPRESSION: TypeAdapter[Expression] = TypeAdapter(Expression)


def walk(expression: Expression) -> Iterator[Expression]:
    """Yield the expression and all in it, as they are read from left to right."""
    yield expression
    for part in _parts(expression):
        yield from walk(part)


def _parts(expression: Expression) -> tuple[Expression, ...]:
    match expression:
        case Member():
            return (expression.of,)
        case Unary():
            return (expression.operand,)
        case Binary():
            return (expression.left, expression.right)
        case Conditional():
            return (expression.test, expression.then, expression.otherwise)
        case Items():
            return expression.items
        case Aggregate():
            return (expression.source, *([expression.body] if expression.body else []))
        case Call():
            return expression.arguments
        case _:
            return ()
