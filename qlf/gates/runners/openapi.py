"""Openapi-spec-validator over the API's description, by a script of ours: its command prints prose only."""

from __future__ import annotations

import json
from pathlib import Path

from qlf.gates.job import Job, Place, Report, Runner

_SCRIPT = Path(__file__).with_name("scripts") / "openapi_document.py"


def check(job: Job) -> Report:
    """Validate the document that the rule's only argument names; its operations are what is counted."""
    (document,) = job.rule.arguments
    if not (job.tree / document).is_file():
        return job.unproven(f"there is no {document}")
    if job.rule.package not in job.environment.versions:
        return job.unproven(f"{job.rule.package} is not in the environment {job.rule.environment!r}")
    ended = job.run(job.environment.python, "-I", str(_SCRIPT), document)
    if isinstance(ended, Report):
        return ended
    if ended.code:
        return job.crashed(ended)
    try:
        answer = json.loads(ended.output)
        findings = [
            job.finding("openapi", job.level("error"), f"{error['at']}: {error['message']}", Place(document))
            for error in answer["errors"]
        ]
        return job.judged(findings, int(answer["operations"]), ended.seconds)
    except (ValueError, KeyError, TypeError) as error:
        return job.unproven(f"unreadable report: {error!r}", ended.seconds)


RUNNER = Runner(check, frozenset({"json"}))
