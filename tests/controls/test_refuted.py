"""The controls that a verdict refutes: those whose proof has failed, and no others."""

from __future__ import annotations

import pytest

from qlf.controls.conditions import Conditions
from qlf.controls.refuted import refuted
from qlf.model.control import Catalogue, Control
from qlf.model.finding import Finding, Level, Outcome, ToolRun, Verdict
from qlf.model.value import Origin


def _control(name: str, *proofs: str, applies_to: str = "true") -> Control:
    return Control(
        id=name,
        title=f"Title of {name}",
        wording="It is so.",
        clause="1",
        checked="here",
        applies_to=applies_to,
        implemented_by=("encryption",),
        proven_by=proofs,
        origin=Origin(kind="overlay"),
    )


CATALOGUE = Catalogue(
    name="house",
    title="House",
    version="1",
    publisher="us",
    source="here",
    controls=(
        _control("sealed", "key_rotation", "encryption"),
        _control("elsewhere", "encryption", applies_to="spec.name == 'other'"),
        _control("masked", "masking"),
        _control("safe", "static/bandit"),
        _control("quoted", "static/bandit/B608"),
        _control("hashed", "static/bandit/B324"),
    ),
)
CONDITIONS = Conditions({"name": "shop"})


def _verdict(gate: str, tool: str, outcome: Outcome, *found: tuple[str, str, Level]) -> Verdict:
    return Verdict(
        gate=gate,
        outcome=outcome,
        inputs="0" * 64,
        runs=(ToolRun(tool=tool, version="1", outcome=outcome),),
        findings=tuple(
            Finding(tool=tool, rule=rule, level=level, message="so", path=path) for path, rule, level in found
        ),
    )


def _told(verdict: Verdict) -> list[tuple[str, str]]:
    return [(control.id, name) for control, name in refuted(verdict, [CATALOGUE], CONDITIONS)]


def test_a_failed_check_refutes_what_it_proves() -> None:
    verdict = _verdict(
        "compliance",
        "pytest-sqlite",
        Outcome.RED,
        ("tests/compliance/test_encryption.py", "test-failure", "error"),
        ("tests/compliance/conftest.py", "test-error", "error"),
    )
    assert _told(verdict) == [("sealed", "encryption")]


@pytest.mark.parametrize(
    ("outcome", "level", "told"),
    [
        (Outcome.RED, "error", [("safe", "static/bandit"), ("quoted", "static/bandit/B608")]),
        (Outcome.GREEN, "warning", [("quoted", "static/bandit/B608")]),
        (Outcome.GREEN, "note", []),
    ],
)
def test_a_finding_refutes_by_its_rule(outcome: Outcome, level: Level, told: list[tuple[str, str]]) -> None:
    assert _told(_verdict("static", "bandit", outcome, ("backend/app/db.py", "B608", level))) == told
