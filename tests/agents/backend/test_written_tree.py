"""What is written as a whole: like the golden files, well-formed and clean.

`QLF_REFRESH_GOLDEN=1 pytest tests/agents/backend/test_written_tree.py` writes the golden files anew.
"""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

GOLDEN = Path(__file__).parents[2] / "golden" / "backend"
# What depends on the brief; the rest is the same for every application, but for its title.
SHOWN = re.compile(r"backend/app/(access|enums|models|operations|queries|routes|rules|schemas)\b.*\.py")


def shown(files: dict[str, str]) -> dict[str, str]:
    return {
        path.removeprefix("backend/app/"): text
        for path, text in files.items()
        if SHOWN.fullmatch(path) and not path.endswith(("__init__.py", "auth.py", "types.py", "base.py"))
    }


def test_the_golden_library(written_library: dict[str, str]) -> None:
    found = shown(written_library)
    if os.environ.get("QLF_REFRESH_GOLDEN"):
        for path, text in found.items():
            (GOLDEN / path).parent.mkdir(parents=True, exist_ok=True)
            (GOLDEN / path).write_text(text, encoding="utf-8")
    golden = {path.relative_to(GOLDEN).as_posix(): path for path in GOLDEN.rglob("*.py")}

    assert sorted(found) == sorted(golden)
    for path, text in found.items():
        assert text == golden[path].read_text(encoding="utf-8"), path


def test_every_module_parses(tree: dict[str, str]) -> None:
    for path, text in tree.items():
        if path.endswith(".py"):
            ast.parse(text, path)


def test_nothing_is_left_of_the_templates(tree: dict[str, str]) -> None:
    for path, text in tree.items():
        assert not re.search(r"\{%|%\}|\{#|\{\{ | \}\}", text), path
        assert "Undefined" not in text, path


def test_every_file_ends_as_a_file_should(tree: dict[str, str]) -> None:
    for path, text in tree.items():
        assert text.strip(), path
        assert text.endswith("\n"), path
        assert not text.endswith("\n\n"), path
        assert not re.search(r"[ \t]$", text, re.MULTILINE), path


def test_linter_and_formatter_have_nothing_to_say(tree: dict[str, str], tmp_path: Path) -> None:
    for path, text in tree.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    for command in (["check"], ["format", "--check"]):
        ruff = [sys.executable, "-m", "ruff", *command, "--no-cache", "backend"]
        done = subprocess.run(ruff, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("backend/app/schemas/book.py", r'pattern=r"^\d{13}$"'),
        ("backend/app/schemas/book.py", 'alias="class"'),
        ("backend/app/models/book.py", 'mapped_column("class"'),
        ("backend/app/rules/book.py", "if book.discount is not None"),
        ("backend/app/rules/loan.py", "loan.fine = (loan.book_price * loan.days)"),
    ],
)
def test_line_that_was_once_wrong(written_library: dict[str, str], path: str, line: str) -> None:
    assert line in written_library[path]
