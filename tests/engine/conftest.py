"""Brief repositories with three quick agents and gates of straw, and real doit in them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from qlf.reporting import INDEX, REPORT

PACKAGE = Path(__file__).resolve().parents[2] / "qlf"
DODO = """import qlf.agents.registry as registry

registry.AGENTS = ("api", "database", "documentation")

import qlf.gates.run as gates
from qlf.gates.record import Record, write_record
from qlf.model.finding import Finding, Outcome, Verdict
from qlf.tasks import *


def run_gate(gate, app, out, settings, causes):
    red = gate == "static" and "RED" in (app / "README.md").read_text()
    found = Finding(tool="straw", rule="R1", level="error", message="it is RED", path="README.md", line=3)
    outcome = Outcome.RED if red else Outcome.GREEN
    verdict = Verdict(gate=gate, outcome=outcome, inputs="0" * 64, runs=(), findings=(found,) * red)
    write_record(Record(verdict, {}), out)
    return gates.Judged(verdict)


gates.run_gate = run_gate
"""
BRIEF = """---
version: 1.0.0
roles: [writer, reader]
entities:
  Note:
    description: What somebody wrote down.
    fields:
      title: text! max=80
      body: longtext
      stars: int min=0
      status: enum(draft, published) = draft
    check: {titled: this.title != ""}
    states:
      status:
        publish: draft -> published by writer
    access:
      writer: all
      reader: read
---
# Notes

A list of notes.
"""


class Place:
    """A brief repository, with a cache of its own."""

    def __init__(self, root: Path) -> None:
        self.root = root
        if not root.joinpath("dodo.py").exists():
            self.write("dodo.py", DODO)
            self.write("briefs/notes.md", BRIEF)
        self.variables = {**os.environ, "QLF_CACHE": str(root / "cache"), "NO_COLOR": "1"}

    def write(self, path: str, text: str) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def read(self, path: str) -> str:
        return (self.root / path).read_text(encoding="utf-8")

    def edit(self, path: str, old: str, new: str) -> None:
        text = self.read(path)
        assert old in text
        self.write(path, text.replace(old, new, 1))

    def doit(self, *arguments: str, cwd: str = ".") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "doit", *arguments],
            cwd=self.root / cwd,
            env=self.variables,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def made(self, *arguments: str) -> set[str]:
        """Build and return the tasks that were run."""
        done = self.doit(*arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return told(done.stdout, ".")

    def products(self) -> dict[str, bytes]:
        """Return the files that are products; what the engine notes, and tells in the report, is none."""
        build = self.root / "build"
        return {
            path.relative_to(build).as_posix(): path.read_bytes()
            for path in sorted(build.rglob("*"))
            if path.is_file() and ".qlf" not in path.parts and path.name not in {INDEX, REPORT}
        }

    def empty_cache(self) -> None:
        shutil.rmtree(self.root / "cache", ignore_errors=True)

    def own_package(self) -> None:
        """Have doit import a copy of the factory's code that a test may change."""
        shutil.copytree(PACKAGE, self.root / "lib" / "qlf", ignore=shutil.ignore_patterns("__pycache__"))
        for folder in ("rules", "overlays"):
            shutil.copytree(PACKAGE.parent / folder, self.root / "lib" / folder)
        self.variables["PYTHONPATH"] = str(self.root / "lib")


def told(output: str, mark: str) -> set[str]:
    """Return the tasks that doit told of with a mark: `.` made, `<-` from the cache, `--` current."""
    return {line[3:] for line in output.splitlines() if line.startswith(f"{mark:<2} ")}


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Give a repository with one brief, not built."""
    return Place(tmp_path)


@pytest.fixture
def built(place: Place) -> Place:
    """Give a repository that was built."""
    assert len(place.made()) == 11
    return place
