"""`qlf` as a process of its own, in a repository of its own, with three quick agents and gates of straw."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

# A gate of straw is red for each line of README.md that says RED, and not proven if one says NOTOOL.
RUNNER = """
import sys
import qlf.agents.registry as registry
registry.AGENTS = ("api", "database", "documentation")
import qlf.gates.run as gates
from qlf.gates.record import Record, write_record
from qlf.model.canonical import digest
from qlf.model.finding import Finding, Outcome, ToolRun, Verdict

def run_gate(gate, app, out, settings, causes):
    lines = (app / "README.md").read_text().splitlines()
    found = tuple(
        Finding(tool="straw", rule="R1", level="error", message="it says RED", path="README.md", line=n)
        for n, line in enumerate(lines, 1) if "RED" in line
    )
    outcome = Outcome.RED if found else Outcome.UNPROVEN if "NOTOOL" in "".join(lines) else Outcome.GREEN
    reason = "there is no straw" if outcome is Outcome.UNPROVEN else ""
    run = ToolRun(tool="straw", version="1", outcome=outcome, reason=reason, executed=2)
    read = {"README.md": digest((app / "README.md").read_bytes())}
    verdict = Verdict(
        gate=gate, outcome=outcome, inputs="0" * 64, files=read, runs=(run,), findings=found
    )
    write_record(Record(verdict, {}), out)
    return gates.Judged(verdict)

gates.run_gate = run_gate
from qlf.cli.main import main
main()
"""
BRIEF = """---
entities:
  Note:
    fields:
      title: text! max=80
      done: bool! = false
    states: {}
---
# Notes

A list of notes.
"""


class Qlf:
    """The command in a folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.script = RUNNER
        self.variables = {
            name: value for name, value in os.environ.items() if not name.startswith("QLF_")
        } | {"QLF_CACHE": str(root.parent / "cache"), "NO_COLOR": "1"}

    def write(self, path: str, text: str) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def __call__(
        self, *arguments: str, stdin: str | None = None, cwd: str = "."
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", self.script, *arguments],
            cwd=self.root / cwd,
            env=self.variables,
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )


@pytest.fixture
def qlf(tmp_path: Path) -> Qlf:
    root = tmp_path / "repository"
    root.mkdir()
    made = Qlf(root)
    made.write("factory.toml", "")
    return made


@pytest.fixture
def notes(qlf: Qlf) -> Qlf:
    qlf.write("briefs/notes.md", BRIEF.replace("    states: {}\n", ""))
    return qlf
