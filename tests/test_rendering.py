from __future__ import annotations

import subprocess
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from jinja2.exceptions import SecurityError

from qlf import rendering
from qlf.rendering import UnreadableError, environment, format_python

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    rendering._formatted.clear()  # noqa: SLF001
    yield
    rendering._formatted.clear()  # noqa: SLF001


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Give the files of each call of ruff."""
    found: list[list[str]] = []
    run = subprocess.run

    def watched(command: list[str], **options: Any) -> Any:  # noqa: ANN401
        found.append(command[command.index("--") + 1 :])
        return run(command, **options)

    monkeypatch.setattr(subprocess, "run", watched)
    return found


def test_files_are_formatted_and_import_what_they_use_in_order() -> None:
    before = "import sys\nimport os\nfrom app.b import x, unused\nimport json\nprint( os,sys,x )\n"
    after = "import os\nimport sys\n\nfrom app.b import x\n\nprint(os, sys, x)\n"
    files = {"app/a.py": before, "app/b.py": "x=1\n", "pyproject.toml": "[tool.ruff]\n"}
    assert format_python(files) == {
        "app/a.py": after,
        "app/b.py": "x = 1\n",
        "pyproject.toml": "[tool.ruff]\n",
    }


def test_file_that_is_needed_for_nothing_but_its_imports_is_empty() -> None:
    assert format_python({"a.py": "from b import c\n"}) == {"a.py": ""}


def test_what_was_formatted_is_not_formatted_again(asked: list[list[str]]) -> None:
    first = format_python({"a.py": "x=1\n", "b.py": "y=1\n"})
    assert format_python({"a.py": "x=1\n", "b.py": "y=1\n"}) == first
    assert format_python({"a.py": "x=1\n", "b.py": "y=2\n"}) == {"a.py": "x = 1\n", "b.py": "y = 2\n"}
    assert asked == [["a.py", "b.py"], ["a.py", "b.py"], ["b.py"], ["b.py"]]


def test_another_style_and_other_own_modules_are_another_format() -> None:
    text = "import own\nimport sys\nx = [own, sys]\n"
    assert format_python({"a.py": text})["a.py"].startswith("import sys\n\nimport own\n\nx")
    both = format_python({"a.py": text, "own.py": "", "ruff.toml": "line-length = 12\n"})
    assert both["a.py"].endswith("x = [\n    own,\n    sys,\n]\n")


def test_file_that_does_not_parse_is_an_error_that_is_not_kept() -> None:
    for _ in range(2):
        with pytest.raises(UnreadableError, match="that does not parse"):
            format_python({"a.py": "def\n"})


@pytest.mark.parametrize("text", ["{{ a.__class__ }}", "{{ items.append(1) }}", "{{ a._own }}"])
def test_templates_reach_nothing_private_and_change_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.jinja").write_text("{{ items.count(1) }}" + text)
    template = environment(tmp_path, {}).get_template("a.jinja")
    for _ in range(2):
        with pytest.raises(SecurityError):
            template.render(a=SimpleNamespace(_own=1), items=[1])
