from __future__ import annotations

from qlf.sql.layout import WIDTH, broken, folded


def test_a_short_statement_stays_on_one_line() -> None:
    assert broken("create index ix", "on a (b);", 0) == "create index ix on a (b);"


def test_a_long_statement_goes_on_below() -> None:
    head, rest = "x" * 60, "y" * 60
    assert broken(head, rest, 4) == f"{head}\n        {rest}"


def test_a_long_list_is_folded_between_its_values() -> None:
    values = ", ".join(f"'value_{number}'" for number in range(20))
    lines = folded(f"status in ({values})", 8).split("\n")
    assert len(lines) > 1
    assert max(map(len, lines)) <= WIDTH
    assert " ".join(line.strip() for line in lines) == f"status in ({values})"


def test_spaces_in_texts_are_kept() -> None:
    condition = "title <> 'two  spaces' and " + " and ".join(["price > 0"] * 20)
    assert folded(condition, 8) == condition
