"""A build whose disk is full says which file could not be written; with room again it ends as a clean one."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.engine.yard import Yard

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LINE = re.compile(r"build/\S+(?<!\.new):0:0: [^;\n]*No space left on device; \S.*")


@contextmanager
def disk(folder: Path, kilobytes: int) -> Iterator[None]:
    """Mount a small disk on a folder."""
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("only root can mount a small disk")
    folder.mkdir(parents=True, exist_ok=True)
    options = f"size={kilobytes}k"
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"no small disk can be mounted here: {mounted.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", folder], check=True)


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Return what a build with room comes to."""
    yard = Yard(tmp_path_factory.mktemp("clean"))
    assert yard.run().code == 0
    return yard.products()


def fill(folder: Path, spare: int) -> Path:
    """Fill a disk but for some bytes."""
    file = folder / "ballast"
    status = os.statvfs(folder)
    file.write_bytes(bytes(max(0, status.f_bavail * status.f_frsize - spare)))
    return file


@pytest.mark.slow
@pytest.mark.parametrize(("command", "jobs"), [("doit", 2), ("qlf", 1)])
@pytest.mark.parametrize("spare", [0, 24, 120, 300])
def test_a_full_disk_is_told_and_room_mends_it(
    tmp_path: Path, command: str, jobs: int, spare: int, clean: dict[str, bytes]
) -> None:
    yard = Yard(tmp_path / "yard", jobs=jobs)
    if command == "qlf":
        yard.with_qlf()
    with disk(yard.root / "build", 4096):
        ballast = fill(yard.root / "build", spare * 1024)
        full = yard.run()
        assert full.code == 2, full
        assert "Traceback" not in full.out + full.err, full
        told = [line for line in (full.out + full.err).splitlines() if "No space left" in line]
        assert told, full
        assert all(map(LINE.fullmatch, told)), full
        for record in yard.records().values():
            assert all((yard.root / path).exists() for path in record.outputs)
        recorded = yard.records()
        ballast.unlink()
        yard.forget_cache()
        again = yard.run()
        assert again.code == 0, again
        assert recorded.keys().isdisjoint(again.done)
        assert yard.products() == clean
        assert yard.leftovers() == []
        assert yard.run().done == []


@pytest.mark.slow
@pytest.mark.parametrize("spare", [0, 8, 40])
def test_a_full_cache_is_no_reason_to_fail(tmp_path: Path, spare: int, clean: dict[str, bytes]) -> None:
    yard = Yard(tmp_path / "yard")
    with disk(yard.cache / "products", 1024):
        ballast = fill(yard.cache / "products", spare * 1024)
        full = yard.run()
        assert full.code == 0, full
        assert yard.products() == clean
        ballast.unlink()
        assert yard.leftovers() == []
        yard.forget_build()
        assert yard.run().code == 0
        assert yard.products() == clean
