"""Brief repositories without gates, real builds in them as processes of their own, and what builds leave."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from qlf.memory import journal, manifest
from qlf.reporting import INDEX, REPORT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qlf.memory.manifest import Record

PACKAGE = Path(__file__).resolve().parents[2] / "qlf"
# Three agents need no formatter, and make a build short.
LIGHT = 'import qlf.agents.registry as registry\n\nregistry.AGENTS = ("api", "database", "documentation")\n'
DODO = f"{LIGHT}\nfrom qlf.tasks import *\n"
QLF = "\nfrom qlf.cli.main import main\n\nmain()\n"
SETTINGS = "[gates]\nrun = []\n"
BRIEF = """---
entities:
  Note:
    description: What somebody wrote down.
    fields:
      title: text! max=80
      body: longtext
---
# Notes

A list of notes.
"""
BRIEFS = ("inks", "notes", "pens", "tables")
TEMPLATE = "agents/database/templates/sql/up.sql.jinja"
KEPT_BY_THE_ENGINE = {"manifest", "lock", "doit.sqlite3", "report.json"}
PATIENCE = 60
_ENDED = re.compile(r"(\S+): (?:done|restored) \([0-9.]+ s\)")


class Yard:
    """A repository at a folder that may be there already, with a cache beside it."""

    def __init__(self, root: Path, briefs: Sequence[str] = BRIEFS, jobs: int = 2) -> None:
        self.root = root
        self.briefs = briefs
        self.cache = root / "cache"
        # An interruption can leave the lock of coverage locked, and then a build never ends.
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("QLF_", "COVERAGE_"))
        }
        self.variables = {**kept, "NO_COLOR": "1", "PYTHONFAULTHANDLER": "1"}
        self.variables |= {"QLF_CACHE": str(self.cache), "QLF_JOBS": str(jobs)}
        self.command = [sys.executable, "-m", "doit"]
        self.write("factory.toml", SETTINGS)
        self.write("dodo.py", DODO)
        for name in briefs:
            self.write(f"briefs/{name}.md", BRIEF)

    @property
    def state(self) -> Path:
        """Return where the engine keeps what it knows."""
        return self.root / "build" / ".qlf"

    def with_qlf(self, before: str = LIGHT) -> None:
        """Build with `qlf build` from now on, after some code that chooses the agents."""
        self.command = [sys.executable, "-c", before + QLF, "build", "-v"]

    def write(self, path: str, text: str) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def edit(self, brief: str, old: str, new: str) -> None:
        file = self.root / "briefs" / f"{brief}.md"
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new, 1), encoding="utf-8")

    def own_template(self, line: str) -> None:
        """Have a template of the repository's own, which is used for all briefs."""
        text = (PACKAGE / TEMPLATE).read_text(encoding="utf-8")
        self.write("templates/database/sql/up.sql.jinja", f"-- {line}\n{text}")

    def forget_cache(self) -> None:
        shutil.rmtree(self.cache / "products", ignore_errors=True)

    def forget_build(self) -> None:
        shutil.rmtree(self.root / "build", ignore_errors=True)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a build in a session of its own."""
        return subprocess.Popen(
            [*self.command, *arguments],
            cwd=self.root,
            env=self.variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *arguments: str) -> Told:
        """Build, and return what was told."""
        return ended(self.start(*arguments))

    def products(self) -> dict[str, bytes]:
        """Return the products below `build`; what the engine keeps, and the report, are none.

        Folders end with `/`.
        """
        build = self.root / "build"
        return {
            path.relative_to(build).as_posix() + "/" * path.is_dir(): b""
            if path.is_dir()
            else path.read_bytes()
            for path in build.rglob("*")
            if ".qlf" not in path.parts and path.name not in {INDEX, REPORT}
        }

    def records(self) -> dict[str, Record]:
        """Return the steps that are on record as done, by name."""
        _, sections = manifest.read(str(self.state / "manifest")) or (None, {})
        found = {name: each for packed in sections.values() for name, each in packed.section().steps.items()}
        for entry in journal.entries(str(self.state / "journal")):
            found[entry["step"]] = manifest.Record(entry["inputs"], entry["outputs"])
        return found

    def leftovers(self) -> list[str]:
        """Return the files that no build that has ended may leave."""
        left = [path for path in self.state.iterdir() if path.name not in KEPT_BY_THE_ENGINE]
        products = (self.cache / "products").rglob("*")
        kept = [path for path in products if path.is_file() and not _is_key(path.name)]
        return sorted(str(path.relative_to(self.root)) for path in (*left, *kept))


def _is_key(name: str) -> bool:
    return re.fullmatch("[0-9a-f]{64}", name) is not None


class Told:
    """What a build that has ended said."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code = code
        self.out = out
        self.err = err

    def __repr__(self) -> str:
        """Show everything, for whom a test fails."""
        return f"code {self.code}\n{self.out}\n{self.err}"

    def marked(self, mark: str) -> list[str]:
        """Return the tasks that doit told of with a mark: `.` made, `<-` from the cache, `--` current."""
        return [line[3:] for line in self.out.splitlines() if line.startswith(f"{mark:<2} ")]

    @property
    def done(self) -> list[str]:
        """Return the steps that were made, or restored from the cache."""
        return [*self.marked("."), *self.marked("<-"), *_ENDED.findall(self.err)]


def ended(process: subprocess.Popen[str]) -> Told:
    """Wait for a build to end."""
    try:
        out, err = process.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGABRT)  # of which faulthandler tells where it was
        out, err = process.communicate()
        pytest.fail(f"the build did not end\n{out}\n{err}")
    return Told(process.returncode, out, err)


def members(session: int) -> list[str]:
    """Return the processes of a session that still run, each with its command."""
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            state, _, _, its_session, *_ = (folder / "stat").read_text().rpartition(")")[2].split()
            if int(its_session) == session and state not in "ZX":
                found.append(f"{folder.name} {(folder / 'cmdline').read_text()}")
        except (OSError, ValueError):
            continue
    return found


def nobody_left(session: int) -> None:
    """Give the processes of a session a moment to end, and demand that they do."""
    deadline = time.monotonic() + PATIENCE / 4
    while left := members(session):
        assert time.monotonic() < deadline, f"still running: {left}"
        time.sleep(0.01)


def interrupted(process: subprocess.Popen[str], delay: float, number: int, *, all_of_it: bool) -> Told:
    """Send a signal to a build after some seconds, to its first process or to all, and wait for its end."""
    try:
        process.wait(delay)
    except subprocess.TimeoutExpired:
        (os.killpg if all_of_it else os.kill)(process.pid, number)
    told = ended(process)
    nobody_left(process.pid)
    return told
