"""From what tools say to what holds: the verdict, and whether it blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qlf.model.finding import Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from qlf.gates.job import Report


def judge(gate: str, inputs: str, reports: Sequence[Report], waived: Collection[str] = ()) -> Verdict:
    """Return the verdict over all runs: red if one is red, else unproven if one is, else green.

    `waived` are the tools that were not run because what they need was not given; at least one other
    must have proved something.
    """
    runs = tuple(report.run for report in reports)
    counted = {run.outcome for run in runs if run.tool not in waived}
    outcome = Outcome.GREEN if counted == {Outcome.GREEN} else Outcome.UNPROVEN
    if Outcome.RED in counted:
        outcome = Outcome.RED
    findings = tuple(finding for report in reports for finding in report.findings)
    return Verdict(gate=gate, outcome=outcome, inputs=inputs, runs=runs, findings=findings)


def blocks(verdict: Verdict, allow_unproven: Mapping[str, str]) -> bool:
    """Say whether a verdict stops what follows.

    Red does always, unproven unless `allow_unproven` has a reason for the gate.
    """
    if verdict.outcome is Outcome.UNPROVEN:
        return not allow_unproven.get(verdict.gate, "").strip()
    return verdict.outcome is Outcome.RED
