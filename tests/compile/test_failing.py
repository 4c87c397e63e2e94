"""Every bad brief in tests/failing/compile is refused with exactly the lines of its expected.txt."""

from __future__ import annotations

from pathlib import Path

import pytest

from qlf.brief.read import read_brief
from qlf.compile.compile import compile_brief
from qlf.model.brief import Brief

FOLDER = Path(__file__).parents[1] / "failing" / "compile"
CASES = sorted(path.name for path in FOLDER.iterdir())


@pytest.mark.parametrize("case", CASES)
def test_bad_brief_is_refused_with_its_messages(case: str) -> None:
    brief = read_brief(Path("input.md"), (FOLDER / case / "input.md").read_bytes())
    assert isinstance(brief, Brief), brief
    problems = compile_brief(brief)
    assert isinstance(problems, list)
    expected = (FOLDER / case / "expected.txt").read_text(encoding="utf-8")
    assert "".join(f"{problem}\n" for problem in problems) == expected
