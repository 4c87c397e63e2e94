"""Which types go together, and what comes of them."""

from __future__ import annotations

from qlf.model.types import NUMERIC, TEXTUAL, Type

BOOL = Type(kind="bool")
INT = Type(kind="int")
TEXT = Type(kind="text")
DURATION = Type(kind="duration")
MONEY = Type(kind="money", precision=18, scale=2)
DECIMAL = Type(kind="decimal", precision=18, scale=6)

_ORDERED = NUMERIC | TEXTUAL | {"date", "datetime", "time", "duration"}
_VOWELS = "aeiou"


def described(kind: Type | None) -> str:
    """Return a type in words: `an int`, `a Doctor`, `rows of Line`."""
    if kind is None:
        return "null"
    if kind.kind == "reference":
        return f"rows of {kind.entity}" if kind.many else f"a row of {kind.entity}"
    article = "an" if kind.kind[0] in _VOWELS else "a"
    if kind.kind == "bool":
        return "true or false"
    return "money" if kind.kind == "money" else f"{article} {kind.kind}"


def is_text(kind: Type | None) -> bool:
    """Tell whether a value is a text of any form."""
    return kind is not None and kind.kind in TEXTUAL


def is_number(kind: Type | None) -> bool:
    """Tell whether one can add and compare a value as a number."""
    return kind is not None and kind.kind in NUMERIC


def is_ordered(kind: Type | None) -> bool:
    """Tell whether values can be put in order."""
    return kind is not None and kind.kind in _ORDERED and not kind.many


def alike(left: Type, right: Type) -> bool:
    """Tell whether two values can be the same: of one kind, numbers with numbers, texts with texts."""
    if left.many or right.many:
        return False
    if is_number(left) and is_number(right):
        return True
    if is_text(left) and is_text(right):
        return True
    return (left.kind, left.entity, left.enum) == (right.kind, right.entity, right.enum)


def united(left: Type | None, right: Type | None) -> tuple[Type | None] | None:
    """Return the type of a value that is one or the other (null goes with all), None if there is none."""
    if left is None or right is None:
        return (left or right,)
    if not alike(left, right):
        return None
    if is_number(left):
        return (sum_of(left, right),)
    return (left if left.kind == right.kind else TEXT,)


def assignable(value: Type, field: Type) -> bool:
    """Tell whether a value can be kept in a field: no digits after the point in an int."""
    if field.kind == "int":
        return value.kind == "int"
    return alike(value, field)


def sum_of(left: Type, right: Type) -> Type:
    """Return the type of a sum or a difference of two numbers."""
    kinds = {left.kind, right.kind}
    if kinds == {"int"}:
        return INT
    if kinds <= {"int", "money"}:
        return left if left.kind == "money" else right
    scale = max(left.scale or 0, right.scale or 0)
    precision = max(left.precision or 18, right.precision or 18)
    return Type(kind="decimal", precision=precision, scale=scale)


def product_of(left: Type, right: Type) -> Type:
    """Return the type of a product: an amount of money times a number is money."""
    kinds = {left.kind, right.kind}
    if kinds == {"int"}:
        return INT
    if "money" in kinds:
        return left if left.kind == "money" else right
    scale = min((left.scale or 0) + (right.scale or 0), 6)
    return Type(kind="decimal", precision=18, scale=scale)


def quotient_of(left: Type, right: Type) -> Type:
    """Return the type of a quotient: whole numbers divide to whole ones, money by a number is money."""
    if left.kind == right.kind == "int":
        return INT
    if left.kind == "money" and right.kind != "money":
        return left
    return DECIMAL
