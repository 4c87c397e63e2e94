"""Running programs that are not trusted to end: own process group, a deadline, bounded output.

No shell, no inherited environment. Whatever a program started dies with it.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path
    from types import FrameType

OUTPUT_LIMIT = 64 * 1024 * 1024
_KEPT = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT")
_EXCEPTION = re.compile(r"[\w.]*(Error|Exception)\b.*:")
_SIGNALS = (signal.SIGTERM, signal.SIGINT)
_open: set[Processes] = set()


@dataclass(frozen=True, slots=True)
class Ended:
    """How a program ended. `code` is None if it was killed at its deadline, negative after a signal."""

    code: int | None
    output: bytes
    errors: str
    seconds: float

    @property
    def last_words(self) -> str:
        """Return what the program said last, on standard error if it said anything there."""
        return last_words(self.errors) or last_words(self.output[-4096:].decode("utf-8", "replace"))


class Stopped(BaseException):
    """The gate is being ended from outside: no program starts any more, and no result counts.

    Like KeyboardInterrupt it is no Exception, so that nobody takes it for a result.
    """


class Processes:
    """The running programs of one gate; leaving the context kills those that are left."""

    def __init__(self) -> None:
        self._live: set[int] = set()
        self._ended = False
        self._lock = threading.RLock()

    def __enter__(self) -> Self:
        """Begin; SIGTERM now reaches these programs."""
        _open.add(self)
        return self

    def __exit__(self, *_: object) -> None:
        """End with everything that is left."""
        self.kill()
        _open.discard(self)

    def kill(self) -> None:
        """Kill every program with everything that it started, and start no other."""
        with self._lock:
            self._ended = True
            for group in self._live:
                _kill_group(group)

    def start(
        self,
        command: Sequence[str],
        *,
        cwd: Path,
        variables: Mapping[str, str],
        output: IO[bytes],
        errors: IO[bytes],
    ) -> subprocess.Popen[bytes]:
        """Start a program in its own process group; `stop` ends it.

        Raises OSError if there is none, Stopped after `kill`.
        """
        with self._lock:
            if self._ended:
                raise Stopped
            started = subprocess.Popen(  # noqa: S603 - a list of words from the rules, no shell
                command,
                cwd=cwd,
                env=dict(variables),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
                start_new_session=True,
            )
            self._live.add(started.pid)
        return started

    def stop(self, started: subprocess.Popen[bytes], grace: float = 0.0) -> None:
        """End a program and everything that it started, asking first if there is time to answer."""
        if grace and started.poll() is None:
            started.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                started.wait(grace)
        _kill_group(started.pid)
        started.wait()
        with self._lock:
            self._live.discard(started.pid)

    def run(
        self, command: Sequence[str], *, cwd: Path, variables: Mapping[str, str], timeout: float
    ) -> Ended:
        """Run a program to its end or its deadline, in seconds. Raises as `start` does."""
        begun = time.monotonic()
        code: int | None = None
        with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
            started = self.start(command, cwd=cwd, variables=variables, output=output, errors=errors)
            try:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    code = started.wait(timeout)
            finally:
                self.stop(started)
            if self._ended:
                raise Stopped
            told = read_tail(errors, 64 * 1024)
            output.seek(0)
            return Ended(code, output.read(OUTPUT_LIMIT), told, time.monotonic() - begun)


def last_words(text: str) -> str:
    """Return the line of output that best says why a program ended: its last exception, or the last line."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    exceptions = [line for line in lines if _EXCEPTION.match(line)]
    return (exceptions or lines or [""])[-1][:300]


def read_tail(file: IO[bytes], size: int) -> str:
    """Return the end of what was written to an open file, at most `size` bytes of it."""
    end = file.seek(0, os.SEEK_END)
    file.seek(max(0, end - size))
    return file.read(size).decode("utf-8", "replace")


def variables_for(home: Path, folder: Path, more: Mapping[str, str]) -> dict[str, str]:
    """Return the whole environment of a tool: an allow-list, fixed locale and zone, a home of its own.

    `folder` holds the programs of the tool's environment and comes first in the search path.
    """
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return {
        **kept,
        "PATH": os.pathsep.join([str(folder), os.defpath]),
        "HOME": str(home),
        "TMPDIR": str(home),
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "NO_COLOR": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONNOUSERSITE": "1",
        "PYTHONUTF8": "1",
        **more,
    }


@contextlib.contextmanager
def terminable() -> Iterator[None]:
    """On SIGTERM or SIGINT kill all programs of all gates, then unwind. Only the main thread can say so.

    A caller that runs gates in threads enters this itself, in its main thread.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    previous = {number: signal.getsignal(number) for number in _SIGNALS}

    def end(number: int, frame: FrameType | None) -> None:
        for processes in list(_open):
            processes.kill()
        former = previous[signal.Signals(number)]
        if callable(former):
            former(number, frame)
        sys.exit(128 + number)

    for number in _SIGNALS:
        signal.signal(number, end)
    try:
        yield
    finally:
        for number, former in previous.items():
            signal.signal(number, former)


def _kill_group(group: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)
