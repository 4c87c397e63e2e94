"""Pytest with a JUnit report, on SQLite or on a throw-away PostgreSQL database.

Exit codes: 0 all passed, 1 some failed, 2 interrupted (collection errors among others), 3 internal
error, 4 wrong use, 5 no tests.
"""

from __future__ import annotations

import contextlib
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from qlf.gates.job import Job, Place, Report, Runner
from qlf.gates.runners.junit import Suite, read_junit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qlf.model.finding import Finding

_FOUND = (0, 1, 2)
_NO_TESTS = 5
_SCRIPT = Path(__file__).with_name("scripts") / "postgres_database.py"


def check(job: Job) -> Report:
    """Run the application's tests."""
    if "postgres" not in job.rule.needs:
        return _check(job, {})
    with _database(job) as url:
        return url if isinstance(url, Report) else _check(job, {"TEST_DATABASE_URL": url})


def _check(job: Job, variables: dict[str, str]) -> Report:
    options = ("-m", "pytest", "--junit-xml={report}", "-o", "junit_family=xunit1", "-p", "no:cacheprovider")
    if "pytest" not in job.environment.versions:
        return job.unproven(f"pytest is not in the environment {job.rule.environment!r}")
    ended = job.run(job.environment.python, *options, *job.rule.arguments, variables=variables)
    if isinstance(ended, Report):
        return ended
    if ended.code == _NO_TESTS:
        return job.unproven("no test was executed", ended.seconds)
    if ended.code not in _FOUND:
        return job.crashed(ended)
    try:
        suite = read_junit(job.report.read_bytes())
    except OSError as error:
        return job.unproven(f"no JUnit report: {error.strerror}", ended.seconds)
    if isinstance(suite, str):
        return job.unproven(suite, ended.seconds)
    findings = tuple(_findings(job, suite))
    if bool(findings) != bool(ended.code):
        return job.crashed(ended)
    text = job.clean(suite.text.decode()).encode()
    return job.judged(findings, suite.executed, ended.seconds, {f"{job.rule.name}.junit.xml": text})


def _findings(job: Job, suite: Suite) -> Iterator[Finding]:
    for case in suite.cases:
        if case.kind in {"failure", "error"}:
            message = f"{case.name}: {case.message}"
            yield job.finding(f"test-{case.kind}", job.level(case.kind), message, Place(case.file, case.line))


@contextlib.contextmanager
def _database(job: Job) -> Iterator[str | Report]:
    """Make a database on the given server with the application's own driver, and drop it afterwards."""
    name = f"qlf_{secrets.token_hex(8)}"
    server = {"QLF_POSTGRES_URL": job.postgres or ""}
    python = job.environment.python
    made = job.run(python, "-I", str(_SCRIPT), "create", name, variables=server)
    if isinstance(made, Report):
        yield made
        return
    if made.code:
        yield job.unproven(f"no database on the PostgreSQL server: {made.last_words}", made.seconds)
        return
    try:
        yield made.output.decode("utf-8").strip()
    finally:
        job.run(python, "-I", str(_SCRIPT), "drop", name, variables=server)


RUNNER = Runner(check, frozenset({"junit"}))
