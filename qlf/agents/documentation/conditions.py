"""Typed expressions written back as the CEL text that a reader of the brief knows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

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
)
from qlf.model.types import NUMERIC

if TYPE_CHECKING:
    from qlf.model.expression import Expression

# Precedences of the CEL grammar (github.com/google/cel-spec, doc/langdef.md, "Syntax").
_CONDITIONAL, _OR, _AND, _RELATION, _SUM, _PRODUCT, _UNARY, _PRIMARY = range(8)
_BINARY = {
    "||": _OR,
    "&&": _AND,
    **dict.fromkeys(("==", "!=", "<", "<=", ">", ">=", "in"), _RELATION),
    **dict.fromkeys(("+", "-"), _SUM),
    **dict.fromkeys(("*", "/", "%"), _PRODUCT),
}
_METHODS = frozenset({"startsWith", "endsWith", "contains"})


def cel(expression: Expression) -> str:
    """Return the expression as CEL, on one line, with no more parentheses than it needs."""
    return _text(expression, _CONDITIONAL)


def _text(expression: Expression, least: int) -> str:
    """Return the text, in parentheses if it binds less tightly than its place asks for."""
    text, precedence = _written(expression)
    return text if precedence >= least else f"({text})"


def _written(expression: Expression) -> tuple[str, int]:
    match expression:
        case Literal():
            return _literal(expression)
        case Name():
            return expression.name, _PRIMARY
        case Member():
            return f"{_text(expression.of, _PRIMARY)}.{expression.name}", _PRIMARY
        case Unary():
            return expression.operator + _operand(expression), _UNARY
        case Binary():
            return _binary(expression)
        case Conditional():
            test, then = (_text(part, _OR) for part in (expression.test, expression.then))
            return f"{test} ? {then} : {_text(expression.otherwise, _CONDITIONAL)}", _CONDITIONAL
        case Items():
            return "[" + ", ".join(cel(item) for item in expression.items) + "]", _PRIMARY
        case Aggregate():
            return _aggregate(expression), _PRIMARY
        case Call():
            return _call(expression), _PRIMARY


def _literal(literal: Literal) -> tuple[str, int]:
    if isinstance(literal.value, str) and not (literal.type and literal.type.kind in NUMERIC):
        return json.dumps(literal.value, ensure_ascii=False), _PRIMARY
    text = json.dumps(literal.value) if not isinstance(literal.value, str) else literal.value
    return text, _UNARY if text.startswith("-") else _PRIMARY


def _operand(unary: Unary) -> str:
    """Return what a sign stands before: `--x` is no CEL, so a sign before a sign needs parentheses."""
    text = _text(unary.operand, _UNARY)
    return f"({text})" if text.startswith(unary.operator) and unary.operator == "-" else text


def _binary(binary: Binary) -> tuple[str, int]:
    precedence = _BINARY[binary.operator]
    chained = binary.operator in {"&&", "||"}
    left = _text(binary.left, precedence)
    right = _text(binary.right, precedence if chained else precedence + 1)
    return f"{left} {binary.operator} {right}", precedence


def _aggregate(aggregate: Aggregate) -> str:
    source = _text(aggregate.source, _PRIMARY)
    if aggregate.body is None:
        return f"{aggregate.function}({source})"
    if aggregate.function in {"exists", "all"}:
        return f"{source}.{aggregate.function}({aggregate.binding}, {cel(aggregate.body)})"
    path = _path(aggregate.body, aggregate.binding)
    if path is None:
        path = f".map({aggregate.binding}, {cel(aggregate.body)})"
    return f"{aggregate.function}({source}{path})"


def _path(body: Expression, binding: str) -> str | None:
    """Return `.product.price` for a body that only follows members of the bound row."""
    if isinstance(body, Name) and body.name == binding:
        return ""
    if isinstance(body, Member):
        before = _path(body.of, binding)
        return None if before is None else f"{before}.{body.name}"
    return None


def _call(call: Call) -> str:
    if call.function in _METHODS:
        receiver, *rest = call.arguments
        return f"{_text(receiver, _PRIMARY)}.{call.function}({', '.join(map(cel, rest))})"
    return f"{call.function}({', '.join(map(cel, call.arguments))})"
