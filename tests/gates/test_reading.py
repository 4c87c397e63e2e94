from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qlf.gates import reading
from qlf.gates.reading import matches, read_files, write_files

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize(
    ("path", "pattern", "expected"),
    [
        ("backend/app/api.py", "backend/**", True),
        ("backend/app/api.py", "backend/**/*.py", True),
        ("backend/api.py", "backend/**/*.py", True),
        ("backend/app/api.py", "backend/*.py", False),
        ("backend/api.pyc", "backend/*.py", False),
        ("a+b.py", "a+b.py", True),
        ("aab.py", "a+b.py", False),
        ("x/backend/api.py", "backend/**", False),
        ("api/v1.json", "api/v?.json", True),
    ],
)
def test_patterns(path: str, pattern: str, *, expected: bool) -> None:
    assert matches(path, [pattern]) is expected


@given(st.lists(st.text("ab.-", min_size=1), min_size=1).map("/".join))
def test_two_stars_match_everything_and_a_path_itself(path: str) -> None:
    assert matches(path, ["**"])
    assert matches(path, [path])
    assert not matches(path, [f"{path}c"])


def test_only_what_is_named_is_read_and_written(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    for path in ("b/x.py", "b/__pycache__/x.pyc", "README.md", "a.py"):
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_text(path, encoding="utf-8")
    files = read_files(tree, ["**/*.py", "b/**"])
    assert files == {"a.py": b"a.py", "b/x.py": b"b/x.py"}
    write_files(files, tmp_path / "copy", ["b/**"])
    assert [path for path in (tmp_path / "copy").rglob("*") if path.is_file()] == [tmp_path / "copy/b/x.py"]


@pytest.mark.parametrize(
    "link",
    [
        lambda tree: (tree / "b" / "linked.py").symlink_to("/etc/passwd"),
        lambda tree: (tree / "b" / "folder").symlink_to("/etc", target_is_directory=True),
    ],
)
def test_links_are_refused(tmp_path: Path, link: Callable[[Path], None]) -> None:
    (tmp_path / "b").mkdir()
    link(tmp_path)
    problems = read_files(tmp_path, ["b/**"])
    assert isinstance(problems, list)
    assert [problem.what for problem in problems] == ["not a regular file"]


def test_there_are_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a", "b", "c"):
        (tmp_path / name).write_text("12345", encoding="utf-8")
    monkeypatch.setattr(reading, "FILE_LIMIT", 2)
    problems = read_files(tmp_path, ["**"])
    assert isinstance(problems, list)
    assert [Path(problem.file).name for problem in problems] == ["c"]
    monkeypatch.setattr(reading, "SIZE_LIMIT", 4)
    assert len(read_files(tmp_path, ["**"])) == 3
