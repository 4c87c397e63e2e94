"""Checks of an entity as SQL conditions that SQLite and PostgreSQL judge alike.

The application enforces every check. The database repeats those that it can, and must never refuse a row
that the application accepts: where a condition would need more than the row, or where the two engines
count, compare or fold text differently, it is left to the application. Null works in favour of the
row: a comparison with null is unknown, and a CHECK passes on unknown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from qlf.model.expression import (
    Binary,
    Call,
    Conditional,
    Expression,
    Items,
    Literal,
    Member,
    Name,
    Unary,
)
from qlf.model.types import NUMERIC, TEXTUAL, Kind
from qlf.sql.names import quoted, text_literal

if TYPE_CHECKING:
    from qlf.model.spec import Entity, Field

_SPELLINGS = {"&&": "and", "||": "or", "==": "=", "!=": "<>"}
_STRENGTHS = {"||": 1, "&&": 2, "==": 4, "!=": 4, "<": 4, "<=": 4, ">": 4, ">=": 4, "+": 5, "-": 5, "*": 6}
_NOT = 3
_COMPARISON = 4
_ATOM = 9
_SECONDS = {"hours": 3600, "days": 86400}
_ORDERED: frozenset[Kind] = NUMERIC | {"date", "datetime", "time", "duration"}
_EQUATED: frozenset[Kind] = _ORDERED | TEXTUAL | {"enum", "bool", "reference", "uuid"}


class _Piece(NamedTuple):
    """SQL, and how strongly its outermost operator binds."""

    sql: str
    strength: int

    def within(self, strength: int) -> str:
        return self.sql if self.strength > strength else f"({self.sql})"


@dataclass(frozen=True, slots=True)
class _Translation:
    entity: Entity

    def of(self, expression: Expression) -> _Piece | None:
        """Return the SQL of an expression, None if there is none that means the same everywhere."""
        match expression:
            case Literal():
                return _literal(expression)
            case Name(name="this"):
                return _Piece(quoted(self.entity.field("id").column), _ATOM)
            case Member():
                field = self._field(expression)
                return _Piece(quoted(field.column), _ATOM) if field else None
            case Unary():
                return self._unary(expression)
            case Binary(operator="in"):
                return self._membership(expression)
            case Binary():
                return self._binary(expression)
            case Conditional():
                return self._conditional(expression)
            case Call():
                return self._call(expression)
            case _:
                return None

    def _field(self, member: Member) -> Field | None:
        if not (isinstance(member.of, Name) and member.of.name == "this"):
            return None
        fields = (field for field in self.entity.fields if not field.encrypted)
        return next((field for field in fields if field.name == member.name), None)

    def _unary(self, unary: Unary) -> _Piece | None:
        operand = self.of(unary.operand)
        if operand is None:
            return None
        if unary.operator == "!":
            return _Piece(f"not {operand.within(_NOT)}", _NOT)
        # Two minus signs in a row begin a comment.
        strength = _ATOM if operand.sql.startswith("-") else _STRENGTHS["*"]
        return _Piece(f"-{operand.within(strength)}", _ATOM)

    def _binary(self, binary: Binary) -> _Piece | None:
        left, right = self.of(binary.left), self.of(binary.right)
        for one, other in ((binary.left, right), (binary.right, left)):
            if isinstance(one, Literal) and one.value is None:
                return _against_null(binary, other)
        if left is None or right is None or not _alike(binary):
            return None
        strength = _STRENGTHS[binary.operator]
        chained = binary.operator in {"&&", "||", "+", "*"}
        word = _SPELLINGS.get(binary.operator, binary.operator)
        first = left.within(strength - 1 if chained or binary.operator == "-" else strength)
        return _Piece(f"{first} {word} {right.within(strength - 1 if chained else strength)}", strength)

    def _membership(self, binary: Binary) -> _Piece | None:
        needle = self.of(binary.left)
        if needle is None or not isinstance(binary.right, Items) or not binary.right.items:
            return None
        listed = [_literal(item) for item in binary.right.items if isinstance(item, Literal)]
        values = [piece.sql for piece in listed if piece]
        if len(values) != len(binary.right.items):
            return None
        return _Piece(f"{needle.within(_COMPARISON)} in ({', '.join(values)})", _COMPARISON)

    def _conditional(self, conditional: Conditional) -> _Piece | None:
        # A condition on null chooses `otherwise` in SQL; its negation in CEL might not.
        if not self._never_null(conditional.test):
            return None
        pieces = [self.of(part) for part in (conditional.test, conditional.then, conditional.otherwise)]
        if None in pieces:
            return None
        test, then, otherwise = (piece.sql for piece in pieces if piece)
        return _Piece(f"case when {test} then {then} else {otherwise} end", _ATOM)

    def _never_null(self, expression: Expression) -> bool:
        match expression:
            case Literal():
                return expression.value is not None
            case Member():
                field = self._field(expression)
                return field is not None and field.required
            case Unary():
                return self._never_null(expression.operand)
            case Binary(right=Items()):
                return self._never_null(expression.left)
            case Binary():
                return self._never_null(expression.left) and self._never_null(expression.right)
            case _:
                return False

    def _call(self, call: Call) -> _Piece | None:
        first = call.arguments[0]
        if call.function in _SECONDS:
            if isinstance(first, Literal) and isinstance(first.value, int):
                return _Piece(str(first.value * _SECONDS[call.function]), _ATOM)
            return None
        arguments = [self.of(argument) for argument in call.arguments]
        if None in arguments:
            return None
        sql = [argument.sql for argument in arguments if argument]
        match call.function:
            case "size":
                return _Piece(f"length({sql[0]})", _ATOM)
            case "startsWith":
                return _Piece(f"substr({sql[0]}, 1, length({sql[1]})) = {sql[1]}", _COMPARISON)
            case "endsWith":
                start = f"length({sql[0]}) - length({sql[1]}) + 1"
                return _Piece(f"substr({sql[0]}, {start}) = {sql[1]}", _COMPARISON)
            case _:
                # Letters beyond ASCII fold differently; `contains` has no common spelling.
                return None


def condition(entity: Entity, expression: Expression) -> str | None:
    """Return the SQL condition of a check on a row of the entity, None if only the application can tell."""
    piece = _Translation(entity).of(expression)
    return piece.sql if piece else None


def _literal(literal: Literal) -> _Piece | None:
    kind = literal.type.kind if literal.type else None
    match literal.value:
        case bool():
            return _Piece("true" if literal.value else "false", _ATOM)
        case int():
            return _Piece(str(literal.value), _ATOM)
        case str() if kind in NUMERIC:
            return _Piece(literal.value, _ATOM)
        case str() if kind in TEXTUAL | {"enum", "date"}:
            return _Piece(text_literal(literal.value), _ATOM)
        case _:
            return None


def _against_null(binary: Binary, piece: _Piece | None) -> _Piece | None:
    words = {"==": "is null", "!=": "is not null"}
    if piece is None or binary.operator not in words:
        return None
    return _Piece(f"{piece.within(_COMPARISON)} {words[binary.operator]}", _COMPARISON)


def _alike(binary: Binary) -> bool:
    """Tell whether both engines work an operator out alike for what stands beside it."""
    left, right = (side.type.kind if side.type else None for side in (binary.left, binary.right))
    if left is None or right is None:
        return False
    match binary.operator:
        case "&&" | "||":
            return True
        case "+" | "-" | "*":
            # SQLite has no exact decimals, and keeps points in time as text.
            return left == right == "int"
        case "<" | "<=" | ">" | ">=":
            return left in _ORDERED and _family(left) == _family(right)
        case "==" | "!=":
            return left in _EQUATED and _family(left) == _family(right)
        case _:
            return False


def _family(kind: Kind) -> str:
    if kind in NUMERIC:
        return "number"
    return "text" if kind in TEXTUAL or kind == "enum" else kind
