from __future__ import annotations

from pathlib import Path

import pytest

from qlf.cli.main import COMMANDS
from qlf.cli.reference import PAGES, page, write_pages

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("path", PAGES)
def test_pages_made_from_the_code_are_current(path: str) -> None:
    assert (ROOT / path).read_text(encoding="utf-8") == page(path), "doit generate-docs"


def test_every_command_has_a_section() -> None:
    text = page("docs/cli.md")
    for name in COMMANDS:
        assert f"## `qlf {name}`\n" in text
    assert "## `qlf config set`\n" in text
    assert "Usage: qlf config set [OPTIONS] KEY VALUE\n" in text


def test_pages_are_written_below_a_folder(tmp_path: Path) -> None:
    write_pages(tmp_path)
    assert sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*")) == sorted(PAGES)
