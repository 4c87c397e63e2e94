"""What of a check the database can repeat, and what it leaves to the application."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import psycopg
import pytest

from qlf.model.expression import EXPRESSION, Expression
from qlf.model.spec import Entity, Field, Key, Listing
from qlf.model.types import Kind, Type
from qlf.sql.conditions import condition

if TYPE_CHECKING:
    from collections.abc import Mapping

KINDS: Mapping[str, Kind] = {
    "id": "uuid",
    "a": "int",
    "b": "int",
    "price": "money",
    "paid": "money",
    "name": "text",
    "code": "text",
    "active": "bool",
    "state": "enum",
    "day": "date",
    "starts_at": "datetime",
    "ends_at": "datetime",
    "span": "duration",
    "buyer": "reference",
    "order": "int",
}
ROW = Entity(
    name="Row",
    plural="rows",
    table="rows",
    label="Row",
    label_plural="Rows",
    key=Key(kind="uuid"),
    listing=Listing(filters=(), sorts=(), default_sort="id"),
    fields=tuple(
        Field(
            name=name,
            column=f"{name}_id" if kind == "reference" else name,
            label=name,
            type=Type(kind=kind),
            required=name in {"a", "active"},
        )
        for name, kind in KINDS.items()
    ),
)
Tree = dict[str, object]


def this(name: str) -> Tree:
    return {
        "node": "member",
        "of": {"node": "name", "name": "this", "type": None},
        "name": name,
        "type": {"kind": KINDS[name]},
    }


def literal(value: object, kind: Kind | None) -> Tree:
    return {"node": "literal", "value": value, "type": kind and {"kind": kind}}


def binary(left: Tree, operator: str, right: Tree, kind: Kind = "bool") -> Tree:
    tree = {"node": "binary", "operator": operator, "left": left, "right": right, "type": {"kind": kind}}
    return dict(tree)


def call(function: str, *arguments: Tree, kind: Kind = "bool") -> Tree:
    return {"node": "call", "function": function, "arguments": list(arguments), "type": {"kind": kind}}


def negated(operand: Tree) -> Tree:
    return {"node": "unary", "operator": "!", "operand": operand, "type": {"kind": "bool"}}


def minus(operand: Tree) -> Tree:
    return {"node": "unary", "operator": "-", "operand": operand, "type": {"kind": "int"}}


def chosen(test: Tree, then: Tree, otherwise: Tree) -> Tree:
    parts = {"test": test, "then": then, "otherwise": otherwise}
    return {"node": "conditional", **parts, "type": {"kind": "bool"}}


def items(*values: Tree) -> Tree:
    return {"node": "items", "items": list(values), "type": None}


def sql(tree: Tree) -> str | None:
    parsed: Expression = EXPRESSION.validate_python(tree)
    return condition(ROW, parsed)


A_OVER_B = binary(this("a"), ">", this("b"))
A_IS_ONE = binary(this("a"), "==", literal(1, "int"))
ROW_ITSELF: Tree = {"node": "name", "name": "this", "type": {"kind": "reference", "entity": "Row"}}
EXPRESSED = [
    (A_OVER_B, "a > b"),
    (binary(this("order"), ">", literal(0, "int")), '"order" > 0'),
    (binary(A_OVER_B, "&&", binary(A_IS_ONE, "||", A_OVER_B)), "a > b and (a = 1 or a > b)"),
    (binary(binary(A_IS_ONE, "&&", A_IS_ONE), "||", A_OVER_B), "a = 1 and a = 1 or a > b"),
    (negated(binary(A_IS_ONE, "||", A_OVER_B)), "not (a = 1 or a > b)"),
    (binary(negated(A_IS_ONE), "&&", this("active")), "not a = 1 and active"),
    (
        binary(binary(this("a"), "-", binary(this("b"), "-", this("a"), "int"), "int"), "<", this("b")),
        "a - (b - a) < b",
    ),
    (
        binary(binary(binary(this("a"), "+", this("b"), "int"), "*", this("a"), "int"), "<", this("b")),
        "(a + b) * a < b",
    ),
    (binary(this("a"), ">", minus(minus(this("b")))), "a > -(-b)"),
    (binary(this("a"), ">", minus(binary(this("a"), "+", this("b"), "int"))), "a > -(a + b)"),
    (binary(this("day"), ">=", literal("2026-01-15", "date")), "day >= '2026-01-15'"),
    (binary(this("ends_at"), "==", literal(None, None)), "ends_at is null"),
    (binary(literal(None, None), "!=", this("buyer")), "buyer_id is not null"),
    (binary(this("buyer"), "!=", ROW_ITSELF), "buyer_id <> id"),
    (binary(this("ends_at"), ">", this("starts_at")), "ends_at > starts_at"),
    (binary(this("paid"), "<=", this("price")), "paid <= price"),
    (binary(this("price"), ">=", literal("0.50", "decimal")), "price >= 0.50"),
    (binary(this("span"), "<=", call("hours", literal(2, "int"), kind="duration")), "span <= 7200"),
    (
        binary(this("state"), "in", items(literal("x", "enum"), literal("it's", "enum"))),
        "state in ('x', 'it''s')",
    ),
    (binary(call("size", this("name"), kind="int"), ">", literal(2, "int")), "length(name) > 2"),
    (call("startsWith", this("code"), literal("A", "text")), "substr(code, 1, length('A')) = 'A'"),
    (
        call("endsWith", this("code"), literal("Z", "text")),
        "substr(code, length(code) - length('Z') + 1) = 'Z'",
    ),
    (chosen(this("active"), A_OVER_B, A_IS_ONE), "case when active then a > b else a = 1 end"),
    (binary(this("active"), "==", literal(value=True, kind="bool")), "active = true"),
]
LEFT_TO_THE_APPLICATION = [
    binary(this("day"), ">=", {"node": "name", "name": "today", "type": {"kind": "date"}}),
    binary(binary(this("price"), "+", this("paid"), "money"), "<=", this("price")),
    binary(binary(this("a"), "/", this("b"), "int"), ">", literal(1, "int")),
    binary(this("name"), "<", this("code")),
    binary(call("lower", this("name"), kind="text"), "==", this("name")),
    call("contains", this("name"), literal("x", "text")),
    binary(this("day"), "<", this("starts_at")),
    chosen(A_OVER_B, A_IS_ONE, A_OVER_B),
    binary({**this("buyer"), "of": this("buyer")}, "==", this("a")),
    binary(
        {
            "node": "aggregate",
            "function": "count",
            "source": this("buyer"),
            "type": {"kind": "int"},
        },
        ">",
        literal(0, "int"),
    ),
    binary(this("state"), "in", items(this("state"))),
]


@pytest.mark.parametrize(("tree", "expected"), EXPRESSED, ids=[expected for _, expected in EXPRESSED])
def test_a_condition_on_the_row_is_sql(tree: Tree, expected: str) -> None:
    assert sql(tree) == expected


@pytest.mark.parametrize("tree", LEFT_TO_THE_APPLICATION)
def test_a_condition_that_the_engines_see_differently_is_left_out(tree: Tree) -> None:
    assert sql(tree) is None


def test_both_engines_take_every_condition(postgres: str) -> None:
    columns = (
        "id bigint, a bigint, b bigint, price numeric(18, 2), paid numeric(18, 2), name varchar(9),"
        " code varchar(9), active boolean, state varchar(9), day date, starts_at timestamp,"
        ' ends_at timestamp, span bigint, buyer_id bigint, "order" bigint'
    )
    checks = ", ".join(f"check ({expected})" for _, expected in EXPRESSED)
    with sqlite3.connect(":memory:") as lite:
        lite.execute(f"create table checked ({columns}, {checks})")
    lite.close()
    with psycopg.connect(postgres) as big:
        big.execute(f"create temporary table checked ({columns}, {checks})".encode())
