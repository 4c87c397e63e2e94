from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from qlf.gates import process
from qlf.gates.process import Processes, Stopped, terminable, variables_for


def _run(tmp_path: Path, code: str, timeout: float = 20) -> process.Ended:
    with Processes() as processes:
        variables = variables_for(tmp_path, Path(sys.executable).parent, {})
        command = [sys.executable, "-I", "-c", code]
        return processes.run(command, cwd=tmp_path, variables=variables, timeout=timeout)


def test_output_errors_and_code_are_kept_apart(tmp_path: Path) -> None:
    ended = _run(tmp_path, "import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)")
    assert (ended.code, ended.output, ended.errors, ended.last_words) == (3, b"out\n", "err\n", "err")


def test_the_last_exception_says_more_than_the_last_line(tmp_path: Path) -> None:
    ended = _run(tmp_path, "raise ValueError('first\\n(background on this)')")
    assert ended.last_words == "ValueError: first"


def test_nothing_is_inherited_but_what_is_allowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", "hunter2")
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    monkeypatch.setenv("LD_LIBRARY_PATH", "/libraries")
    ended = _run(tmp_path, "import os; print(sorted(os.environ), os.environ['HOME'], os.getcwd())")
    names, _, folders = ended.output.decode().rpartition("] ")
    assert "SECRET" not in names
    assert "PYTHONPATH" not in names
    assert "LD_LIBRARY_PATH" in names
    assert folders.split() == [str(tmp_path), str(tmp_path)]


def test_standard_input_is_empty(tmp_path: Path) -> None:
    assert _run(tmp_path, "import sys; print(repr(sys.stdin.read()))").output == b"''\n"


def test_too_much_output_is_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "OUTPUT_LIMIT", 10)
    assert _run(tmp_path, "print('x' * 100)").output == b"x" * 10


CHILD = """\
import pathlib, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
pathlib.Path("pid").write_text(str(child.pid))
"""


@pytest.mark.parametrize(("rest", "code"), [("time.sleep(600)", None), ("", 0)])
def test_what_a_program_started_ends_with_it(tmp_path: Path, rest: str, code: int | None) -> None:
    ended = _run(tmp_path, CHILD + rest, timeout=2)
    assert ended.code == code
    assert _is_gone(int((tmp_path / "pid").read_text()))


def test_leaving_ends_what_was_started(tmp_path: Path) -> None:
    with Processes() as processes, (tmp_path / "log").open("wb") as log:
        command = [sys.executable, "-c", "import time; time.sleep(600)"]
        started = processes.start(command, cwd=tmp_path, variables={}, output=log, errors=log)
        assert started.poll() is None
    assert started.wait(10) == -signal.SIGKILL


def test_stopping_with_grace_lets_a_server_say_goodbye(tmp_path: Path) -> None:
    code = "import signal, sys, time; signal.signal(15, lambda *_: sys.exit(7))"
    code += "; print('up', flush=True); time.sleep(600)"
    with Processes() as processes, (tmp_path / "log").open("w+b") as log:
        started = processes.start(
            [sys.executable, "-c", code], cwd=tmp_path, variables={}, output=log, errors=log
        )
        while not (tmp_path / "log").read_bytes():
            time.sleep(0.01)
        processes.stop(started, grace=10)
    assert started.returncode == 7


def test_after_the_end_nothing_starts(tmp_path: Path) -> None:
    with Processes() as processes:
        processes.kill()
        with pytest.raises(Stopped):
            processes.run([sys.executable, "-c", ""], cwd=tmp_path, variables={}, timeout=1)
        with pytest.raises(Stopped), (tmp_path / "log").open("wb") as log:
            processes.start([sys.executable], cwd=tmp_path, variables={}, output=log, errors=log)


def test_a_missing_program_is_an_error(tmp_path: Path) -> None:
    with Processes() as processes, pytest.raises(FileNotFoundError):
        processes.run([str(tmp_path / "none")], cwd=tmp_path, variables={}, timeout=1)


def test_the_handler_of_before_is_put_back_and_threads_leave_it_alone() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with terminable():
        within = signal.getsignal(signal.SIGTERM)
        assert within is not before
        seen = []

        def enter() -> None:
            with terminable():
                seen.append(signal.getsignal(signal.SIGTERM))

        thread = threading.Thread(target=enter)
        thread.start()
        thread.join()
        assert seen == [within]
    assert signal.getsignal(signal.SIGTERM) is before


def _is_gone(pid: int) -> bool:
    for _ in range(100):
        state = subprocess.run(
            ["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False
        )
        if not state.stdout.strip() or state.stdout.startswith("Z"):
            return True
        time.sleep(0.05)
    os.kill(pid, signal.SIGKILL)
    return False
