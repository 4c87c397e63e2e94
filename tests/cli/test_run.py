"""`qlf run` and interruptions, with real processes and real signals."""

from __future__ import annotations

import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from qlf.store import cache_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cli.conftest import Qlf

NOTES = Path(__file__).parents[1] / "gates" / "notes_app"
LOOPBACK = urllib.request.build_opener(urllib.request.ProxyHandler({}))
SLEEPING = """
import sys, time
import qlf.agents.registry as registry
registry.AGENTS = ("api", "database", "documentation")
import qlf.gates.run as gates
from qlf.gates.process import Processes
from pathlib import Path

def run_gate(gate, app, out, settings, causes):
    with Processes() as processes:
        script = "import os, time; open('pid', 'w').write(str(os.getpid())); time.sleep(100)"
        folder = Path(gate)
        folder.mkdir()
        processes.run([sys.executable, "-c", script], cwd=folder, variables={}, timeout=100)
    return []

gates.run_gate = run_gate
if sys.argv[1] == "doit":
    from doit.doit_cmd import DoitMain

    try:
        sys.exit(DoitMain().run([]))
    except KeyboardInterrupt:
        print("interrupted")
        sys.exit(130)
from qlf.cli.main import main
main()
"""


@pytest.fixture
def application(notes: Qlf) -> Qlf:
    """Put an application in place of what the notes' brief would give."""
    shutil.copytree(NOTES, notes.root / "build/notes/app", ignore=shutil.ignore_patterns("__pycache__"))
    notes.variables["QLF_CACHE"] = str(cache_folder())
    return notes


def start(place: Qlf, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "qlf", *arguments],
        cwd=place.root,
        env={**place.variables, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def answers(url: str) -> bool:
    try:
        with LOOPBACK.open(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def lives(pid: int) -> bool:
    """Say whether a process runs; one that has ended may lie there until somebody collects it."""
    done = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return bool(done.stdout.strip()) and not done.stdout.strip().startswith("Z")


def lines(started: subprocess.Popen[str]) -> Iterator[str]:
    assert started.stdout is not None
    yield from iter(started.stdout.readline, "")


@pytest.mark.slow
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_run_serves_until_it_is_interrupted(application: Qlf, ending: signal.Signals) -> None:
    with start(application, "run", "notes") as started:
        url = ""
        for line in lines(started):
            if found := re.fullmatch(r"notes runs at (http://127\.0\.0\.1:\d+)\n", line):
                url = found[1]
            if line == "Ctrl-C ends it.\n":
                break
        assert url
        assert answers(f"{url}/health/ready")
        started.send_signal(ending)
        rest = "".join(lines(started))
        assert (started.wait(20), rest) == (130, "")
    assert not answers(f"{url}/health/ready")
    assert (application.root / "build/notes/run/development.db").is_file()
    assert not list((application.root / "build/notes/app").rglob("__pycache__"))


@pytest.mark.slow
def test_run_on_a_port_that_is_taken_says_where_to_look(application: Qlf) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        with start(application, "run", "notes", "--port", port) as started:
            told = list(lines(started))
        assert started.returncode == 1
    assert re.fullmatch(r"the application ended with code \d+; see build/notes/run/server\.log\n", told[-1])


@pytest.mark.parametrize("command", [("build",), ("generate", "--dry-run", "A list of books"), ("doit",)])
def test_an_interrupted_build_ends_its_tools(notes: Qlf, command: tuple[str, ...]) -> None:
    notes.write("dodo.py", "from qlf.tasks import *\n")
    # Not measured: coverage prints what ended a thread, after our last word.
    variables = {name: value for name, value in notes.variables.items() if not name.startswith("COVERAGE_")}
    with subprocess.Popen(
        [sys.executable, "-c", SLEEPING, *command],
        cwd=notes.root,
        env=variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as started:
        deadline = time.monotonic() + 60
        while not list(notes.root.glob("*/pid")) and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(0.2)
        pids = [int(file.read_text()) for file in notes.root.glob("*/pid")]
        assert pids
        started.send_signal(signal.SIGINT)
        told = "".join(lines(started))
        assert (started.wait(30), told.splitlines()[-1]) == (130, "interrupted")
    assert not [pid for pid in pids if lives(pid)]
    assert notes("build").returncode == 0
