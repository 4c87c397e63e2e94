"""Bandit with its JSON report. Exit codes: 0 nothing found, 1 something found, 2 wrong use.

One run can take many trees, since bandit looks at each file for itself. Only a file `.bandit` counts for all
that is looked at.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from qlf.gates.job import Job, Joint, JointJob, Place, Report, Runner

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from qlf.model.finding import Finding

_FOUND = (0, 1)
_REPORT = ("--format", "json", "--quiet", "--output")
_TOTALS = "_totals"


def check(job: Job) -> Report:
    """Run bandit; a file that it could not read is an error, since nobody has looked at it."""
    ended = job.run(job.program("bandit"), *_REPORT, "{report}", *job.arguments)
    if isinstance(ended, Report):
        return ended
    if ended.code not in _FOUND:
        return job.crashed(ended)
    try:
        report = json.loads(job.report.read_bytes())
        findings = tuple(_findings(job, report["errors"], report["results"]))
        executed = len(report["metrics"].keys() - {_TOTALS})
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        return job.unproven(f"unreadable report: {error!r}", ended.seconds)
    return job.judged(findings, executed, ended.seconds)


def check_many(joint: JointJob) -> list[Report]:
    """Run bandit once over many trees."""
    ended = joint.run("bandit", *_REPORT, str(joint.report), *joint.jobs[0].rule.arguments)
    if ended is None or ended.code not in _FOUND:
        message = "no clear end"
        raise ValueError(message)
    report = json.loads(joint.report.read_bytes())
    errors, results = (
        joint.parted(report[part], lambda each: str(each["filename"])) for part in ("errors", "results")
    )
    looked_at = joint.parted(report["metrics"].keys() - {_TOTALS}, str)
    seconds = ended.seconds / len(joint.jobs)
    return [
        job.judged(tuple(_findings(job, unreadable, found)), len(names), seconds)
        for job, unreadable, found, names in zip(joint.jobs, errors, results, looked_at, strict=True)
    ]


def fits(job: Job) -> bool:
    """Say whether the arguments mean the same everywhere, and the tree has no settings for all."""
    return set(job.rule.arguments) <= {"--recursive", "-r"} and not any(job.tree.rglob(".bandit"))


def _findings(
    job: Job, errors: Iterable[dict[str, Any]], results: Iterable[dict[str, Any]]
) -> Iterator[Finding]:
    for error in errors:
        yield job.finding("unreadable", "error", f"not checked: {error['reason']}", Place(error["filename"]))
    for result in results:
        level = job.level(result["issue_severity"])
        place = Place(result["filename"], int(result["line_number"]), int(result["col_offset"]) + 1)
        yield job.finding(result["test_id"], level, result["issue_text"], place)


RUNNER = Runner(check, frozenset({"json"}), Joint(check_many, fits))
