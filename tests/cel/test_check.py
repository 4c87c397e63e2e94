"""Every operator and function of `docs/brief.md`, section Conditions: what it gives and refuses."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qlf.agents.documentation.conditions import cel
from qlf.cel.check import condition, value
from qlf.cel.scope import Catalogue, Scope, row_scope
from qlf.model.brief import Text, at
from qlf.model.expression import Aggregate, Binary, Literal, Member, Name
from qlf.model.types import Kind, Type


def one(kind: Kind) -> Type:
    return Type(kind=kind)


def row(entity: str, *, many: bool = False) -> Type:
    return Type(kind="reference", entity=entity, many=many)


MONEY = Type(kind="money", precision=18, scale=2)
RATE = Type(kind="decimal", precision=7, scale=4)
STATUS = Type(kind="enum", enum="OrderStatus")
CATALOGUE = Catalogue(
    entities={
        "Order": {
            "title": one("text"),
            "body": one("longtext"),
            "email": one("email"),
            "total": MONEY,
            "rate": RATE,
            "pieces": one("int"),
            "paid": one("bool"),
            "due_on": one("date"),
            "sent_at": one("datetime"),
            "lasts": one("duration"),
            "extra": one("json"),
            "status": STATUS,
            "mood": Type(kind="enum", enum="Mood"),
            "customer": row("User"),
            "parent": row("Order"),
            "lines": row("Line", many=True),
            "fans": row("User", many=True),
        },
        "Line": {"amount": MONEY, "name": one("text"), "order": row("Order"), "tags": row("Tag", many=True)},
        "Tag": {"name": one("text")},
        "User": {"email": one("email"), "role": Type(kind="enum", enum="UserRole")},
    },
    enums={"OrderStatus": ("open", "paid"), "Mood": ("open", "shut"), "UserRole": ("clerk", "admin")},
)
SCOPE = replace(row_scope(CATALOGUE, "Order", viewer="User"), inputs={"count": one("int"), "status": STATUS})
GOOD = [
    ("this.total > 0", "bool"),
    ("0.5 < this.total", "bool"),
    ("this.pieces >= this.rate", "bool"),
    ("this.title == this.email", "bool"),
    ("this.status == 'open'", "bool"),
    ('"paid" != this.status', "bool"),
    ("this.status in ['open', 'paid']", "bool"),
    ("this.pieces in [1, 2, 3]", "bool"),
    ("this.customer == viewer", "bool"),
    ("this.parent.customer == viewer", "bool"),
    ("this.parent == null || this.parent != this", "bool"),
    ("viewer in this.fans", "bool"),
    ("viewer.role == 'admin'", "bool"),
    ("this.due_on < today", "bool"),
    ("this.sent_at + hours(2) > now", "bool"),
    ("this.due_on - days(30) <= today", "bool"),
    ("this.lasts > hours(1) * 2", "bool"),
    ("!this.paid && !(this.pieces > 3)", "bool"),
    ("this.extra == null", "bool"),
    ("this.title.startsWith('A') || this.title.endsWith(\"z\")", "bool"),
    ("lower(this.title).contains('x')", "bool"),
    ("size(this.title) > 3 && this.title.size() < 9", "bool"),
    ("this.lines.exists(l, l.amount > 10 && l.tags.all(t, t.name != 'x'))", "bool"),
    ("count(this.lines)", "int"),
    ("sum(this.lines.amount)", "money"),
    ("sum(this.parent.lines.amount)", "money"),
    ("sum(this.lines.map(l, l.amount * 2))", "money"),
    ("min(this.lines.name)", "text"),
    ("max(this.lines.order.sent_at)", "datetime"),
    ("this.total * this.pieces", "money"),
    ("this.rate * this.pieces", "decimal"),
    ("this.total / count(this.lines)", "money"),
    ("this.pieces / 2", "int"),
    ("this.pieces % 2", "int"),
    ("-this.total", "money"),
    ("this.title + ' ' + this.email", "text"),
    ("this.paid ? 'yes' : this.title", "text"),
    ("this.paid ? null : this.total", "money"),
    ("this.paid ? 0 : this.total", "money"),
    ("input.count + 1", "int"),
    ("input.status == this.status", "bool"),
    ("this.total\n  > 1", "bool"),
]
BAD = [
    ("this.titel == 'x'", 1, 6, "Order has no titel", "did you mean title?"),
    (
        "that.title == 'x'",
        1,
        1,
        "there is nothing called that here",
        "there are this, now, today, viewer, input",
    ),
    ("input.cuont > 1", 1, 7, "the input has no cuont", "did you mean count?"),
    ("input == 1", 1, 1, "input is no value by itself", "name a member of it, input.NAME"),
    ("this.status == 'opne'", 1, 16, "'opne' is not one of the values", "did you mean open?"),
    ("this.status in ['open', 'x']", 1, 25, "'x' is not one of the values", "there are open, paid"),
    ("this.title == 1", 1, 1, "a text cannot be compared with an int", "compare like with like"),
    (
        "this.status == this.mood",
        1,
        1,
        "an enum cannot be compared with an enum",
        "they are different enumerations; compare each with its values",
    ),
    (
        "this.customer == this.parent",
        1,
        1,
        "a row of User cannot be compared with a row of Order",
        "compare like with like",
    ),
    (
        "this.due_on < now",
        1,
        1,
        "a date cannot be compared with a datetime",
        "use today for dates and now for date-times",
    ),
    ("this.total", 1, 1, "this is money, where true or false is needed", "compare it with something"),
    ("null", 1, 1, "null is no condition", "write what must hold"),
    (
        "this.paid &&\n  this.lines",
        2,
        3,
        "this.lines is rows of Line, not true or false",
        "compare it with something",
    ),
    (
        "this.lines.amount > 1",
        1,
        12,
        "this.lines are many rows, and .amount is of one",
        "use count, sum, min, max, exists or all",
    ),
    ("this.lines == null", 1, 1, "many rows cannot be compared", "use count, sum, min, max, exists or all"),
    ("count(this.lines.amount) > 1", 1, 7, "count counts rows, not values", "leave the field out"),
    ("sum(this.lines) > 1", 1, 5, "sum needs a number of each row", "write sum(this.RELATION.FIELD)"),
    (
        "this.lines.count() > 1",
        1,
        12,
        "count is not written like this",
        "write count(this.lines)",
    ),
    ("this.lines.exist(l, true)", 1, 12, "there is no function exist", "did you mean exists?"),
    ("size(this.lines) > 1", 1, 6, "this.lines is rows of Line", "use count"),
    (
        "this.sent_at - this.sent_at > days(1)",
        1,
        1,
        "a datetime - a datetime has no meaning",
        "add days(n) or hours(n), and compare",
    ),
    (
        "this.customer in this.lines",
        1,
        18,
        "a row of User cannot be among rows of Line",
        "write a row of Line before `in`",
    ),
    ("this.pieces in []", 1, 16, "the list is empty", "write at least one value"),
    ("[1] == 1", 1, 1, "a list can only stand after `in`", "write x in [a, b]"),
    ("this['title'] == 'x'", 1, 1, "there are no indexes here", "use count, exists or all"),
    ("this.pieces % 0 == 1", 1, 1, "nothing can be divided by zero", "change the number"),
    ("b'x' == this.title", 1, 1, "b'x' has no meaning here", "write a number or a text"),
]


def text(source: str, line: int = 1, column: int = 1) -> Text:
    return Text(text=source, origin=at("shop.md", line, column))


@pytest.mark.parametrize(("source", "kind"), GOOD, ids=[source for source, _ in GOOD])
def test_expression_has_its_type(source: str, kind: str) -> None:
    found = value(text(source), SCOPE)
    assert not isinstance(found, list), found
    assert found.type is not None
    assert (found.type.kind, found.type.many) == (kind, False)


@pytest.mark.parametrize("source", [source for source, _ in GOOD])
def test_expression_written_back_as_cel_means_the_same(source: str) -> None:
    found = value(text(source), SCOPE)
    assert not isinstance(found, list)
    assert value(text(cel(found)), SCOPE) == found


@pytest.mark.parametrize(("source", "line", "column", "what", "advice"), BAD, ids=[bad[0] for bad in BAD])
def test_expression_is_refused_at_its_place(
    source: str, line: int, column: int, what: str, advice: str
) -> None:
    found = condition(text(source), SCOPE)
    assert isinstance(found, list)
    assert [str(problem) for problem in found] == [f"shop.md:{line}:{column}: {what}; {advice}"]


def test_places_start_where_the_expression_stands_in_its_file() -> None:
    found = condition(text("this.paid &&\n    this.piad", line=12, column=20), SCOPE)
    assert isinstance(found, list)
    assert [(problem.line, problem.column) for problem in found] == [(13, 10)]
    found = condition(text("this.piad && true", line=12, column=20), SCOPE)
    assert isinstance(found, list)
    assert [(problem.line, problem.column) for problem in found] == [(12, 25)]


def test_every_problem_of_an_expression_is_told() -> None:
    found = condition(text("this.a == 1 || this.b == 2"), SCOPE)
    assert isinstance(found, list)
    assert [problem.what for problem in found] == ["Order has no a", "Order has no b"]


def test_sum_of_a_field_is_a_fold_over_its_rows() -> None:
    assert value(text("sum(this.lines.amount)"), SCOPE) == Aggregate(
        function="sum",
        source=Member(of=Name(name="this", type=row("Order")), name="lines", type=row("Line", many=True)),
        binding="item",
        body=Member(of=Name(name="item", type=row("Line")), name="amount", type=MONEY),
        type=MONEY,
    )


def test_constants_take_the_type_of_what_they_stand_beside() -> None:
    found = value(text("this.total >= 10"), SCOPE)
    assert isinstance(found, Binary)
    assert found.right == Literal(value="10", type=MONEY)
    found = value(text("'open' == this.status"), SCOPE)
    assert isinstance(found, Binary)
    assert found.left == Literal(value="open", type=STATUS)


def test_values_take_the_type_of_what_they_are_for() -> None:
    assert value(text("'open'"), SCOPE, STATUS) == Literal(value="open", type=STATUS)
    assert value(text("0"), SCOPE, MONEY) == Literal(value="0", type=MONEY)
    assert value(text("null"), SCOPE, MONEY) == Literal(value=None, type=None)
    refused = value(text("this.rate"), SCOPE, one("int"))
    assert isinstance(refused, list)
    assert [problem.what for problem in refused] == ["this is a decimal, where an int is needed"]


def test_what_reads_something_broken_has_no_problem_of_its_own() -> None:
    broken = replace(CATALOGUE, broken=frozenset({("Order", "gone")}))
    assert condition(text("this.gone > 3"), replace(SCOPE, catalogue=broken)) == []


def test_strings_are_read_as_cel_has_them() -> None:
    for source, meant in [
        ("'a\\'b'", "a'b"),
        ('"\\u00e9\\n"', "\u00e9\n"),
        (r"r'\d'", r"\d"),
        ("'''a'b'''", "a'b"),
    ]:
        found = value(text(source), SCOPE)
        assert isinstance(found, Literal)
        assert found.value == meant


@pytest.mark.parametrize("source", ["(" * 900 + ")" * 900, "!" * 1900, "-" * 1900 + "1", "1" + "+1" * 900])
def test_deep_expressions_are_refused(source: str) -> None:
    found = value(text(source), SCOPE)
    assert isinstance(found, list)
    assert [problem.line for problem in found] == [1]


def test_long_expressions_are_refused() -> None:
    found = value(text("this.paid && " * 200 + "true"), SCOPE)
    assert isinstance(found, list)
    assert [problem.what for problem in found] == ["the expression has more than 2000 characters"]


PIECES = st.sampled_from(
    ["this", ".lines", ".total", "viewer", "(", ")", "'open'", "1", "0.5", "==", "&&", "in", "[", "]", "?",
     ":", ",", "sum", "count", "exists", "x", "!", "-", "+", "/", " ", "null", "now", "\\", "\n", "{", "."]
)  # fmt: skip


@given(st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=14).map(" ".join)))
def test_whatever_is_written_is_typed_or_refused_with_a_place(source: str) -> None:
    found = value(text(source), SCOPE)
    if isinstance(found, list):
        assert found
        assert all(problem.line >= 1 and problem.column >= 1 and problem.advice for problem in found)
    else:
        assert value(text(cel(found)), SCOPE) == found


def test_names_known_elsewhere_come_with_advice() -> None:
    scope = Scope(CATALOGUE, {}, advice={"viewer": "nobody signs in"})
    found = condition(text("viewer == null"), scope)
    assert isinstance(found, list)
    assert str(found[0]) == "shop.md:1:1: there is nothing called viewer here; nobody signs in"
