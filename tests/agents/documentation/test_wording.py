from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qlf.agents.documentation.samples import Samples, camel, snake
from qlf.agents.documentation.steps import numbered
from qlf.agents.documentation.wording import bounds, default_words, movers, rights, span, status
from qlf.model.expression import Literal, Name
from qlf.model.spec import Effect, Property, Spec
from qlf.model.types import Kind, Type

if TYPE_CHECKING:
    from qlf.model.brief import Scalar

BARE = Spec(name="x", title="X", version="1.0.0")


@pytest.mark.parametrize(
    ("kind", "low", "high", "words"),
    [
        ("text", 1, 120, "1 to 120 characters"),
        ("text", 3, 3, "3 characters"),
        ("text", 1, None, "at least 1 character"),
        ("int", 0, None, "at least 0"),
        ("money", None, 999999.99, "at most 999999.99"),
        ("decimal", None, 1e16, "at most 10000000000000000"),
        ("text", None, None, ""),
    ],
)
def test_bounds_in_words(kind: Kind, low: float | None, high: float | None, words: str) -> None:
    assert bounds(Type(kind=kind), low, high) == words


@pytest.mark.parametrize(
    ("value", "kind", "words"),
    [
        ("now", "datetime", "default: the time of writing"),
        ("viewer", "reference", "default: whoever writes"),
        ("now", "text", 'default `"now"`'),
        (False, "bool", "default `false`"),
        ("open", "enum", "default `open`"),
        (0, "int", "default `0`"),
        ("0.25", "decimal", "default `0.25`"),
    ],
)
def test_defaults_in_words(value: Scalar, kind: Kind, words: str) -> None:
    assert default_words(value, Type(kind=kind)) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(900, "15 minutes"), (86_400, "1 day"), (1_209_600, "14 days"), (61, "61 seconds"), (7200, "2 hours")],
)
def test_life_times_in_words(seconds: int, words: str) -> None:
    assert span(seconds) == words


def test_statuses_have_the_phrases_of_the_standard() -> None:
    assert [status(201), status(422)] == ["201 Created", "422 Unprocessable Content"]


def test_rights_with_the_same_rows_stand_together(shop: Spec) -> None:
    assert rights(shop.entity("Order"), shop.roles) == [
        ("`customer`", "`create`", "all"),
        ("`customer`", "`read`, `update`, `pay`", "where `this.customer == viewer`"),
        ("`admin`", "`read`, `close`", "all"),
    ]


def test_a_transition_that_nobody_is_granted_is_for_operations(shop: Spec) -> None:
    order = shop.entity("Order").model_copy(update={"access": ()})
    assert movers(order, order.states[0].transitions[0]) == "operations only"


def test_names_change_their_case() -> None:
    assert (snake("OrderLine"), camel("order_line")) == ("order_line", "orderLine")


def test_few_new_values_stand_in_the_sentence_and_many_below_it() -> None:
    one = Literal(value=1, type=Type(kind="int"))
    values = tuple((name, one) for name in "abcd")
    effects = (
        Effect(kind="find", entity="Code", binding="code", condition=Literal(value=True, type=None)),
        Effect(kind="update", row=Name(name="code", type=None), values=values[:2]),
        Effect(kind="create", entity="Line", values=values),
        Effect(kind="create", entity="Event"),
    )
    assert numbered(effects) == (
        "1. Find the first Code with `true` as `code`; 404 if there is none.\n"
        "2. In `code`, set `a = 1`, `b = 1`.\n"
        "3. Create Line with:\n"
        "   - `a = 1`\n   - `b = 1`\n   - `c = 1`\n   - `d = 1`\n"
        "4. Create Event."
    )


def sampled(kind: Kind, *, name: str = "value", **rest: object) -> object:
    given_type = Type.model_validate(
        {"kind": kind, **({"scale": rest.pop("scale")} if "scale" in rest else {})}
    )
    made = {"name": name, "wire": name, "source": "field", "of": name, "type": given_type, **rest}
    return Samples(BARE).value(Property.model_validate({"required": True, "nullable": False, **made}))


@pytest.mark.parametrize(
    ("kind", "form"),
    [
        ("date", r"\d{4}-\d\d-\d\d"),
        ("datetime", r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"),
        ("time", r"\d\d:\d\d:\d\d"),
        ("duration", r"PT\d+H"),
        ("uuid", r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
        ("email", r"\w+@example\.com"),
        ("url", r"https://example\.com/[a-z-]+"),
        ("phone", r"\+[1-9]\d{1,14}"),
        ("money", r"\d+\.\d{2}"),
        ("decimal", r"\d+\.\d{6}"),
    ],
)
def test_examples_have_the_form_of_their_type(kind: Kind, form: str) -> None:
    found = sampled(kind)
    assert isinstance(found, str)
    assert re.fullmatch(form, found)


def test_examples_of_other_types() -> None:
    assert sampled("json") == {"key": "value"}
    assert sampled("bool", default=False) is False
    assert sampled("date", name="birth_date") == "1990-05-17"


@given(st.integers(-1000, 1000), st.integers(0, 50))
def test_numbers_keep_to_their_bounds(low: int, width: int) -> None:
    for kind in ("int", "money"):
        found = Decimal(str(sampled(kind, minimum=low, maximum=low + width)))
        assert low <= found <= low + width


@given(st.integers(0, 40), st.integers(0, 40))
def test_texts_keep_to_their_bounds(low: int, width: int) -> None:
    found = sampled("text", minimum=low, maximum=low + width)
    assert isinstance(found, str)
    assert low <= len(found) <= low + width
