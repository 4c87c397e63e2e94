"""Assembling: one owner a path, only what changed is written, and no hand edit is ever lost."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qlf.assemble import Entry, Tree, merge, write

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def _tree(files: Mapping[str, str], own: Mapping[str, bytes] | None = None) -> Tree:
    tree = merge({"backend": files}, own)
    assert isinstance(tree, Tree), tree
    return tree


class _Build:
    """The folder of one brief's products."""

    def __init__(self, folder: Path) -> None:
        self.app = folder / "build" / "shop" / "app"
        self.record = folder / "build" / "shop" / "assembled.json"

    def write(self, files: Mapping[str, str], own: Mapping[str, bytes] | None = None) -> list[str]:
        problems = write(_tree(files, own), self.app, self.record)
        return [str(problem).replace(f"{self.app}/", "") for problem in problems]

    def files(self) -> dict[str, str]:
        found = sorted(path for path in self.app.rglob("*") if path.is_file())
        return {path.relative_to(self.app).as_posix(): path.read_text() for path in found}

    def age(self) -> None:
        for path in (*self.app.rglob("*"), self.record):
            os.utime(path, (1, 1))

    def written(self) -> set[str]:
        """Return the files that were written since they were aged; a folder counts if a file came or went."""
        return {str(path) for path in (*self.app.rglob("*"), self.record) if path.stat().st_mtime != 1}


@pytest.fixture
def build(tmp_path: Path) -> _Build:
    return _Build(tmp_path)


def test_patches_become_one_tree_in_the_order_of_paths() -> None:
    tree = merge({"backend": {"backend/b.py": "b\n", "a.md": "ä\n"}, "api": {"api/openapi.json": "{}\n"}})
    assert isinstance(tree, Tree)
    assert list(tree.files.items()) == [
        ("a.md", Entry("ä\n".encode(), "backend")),
        ("api/openapi.json", Entry(b"{}\n", "api")),
        ("backend/b.py", Entry(b"b\n", "backend")),
    ]


def test_two_owners_and_colliding_paths_are_refused_together() -> None:
    answer = merge(
        {
            "api": {"README.md": "x", "docs/a": "x", "../x": "x"},
            "backend": {"README.md": "x", "Docs/b": "x", "a/.mypy_cache": "x", "docs/a/b": "x"},
        },
    )
    assert isinstance(answer, list)
    choose = "choose paths that differ everywhere"
    assert [str(problem) for problem in answer] == [
        "../x:0:1: the path has the part `..` (api); write where the file lies, without detours",
        "README.md:0:0: api and backend both write this file; let one of them own it",
        "a/.mypy_cache:0:0: the file lies in the cache folder `.mypy_cache` (backend); choose another folder",
        f"docs/a:0:0: the path differs from `Docs/b` only in case (backend); {choose}",
        f"docs/a/b:0:0: the path differs from `Docs/b` only in case (backend); {choose}",
    ]


def test_own_file_stands_in_for_an_agents() -> None:
    tree = _tree({"a.py": "generated\n", "b.py": "b\n"}, {"a.py": b"own\n", "logo.png": b"\x89PNG"})
    assert tree.files["a.py"] == Entry(b"own\n", "custom", replaces="backend")
    assert tree.files["logo.png"] == Entry(b"\x89PNG", "custom")


def test_tree_is_written_with_its_record(build: _Build) -> None:
    assert build.write({"backend/a.py": "a\n", "README.md": "x\n"}) == []
    assert build.files() == {"README.md": "x\n", "backend/a.py": "a\n"}
    assert json.loads(build.record.read_bytes()) == {
        "format": 1,
        "files": {
            "README.md": {
                "owner": "backend",
                "digests": ["73cb3858a687a8494ca3323053016282f3dad39d42cf62ca4e79dda2aac7d9ac"],
                "patches": [],
                "replaces": None,
            },
            "backend/a.py": {
                "owner": "backend",
                "digests": ["87428fc522803d31065e7bce3cf03fe475096631e5e07bbd7a0fde60c4cf25c7"],
                "patches": [],
                "replaces": None,
            },
        },
    }


def test_only_what_changed_is_written(build: _Build) -> None:
    build.write({"backend/a.py": "a\n", "backend/b.py": "b\n"})
    build.age()
    assert build.write({"backend/a.py": "a\n", "backend/b.py": "b\n"}) == []
    assert build.written() == set()
    assert build.write({"backend/a.py": "a\n", "backend/b.py": "c\n"}) == []
    assert build.written() == {str(build.app / "backend"), str(build.app / "backend/b.py"), str(build.record)}


