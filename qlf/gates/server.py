"""The application, running on loopback for as long as a runner needs it."""

from __future__ import annotations

import contextlib
import socket
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING

from qlf.gates.process import last_words, read_tail, variables_for

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from typing import IO

    from qlf.gates.job import Job
    from qlf.gates.rules import Serve

_ATTEMPTS = 3
_PAUSE = 0.05
_GRACE = 5.0
# Proxies of the machine are not for talking to ourselves.
LOOPBACK = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class NotServed(Exception):  # noqa: N818 - says what is the case; caught by the runner that asked
    """The application could not be started; the message says why."""


@contextlib.contextmanager
def served(job: Job, serve: Serve) -> Iterator[str]:
    """Start the application and give its URL; it is ended afterwards. Raises NotServed."""
    for command in serve.prepare:
        _prepare(job, serve, command)
    with (job.work / "server.log").open("w+b") as log:
        port, started = _start(job, serve, log)
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            job.processes.stop(started, grace=_GRACE)


def _start(job: Job, serve: Serve, log: IO[bytes]) -> tuple[int, subprocess.Popen[bytes]]:
    for _ in range(_ATTEMPTS):
        port = free_port()
        started = job.processes.start(
            _command(job, serve, serve.start, port),
            cwd=job.tree / serve.directory,
            variables=_variables(job, serve, port),
            output=log,
            errors=log,
        )
        if _ready(started, f"http://127.0.0.1:{port}{serve.ready}", serve.patience):
            return port, started
        died = started.poll() is not None
        job.processes.stop(started)
        if not died:
            break
    log.flush()
    raise NotServed(f"the application was not ready within {serve.patience} s{_said(read_tail(log, 4096))}")  # noqa: EM102, TRY003


def _prepare(job: Job, serve: Serve, command: tuple[str, ...]) -> None:
    ended = job.processes.run(
        _command(job, serve, command, 0),
        cwd=job.tree / serve.directory,
        variables=_variables(job, serve, 0),
        timeout=serve.patience,
    )
    if ended.code != 0:
        raise NotServed(f"`{' '.join(command)}` ended with code {ended.code}{_said(ended.errors)}")  # noqa: EM102, TRY003


def _command(job: Job, serve: Serve, command: tuple[str, ...], port: int) -> list[str]:
    program = job.environments[serve.environment].programs / command[0]
    if not program.exists():
        raise NotServed(f"{command[0]} is not in the environment {serve.environment!r}")  # noqa: EM102, TRY003
    return [str(program), *(job.fill(word, port=str(port)) for word in command[1:])]


def _variables(job: Job, serve: Serve, port: int) -> dict[str, str]:
    filled = {name: job.fill(value, port=str(port)) for name, value in serve.variables.items()}
    return variables_for(job.home, job.environments[serve.environment].programs, filled)


def _ready(started: subprocess.Popen[bytes], url: str, patience: float) -> bool:
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline and started.poll() is None:
        try:
            with LOOPBACK.open(url, timeout=2) as answer:
                # Whoever answers must be the one we started: had the port been taken, ours would be gone.
                return bool(answer.status) and started.poll() is None
        except (OSError, urllib.error.HTTPError):
            time.sleep(_PAUSE)
    return False


def _said(log: str) -> str:
    words = last_words(log)
    return f": {words}" if words else ""


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
