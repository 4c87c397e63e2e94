"""Applications that are committed: what git keeps, and that a check tells when it is out of date."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.cli.test_review import commit, edit, git

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Qlf

pytestmark = pytest.mark.slow


def tracked(root: Path) -> list[str]:
    done = subprocess.run(["git", "ls-files"], cwd=root, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


@pytest.fixture
def committed(notes: Qlf) -> Qlf:
    """Give a repository that commits its application, as the last build left it."""
    notes.variables["QLF_GATES"] = ""
    assert notes("config", "set", "commit.applications", "true").returncode == 0
    git(notes.root, "init", "-q", "-b", "main")
    assert notes("build").returncode == 0
    commit(notes.root, "first")
    return notes


def test_git_keeps_the_tree_and_its_record_alone(committed: Qlf) -> None:
    kept = [path for path in tracked(committed.root) if path.startswith("build/")]
    assert "build/notes/app/README.md" in kept
    assert {path for path in kept if not path.startswith("build/notes/app/")} == {
        *("build/.gitattributes", "build/.gitignore", "build/notes/assembled.json"),
    }
    marked = subprocess.run(
        ["git", "check-attr", "linguist-generated", "build/notes/app/README.md"],
        cwd=committed.root,
        capture_output=True,
        text=True,
        check=True,
    )
    assert marked.stdout == "build/notes/app/README.md: linguist-generated: set\n"
    assert committed("config", "set", "commit.linguist", "false").returncode == 0
    edit(committed, "A list", "A long list")
    assert committed("build").returncode == 0
    assert not (committed.root / "build/.gitattributes").exists()


def test_a_check_is_green_only_for_what_the_sources_give(committed: Qlf) -> None:
    green = committed("build", "--check")
    assert (green.returncode, green.stdout) == (0, "What is committed is what the sources give.\n")
    edit(committed, "max=80", "max=40")
    red = committed("build", "--check")
    assert red.returncode == 1
    told = red.stdout.splitlines()
    assert "build/notes/app/api/openapi.json: what is committed is not what the sources give" in told
    assert told[-1] == "To commit what the sources give:  qlf build && git add build"
    assert json.loads(committed("build", "--check", "--json").stdout) == {"unlike": told[:-1]}
    assert committed("build").returncode == 0
    assert committed("build", "--check").returncode == 1
    commit(committed.root, "second")
    assert committed("build", "--check").returncode == 0
    (committed.root / "build/notes/app/more.txt").write_text("by hand\n", encoding="utf-8")
    git(committed.root, "rm", "-q", "--cached", "build/notes/app/README.md")
    git(committed.root, "add", "build/notes/app/more.txt")
    assert committed("build", "--check").stdout.splitlines()[:-1] == [
        "build/notes/app/README.md: it is not committed",
        "build/notes/app/more.txt: it is committed, and the sources give no such file",
    ]


def test_a_fresh_clone_builds_on_what_is_committed(committed: Qlf, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", str(committed.root), "clone")
    committed.root = tmp_path / "clone"
    assert committed("build", "--check").returncode == 0
    edit(committed, "max=80", "max=40")
    done = committed("build")
    assert (done.returncode, done.stderr) == (0, "")
    changed = subprocess.run(
        ["git", "status", "--short"], cwd=committed.root, capture_output=True, text=True, check=True
    )
    assert " M build/notes/app/api/openapi.json" in changed.stdout.splitlines()
    assert not [line for line in changed.stdout.splitlines() if line.startswith("??")]


def test_a_check_wants_the_setting(notes: Qlf) -> None:
    done = notes("build", "--check")
    advice = "qlf config set commit.applications true"
    assert (done.returncode, done.stderr) == (
        2,
        f"factory.toml:0:0: applications are not committed here; {advice}\n",
    )
