"""The gate `policy` through the gates' own way: inputs, verdicts, places."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from qlf.errors import Problem
from qlf.gates.run import Judged, run_gate
from qlf.gates.sarif import REPOSITORY, TREE
from qlf.model.canonical import canonical
from qlf.model.finding import Outcome
from qlf.observe.verdicts import details
from tests.policies.examples import base, policies

if TYPE_CHECKING:
    from tests.gates.conftest import App

SPEC = canonical(base())


@pytest.fixture
def judged(app: App) -> App:
    given(app, policies())
    return app


def given(app: App, said: list[dict[str, Any]], spec: bytes = SPEC) -> None:
    beside = {"policies.json": json.dumps(said).encode(), "spec.json": spec}
    app.settings = replace(app.settings, beside=beside)


def test_an_application_that_keeps_to_all_is_green_and_recalled(judged: App) -> None:
    run, findings = judged.run("policy", "policies")
    assert (run.outcome, findings) == (Outcome.GREEN, ())
    assert run.executed > 50
    assert run.version == "0.1.3"
    again = run_gate("policy", judged.tree, judged.out, judged.settings)
    assert isinstance(again, Judged)
    assert again.recalled


def test_a_policy_that_is_broken_makes_it_red_at_the_clause_and_at_the_line(judged: App) -> None:
    given(judged, policies("card-numbers-expire"))
    judged.write("backend/app/leak.py", "a = 1\nKEY = 'AKIAABCDEFGHIJKLMNOP'\n")
    verdict = judged.verdict("policy")
    assert verdict.outcome is Outcome.RED
    log = json.loads((judged.out / "policy.sarif").read_text(encoding="utf-8"))
    places = {
        one["ruleId"]: (one["locations"][0]["physicalLocation"], one["level"])
        for one in log["runs"][0]["results"]
    }
    assert places == {
        "card-numbers-expire": (
            {
                "artifactLocation": {"uri": "briefs/cards.md", "uriBaseId": REPOSITORY},
                "region": {"startLine": 7, "startColumn": 7},
            },
            "error",
        ),
        "no-secrets-in-files": (
            {
                "artifactLocation": {"uri": "backend/app/leak.py", "uriBaseId": TREE},
                "region": {"startLine": 2},
            },
            "error",
        ),
    }
    told = details(verdict, judged.tree)
    assert told[0].startswith(
        f"{judged.tree}/backend/app/leak.py:2:0: backend/app/leak.py holds a private key"
    )
    assert told[1].startswith("briefs/cards.md:7:7: Card keeps card numbers (number) without an end; give")


def test_a_warning_is_told_and_lets_it_through(judged: App) -> None:
    given(judged, policies("personal-data-expires"))
    run, findings = judged.run("policy", "policies")
    assert run.outcome is Outcome.GREEN
    assert {(one.rule, one.level) for one in findings} == {("personal-data-expires", "warning")}


@pytest.mark.parametrize("change", ["spec", "policies", "tree"])
def test_the_verdict_is_about_spec_policies_and_tree(judged: App, change: str) -> None:
    before = judged.verdict("policy").inputs
    if change == "spec":
        given(judged, policies(), SPEC.replace(b'"line":7', b'"line":8'))
    elif change == "policies":
        given(judged, [{**one, "advice": "other"} for one in policies()])
    else:
        judged.write("notes.txt", "x")
    assert judged.verdict("policy").inputs != before


def test_other_gates_do_not_depend_on_what_lies_beside(judged: App) -> None:
    judged.change_rule("static", "ruff")
    before = judged.verdict("static").inputs
    given(judged, [])
    assert judged.verdict("static").inputs == before


def test_without_a_policy_nothing_is_proven(judged: App) -> None:
    given(judged, [])
    run, _ = judged.run("policy", "policies")
    assert (run.outcome, run.reason) == (Outcome.UNPROVEN, "nothing was checked")


def test_without_the_spec_it_is_not_run(app: App) -> None:
    found = run_gate("policy", app.tree, app.out, app.settings)
    assert isinstance(found, list)
    assert isinstance(found[0], Problem)
    assert found[0].what == "the gate 'policy' is not given policies.json, spec.json"


def test_a_condition_without_end_is_not_proven(judged: App) -> None:
    """Each of 25 lists holds the one before twice: to compare two of them takes 2**25 steps."""
    twice = "[1]" + ".map(x, [x, x])" * 25
    hostile = {**policies()[0], "over": "application", "where": "", "holds": f"{twice} == {twice}"}
    given(judged, [hostile])
    judged.change_rule("policy", "policies", timeout=2)
    run, _ = judged.run("policy", "policies")
    assert run.outcome is Outcome.UNPROVEN
    assert run.reason.startswith(("not ended after 2 s", "ended with unexpected code -"))
