"""What `qlf init --ci` writes: valid, safe by the rules of zizmor, and of commands that there are."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from qlf import __version__
from qlf.cli.init import WORKFLOWS
from qlf.cli.main import cli

if TYPE_CHECKING:
    from tests.cli.conftest import Qlf

FORGES = pytest.mark.parametrize("forge", WORKFLOWS)
SCHEMAS = {"github": "vendor.github-workflows", "gitlab": "vendor.gitlab-ci"}


def run(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)


def tool(name: str) -> Path:
    return Path(sys.executable).with_name(name)


@FORGES
def test_a_workflow_is_written_once(qlf: Qlf, forge: str) -> None:
    made = qlf("init", "--ci", forge)
    assert (made.returncode, made.stderr) == (0, "")
    assert made.stdout == f"made {WORKFLOWS[forge]}\nNext:  git add {WORKFLOWS[forge]}\n"
    text = (qlf.root / WORKFLOWS[forge]).read_text(encoding="utf-8")
    assert f"'quantumlayer-factory=={__version__}'" in text
    again = qlf("init", "--ci", forge)
    assert again.returncode == 2
    assert "this is there already" in again.stderr
    assert (qlf.root / WORKFLOWS[forge]).read_text(encoding="utf-8") == text


@FORGES
def test_a_workflow_has_the_form_that_its_forge_wants(qlf: Qlf, forge: str) -> None:
    qlf("init", "--ci", forge)
    done = run(tool("check-jsonschema"), "--builtin-schema", SCHEMAS[forge], qlf.root / WORKFLOWS[forge])
    assert done.returncode == 0, done.stdout + done.stderr


@FORGES
def test_a_workflow_says_commands_that_there_are(qlf: Qlf, forge: str) -> None:
    qlf("init", "--ci", forge)
    text = (qlf.root / WORKFLOWS[forge]).read_text(encoding="utf-8")
    said = re.findall(r"\bqlf (?:fmt|validate|diff|package)[^\n;]*", text)
    assert len(said) == 4
    for line in said:
        name, *rest = shlex.split(line.replace('$(basename "$brief" .md)', "notes"))[1:]
        command = cli.get_command(None, name)  # type: ignore[arg-type]
        assert command is not None
        command.make_context(name, rest)


def test_the_workflow_of_github_is_safe_and_sound(qlf: Qlf) -> None:
    qlf("init", "--ci", "github")
    file = qlf.root / WORKFLOWS["github"]
    audited = run(tool("zizmor"), "--offline", "--persona", "auditor", file)
    assert audited.returncode == 0, audited.stdout + audited.stderr
    actionlint = shutil.which("actionlint") or str(Path.home() / ".local/bin/actionlint")
    if not Path(actionlint).exists():
        pytest.skip("actionlint is not installed")
    linted = run(actionlint, file)
    assert linted.returncode == 0, linted.stdout + linted.stderr
    file.write_text(file.read_text(encoding="utf-8").replace("github.ref }}", "github.reference }}"))
    assert run(actionlint, file).returncode == 1
