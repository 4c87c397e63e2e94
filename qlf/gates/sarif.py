"""Verdicts as SARIF 2.1.0 (OASIS standard, Errata 01), one run for each tool."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from qlf.model.finding import Outcome

if TYPE_CHECKING:
    from qlf.model.finding import Finding, ToolRun, Verdict

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
REPOSITORY, TREE = "REPOSITORY", "TREE"
_Json = dict[str, object]


class Cause(NamedTuple):
    """A clause of a source: its file, line and column (from 1), and what it says."""

    file: str
    line: int
    column: int
    what: str


Causes = Callable[["Finding"], Sequence[Cause]]


def unexplained(_finding: Finding) -> Sequence[Cause]:
    """Return no cause."""
    return ()


def sarif(verdict: Verdict, causes: Causes = unexplained) -> str:
    """Return the SARIF log of a verdict; the same verdict gives the same bytes."""
    runs = [_run(run, verdict, causes) for run in verdict.runs]
    return (
        json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": runs}, indent=2, ensure_ascii=False) + "\n"
    )


def _run(run: ToolRun, verdict: Verdict, causes: Causes) -> _Json:
    findings = [finding for finding in verdict.findings if finding.tool == run.tool]
    rules = sorted({finding.rule for finding in findings})
    driver: _Json = {"name": run.tool, "rules": [{"id": rule} for rule in rules]}
    if run.version:
        driver["version"] = run.version
    return {
        "tool": {"driver": driver},
        "automationDetails": {"id": f"{verdict.gate}/{run.tool}/"},
        "originalUriBaseIds": {
            REPOSITORY: {"description": {"text": "The repository of the brief."}},
            TREE: {"description": {"text": "The tree of the application."}},
        },
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(run)],
        "properties": {"outcome": run.outcome.value, "executed": run.executed, "inputs": verdict.inputs},
        "results": [_result(finding, rules.index(finding.rule), causes(finding)) for finding in findings],
    }


def _invocation(run: ToolRun) -> _Json:
    """Section 3.20: an unproven run did not succeed, and a notification says why."""
    proven = run.outcome is not Outcome.UNPROVEN
    made: _Json = {"executionSuccessful": proven}
    if not proven:
        made["toolExecutionNotifications"] = [{"level": "error", "message": {"text": run.reason}}]
    return made


def _result(finding: Finding, index: int, causes: Sequence[Cause]) -> _Json:
    made: _Json = {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": finding.level,
        "message": {"text": finding.message or finding.rule},
    }
    if finding.path:
        base = REPOSITORY if finding.base == "repository" else TREE
        physical: _Json = {"artifactLocation": {"uri": quote(finding.path), "uriBaseId": base}}
        if finding.line:
            column = {"startColumn": finding.column} if finding.column else {}
            physical["region"] = {"startLine": finding.line, **column}
        made["locations"] = [{"physicalLocation": physical}]
    if causes:
        made["relatedLocations"] = [_related(cause, number) for number, cause in enumerate(causes, start=1)]
    return made


def _related(cause: Cause, number: int) -> _Json:
    """Section 3.27.22: a clause of the brief that led to the place of a finding."""
    region = {"startLine": cause.line, "startColumn": cause.column}
    artifact = {"uri": quote(cause.file), "uriBaseId": REPOSITORY}
    return {
        "id": number,
        "message": {"text": cause.what},
        "physicalLocation": {"artifactLocation": artifact, "region": region},
    }
