"""Every bad brief in tests/failing/brief is refused with exactly the lines of its expected.txt."""

from __future__ import annotations

from pathlib import Path

import pytest

from qlf.brief.read import read_brief

FOLDER = Path(__file__).parents[1] / "failing" / "brief"
CASES = sorted(path.name for path in FOLDER.iterdir())


@pytest.mark.parametrize("case", CASES)
def test_bad_brief_is_refused_with_its_messages(case: str) -> None:
    source = next((FOLDER / case).glob("input.*"))
    problems = read_brief(Path(source.name), source.read_bytes())
    assert isinstance(problems, list)
    expected = (FOLDER / case / "expected.txt").read_text(encoding="utf-8")
    assert "".join(f"{problem}\n" for problem in problems) == expected
