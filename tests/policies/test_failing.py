"""Each shipped policy refuses its example in tests/failing/policy with these lines, and lets another be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from qlf.policies.files import Rules, policy_files
from qlf.policies.read import read_policies
from tests.policies.examples import ROOT, base, evaluate, make

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = ROOT / "tests" / "failing" / "policy"
RULES = Rules(ROOT / "rules", "rules")
NAMES = sorted(policy_files([RULES]))
SPEC = base()


def test_every_policy_has_an_example() -> None:
    assert sorted(path.name for path in FOLDER.iterdir()) == NAMES
    assert len(NAMES) >= 14


@pytest.mark.parametrize("name", NAMES)
def test_a_policy_refuses_its_example_and_lets_the_other_be(name: str, tmp_path: Path) -> None:
    found = read_policies([RULES], [name])
    assert isinstance(found, tuple), [str(problem) for problem in found]
    policies = [policy for policy in found if policy.name == name]
    (tmp_path / "failing").mkdir()
    _, lines = evaluate(policies, *make(FOLDER / name / "input.yaml", SPEC, tmp_path / "failing"))
    expected = (FOLDER / name / "expected.txt").read_text(encoding="utf-8")
    assert "".join(f"{line}\n" for line in lines) == expected
    assert f"[{name}]" in expected
    assert "cannot be evaluated" not in expected
    (tmp_path / "passing").mkdir()
    checked, lines = evaluate(policies, *make(FOLDER / name / "passing.yaml", SPEC, tmp_path / "passing"))
    assert lines == []
    # A policy against something is not even asked where there is none of it.
    assert checked or policies[0].holds == "false"


def test_a_compiled_brief_keeps_to_what_always_holds(tmp_path: Path) -> None:
    found = read_policies([RULES])
    assert isinstance(found, tuple)
    (tmp_path / "nothing.yaml").write_text("", encoding="utf-8")
    checked, lines = evaluate(found, *make(tmp_path / "nothing.yaml", SPEC, tmp_path))
    assert lines == []
    assert checked > 50
