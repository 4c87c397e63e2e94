"""Several builds at once, and workers that are killed: each step is made once, and nothing hangs."""

from __future__ import annotations

import os
import re
import signal
import time
from typing import TYPE_CHECKING

import pytest

from tests.engine.yard import BRIEFS, LIGHT, Told, Yard, ended, nobody_left

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

WAITING = re.compile(r"waiting for another build of this repository \(process (\d+)\)\n")
STEPS = (
    *("compile:{}", "generate:{}:api", "generate:{}:database", "generate:{}:documentation"),
    *("assemble:{}", "evidence:{}"),
)
ALL = sorted(step.format(brief) for step in STEPS for brief in BRIEFS)
# The agent `database` of one brief waits as long as there is a file `wait`, and says so in a file `waits`.
HOLD = f"""{LIGHT}
import os
import time
from pathlib import Path

from qlf import pipeline, stages


def generate(repository, brief, name):
    if brief == "pens" and name == "database" and Path("wait").exists():
        Path("waits").write_text(str(os.getpid()))
        ends = time.monotonic() + 20
        while Path("wait").exists() and time.monotonic() < ends:
            time.sleep(0.01)
    return stages.generate(repository, brief, name)


object.__setattr__(pipeline.GENERATE, "run", generate)
"""
LEFT = {"generate:pens:database", "generate:pens:documentation", "assemble:pens", "evidence:pens"}


def at_once(yards: list[Yard]) -> list[tuple[int, Told]]:
    """Start builds together, and return the process and the words of each."""
    started: list[subprocess.Popen[str]] = [yard.start() for yard in yards]
    told = [(each.pid, ended(each)) for each in started]
    for pid, _ in told:
        nobody_left(pid)
    return told


def check_once(told: list[tuple[int, Told]], steps: list[str]) -> None:
    assert [each.code for _, each in told] == [0] * len(told), told
    assert not any("Traceback" in each.out + each.err for _, each in told), told
    assert sorted(step for _, each in told for step in each.done) == steps, told
    builders = {str(pid) for pid, _ in told}
    for pid, each in told:
        for process in WAITING.findall(each.err):
            assert process in builders - {str(pid)}


@pytest.mark.slow
@pytest.mark.parametrize("command", ["doit", "qlf"])
@pytest.mark.parametrize("number", [2, 4])
def test_builds_of_one_repository_make_each_step_once(tmp_path: Path, number: int, command: str) -> None:
    yard = Yard(tmp_path / "yard")
    if command == "qlf":
        yard.with_qlf()
    other = Yard(tmp_path / "other")
    assert other.run().code == 0
    check_once(at_once([yard] * number), ALL)
    assert yard.products() == other.products()
    assert yard.leftovers() == []
    for each in (yard, other):
        each.edit("pens", "max=80", "max=81")
    assert other.run().code == 0
    check_once(at_once([yard] * number), [step for step in ALL if ":pens" in step])
    assert yard.products() == other.products()
    assert yard.run().done == []


@pytest.mark.parametrize("command", ["doit", "qlf"])
def test_a_second_build_says_for_whom_it_waits(tmp_path: Path, command: str) -> None:
    yard = held(tmp_path)
    first = yard.start()
    wait_for(yard.root / "waits")
    if command == "qlf":
        yard.with_qlf()
    second = yard.start()
    assert second.stderr is not None
    said = second.stderr.readline()
    assert WAITING.fullmatch(said), said
    assert f"(process {first.pid})" in said
    (yard.root / "wait").unlink()
    assert sorted(ended(first).done) == ALL
    told = ended(second)
    assert told.code == 0
    assert told.done == []


@pytest.mark.slow
def test_builds_of_two_repositories_share_a_cache(tmp_path: Path) -> None:
    yards = [Yard(tmp_path / name) for name in ("one", "two")]
    for yard in yards:
        yard.cache = tmp_path / "cache"
        yard.variables["QLF_CACHE"] = str(yard.cache)
    for _ in range(3):
        for _, told in at_once(yards):
            assert told.code == 0
            assert sorted(told.done) == ALL
        assert yards[0].products() == yards[1].products()
        assert all(yard.leftovers() == [] for yard in yards)
        for yard in yards:
            yard.forget_build()
    yards[0].run()
    assert sorted(yards[1].run().marked("<-")) == [
        step for step in ALL if not step.startswith(("assemble", "evidence"))
    ]


def held(tmp_path: Path) -> Yard:
    """Return a repository of which one step waits."""
    yard = Yard(tmp_path / "yard")
    yard.write("dodo.py", f"{HOLD}\nfrom qlf.tasks import *\n")
    yard.write("wait", "")
    return yard


def wait_for(file: Path) -> int:
    """Return the process that has written its number to a file."""
    deadline = time.monotonic() + 60
    while not (file.is_file() and file.read_text()):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return int(file.read_text())


def test_a_worker_that_is_killed_is_told_with_its_steps(tmp_path: Path) -> None:
    yard = held(tmp_path)
    first = yard.start()
    worker = wait_for(yard.root / "waits")
    assert worker != first.pid
    others_done(yard)
    os.kill(worker, signal.SIGKILL)
    told = ended(first)
    nobody_left(first.pid)
    assert told.code == 2, told
    assert "generate:pens:database" in told.out, told
    assert "the process that made it was killed" in told.out, told
    assert yard.records().keys() == set(ALL) - LEFT
    (yard.root / "wait").unlink()
    yard.forget_cache()
    again = yard.run()
    assert again.code == 0
    assert set(again.done) == LEFT
    clean = Yard(tmp_path / "clean")
    clean.run()
    assert yard.products() == clean.products()


def others_done(yard: Yard) -> None:
    """Wait until all but one brief is on record whole."""
    deadline = time.monotonic() + 60
    while sum("assemble" in step for step in yard.records()) < len(BRIEFS) - 1:
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("command", ["doit", "qlf"])
def test_what_workers_finished_is_kept_after_a_signal(tmp_path: Path, number: int, command: str) -> None:
    yard = held(tmp_path)
    if command == "qlf":
        yard.with_qlf(HOLD)
    first = yard.start()
    wait_for(yard.root / "waits")
    others_done(yard)
    os.kill(first.pid, number)
    if number != signal.SIGKILL:
        ended(first)
        nobody_left(first.pid)
    (yard.root / "wait").unlink()
    ended(first)
    nobody_left(first.pid)
    yard.forget_cache()
    again = yard.run()
    assert again.code == 0, again
    # The worker of a build that was killed notices when it has ended the brief that it is at. The build
    # itself makes evidence, when all is written.
    assert {step for step in again.done if not step.startswith("evidence:")} <= LEFT, again
