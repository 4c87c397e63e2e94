from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from qlf.model.finding import Outcome

if TYPE_CHECKING:
    from tests.gates.conftest import App


def test_without_a_server_postgres_is_not_run_and_does_not_block(app: App) -> None:
    verdict = app.verdict("unit")
    assert verdict.outcome is Outcome.GREEN
    sqlite, postgres = verdict.runs
    assert (sqlite.outcome, sqlite.executed, sqlite.version) == (Outcome.GREEN, 2, "9.2.0")
    assert postgres.outcome is Outcome.UNPROVEN
    assert postgres.reason == "not run: no PostgreSQL server is given (QLF_POSTGRES_URL)"
    assert [(finding.level, finding.rule) for finding in verdict.findings] == [("note", "not-run")]


def test_both_databases_are_used_and_none_stays(app: App, postgres_url: str) -> None:
    app.settings = replace(app.settings, postgres=postgres_url)
    verdict = app.verdict("unit")
    assert [(run.tool, run.outcome, run.executed) for run in verdict.runs] == [
        ("pytest-sqlite", Outcome.GREEN, 2),
        ("pytest-postgres", Outcome.GREEN, 2),
    ]
    assert verdict.findings == ()
    with psycopg.connect(postgres_url) as connection:
        names = {name for (name,) in connection.execute("SELECT datname FROM pg_database")}
    assert not {name for name in names if name.startswith("qlf_")}


def test_a_test_that_fails_on_one_database_alone_is_red(app: App, postgres_url: str) -> None:
    app.settings = replace(app.settings, postgres=postgres_url)
    app.write(
        "tests/test_dialect.py",
        "from app.store import ENGINE\n\n\n"
        'def test_dialect() -> None:\n    assert ENGINE.dialect.name == "sqlite"\n',
    )
    verdict = app.verdict("unit")
    assert verdict.outcome is Outcome.RED
    assert [run.outcome for run in verdict.runs] == [Outcome.GREEN, Outcome.RED]
    assert [finding.tool for finding in verdict.findings] == ["pytest-postgres"]
    assert "assert 'postgresql' == 'sqlite'" in verdict.findings[0].message


def test_a_server_that_does_not_answer_proves_nothing(app: App) -> None:
    app.settings = replace(app.settings, postgres="postgresql://postgres@127.0.0.1:1/postgres")
    app.change_rule("unit", "pytest-postgres")
    run, _ = app.run("unit", "pytest-postgres")
    assert run.outcome is Outcome.UNPROVEN
    assert run.reason.startswith("no database on the PostgreSQL server: connection failed")


def test_a_failing_test_has_its_name_and_place(app: App) -> None:
    app.write("tests/test_sum.py", "def test_sum() -> None:\n    assert 1 + 1 == 3\n")
    run, findings = app.run("unit", "pytest-sqlite")
    assert (run.outcome, run.executed) == (Outcome.RED, 3)
    (finding,) = findings
    assert (finding.rule, finding.path, finding.line) == ("test-failure", "tests/test_sum.py", 1)
    assert finding.message.startswith("tests.test_sum.test_sum: assert (1 + 1) == 3")


def test_a_file_that_cannot_be_collected_is_red(app: App) -> None:
    app.write("tests/test_gone.py", "import nowhere\n")
    run, findings = app.run("unit", "pytest-sqlite")
    assert run.outcome is Outcome.RED
    assert [finding.rule for finding in findings] == ["test-error"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no test was executed"),
        ("import pytest\n\n\n@pytest.mark.skip\ndef test_it() -> None: ...\n", "nothing was checked"),
    ],
)
def test_no_tests_prove_nothing(app: App, text: str, reason: str) -> None:
    app.write("tests/test_notes.py", text)
    run, _ = app.run("unit", "pytest-sqlite")
    assert (run.outcome, run.reason) == (Outcome.UNPROVEN, reason)


