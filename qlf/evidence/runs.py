"""What the gates left, and whether it is about exactly what is there now."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from qlf.gates.gate import Gate, read_gate
from qlf.gates.runners.junit import Suite, read_junit
from qlf.model.canonical import digest
from qlf.model.evidence import GateRun
from qlf.model.finding import Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from qlf.gates.gate import GateSettings
    from qlf.model.finding import ToolRun


@dataclass(frozen=True, slots=True)
class Run:
    """What one gate left: its verdict, the tests of each tool, or why there are none of it, by the tool.

    `waived` are the tools that did not have to run.
    """

    gate: GateRun
    verdict: Verdict | None = None
    suites: Mapping[str, Suite | str] = field(default_factory=dict)
    waived: frozenset[str] = frozenset()

    def tools(self) -> list[ToolRun]:
        """Return the runs that count."""
        runs = self.verdict.runs if self.verdict else ()
        return [run for run in runs if run.tool not in self.waived]


def read_run(gate: str, app: Path, folder: Path, settings: GateSettings) -> Run:
    """Return what a gate left in a folder about a tree; what does not count says why."""
    file = folder / f"{gate}.json"
    if not file.is_file() or file.is_symlink():
        return nothing(gate, "it did not run")
    content = file.read_bytes()
    try:
        verdict = Verdict.model_validate_json(content)
    except ValueError:
        return nothing(gate, "what it left is no verdict")
    now = read_gate(gate, app, settings)
    if not isinstance(now, Gate):
        return nothing(gate, "its rules, or what it reads, cannot be read")
    reason = _why_not(verdict, now)
    waived = frozenset(tool.name for tool in now.rule.tools if not now.is_given(tool))
    run = GateRun(
        gate=gate,
        outcome=verdict.outcome,
        verdict=digest(content),
        inputs=verdict.inputs,
        counts=not reason,
        reason=reason,
    )
    suites = {
        tool.name: _suite(folder / f"{gate}.{tool.name}.junit.xml", tool.name, verdict)
        for tool in now.rule.tools
        if tool.report == "junit" and tool.name not in waived
    }
    return Run(run, verdict, suites, waived)


def nothing(gate: str, reason: str) -> Run:
    """Return that a gate says nothing, and why."""
    return Run(GateRun(gate=gate, outcome=Outcome.UNPROVEN, reason=reason))


def _why_not(verdict: Verdict, now: Gate) -> str:
    """Return why a verdict does not count, "" if it does."""
    if verdict.gate != now.name:
        return f"what it left is a verdict of {verdict.gate}"
    if verdict.inputs != now.inputs() or verdict.files != now.digests():
        return "it ran on other files, by other rules, or with other tools than these"
    if verdict.outcome is Outcome.NOT_APPLICABLE:
        return "the application has nothing that it is for"
    if verdict.outcome is Outcome.UNPROVEN:
        told = [f"{run.tool}: {run.reason}" for run in verdict.runs if run.outcome is Outcome.UNPROVEN]
        return f"it is not proven ({'; '.join(told)})"
    return ""


def _suite(file: Path, tool: str, verdict: Verdict) -> Suite | str:
    """Return the tests of a tool, or why they are unknown: they must be those that the verdict is about."""
    try:
        suite = read_junit(file.read_bytes())
    except OSError:
        return "it left no report"
    if isinstance(suite, str):
        return suite
    broken = sum(case.kind in {"failure", "error"} for case in suite.cases)
    found = sum(finding.tool == tool for finding in verdict.findings if finding.rule.startswith("test-"))
    executed = [run.executed for run in verdict.runs if run.tool == tool]
    if executed != [suite.executed] or broken != found:
        return "its report is not the one that the verdict is about"
    return suite
