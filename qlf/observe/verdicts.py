"""What a verdict says, in lines that an editor can follow to the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qlf.errors import printable
from qlf.model.finding import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from qlf.model.finding import Finding, Verdict

MOST_FINDINGS = 20
MOST_CHARACTERS = 200
WORDS = {
    Outcome.GREEN: "green",
    Outcome.RED: "red",
    Outcome.UNPROVEN: "not proven",
    Outcome.NOT_APPLICABLE: "not applicable",
}


def summary(verdict: Verdict, allowed: Mapping[str, str]) -> str:
    """Return one line: the outcome and what it rests on; `allowed` has the reasons of forgiven gates."""
    reason = allowed.get(verdict.gate)
    forgiven = f"; allowed: {reason}" if reason and verdict.outcome is Outcome.UNPROVEN else ""
    rests_on = f" ({runs(verdict)})" if verdict.runs else ""
    return f"{WORDS[verdict.outcome]}{rests_on}{forgiven}"


def runs(verdict: Verdict) -> str:
    """Return the tools that a verdict rests on, how much each has checked, and what it said if not green."""
    parts = []
    for run in verdict.runs:
        count = f" {run.executed}" if run.executed > 1 else ""
        shown = "" if run.outcome is Outcome.GREEN else f" {WORDS[run.outcome]}"
        parts.append(f"{run.tool}{count}{shown}")
    return ", ".join(parts)


def details(verdict: Verdict, app: Path | None, most: int = MOST_FINDINGS) -> list[str]:
    """Return a line for each tool that proved nothing and for each finding that is more than a note.

    Findings read `FILE:LINE:COL: message [tool rule]`, with the file below `app`, or as in the tree without.
    """
    lines = [
        _plain(f"{run.tool}: not proven: {run.reason}")
        for run in verdict.runs
        if run.outcome is Outcome.UNPROVEN
    ]
    told = [finding for finding in verdict.findings if finding.level != "note"]
    told.sort(key=lambda finding: (finding.level != "error", finding.path, finding.line, finding.column))
    lines += [_line(finding, app) for finding in told[:most]]
    if len(told) > most:
        where = f" in {app.parent / 'gates' / verdict.gate}.sarif" if app else ""
        lines.append(f"and {len(told) - most} more{where}")
    return lines


def _line(finding: Finding, app: Path | None) -> str:
    first = finding.message.strip().partition("\n")[0]
    path = app / finding.path if app and finding.base == "tree" else finding.path
    where = f"{path}:{finding.line}:{finding.column}: " if finding.path else ""
    return f"{_plain(where)}{_plain(first)} [{finding.tool} {finding.rule}]"


def _plain(text: str) -> str:
    """Return a text that a terminal can show: what a tool found may hold anything."""
    shown = printable(text)
    return shown if len(shown) <= MOST_CHARACTERS else f"{shown[:MOST_CHARACTERS]}..."
