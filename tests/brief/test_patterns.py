from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qlf.declarations.patterns import normalised, pattern_trouble


@pytest.mark.parametrize(
    "pattern", [r"[A-Z]{2} \d+", r"(?:a|b)*?c{2,}", r"\u00e9\x41\.", r"^a/b$", r"[^\]\[-]+", ""]
)
def test_portable_patterns_are_accepted(pattern: str) -> None:
    assert pattern_trouble(pattern) is None


@pytest.mark.parametrize(
    ("pattern", "offset"),
    [
        (r"a(?=b)", 1),
        (r"(?<=b)a", 0),
        (r"(?P<n>a)", 0),
        (r"(?i)a", 0),
        (r"(a)\1", 3),
        (r"a\Z", 1),
        (r"\p{L}", 0),
        (r"a*+", 1),
        (r"a{2}+", 1),
        (r"a{,3}", 1),
        (r"x[]a]", 1),
        (r"[a[b]", 2),
        (r"(", 0),
        ("[z-a]", 1),
        ("\\", 0),
        ("a" * 501, 500),
    ],
)
def test_others_are_refused_where_they_differ(pattern: str, offset: int) -> None:
    trouble = pattern_trouble(pattern)
    assert trouble is not None
    assert trouble[0] == offset


@given(st.text(alphabet=r"ab01.*+?{},()[]|^$\-/:=!<Pdwu &~", max_size=12))
def test_what_is_accepted_compiles(pattern: str) -> None:
    if pattern_trouble(pattern) is None:
        re.compile(pattern)
        assert normalised(normalised(pattern)) == normalised(pattern)
