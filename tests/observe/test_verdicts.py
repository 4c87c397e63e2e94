from __future__ import annotations

from pathlib import Path

from qlf.model.finding import Finding, Outcome, ToolRun, Verdict
from qlf.observe.verdicts import details, summary

APP = Path("build/shop/app")


def verdict(*findings: Finding, outcome: Outcome = Outcome.RED) -> Verdict:
    runs = (
        ToolRun(tool="ruff", version="1", outcome=Outcome.GREEN, executed=12),
        ToolRun(tool="mypy", version="1", outcome=Outcome.UNPROVEN, reason="crashed"),
    )
    return Verdict(gate="static", outcome=outcome, inputs="0" * 64, runs=runs, findings=findings)


def finding(message: str, line: int = 1, level: str = "error") -> Finding:
    return Finding.model_validate(
        {"tool": "ruff", "rule": "E1", "level": level, "message": message, "path": "a.py", "line": line}
    )


def test_the_summary_names_what_did_not_prove_anything() -> None:
    assert summary(verdict(), {}) == "red (ruff 12, mypy not proven)"


def test_a_forgiven_gate_has_its_reason() -> None:
    unproven = verdict(outcome=Outcome.UNPROVEN)
    assert summary(unproven, {"static": "no mypy here"}) == (
        "not proven (ruff 12, mypy not proven); allowed: no mypy here"
    )
    assert summary(verdict(), {"static": "no mypy here"}) == "red (ruff 12, mypy not proven)"


def test_details_are_lines_for_an_editor_errors_first_and_no_notes() -> None:
    found = verdict(finding("w", 1, "warning"), finding("n", 2, "note"), finding("e\nmore", 3))
    assert details(found, APP) == [
        "mypy: not proven: crashed",
        "build/shop/app/a.py:3:0: e [ruff E1]",
        "build/shop/app/a.py:1:0: w [ruff E1]",
    ]


def test_many_findings_are_counted() -> None:
    found = verdict(*(finding("e", line) for line in range(1, 9)))
    assert details(found, APP, 2)[1:] == [
        "build/shop/app/a.py:1:0: e [ruff E1]",
        "build/shop/app/a.py:2:0: e [ruff E1]",
        "and 6 more in build/shop/gates/static.sarif",
    ]
    assert details(found, None, 1)[1:] == ["a.py:1:0: e [ruff E1]", "and 7 more"]


def test_a_finding_cannot_write_to_the_terminal() -> None:
    [_, line] = details(verdict(finding("\x1b[2J\x9b1m" + "x" * 500)), APP)
    assert line.isprintable()
    assert line.startswith("build/shop/app/a.py:1:0: \\u001b[2J\\u009b1mxxx")
    assert len(line) < 300
