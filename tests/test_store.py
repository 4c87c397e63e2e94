from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qlf import store as module
from qlf.store import Store, work_folder, write_whole

KEY = "ab" * 32


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(content=st.binary())
def test_what_is_written_is_read(tmp_path: Path, content: bytes) -> None:
    store = Store(tmp_path)
    store.write(KEY, content)
    assert store.read(KEY) == content


def test_nothing_is_there_at_first(tmp_path: Path) -> None:
    assert Store(tmp_path / "none").read(KEY) is None


def test_what_was_damaged_is_not_there(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.write(KEY, b"green")
    (file,) = (path for path in tmp_path.rglob("*") if path.is_file())
    file.write_bytes(file.read_bytes().replace(b"green", b"greed"))
    assert store.read(KEY) is None
    file.write_bytes(b"")
    assert store.read(KEY) is None


def test_a_content_moved_to_another_key_is_not_there(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.write(KEY, b"green")
    other = "cd" * 32
    (tmp_path / "cd").mkdir()
    (tmp_path / "ab" / KEY).rename(tmp_path / "cd" / other)
    assert store.read(other) is None


@pytest.mark.parametrize("key", ["", "../../etc/passwd", "AB" * 32, "ab" * 31])
def test_a_key_is_a_digest(tmp_path: Path, key: str) -> None:
    with pytest.raises(ValueError, match="not a digest"):
        Store(tmp_path).read(key)


def test_many_writers_leave_one_whole_content(tmp_path: Path) -> None:
    store = Store(tmp_path)
    contents = [bytes([number]) * 100_000 for number in range(16)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda content: store.write(KEY, content), contents))
    assert store.read(KEY) in contents
    assert [path.name for path in (tmp_path / "ab").iterdir()] == [KEY]


def test_a_failed_write_leaves_the_old_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "file"
    write_whole(file, b"old")

    def refuse(*_: object) -> None:
        message = "no space left"
        raise OSError(message)

    monkeypatch.setattr("os.replace", refuse)
    with pytest.raises(OSError, match="no space left"):
        write_whole(file, b"new")
    assert file.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_what_a_killed_writer_left_is_removed_and_nothing_else(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    store.write(KEY, b"kept")
    ended = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True
    )
    unfinished = tmp_path / "store" / "unfinished"
    for name in (f"{KEY}.{int(ended.stdout)}-1", f"{KEY}.{os.getpid()}-1", "other"):
        (unfinished / name).write_bytes(b"half")
    store.tidy()
    assert sorted(path.name for path in unfinished.iterdir()) == [f"{KEY}.{os.getpid()}-1", "other"]
    assert store.read(KEY) == b"kept"


def test_tools_work_in_memory_if_there_is_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TMPDIR", raising=False)
    monkeypatch.setattr(module, "_MEMORY", tmp_path)
    monkeypatch.setattr(module, "_ROOM", 1)
    with work_folder() as work:
        assert Path(work).parent == tmp_path
    monkeypatch.setattr(module, "_ROOM", 1 << 60)
    with work_folder() as work:
        assert Path(work).parent != tmp_path
    monkeypatch.setattr(module, "_MEMORY", tmp_path / "none")
    with work_folder() as work:
        assert Path(work).is_dir()


def test_what_was_not_used_for_longest_goes_first(tmp_path: Path) -> None:
    store = Store(tmp_path)
    keys = [f"{number:064x}" for number in range(4)]
    for number, key in enumerate(keys):
        store.write(key, b"x" * 1000)
        os.utime(tmp_path / key[:2] / key, (number, number))
    assert store.read(keys[0]) == b"x" * 1000
    store.prune(2500)
    assert [key for key in keys if store.read(key)] == [keys[0], keys[3]]
    store.prune(0)
    assert [key for key in keys if store.read(key)] == []
    store.prune(0)
