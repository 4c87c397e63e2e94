from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qlf.agents.documentation.pattern import example


@pytest.mark.parametrize(
    "pattern",
    [
        "[A-Z]{3}",
        r"[A-Z]{2} \d+",
        r"^\d{4}-\d{2}$",
        "(?:EU|US)-[0-9a-f]{8}",
        "a?b*c+",
        r"tok_[A-Za-z0-9]{24,64}",
        r"\d{3}-\d{2}-\d{4}",
        "[A-Z0-9][A-Z0-9-]*",
    ],
)
def test_common_patterns_have_an_example(pattern: str) -> None:
    found = example(pattern)
    assert found is not None
    assert re.fullmatch(pattern, found)


def test_an_example_is_as_long_as_it_must_be() -> None:
    assert example(r"[A-Z]{2}\d+", 8) == "AA444444"


@pytest.mark.parametrize("pattern", ["[^a]+", "(?=a)b", "[", "a{2", r"(a)\1b|", "("])
def test_other_patterns_have_a_right_example_or_none(pattern: str) -> None:
    found = example(pattern)
    assert found is None or re.fullmatch(pattern, found)


@given(st.text(alphabet=r"ab[]()|*+?{}1,\d-^$.", max_size=10))
def test_no_example_is_wrong(pattern: str) -> None:
    found = example(pattern)
    assert found is None or re.fullmatch(pattern.removeprefix("^").removesuffix("$"), found)
