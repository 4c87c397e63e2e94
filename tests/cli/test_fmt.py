"""`qlf fmt` and `qlf validate`, and both as hooks of pre-commit."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Qlf

ROOT = Path(__file__).resolve().parents[2]
MESSY = "---\nentities:\n    Note:\n        fields: { title: text! }\n---\n# Notes\n\n\nA list.\n"
FORM = "---\nentities:\n  Note:\n    fields: {title: text!}\n---\n# Notes\n\nA list.\n"
OVERLAY = "name:  zoo\nversion: 1.0.0\nkind: domain\ntitle: Zoo\ndescription: Animals.\n"


@pytest.fixture
def untidy(notes: Qlf) -> Qlf:
    """Give a repository whose brief and overlay are laid out in another way."""
    (notes.root / "briefs/notes.md").write_text(MESSY, encoding="utf-8")
    overlay = notes.root / "overlays/domains/zoo.yaml"
    overlay.parent.mkdir(parents=True)
    overlay.write_text(OVERLAY, encoding="utf-8")
    return notes


def test_fmt_lays_out_all_that_is_the_repositorys_own(untidy: Qlf) -> None:
    done = untidy("fmt")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "briefs/notes.md\noverlays/domains/zoo.yaml\n"
    assert (untidy.root / "briefs/notes.md").read_text(encoding="utf-8") == FORM
    assert (untidy.root / "overlays/domains/zoo.yaml").read_text(encoding="utf-8").startswith("name: zoo\n")
    again = untidy("fmt", "--check")
    assert (again.returncode, again.stdout) == (0, "")


def test_fmt_checks_and_shows_without_writing(untidy: Qlf) -> None:
    checked = untidy("fmt", "--check", "briefs/notes.md")
    assert (checked.returncode, checked.stdout) == (1, "briefs/notes.md\n")
    shown = untidy("fmt", "--diff", "briefs/notes.md")
    assert shown.returncode == 0
    assert "-    Note:\n" in shown.stdout
    assert "+  Note:\n" in shown.stdout
    told = json.loads(untidy("fmt", "--check", "--json").stdout)
    assert told == {"files": 2, "changed": ["briefs/notes.md", "overlays/domains/zoo.yaml"]}
    assert (untidy.root / "briefs/notes.md").read_text(encoding="utf-8") == MESSY


def test_fmt_writes_nothing_if_one_file_cannot_be_read(untidy: Qlf) -> None:
    bad = "---\nversion: 1.0.0\nversion: 1.0.0\n---\n# Bad\n"
    (untidy.root / "briefs/bad.md").write_text(bad, encoding="utf-8")
    done = untidy("fmt", "briefs/notes.md", "briefs/bad.md", "briefs/gone.md", "README")
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "README:0:0: this is neither a brief nor an overlay; name files .md or .yaml",
        "briefs/bad.md:3:1: the key 'version' occurs twice, first on line 2; keep one of them",
        "briefs/gone.md:0:0: the file cannot be read: No such file or directory; name one that is there",
    ]
    assert (untidy.root / "briefs/notes.md").read_text(encoding="utf-8") == MESSY


def test_validate_tells_all_problems_and_writes_nothing(notes: Qlf) -> None:
    (notes.root / "briefs/bad.md").write_text(
        "---\nentities: {Note: {fields: {title: txt, size: longtxt}}}\n---\n# Bad\n", encoding="utf-8"
    )
    assert notes("validate", "notes").stdout == "1 brief is valid\n"
    done = notes("validate")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines() == [
        "briefs/bad.md:2:35: there is no type txt; did you mean text?",
        "briefs/bad.md:2:46: there is no type longtxt; did you mean longtext?",
    ]
    told = json.loads(notes("validate", "briefs/bad.md", "--json").stdout)
    assert (told["briefs"], len(told["problems"])) == (1, 2)
    assert notes("validate", "other").returncode == 2
    assert not (notes.root / "build").exists()


def test_validate_looks_at_all_briefs_for_a_file_that_is_no_brief(notes: Qlf) -> None:
    (notes.root / "briefs/bad.md").write_text("---\nentities: 1\n---\n# Bad\n", encoding="utf-8")
    assert notes("validate", "briefs/notes.md").returncode == 0
    assert notes("validate", "factory.toml").returncode == 2


@pytest.mark.slow
def test_hooks_of_pre_commit_lay_out_and_refuse(untidy: Qlf, tmp_path: Path) -> None:
    def run(*words: str, code: int = 0) -> str:
        done = subprocess.run(
            words, cwd=untidy.root, env=variables, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout

    bin_folder = str(Path(sys.executable).parent)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "COVERAGE_"))}
    variables = kept | {
        "PATH": f"{bin_folder}:{os.environ['PATH']}",
        "PRE_COMMIT_HOME": str(tmp_path / "hooks"),
    }
    variables |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    hooks = (ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")
    # The hooks as they are, but with the programs that are here: an environment of its own takes minutes.
    local = hooks.replace("language: python", "language: system").replace("\n", "\n      ")
    (untidy.root / ".pre-commit-config.yaml").write_text(
        f"repos:\n  - repo: local\n    hooks:\n      {local}", encoding="utf-8"
    )
    run("git", "init", "-q")
    run("git", "config", "user.email", "somebody@example.com")
    run("git", "config", "user.name", "Somebody")
    run("git", "add", ".")
    assert "files were modified by this hook" in run("pre-commit", "run", code=1)
    assert (untidy.root / "briefs/notes.md").read_text(encoding="utf-8") == FORM
    run("git", "add", ".")
    run("pre-commit", "run")
    shutil.copy(untidy.root / "briefs/notes.md", untidy.root / "briefs/bad.md")
    text = (untidy.root / "briefs/bad.md").read_text(encoding="utf-8").replace("text!", "txt!")
    (untidy.root / "briefs/bad.md").write_text(text, encoding="utf-8")
    run("git", "add", ".")
    assert "briefs/bad.md:4:21: " in run("pre-commit", "run", code=1)
