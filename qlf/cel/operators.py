"""What each operator takes and gives; what it does not take comes back as (what, advice)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qlf.cel.typing import (
    BOOL,
    DURATION,
    INT,
    TEXT,
    alike,
    described,
    is_number,
    is_ordered,
    is_text,
    product_of,
    quotient_of,
    sum_of,
)
from qlf.model.expression import Binary, Call, Items, Literal, Unary

if TYPE_CHECKING:
    from qlf.model.expression import BinaryOperator, Expression
    from qlf.model.types import Type

Refusal = tuple[str, str]

_MOMENTS = frozenset({"date", "datetime", "time"})


def comparison(operator: BinaryOperator, left: Expression, right: Expression) -> Binary | Refusal:
    """Return a comparison of like with like, or of anything with null."""
    kinds = (left.type, right.type)
    equality = operator in {"==", "!="}
    known = [kind for kind in kinds if kind is not None]
    if any(kind.many for kind in known):
        return "many rows cannot be compared", "use count, sum, min, max, exists or all"
    if len(known) < len(kinds):
        if equality:
            return Binary(operator=operator, left=left, right=right, type=BOOL)
        return f"nothing is {operator} null", "compare with == null or != null"
    one, other = known
    if not alike(one, other):
        return f"{described(one)} cannot be compared with {described(other)}", _advice(one, other)
    if not equality and not is_ordered(one):
        return f"{described(one)} has no order", "compare with == or !="
    if equality and one.kind == "json":
        return "json cannot be compared", "compare with == null or != null"
    return Binary(operator=operator, left=left, right=right, type=BOOL)


def _advice(left: Type, right: Type) -> str:
    kinds = {left.kind, right.kind}
    if kinds == {"date", "datetime"}:
        return "use today for dates and now for date-times"
    if kinds == {"enum"}:
        return "they are different enumerations; compare each with its values"
    if "reference" in kinds and len(kinds) > 1:
        return "name a field of the row"
    return "compare like with like"


def arithmetic(operator: BinaryOperator, left: Expression, right: Expression) -> Binary | Refusal:
    """Return a sum, difference, product, quotient or remainder."""
    one, other = left.type, right.type
    refused = (f"{described(one)} {operator} {described(other)} has no meaning", "use numbers")
    if one is None or other is None or one.many or other.many:
        return refused
    kind = _result(operator, one, other)
    if kind is None:
        if one.kind in _MOMENTS or other.kind in _MOMENTS:
            advice = "add days(n) or hours(n), and compare"
            return refused[0], advice
        return refused
    if one.kind == "date" and _has_hours(right):
        return "a date has no hours", "add days(n)"
    if operator in {"/", "%"} and isinstance(right, Literal) and str(right.value).strip("0.") == "":
        return "nothing can be divided by zero", "change the number"
    return Binary(operator=operator, left=left, right=right, type=kind)


def negated(operand: Expression) -> Expression:
    """Return the opposite of a number or duration; of a constant, the constant."""
    if isinstance(operand, Literal) and isinstance(operand.value, int):
        return operand.model_copy(update={"value": -operand.value})
    if isinstance(operand, Literal):
        text = str(operand.value)
        return operand.model_copy(update={"value": text[1:] if text.startswith("-") else f"-{text}"})
    return Unary(operator="-", operand=operand, type=operand.type or INT)


def _result(operator: BinaryOperator, one: Type, other: Type) -> Type | None:
    if is_number(one) and is_number(other):
        if operator in {"+", "-"}:
            return sum_of(one, other)
        if operator == "*":
            return product_of(one, other)
        if operator == "%":
            return one if one.kind == other.kind == "int" else None
        return quotient_of(one, other)
    if operator == "+" and is_text(one) and is_text(other):
        return TEXT
    if operator in {"+", "-"} and other.kind == "duration" and one.kind in {"date", "datetime", "duration"}:
        return one
    if operator == "+" and one.kind == "duration" and other.kind in {"date", "datetime"}:
        return other
    if operator == "*" and {one.kind, other.kind} == {"int", "duration"}:
        return DURATION
    return None


def _has_hours(right: Expression) -> bool:
    return isinstance(right, Call) and right.function == "hours"


def membership(one: Expression, many: Expression) -> Binary | Refusal:
    """Return a test whether a value is in a list, or a row among related rows."""
    if isinstance(many, Items):
        if not many.items:
            return "the list is empty", "write at least one value"
        for item in many.items:
            if item.type is None or one.type is None or not alike(one.type, item.type):
                return f"the list has {described(item.type)}, not {described(one.type)}", "list like values"
        return Binary(operator="in", left=one, right=many, type=BOOL)
    if many.type is None or not many.type.many:
        return f"{described(many.type)} holds nothing", "write a list or a relation after `in`"
    if one.type is None or one.type.many or one.type.entity != many.type.entity:
        what = f"{described(one.type)} cannot be among {described(many.type)}"
        return what, f"write a row of {many.type.entity} before `in`"
    return Binary(operator="in", left=one, right=many, type=BOOL)
