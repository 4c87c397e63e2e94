from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qlf.agents.api.regular import matching


@pytest.mark.parametrize(
    ("pattern", "minimum", "expected"),
    [
        (r"[A-Z]{2} \d+", 0, "AA 0"),
        (r"[A-Z]{3}-\d{4}", 0, "AAA-0000"),
        (r"^(?:draft|final)$", 0, "draft"),
        (r"^\+[1-9]\d{1,14}$", 0, "+10"),
        (r"[^\s@]+@[^\s@]+", 0, "a@a"),
        (r"\d+", 5, "00000"),
        (r"[a-z-]+", 0, "a"),
        (r"[-a]+b?", 0, "-"),
        (r"x{2,}y*\.z", 0, "xx.z"),
        (r"\w{3}\t.", 0, "aaa\ta"),
        (r"", 0, ""),
    ],
)
def test_a_sample_matches_and_is_as_long_as_asked(pattern: str, minimum: int, expected: str) -> None:
    assert matching(pattern, minimum) == expected


@pytest.mark.parametrize("pattern", [r"(?=a)b", r"(a)\1", "a{5000}", "(a", "[a", r"\p{L}", "a)b", "a{1,2"])
def test_what_cannot_be_followed_gives_nothing(pattern: str) -> None:
    found = matching(pattern)
    assert found is None or re.fullmatch(pattern, found)


@pytest.mark.filterwarnings("ignore:Possible nested set:FutureWarning")
@given(st.text(alphabet="ab01[]()|^$.*+?{},-\\dws:", max_size=12), st.integers(0, 6))
def test_a_sample_never_breaks_its_pattern(pattern: str, minimum: int) -> None:
    found = matching(pattern, minimum)
    if found is not None:
        assert re.fullmatch(pattern, found)
        assert len(found) >= minimum