def test_what_nothing_owns_any_more_is_removed_with_its_folders_and_caches(build: _Build) -> None:
    build.write({"backend/old/deep/a.py": "a\n", "backend/old/b.py": "b\n", "backend/c.py": "c\n"})
    for folder in ("backend", "backend/old", "backend/old/deep"):
        (build.app / folder / "__pycache__").mkdir()
        (build.app / folder / "__pycache__" / "x.pyc").write_bytes(b"x")
    (build.app / "backend/old/deep/empty").mkdir()
    assert build.write({"backend/c.py": "c\n"}) == []
    assert build.files() == {"backend/__pycache__/x.pyc": "x", "backend/c.py": "c\n"}
    assert not (build.app / "backend/old").exists()


def test_file_and_folder_change_places(build: _Build) -> None:
    build.write({"a/b/c.py": "c\n", "d": "d\n"})
    (build.app / "a/b/empty").mkdir()
    assert build.write({"a": "a\n", "d/e": "e\n"}) == []
    assert build.files() == {"a": "a\n", "d/e": "e\n"}
    assert build.write({"a/b/c.py": "c\n", "d": "d\n"}) == []
    assert build.files() == {"a/b/c.py": "c\n", "d": "d\n"}


def test_empty_folder_in_the_place_of_a_file_gives_way(build: _Build) -> None:
    (build.app / "a/b/__pycache__").mkdir(parents=True)
    assert build.write({"a": "a\n"}) == []
    assert build.files() == {"a": "a\n"}


def test_hand_edits_are_reported_and_nothing_is_written(build: _Build) -> None:
    build.write({"a.py": "a\n", "b.py": "b\n", "c.py": "c\n"})
    (build.app / "a.py").write_text("edited\n")
    (build.app / "c.py").write_text("edited, and no longer generated\n")
    (build.app / "new.py").write_text("added\n")
    files = build.files()
    build.age()
    keep = "to keep it run `qlf edit shop` and `qlf patch save shop`, or delete it"
    assert build.write({"a.py": "a2\n", "b.py": "b2\n"}) == [
        f"a.py:0:0: the file was edited by hand; {keep}",
        f"c.py:0:0: the file was edited by hand; {keep}",
        f"new.py:0:0: the file was added by hand; {keep}",
    ]
    assert (build.files(), build.written()) == (files, set())


def test_edit_that_was_moved_to_the_own_files_is_kept(build: _Build) -> None:
    build.write({"a.py": "a\n", "b.py": "b\n"})
    for name in ("a.py", "b.py"):
        (build.app / name).write_text("edited\n")
    own = {"a.py": (build.app / "a.py").read_bytes()}
    (build.app / "a.py").unlink()
    (build.app / "b.py").unlink()
    assert build.write({"a.py": "a\n", "b.py": "b\n"}, own) == []
    assert build.files() == {"a.py": "edited\n", "b.py": "b\n"}


def test_edit_that_is_what_would_be_written_is_no_edit(build: _Build) -> None:
    build.write({"a.py": "a\n"})
    (build.app / "a.py").write_text("a2\n")
    (build.app / "b.py").write_text("b\n")
    assert build.write({"a.py": "a2\n", "b.py": "b\n"}) == []
    (build.app / "a.py").write_text("a\n")
    assert build.write({"a.py": "a2\n", "b.py": "b\n"}) != []


def test_deleted_file_is_written_again(build: _Build) -> None:
    build.write({"x/a.py": "a\n", "b.py": "b\n"})
    (build.app / "x/a.py").unlink()
    (build.app / "x").rmdir()
    assert build.write({"x/a.py": "a\n", "b.py": "b\n"}) == []
    assert build.files() == {"b.py": "b\n", "x/a.py": "a\n"}


def test_without_a_record_files_that_differ_are_kept(build: _Build) -> None:
    build.write({"a.py": "a\n", "b.py": "b\n"})
    build.record.unlink()
    assert build.write({"a.py": "a2\n", "b.py": "b\n"}) == [
        (
            "a.py:0:0: the file was added by hand; "
            "to keep it run `qlf edit shop` and `qlf patch save shop`, or delete it"
        ),
    ]


@pytest.mark.parametrize(
    "content", ["", "[]", '{"format":2,"files":{}}', '{"format":1,"files":{"a":1}}', "\xff"]
)
def test_broken_record_is_reported(build: _Build, content: str) -> None:
    build.write({"a.py": "a\n"})
    build.record.write_text(content, encoding="latin-1")
    advice = "delete it; files that differ from what would be written are then listed"
    assert build.write({"a.py": "b\n"}) == [
        f"{build.record}:0:0: this is not a record of assembled files; {advice}",
    ]
    assert build.files() == {"a.py": "a\n"}


