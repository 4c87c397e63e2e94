from __future__ import annotations

import pytest

from qlf.agents.backend.names import docstring, quoted, sentence


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("plain", '"plain"'),
        ('say "x"', "'say \"x\"'"),
        ("it's", '"it\'s"'),
        (["a", 1], '["a", 1]'),
        (None, "None"),
    ],
)
def test_constants_are_quoted_as_the_formatter_does(value: object, expected: str) -> None:
    assert quoted(value) == expected


def test_a_sentence_cannot_end_the_docstring_it_stands_in() -> None:
    assert sentence('says """ and \\ at the end...') == "Says  and  at the end."
    assert docstring("One line.") == '    """One line."""'
