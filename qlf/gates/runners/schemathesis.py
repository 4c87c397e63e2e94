"""Schemathesis against the running application, signed in, with a fixed seed.

Exit codes: 0 nothing found, 1 failures or errors, 2 wrong use. The JSON report says whether the run came
to its end, the NDJSON events what exactly failed.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from qlf.gates.job import Job, Place, Report, Runner
from qlf.gates.server import NotServed, served
from qlf.gates.sign_in import authorization

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from qlf.model.finding import Finding

_FOUND = (0, 1)
_DETAIL_LIMIT = 500


def check(job: Job) -> Report:
    """Start the application, sign in, and send it what its contract allows and forbids.

    The rule's last argument is the contract.
    """
    contract = job.tree / job.rule.arguments[-1]
    if job.rule.serve is None:
        return job.unproven("the rule does not say how the application is started")
    try:
        document = json.loads(contract.read_bytes())
    except (OSError, ValueError) as error:
        return job.unproven(f"no contract to hold the application to: {error}")
    try:
        with served(job, job.rule.serve) as url:
            return _check(job, url, document)
    except NotServed as error:
        return job.unproven(str(error))


def _check(job: Job, url: str, document: dict[str, object]) -> Report:
    header = authorization(document, url, job.rule.sign_in) if job.rule.sign_in else None
    if isinstance(header, str):
        return job.unproven(f"nobody could sign in: {header}")
    config = job.work / "schemathesis.toml"
    # In a file and not among the arguments, where every user of the machine could read it.
    token = f"[headers]\n{json.dumps(header[0])} = {json.dumps(header[1])}\n" if header else ""
    config.write_text(f"{job.rule.configuration}\n{token}", encoding="utf-8")
    reports = (
        f"--report-json-path={job.work / 'run.json'}",
        f"--report-ndjson-path={job.work / 'run.ndjson'}",
    )
    options = ("--config-file", str(config), "run", "--url", url, "--report", "json,ndjson", *reports)
    ended = job.run(job.program("schemathesis"), *options, "--no-color", *job.arguments)
    if isinstance(ended, Report):
        return ended
    if ended.code not in _FOUND:
        return job.crashed(ended)
    try:
        summary = json.loads((job.work / "run.json").read_bytes())
        findings = (*_failures(job, url, job.work / "run.ndjson"), *_errors(job, summary))
        executed = int(summary["test_cases"]["generated"])
        warnings = tuple(_warnings(job, summary["warnings"]))
        stopped = "" if summary["complete"] else f"stopped before its end: {summary['stop_reason']}"
    except (OSError, ValueError, KeyError, TypeError) as error:
        return job.unproven(f"unreadable report: {error!r}", ended.seconds)
    if stopped:
        return job.unproven(stopped, ended.seconds)
    if bool(findings) != bool(ended.code):
        return job.crashed(ended)
    return job.judged((*findings, *warnings), executed, ended.seconds)


def _failures(job: Job, url: str, events: Path) -> Iterator[Finding]:
    """Give each kind of failure of each operation once, with the request that showed it."""
    seen = set()
    with events.open(encoding="utf-8") as lines:
        for line in lines:
            if '"failure_info"' not in line:
                continue
            recorder = json.loads(line)["ScenarioFinished"]["recorder"]
            for case, checks in recorder["checks"].items():
                for one in (check for check in checks if check["status"] != "success"):
                    failure = one["failure_info"]["failure"]
                    key = (failure["code"], failure["operation"])
                    if key not in seen:
                        seen.add(key)
                        yield _failure(job, failure, _shown(recorder["interactions"].get(case), url))


def _failure(job: Job, failure: dict[str, str], shown: str) -> Finding:
    what = "; ".join(line.strip() for line in failure["message"].splitlines() if line.strip())
    message = f"{failure['operation']}: {failure['title']}: {what[:_DETAIL_LIMIT]}{shown}"
    return job.finding(
        failure["code"], job.level(failure["severity"]), message, Place(job.rule.arguments[-1])
    )


def _shown(interaction: dict[str, dict[str, str]] | None, url: str) -> str:
    if not interaction:
        return ""
    request, response = interaction["request"], interaction.get("response")
    status = f" answered {response['status_code']}" if response else " was not answered"
    return f" ({request['method']} {request['uri'].removeprefix(url)[:200]}{status})"


def _errors(job: Job, summary: dict[str, list[object]]) -> Iterator[Finding]:
    place = Place(job.rule.arguments[-1])
    for error in summary["errors"]:
        yield job.finding("schemathesis", "error", json.dumps(error, sort_keys=True), place)


def _warnings(job: Job, warnings: dict[str, list[object]]) -> Iterator[Finding]:
    """Give what makes the run worth less than it looks, such as requests that never got past sign-in."""
    level = job.rule.levels.get("warning", "note")
    for kind, about in warnings.items():
        if about:
            words = ", ".join(
                one if isinstance(one, str) else json.dumps(one, sort_keys=True) for one in about
            )
            message = f"{kind.replace('_', ' ')}: {words}"
            yield job.finding(f"warning-{kind}", level, message, Place(job.rule.arguments[-1]))


RUNNER = Runner(check, frozenset({"ndjson"}))
