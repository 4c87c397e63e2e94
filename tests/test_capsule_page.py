"""What docs/capsule.md shows is run: a shipped brief, gates of straw, and the real cosign and oras."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from qlf.capsule.archive import MOST_FILES
from qlf.capsule.keys import SERVICES, new_key, public_pem
from qlf.capsule.manifest import LARGEST, File, Gate, Maker, Manifest
from qlf.model.evidence import Assessed, Assessment, Check, Clause, Evidence, GateRun, Line, Trial
from qlf.model.finding import Finding, ToolRun, Verdict
from qlf.store import cache_folder
from tests.capsule.oci import TOOLS, serving
from tests.capsule.small import APP, PRIVATE, capsule
from tests.cli.conftest import RUNNER
from tests.test_documents import ROOT, blocks

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = ROOT / "docs" / "capsule.md"
KEY = "~/.config/quantumlayer-factory/signing.key"
REGISTRY = "localhost:5000"
STRAW = RUNNER.replace('"database"', '"backend"')
MEMBERS = {
    "The manifest": (Manifest, Maker, Gate, File),
    "Verdicts": (Verdict, ToolRun, Finding),
    "Evidence": (Evidence, GateRun, Check, Trial, Assessment, Assessed, Clause, Line),
}
REFUSED = "   # ends with 1"


class Shell:
    """A repository with a shipped brief, and the shell of someone who reads the page."""

    def __init__(self, root: Path, registry: str) -> None:
        self.root, self.registry, self.key = root, registry, str(root.parent / "keys" / "signing.key")
        (root / "briefs").mkdir(parents=True)
        shutil.copy(ROOT / "briefs" / "healthcare-app.md", root / "briefs")
        (root / "factory.toml").write_text("")
        (root / "dodo.py").write_text(f"{STRAW.partition('from qlf.cli')[0]}from qlf.tasks import *\n")
        programs, cache = root.parent / "bin", root.parent / "cache"
        programs.mkdir()
        (programs / "qlf").write_text(f"#!{sys.executable}\n{STRAW}")
        (programs / "qlf").chmod(0o755)
        # What straw says must not be kept where real gates look; environments are shared.
        cache.mkdir()
        (cache_folder() / "environments").mkdir(parents=True, exist_ok=True)
        (cache / "environments").symlink_to(cache_folder() / "environments")
        self.variables = {name: each for name, each in os.environ.items() if not name.startswith("QLF_")} | {
            "PATH": f"{programs}:{TOOLS}:{Path(sys.executable).parent}:{os.environ['PATH']}",
            "QLF_CACHE": str(cache),
            "QLF_SIGNING_KEY": self.key,
            "NO_COLOR": "1",
        }

    def __call__(self, line: str) -> str:
        """Run a line of the page, and return what it printed in the page's words."""
        said = line.replace(KEY, self.key).replace(REGISTRY, self.registry)
        done = subprocess.run(
            ["bash", "-c", said],
            cwd=self.root,
            env=self.variables,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == line.endswith(REFUSED), f"{line}\n{done.stdout}{done.stderr}"
        return done.stdout.replace(self.key, KEY)


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    with serving(tmp_path / "registry") as address:
        yield Shell(tmp_path / "repository", address)


@pytest.mark.slow
def test_the_page_shows_what_its_commands_print(shell: Shell) -> None:
    told = [
        said
        for block in blocks(PAGE, "sh")
        for line in block.splitlines()
        for said in shell(line).splitlines()
    ]
    shown = [line for block in blocks(PAGE, "text") for line in block.splitlines()]
    assert [line for line in shown if plain(line) not in map(plain, told)] == []
    assert (shell.root / "unpacked" / "capsule.json").is_file()


def plain(line: str) -> str:
    """Return a line without what differs from one key, registry or version of a template to the next."""
    return re.sub(r" +", " ", re.sub(r"\b[0-9a-f]{64}\b", "DIGEST", re.sub(r" \d+ ", " N ", line)))


def test_the_example_in_python_works(tmp_path: Path) -> None:
    """Ten lines, and a refusal if the key is another."""
    (example,) = blocks(PAGE, "python")
    assert len([line for line in example.splitlines() if line]) <= 10
    (tmp_path / "got.qlcapsule").write_bytes(capsule(app={**APP, "api/openapi.json": (b"{}\n", "api")}))
    assert new_key(tmp_path / "them") == []
    stranger = run(example, tmp_path)
    assert stranger.returncode == 1
    assert "got.qlcapsule:0:0: no trusted key has signed it; " in stranger.stderr
    (tmp_path / "them.pub").write_bytes(public_pem(PRIVATE.public_key()))
    known = run(example, tmp_path)
    assert known.returncode == 0, known.stderr
    assert re.fullmatch(r"notes 1\.0\.0 [0-9a-f]{64}\nstatic green\n", known.stdout)
    assert (tmp_path / "openapi.json").read_bytes() == b"{}\n"


def run(example: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", example]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_the_page_names_every_member_and_bound() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for heading, kinds in MEMBERS.items():
        section = text.partition(f"### {heading}\n")[2].partition("\n### ")[0]
        names = {name for kind in kinds for name in kind.model_fields}
        assert [name for name in sorted(names) if f"`{name}`" not in section] == []
    assert [service for service in SERVICES if f"`{service}:`" not in text] == []
    assert f"at most {LARGEST:,} bytes" in text
    assert f"at most {MOST_FILES:,} files" in text