@pytest.mark.parametrize("name", ["backend", "backend/a.py", "backend/other", "backend/__pycache__"])
def test_link_in_the_way_is_reported_and_not_followed(build: _Build, tmp_path: Path, name: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a.py").write_text("mine\n")
    link = build.app / name
    link.parent.mkdir(parents=True)
    link.symlink_to(outside / "a.py" if name.endswith(".py") else outside)
    message = f"{name}:0:0: this is neither a file nor a folder; delete it, links are not followed"
    assert build.write({"backend/a.py": "a\n"}) == [message]
    assert [path.name for path in outside.iterdir()] == ["a.py"]
    assert (outside / "a.py").read_text() == "mine\n"


def test_link_that_appears_while_writing_is_not_followed(
    build: _Build,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Between the look and the write, a folder is swapped for a link."""
    build.write({"backend/a.py": "a\n"})
    outside = tmp_path / "outside"
    outside.mkdir()
    replace = os.replace

    def swap(source: str, target: str, *, src_dir_fd: int, dst_dir_fd: int) -> None:
        if target == build.record.name:
            (build.app / "backend").rename(tmp_path / "moved")
            (build.app / "backend").symlink_to(outside)
        replace(source, target, src_dir_fd=src_dir_fd, dst_dir_fd=dst_dir_fd)

    monkeypatch.setattr(os, "replace", swap)
    with pytest.raises(NotADirectoryError):
        build.write({"backend/a.py": "b\n"})
    assert list(outside.iterdir()) == []


def test_app_that_is_a_link_or_file_is_refused(build: _Build, tmp_path: Path) -> None:
    build.app.parent.mkdir(parents=True)
    build.app.symlink_to(tmp_path)
    message = f"{build.app}:0:0: this is not a folder; delete it, it will be made again"
    assert build.write({"a": "a\n"}) == [message]
    build.app.unlink()
    build.app.write_text("x")
    assert build.write({"a": "a\n"}) == [message]


def test_special_file_does_not_block(build: _Build) -> None:
    build.app.mkdir(parents=True)
    os.mkfifo(build.app / "pipe")
    assert build.write({"a": "a\n"}) == [
        "pipe:0:0: this is neither a file nor a folder; delete it, links are not followed",
    ]


class _KilledError(BaseException):
    pass


@pytest.mark.parametrize("steps", range(5))
def test_interrupted_run_leaves_nothing_that_looks_like_an_edit(
    build: _Build,
    monkeypatch: pytest.MonkeyPatch,
    steps: int,
) -> None:
    """Killed before any of its writes, and the sources change before the next run."""
    first = {"a.py": "a1\n", "b.py": "b1\n", "old.py": "o\n"}
    build.write(first)
    left = iter(range(steps))
    replace = os.replace

    def killed(source: str, target: str, *, src_dir_fd: int, dst_dir_fd: int) -> None:
        if next(left, None) is None:
            raise _KilledError
        replace(source, target, src_dir_fd=src_dir_fd, dst_dir_fd=dst_dir_fd)

    # A kill runs no clean-up: what was half written stays.
    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", killed)
        patched.setattr(os, "unlink", lambda *_, **__: None)
        with pytest.raises(_KilledError):
            build.write({"a.py": "a2\n", "b.py": "b2\n", "c.py": "c2\n"})
    assert all(text in {"a1\n", "a2\n", "b1\n", "b2\n", "c2\n", "o\n"} for text in build.files().values())
    third = {"a.py": "a3\n", "c.py": "c3\n"}
    assert build.write(third) == []
    assert build.files() == third
    assert sorted(path.name for path in build.app.parent.iterdir()) == ["app", "assembled.json"]
    assert {path.name for path in build.app.iterdir()} == set(third)


def test_failed_write_leaves_the_old_file_and_no_other(
    build: _Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    build.write({"a.py": "a\n"})

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", full)
        with pytest.raises(OSError, match="No space"):
            build.write({"a.py": "b\n"})
    assert build.files() == {"a.py": "a\n"}
    assert [path.name for path in build.app.iterdir()] == ["a.py"]


def test_name_that_is_no_text_is_shown(build: _Build) -> None:
    build.app.mkdir(parents=True)
    with open(os.fsencode(build.app) + b"/\xff\x1b", "wb"):  # noqa: PTH123 - no str has this name
        pass
    shown = "\\udcff\\u001b"
    advice = "to keep it run `qlf edit shop` and `qlf patch save shop`, or delete it"
    assert build.write({"a": "a\n"}) == [
        f"{shown}:0:0: the file was added by hand; {advice}",
    ]


_NAMES = st.sampled_from(["a", "b", "c/a", "c/b", "c/d/a", "e"])
_FILES = st.dictionaries(_NAMES, st.sampled_from(["1\n", "2\n"]))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(_FILES, min_size=1, max_size=4))
def test_folder_always_holds_the_last_tree(
    tmp_path_factory: pytest.TempPathFactory, runs: list[dict[str, str]]
) -> None:
    build = _Build(tmp_path_factory.mktemp("runs"))
    for files in runs:
        assert build.write(files) == []
        assert build.files() == files
        folders = {path.relative_to(build.app).as_posix() for path in build.app.rglob("*") if path.is_dir()}
        assert folders == {
            folder for path in files for folder in ("c", "c/d") if path.startswith(f"{folder}/")
        }
