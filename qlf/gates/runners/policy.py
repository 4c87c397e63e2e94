"""Policies over spec and tree, by a script of ours around cel-expr-python."""

from __future__ import annotations

import json
from pathlib import Path

from qlf.gates.job import Job, Place, Report, Runner

_SCRIPT = Path(__file__).with_name("scripts") / "policies.py"


def check(job: Job) -> Report:
    """Evaluate all policies that take part; what is counted is of how many nodes one had to hold."""
    if job.rule.package not in job.environment.versions:
        return job.unproven(f"{job.rule.package} is not in the environment {job.rule.environment!r}")
    given = [str(job.beside / name) for name in ("policies.json", "spec.json")]
    limits = str(job.rule.timeout)
    ended = job.run(job.environment.python, "-I", str(_SCRIPT), *given, str(job.tree), limits)
    if isinstance(ended, Report):
        return ended
    if ended.code:
        return job.crashed(ended)
    try:
        answer = json.loads(ended.output)
        findings = [
            job.finding(
                one["policy"],
                job.level(one["level"]),
                one["message"],
                Place(one["file"], one["line"], one["column"]),
            ).model_copy(update={"base": "repository" if one["source"] else "tree"})
            for one in answer["findings"]
        ]
        return job.judged(findings, int(answer["checked"]), ended.seconds)
    except (ValueError, KeyError, TypeError) as error:
        return job.unproven(f"unreadable report: {error!r}", ended.seconds)


RUNNER = Runner(check, frozenset({"json"}))
