from __future__ import annotations

from pathlib import Path

import pytest

from qlf.gates.needs import needs

RULES = Path(__file__).parents[2] / "rules" / "gates"


@pytest.mark.parametrize(
    ("gate", "expected"), [("static", set()), ("unit", {"postgres"}), ("contract", set())]
)
def test_shipped_gates_say_what_they_need(gate: str, expected: set[str]) -> None:
    assert needs((RULES / f"{gate}.yaml").read_bytes()) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# needs: [postgres]\ntools: []\n", set()),
        ('{"tools": [{"needs":\n  ["p\\u006fstgres"]}]}', {"postgres"}),
        ("needs: postgres\n", {"postgres"}),
        ("because: needs postgres\n", set()),
        ("a: [", {"postgres"}),
        ("a: \udcff", {"postgres"}),
    ],
)
def test_needs_are_found_however_they_are_written(text: str, expected: set[str]) -> None:
    assert needs(text.encode("utf-8", "surrogateescape")) == expected
