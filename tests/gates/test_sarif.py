from __future__ import annotations

import json

from qlf.gates.sarif import Cause, sarif
from qlf.model.finding import Finding, Outcome, ToolRun, Verdict

VERDICT = Verdict(
    gate="static",
    outcome=Outcome.RED,
    inputs="0" * 64,
    runs=(
        ToolRun(tool="ruff", version="0.17.6", outcome=Outcome.RED, executed=2),
        ToolRun(tool="mypy", version="", outcome=Outcome.UNPROVEN, reason="not ended after 3 s"),
    ),
    findings=(
        Finding(
            tool="ruff", rule="F401", level="error", message="unused", path="backend/a b.py", line=3, column=8
        ),
        Finding(tool="ruff", rule="E501", level="warning", message="long", path="backend/a.py", line=1),
        Finding(tool="ruff", rule="X", level="note", message=""),
    ),
)


def test_each_tool_is_a_run_with_its_results() -> None:
    log = json.loads(sarif(VERDICT))
    assert log["version"] == "2.1.0"
    ruff, mypy = log["runs"]
    assert ruff["tool"]["driver"] == {
        "name": "ruff",
        "rules": [{"id": "E501"}, {"id": "F401"}, {"id": "X"}],
        "version": "0.17.6",
    }
    assert ruff["results"] == [
        {
            "ruleId": "F401",
            "ruleIndex": 1,
            "level": "error",
            "message": {"text": "unused"},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": {"uri": "backend/a%20b.py", "uriBaseId": "TREE"},
                        "region": {"startLine": 3, "startColumn": 8},
                    },
                },
            ],
        },
        {
            "ruleId": "E501",
            "ruleIndex": 0,
            "level": "warning",
            "message": {"text": "long"},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": {"uri": "backend/a.py", "uriBaseId": "TREE"},
                        "region": {"startLine": 1},
                    },
                },
            ],
        },
        {"ruleId": "X", "ruleIndex": 2, "level": "note", "message": {"text": "X"}},
    ]
    assert ruff["invocations"] == [{"executionSuccessful": True}]
    assert mypy["results"] == []
    assert mypy["invocations"] == [
        {
            "executionSuccessful": False,
            "toolExecutionNotifications": [{"level": "error", "message": {"text": "not ended after 3 s"}}],
        },
    ]


def test_every_result_points_at_its_rule_and_base() -> None:
    """Sections 3.27.6 (ruleIndex), 3.14.14 (originalUriBaseIds), 3.19.23 (unique rules)."""
    for run in json.loads(sarif(VERDICT))["runs"]:
        rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
        assert len(set(rules)) == len(rules)
        for result in run["results"]:
            assert rules[result["ruleIndex"]] == result["ruleId"]
            for location in result.get("locations", []):
                base = location["physicalLocation"]["artifactLocation"]["uriBaseId"]
                assert base in run["originalUriBaseIds"]


def test_the_same_verdict_gives_the_same_bytes() -> None:
    assert sarif(VERDICT) == sarif(Verdict.model_validate_json(VERDICT.model_dump_json()))


def test_results_name_the_clauses_that_led_to_their_place() -> None:
    def causes(finding: Finding) -> tuple[Cause, ...]:
        return (Cause("briefs/shop.md", 12, 7, "field Order.total"),) if finding.path else ()

    written = json.loads(sarif(VERDICT, causes))

    results = [result for run in written["runs"] for result in run["results"]]
    related = [result.get("relatedLocations") for result in results]
    assert related[0] == [
        {
            "id": 1,
            "message": {"text": "field Order.total"},
            "physicalLocation": {
                "artifactLocation": {"uri": "briefs/shop.md", "uriBaseId": "REPOSITORY"},
                "region": {"startLine": 12, "startColumn": 7},
            },
        }
    ]
    assert all("REPOSITORY" in run["originalUriBaseIds"] for run in written["runs"])
