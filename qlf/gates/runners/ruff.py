"""Ruff, as linter (`check`) and as formatter (`format --check`); both write the same JSON.

Exit codes: 0 nothing found, 1 something found, 2 it could not do its work.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from qlf.gates.job import Job, Place, Report, Runner

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qlf.model.finding import Finding

_FOUND = (0, 1)


def check(job: Job) -> Report:
    """Run ruff; what it checked are the files that it lists when asked for them."""
    ended = job.run(job.program("ruff"), *job.rule.arguments)
    if isinstance(ended, Report):
        return ended
    if ended.code not in _FOUND:
        return job.crashed(ended)
    try:
        findings = tuple(_findings(job, ended.output))
    except (ValueError, KeyError, TypeError) as error:
        return job.unproven(f"unreadable report: {error!r}", ended.seconds)
    if bool(findings) != bool(ended.code):
        return job.crashed(ended)
    return job.judged(findings, _executed(job), ended.seconds)


def _findings(job: Job, report: bytes) -> Iterator[Finding]:
    for result in json.loads(report):
        start = result["location"] or {"row": 0, "column": 0}
        rule = result["code"] or "invalid-syntax"
        place = Place(result["filename"], start["row"], start["column"])
        yield job.finding(rule, job.level(rule), result["message"], place)


def _executed(job: Job) -> int:
    settings = [word for word in job.rule.arguments if word not in {"check", "format", "--check"}]
    listed = job.run(job.program("ruff"), "check", "--show-files", *settings)
    if isinstance(listed, Report) or listed.code:
        return 0
    return sum(1 for line in listed.output.splitlines() if line.endswith((b".py", b".pyi")))


RUNNER = Runner(check, frozenset({"json"}))
