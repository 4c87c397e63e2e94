"""Questions about a typed expression: what it reads, and whether it can be null."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qlf.model.expression import (
    Aggregate,
    Binary,
    Call,
    Conditional,
    Literal,
    Member,
    Name,
    Unary,
    walk,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from qlf.model.expression import Expression


def uses(expression: Expression, name: str) -> bool:
    """Tell whether the expression reads a name such as `viewer`."""
    return any(isinstance(part, Name) and part.name == name for part in walk(expression))


def own_members(expression: Expression) -> tuple[str, ...]:
    """Return the members of `this` that the expression reads, each once, in their order."""
    found = (
        part.name
        for part in walk(expression)
        if isinstance(part, Member) and isinstance(part.of, Name) and part.of.name == "this"
    )
    return tuple(dict.fromkeys(found))


def may_be_null(expression: Expression, nullable: Callable[[str, str], bool]) -> bool:
    """Tell whether the value can be null; `nullable` says it of a member of an entity.

    Comparisons and logic are never null: a comparison with a null is false. What is divided by
    nothing is null.
    """

    def ask(part: Expression) -> bool:
        return may_be_null(part, nullable)

    match expression:
        case Literal():
            return expression.value is None
        case Name():
            return expression.name == "viewer"
        case Member(of=Name(name="input")):
            return nullable("input", expression.name)
        case Member():
            entity = expression.of.type.entity if expression.of.type else None
            return ask(expression.of) or nullable(entity or "", expression.name)
        case Unary(operator="-"):
            return ask(expression.operand)
        case Binary(operator="+" | "-" | "*" | "/" | "%"):
            by_nothing = expression.operator in {"/", "%"} and not isinstance(expression.right, Literal)
            return by_nothing or ask(expression.left) or ask(expression.right)
        case Conditional():
            return ask(expression.then) or ask(expression.otherwise)
        case Aggregate():
            return expression.function in {"min", "max"}
        case Call(function="size" | "lower" | "upper" | "days" | "hours"):
            return any(ask(argument) for argument in expression.arguments)
        case _:
            return False
