"""Commands measured from outside, and the rows that come of them."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROOT = Path(__file__).resolve().parent.parent.parent
_CHILD = Path(__file__).resolve().parent / "child.py"
_KIB = 1024


@dataclass(slots=True)
class Row:
    """One thing that was measured over so many briefs: seconds of each run, the rest as medians or maxima.

    `files`: how many one run wrote, or looked at. Nothing measured: `why` it was not.
    """

    name: str
    briefs: int
    seconds: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    resident_mb: float = 0
    worker_mb: float = 0
    files: int = 0
    why: str = ""

    @property
    def median(self) -> float:
        """Return the median of the seconds."""
        return statistics.median(self.seconds)

    @property
    def cpu_median(self) -> float:
        """Return the median of user and system seconds together."""
        return statistics.median(self.cpu)

    def add(self, said: Mapping[str, Any]) -> None:
        """Add one run."""
        self.seconds.append(said["seconds"])
        self.cpu.append(said["user"] + said["system"])
        self.resident_mb = max(self.resident_mb, said["resident"] / _KIB)
        self.worker_mb = max(self.worker_mb, said["worker"] / _KIB)

    def told(self) -> dict[str, Any]:
        """Return the row as JSON has it."""
        return {**asdict(self), "median": self.median if self.seconds else None}


@dataclass(frozen=True, slots=True)
class Place:
    """A repository, and the cache that its builds use."""

    folder: Path
    cache: Path

    def run(self, command: Sequence[str], *, workers: bool = False) -> dict[str, Any]:
        """Run a command in the repository, and return what it took. One that fails ends the benchmark."""
        launcher = [sys.executable, "-I", "-S", str(_CHILD), *(["--workers"] if workers else []), *command]
        ended = subprocess.run(  # noqa: S603 - no shell
            launcher, cwd=self.folder, env=self._environment(), capture_output=True, text=True, check=False
        )
        said: dict[str, Any] = json.loads(ended.stdout) if ended.returncode == 0 else {"code": -1}
        if said["code"]:
            failure = f"{' '.join(command)} ended with {said['code']}:\n{ended.stderr}"
            raise SystemExit(failure)
        return said

    def _environment(self) -> dict[str, str]:
        """Return an environment in which nothing of the caller's settings counts; bytecode is kept."""
        inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        return {**inherited, "PYTHONPATH": str(ROOT), "QLF_CACHE": str(self.cache)}


def python(module: str, *words: str) -> list[str]:
    """Return the command that runs a module."""
    return [sys.executable, "-m", module, *words]


def in_turns(
    place: Place, commands: Mapping[str, Sequence[str]], briefs: int, runs: int, files: int
) -> list[Row]:
    """Run all commands once to warm up, then each in turn, so that what disturbs one disturbs the others."""
    rows = {name: Row(name, briefs, files=files) for name in commands}
    for turn in range(runs + 1):
        for name, command in commands.items():
            said = place.run(command)
            if turn:
                rows[name].add(said)
    return list(rows.values())
