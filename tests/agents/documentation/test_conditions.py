from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

import celpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qlf.agents.documentation.conditions import cel
from qlf.model.expression import (
    Aggregate,
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
from qlf.model.types import Type

if TYPE_CHECKING:
    from collections.abc import Callable

    from hypothesis.strategies import SearchStrategy

BOOL, INT, TEXT, MONEY = (Type(kind="bool"), Type(kind="int"), Type(kind="text"), Type(kind="money"))
ROWS = Type(kind="reference", entity="Line", many=True)
# Made once, outside the property: making one raises the interpreter's recursion limit.
ENVIRONMENT = celpy.Environment()
OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "<": operator.lt,
    "==": operator.eq,
    "&&": lambda left, right: left and right,
    "||": lambda left, right: left or right,
}


def whole(value: int) -> Expression:
    return Literal(value=value, type=INT)


def true_or_false(value: bool) -> Expression:
    return Literal(value=value, type=BOOL)


def binary(operators: list[str], parts: SearchStrategy[Expression], kind: Type) -> SearchStrategy[Expression]:
    return st.builds(Binary, operator=st.sampled_from(operators), left=parts, right=parts, type=st.just(kind))


NUMBERS: SearchStrategy[Expression] = st.recursive(
    st.integers(-9, 9).map(whole),
    lambda parts: st.one_of(
        binary(["+", "-", "*"], parts, INT),
        st.builds(Unary, operator=st.just("-"), operand=parts, type=st.just(INT)),
    ),
    max_leaves=8,
)
TRUTHS: SearchStrategy[Expression] = st.recursive(
    st.one_of(st.booleans().map(true_or_false), binary(["<", "=="], NUMBERS, BOOL)),
    lambda parts: st.one_of(
        binary(["&&", "||", "=="], parts, BOOL),
        st.builds(Unary, operator=st.just("!"), operand=parts, type=st.just(BOOL)),
        st.builds(Conditional, test=parts, then=parts, otherwise=parts, type=st.just(BOOL)),
    ),
    max_leaves=8,
)


def evaluated(expression: Expression) -> Any:  # noqa: ANN401
    match expression:
        case Literal():
            return expression.value
        case Unary():
            value = evaluated(expression.operand)
            return not value if expression.operator == "!" else -value
        case Binary():
            return OPERATORS[expression.operator](evaluated(expression.left), evaluated(expression.right))
        case Conditional():
            return evaluated(expression.then if evaluated(expression.test) else expression.otherwise)
        case _:
            raise AssertionError(expression)


@given(TRUTHS)
def test_the_text_means_what_the_expression_means(expression: Expression) -> None:
    program = ENVIRONMENT.program(ENVIRONMENT.compile(cel(expression)))
    assert bool(program.evaluate({})) == bool(evaluated(expression))


@given(NUMBERS)
def test_the_text_gives_the_number_that_the_expression_gives(expression: Expression) -> None:
    program = ENVIRONMENT.program(ENVIRONMENT.compile(cel(expression)))
    found: Any = program.evaluate({})
    assert int(found) == evaluated(expression)


THIS = Name(name="this", type=None)
LINES = Member(of=THIS, name="lines", type=ROWS)
LINE = Name(name="line", type=None)
AMOUNT = Member(of=LINE, name="amount", type=MONEY)
STATUS = Member(of=THIS, name="status", type=TEXT)


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        (Literal(value="0.10", type=MONEY), "0.10"),
        (Literal(value='a "b"', type=TEXT), '"a \\"b\\""'),
        (Literal(value=None, type=None), "null"),
        (Aggregate(function="count", source=LINES, type=INT), "count(this.lines)"),
        (
            Aggregate(function="sum", source=LINES, binding="line", body=AMOUNT, type=MONEY),
            "sum(this.lines.amount)",
        ),
        (
            Aggregate(
                function="sum",
                source=LINES,
                binding="line",
                body=Binary(operator="*", left=AMOUNT, right=Literal(value=2, type=INT), type=MONEY),
                type=MONEY,
            ),
            "sum(this.lines.map(line, line.amount * 2))",
        ),
        (
            Aggregate(
                function="exists",
                source=LINES,
                binding="line",
                body=Binary(operator=">", left=AMOUNT, right=Literal(value=0, type=INT), type=BOOL),
                type=BOOL,
            ),
            "this.lines.exists(line, line.amount > 0)",
        ),
        (
            Binary(
                operator="in",
                left=STATUS,
                right=Items(
                    items=(Literal(value="open", type=TEXT), Literal(value="paid", type=TEXT)), type=TEXT
                ),
                type=BOOL,
            ),
            'this.status in ["open", "paid"]',
        ),
        (
            Call(function="startsWith", arguments=(STATUS, Literal(value="o", type=TEXT)), type=BOOL),
            'this.status.startsWith("o")',
        ),
        (Call(function="size", arguments=(STATUS,), type=INT), "size(this.status)"),
        (
            Binary(
                operator="-",
                left=whole(1),
                right=Binary(operator="-", left=whole(2), right=whole(3), type=INT),
                type=INT,
            ),
            "1 - (2 - 3)",
        ),
    ],
)
def test_each_node_is_written_as_the_brief_would_have_it(expression: Expression, text: str) -> None:
    assert cel(expression) == text
