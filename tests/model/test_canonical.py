"""Values are written as RFC 8785 says, whatever is in them."""

from __future__ import annotations

import math
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from qlf.model.canonical import canonical, plain

NUMBERS = st.one_of(
    st.integers(-(2**53) + 1, 2**53 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(
        [0.0, -0.0, 1e-5, 9.9e-6, 1e-7, 0.1, 1e15, 1e16, 1e21, 9007199254740991.0, 9007199254740992.0]
    ),
)
TEXTS = st.one_of(
    st.text(), st.sampled_from(["\x00\x1f\x7f", '\\"/', "\b\t\n\f\r", "\u2028é", "\ue000", "\U0001f600"])
)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(TEXTS, inner)),
)


class Anything(BaseModel):
    """A value that can hold all that JSON can say."""

    what: Any


class Scalar(BaseModel):
    """A value that holds a number or a text."""

    what: int | float | str


@given(JSON)
def test_a_value_is_written_as_the_standard_says(what: Any) -> None:  # noqa: ANN401
    assert canonical(Anything(what=what)) == rfc8785.dumps({"what": what})


@pytest.mark.parametrize(
    ("what", "written"),
    [
        (5.0, b"5"),
        (-0.0, b"0"),
        (0.01, b"0.01"),
        (1e16, b"10000000000000000"),
        (1e21, b"1e+21"),
        (1e-7, b"1e-7"),
        ({"\ue000": 1, "\U0001f600": 2, "a": 3}, '{"a":3,"\U0001f600":2,"\ue000":1}'.encode()),
        ("\x07\x7f\u2028é", b'"\\u0007\x7f\xe2\x80\xa8\xc3\xa9"'),
    ],
)
def test_numbers_names_and_texts(what: object, written: bytes) -> None:
    assert canonical(Anything(what=what)) == b'{"what":' + written + b"}"


@pytest.mark.parametrize("what", [2**53, -(2**53), math.nan, math.inf, -math.inf, "\ud800"])
def test_what_the_standard_cannot_say_is_refused(what: float | str) -> None:
    with pytest.raises(ValueError, match=r"domain|representable|codepoints|surrogates"):
        canonical(Scalar(what=what))


@pytest.mark.parametrize("what", [0.5, 1e300])
def test_a_part_is_written_like_the_whole(what: float) -> None:
    members, write = plain(Anything(what={"part": [what, "é"], "a": None}))
    assert write(members["what"]) == rfc8785.dumps({"part": [what, "é"], "a": None})
