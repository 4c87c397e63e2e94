from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from qlf.cli.main import COMMANDS
from qlf.cli.reference import PAGES, page, write_pages

ROOT = Path(__file__).resolve().parents[2]


def test_pages_made_from_the_code_are_current(tmp_path: Path) -> None:
    # In a process of its own: click keeps what a command's help option was called when it first ran.
    script = "import pathlib, sys; from qlf.cli.reference import *; write_pages(pathlib.Path(sys.argv[1]))"
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=True)
    for path in PAGES:
        made = (tmp_path / path).read_text(encoding="utf-8")
        assert (ROOT / path).read_text(encoding="utf-8") == made, f"{path}: run doit generate-docs"


def test_every_command_has_a_section() -> None:
    text = page("docs/cli.md")
    for name in COMMANDS:
        assert f"## `qlf {name}`\n" in text
    assert "## `qlf config set`\n" in text
    assert "Usage: qlf config set [OPTIONS] KEY VALUE\n" in text


def test_pages_are_written_below_a_folder(tmp_path: Path) -> None:
    write_pages(tmp_path)
    assert sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*")) == sorted(PAGES)
