from __future__ import annotations

import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from qlf import environment
from qlf.environment import Environment, key_of, locked, provide
from qlf.store import cache_folder

TOOLS = Path(__file__).parents[1] / "rules" / "gates" / "tools.lock"
HASH = "    --hash=sha256:" + "0" * 64 + "\n"


@pytest.fixture(scope="module")
def small() -> bytes:
    """The lock of one small package, cut out of the lock of the tools."""
    lines = TOOLS.read_text(encoding="utf-8").splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith("iniconfig=="))
    last = next(number for number, line in enumerate(lines) if number > first and "--hash" not in line)
    return ("\n".join(lines[first:last]) + "\n").encode()


@pytest.fixture
def made(tmp_path: Path, small: bytes) -> Environment:
    provided = provide("tools", small, tmp_path)
    assert isinstance(provided, Environment), provided
    return provided


def test_what_is_locked_is_installed_and_nothing_else(made: Environment) -> None:
    code = "import iniconfig, importlib.metadata as m; print([d.name for d in m.distributions()])"
    done = subprocess.run([made.python, "-I", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['iniconfig']"
    assert made.versions == {"iniconfig": "2.3.1"}


def test_an_environment_is_made_once(
    made: Environment, tmp_path: Path, small: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment, "_make", lambda *_: "made again")
    assert provide("tools", small, tmp_path) == made


def test_an_interrupted_environment_is_made_anew(made: Environment, tmp_path: Path, small: bytes) -> None:
    (marker,) = made.folder.glob("qlf-environment-*")
    marker.unlink()
    made.python.unlink()
    (made.folder / "leftover").touch()
    again = provide("tools", small, tmp_path)
    assert again == made
    assert made.python.exists()
    assert not (made.folder / "leftover").exists()


def test_many_at_once_make_one(tmp_path: Path, small: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    make = environment._make

    def count(one: Environment, lock: bytes) -> str | None:
        calls.append(one)
        return make(one, lock)

    monkeypatch.setattr(environment, "_make", count)
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: provide("tools", small, tmp_path), range(4)))
    assert len(calls) == 1
    assert all(isinstance(result, Environment) for result in results)


def test_a_wrong_hash_gives_a_reason_and_no_environment(tmp_path: Path) -> None:
    lock = ("iniconfig==2.3.1 \\\n" + HASH).encode()
    reason = provide("tools", lock, tmp_path)
    assert isinstance(reason, str)
    assert reason.startswith("uv failed: ")
    assert not list((tmp_path / "environments" / key_of(lock)).glob("qlf-environment-*"))


@pytest.mark.parametrize(
    "line",
    [
        "--index-url https://example.org/simple",
        "-e .",
        "-r other.txt",
        "iniconfig @ https://example.org/iniconfig.whl \\",
        "iniconfig>=2 \\",
        "iniconfig==2.3.1",
        "./local \\",
        "    --hash=md5:0123",
    ],
)
def test_only_pins_with_hashes_are_a_lock(line: str) -> None:
    lock = f"six==1.17.0 \\\n{HASH}{line}\n".encode()
    assert locked(lock) == "line 3 of the lock is neither NAME==VERSION \\ nor --hash=sha256:..."


def test_names_are_normal_and_extras_and_markers_understood() -> None:
    lock = f"Ruamel.Yaml[x]==1.0 ; python_version < '3.12' \\\n{HASH}".encode()
    assert locked(lock) == {"ruamel-yaml": "1.0"}
    assert locked(b"# nothing\n") == "the lock names no package"


def test_the_key_depends_on_lock_and_python(monkeypatch: pytest.MonkeyPatch) -> None:
    first = key_of(b"a")
    assert first != key_of(b"b")
    monkeypatch.setattr(environment, "PYTHON", "3.99.0")
    assert first != key_of(b"a")


def test_the_cache_can_be_put_elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("QLF_CACHE", str(tmp_path))
    assert cache_folder() == tmp_path
    monkeypatch.delenv("QLF_CACHE")
    assert cache_folder().name == "quantumlayer-factory"