def test_leaving_early_with_code_0_proves_nothing(app: App) -> None:
    app.write("tests/test_exit.py", "import os\n\n\ndef test_exit() -> None:\n    os._exit(0)\n")
    run, _ = app.run("unit", "pytest-sqlite")
    assert (run.outcome, run.reason) == (Outcome.UNPROVEN, "no JUnit report: No such file or directory")


def test_an_interrupted_run_proves_nothing(app: App) -> None:
    app.write("tests/test_stop.py", "def test_stop() -> None:\n    raise KeyboardInterrupt\n")
    run, findings = app.run("unit", "pytest-sqlite")
    assert (run.outcome, findings) == (Outcome.UNPROVEN, ())
    assert run.reason.startswith("ended with unexpected code 2")


def test_a_crash_proves_nothing(app: App) -> None:
    app.write("tests/test_kill.py", "import os\n\n\ndef test_kill() -> None:\n    os.kill(os.getpid(), 9)\n")
    run, _ = app.run("unit", "pytest-sqlite")
    assert run.outcome is Outcome.UNPROVEN
    assert run.reason.startswith("ended with unexpected code -9")


def test_pytest_missing_in_the_lock_proves_nothing(app: App) -> None:
    run_time = (app.tree / "backend/requirements.lock").read_text(encoding="utf-8")
    app.write("backend/requirements-dev.lock", run_time)
    run, _ = app.run("unit", "pytest-sqlite")
    assert (run.outcome, run.reason) == (Outcome.UNPROVEN, "pytest is not in the environment 'app'")


def test_a_missing_lock_proves_nothing(app: App) -> None:
    (app.tree / "backend/requirements-dev.lock").unlink()
    run, _ = app.run("unit", "pytest-sqlite")
    assert run.reason == "no environment 'app': the tree has no backend/requirements-dev.lock"


SLEEPER = """\
import pathlib, subprocess, sys, time


def test_sleep() -> None:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    pathlib.Path({file!r}).write_text(str(child.pid))
    time.sleep(600)
"""


def test_at_the_deadline_everything_is_killed(app: App, tmp_path: Path) -> None:
    file = tmp_path / "pid"
    app.write("tests/test_notes.py", SLEEPER.format(file=str(file)))
    app.change_rule("unit", "pytest-sqlite", timeout=3)
    run, _ = app.run("unit", "pytest-sqlite")
    assert (run.outcome, run.reason) == (Outcome.UNPROVEN, "not ended after 3 s")
    assert _is_gone(int(file.read_text()))


RUN = """\
import pathlib, sys
from concurrent.futures import ThreadPoolExecutor
from qlf.gates.gate import GateSettings
from qlf.gates.process import terminable
from qlf.gates.run import run_gate

tree, out, rules, cache = map(pathlib.Path, sys.argv[2:])
arguments = ("unit", tree, out, GateSettings(rules=(rules,), cache=cache))
if sys.argv[1] == "main":
    run_gate(*arguments)
else:
    with terminable(), ThreadPoolExecutor(2) as pool:
        pool.submit(run_gate, *arguments).result()
"""


@pytest.mark.parametrize("thread", ["main", "worker"])
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, -signal.SIGINT)])
def test_signals_take_the_tools_along(
    app: App, tmp_path: Path, thread: str, number: signal.Signals, code: int
) -> None:
    file = tmp_path / "pid"
    app.write("tests/test_notes.py", SLEEPER.format(file=str(file)))
    paths = [str(path) for path in (app.tree, app.out, app.settings.rules[0], app.settings.cache)]
    factory = subprocess.Popen([sys.executable, "-c", RUN, thread, *paths], stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not (file.exists() and file.read_text()):
        assert factory.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    factory.send_signal(number)
    assert factory.wait(20) == code
    assert _is_gone(int(file.read_text()))
    assert not app.out.exists()


def _is_gone(pid: int) -> bool:
    for _ in range(100):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        if Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "Z":
            return True
        time.sleep(0.05)
    return False
