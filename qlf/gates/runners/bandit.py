"""Bandit with its JSON report. Exit codes: 0 nothing found, 1 something found, 2 wrong use."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from qlf.gates.job import Job, Place, Report, Runner

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qlf.model.finding import Finding

_FOUND = (0, 1)


def check(job: Job) -> Report:
    """Run bandit; a file that it could not read is an error, since nobody has looked at it."""
    ended = job.run(
        job.program("bandit"), "--format", "json", "--quiet", "--output", "{report}", *job.rule.arguments
    )
    if isinstance(ended, Report):
        return ended
    if ended.code not in _FOUND:
        return job.crashed(ended)
    try:
        report = json.loads(job.report.read_bytes())
        findings = tuple(_findings(job, report))
        executed = len(report["metrics"].keys() - {"_totals"})
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        return job.unproven(f"unreadable report: {error!r}", ended.seconds)
    return job.judged(findings, executed, ended.seconds)


def _findings(job: Job, report: dict[str, list[dict[str, str]]]) -> Iterator[Finding]:
    for error in report["errors"]:
        yield job.finding("unreadable", "error", f"not checked: {error['reason']}", Place(error["filename"]))
    for result in report["results"]:
        level = job.level(result["issue_severity"])
        place = Place(result["filename"], int(result["line_number"]), int(result["col_offset"]) + 1)
        yield job.finding(result["test_id"], level, result["issue_text"], place)


RUNNER = Runner(check, frozenset({"json"}))
