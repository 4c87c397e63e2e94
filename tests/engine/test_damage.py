"""What the engine keeps is cut, spoilt, replaced or made up: the next build ends as a clean one would."""

from __future__ import annotations

import json
import random
import shutil
import sys
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from qlf.engine.building import Build
from qlf.memory import journal, manifest
from qlf.memory.fresh import fresh
from qlf.model.canonical import digest
from qlf.repository import Repository, open_repository
from qlf.store import Store
from tests.engine.test_unbreakable import SEED
from tests.engine.yard import Yard

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 6
MEMORY = 1024**3
LIMITED = f"""
import resource, runpy, sys
resource.setrlimit(resource.RLIMIT_DATA, ({MEMORY}, {MEMORY}))
sys.argv = ["doit"]
runpy.run_module("doit", run_name="__main__")
"""


@pytest.fixture
def yard(tmp_path: Path) -> Yard:
    """Give a repository of two briefs that was built, with a journal as if that had not ended."""
    made = Yard(tmp_path / "yard", ("notes", "pens"), jobs=1)
    assert made.run().code == 0
    return made


def journalled(yard: Yard) -> None:
    """Move what is on record from the manifest to the journal, as if the build had been killed at its end."""
    records = yard.records()
    (yard.state / "manifest").unlink()
    for step, each in records.items():
        entry = {"brief": step.split(":")[1], "step": step, "inputs": each.inputs, "outputs": each.outputs}
        journal.append(str(yard.state / "journal"), entry)


def cut(file: Path, chance: random.Random) -> None:
    file.write_bytes(file.read_bytes()[: chance.randrange(file.stat().st_size)])


def spoil(file: Path, chance: random.Random) -> None:
    content = bytearray(file.read_bytes())
    start = chance.randrange(len(content))
    content[start : start + chance.randrange(1, 40)] = chance.randbytes(chance.randrange(40))
    file.write_bytes(content)


def empty(file: Path, _: random.Random) -> None:
    file.write_bytes(b"")


def noise(file: Path, chance: random.Random) -> None:
    file.write_bytes(chance.randbytes(4096))


def folder(file: Path, _: random.Random) -> None:
    file.unlink()
    (file / "below").mkdir(parents=True)


def link(file: Path, _: random.Random) -> None:
    file.rename(file.with_name("away"))
    file.symlink_to("away")


def unreadable(file: Path, _: random.Random) -> None:
    file.chmod(0)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["manifest", "journal"])
@pytest.mark.parametrize("harm", [cut, spoil, empty, noise, folder, link, unreadable])
def test_what_is_left_of_a_damaged_record_counts(
    yard: Yard, name: str, harm: Callable[[Path, random.Random], None]
) -> None:
    chance = random.Random(f"{SEED} {name} {harm.__name__}")  # noqa: S311 - chance, no secret
    clean = yard.products()
    for _ in range(ROUNDS if harm in (cut, spoil) else 1):
        print(f"QLF_SEED={SEED}")  # noqa: T201 - pytest shows it with what failed
        if name == "journal":
            journalled(yard)
        harm(yard.state / name, chance)
        left = {} if harm is link else yard.records()
        yard.forget_cache()
        (yard.state / "away").unlink(missing_ok=True)
        told = yard.run()
        assert told.code == 0, told
        assert "Traceback" not in told.err, told
        assert yard.products() == clean
        assert yard.leftovers() == []
        assert left.keys().isdisjoint(told.done)
        assert yard.run().done == []


def test_a_whole_entry_behind_one_that_was_cut_counts(yard: Yard) -> None:
    journalled(yard)
    file = yard.state / "journal"
    _, first, rest = file.read_bytes().split(b"\n", 2)
    file.write_bytes(first[: len(first) // 2] + rest)
    shutil.rmtree(yard.cache / "products")
    assert yard.run().done == ["compile:notes"]


def rewritten(yard: Yard, change: Callable[[dict[str, Any]], object]) -> None:
    """Change the first line of a manifest, and have its checksum right."""
    file = yard.state / "manifest"
    line, _, rest = file.read_bytes().partition(b"\n")
    header = json.loads(line.partition(b" ")[2])
    change(header)
    text = json.dumps(header).encode()
    file.write_bytes(b"%08x %b\n" % (zlib.crc32(text), text) + rest)


@pytest.mark.parametrize(
    "change",
    [
        lambda header: header.update(checksum=1),
        lambda header: header.update(details=1),
        lambda header: header.update(rows=[["", 10**18, -(10**18), 0, True]]),
        lambda header: header.update(rows=[["", 10**30, 0, 0, True]]),
        lambda header: header.update(rows=[]),
        lambda header: header.update(rows=7),
        lambda header: header.update(environment=7),
        lambda header: header.update(shared=None),
        lambda header: header.pop("format"),
    ],
)
def test_a_made_up_header_counts_as_none(yard: Yard, change: Callable[[dict[str, Any]], object]) -> None:
    clean = yard.products()
    rewritten(yard, change)
    assert manifest.read(str(yard.state / "manifest")) is None
    told = yard.run()
    assert told.code == 0, told
    assert "Traceback" not in told.err
    assert yard.products() == clean


def test_a_huge_file_is_not_read(yard: Yard) -> None:
    clean = yard.products()
    for name in ("manifest", "journal"):
        with (yard.state / name).open("wb") as opened:
            opened.truncate(4 * MEMORY)
    yard.command = [sys.executable, "-c", LIMITED]
    told = yard.run()
    assert told.code == 0, told
    assert yard.products() == clean


def victim(yard: Yard) -> Path:
    """Return a file that no build made, beside the repository."""
    yard.write("../victim/file", "mine\n")
    return yard.root.parent / "victim" / "file"


OUTSIDE = ("build/notes/../../../victim/file", "../victim/file")


@pytest.mark.parametrize("path", OUTSIDE)
@pytest.mark.parametrize("brief", ["notes", "gone", "../victim"])
def test_a_record_of_files_elsewhere_removes_nothing(yard: Yard, path: str, brief: str) -> None:
    file = victim(yard)
    (yard.root.parent / "victim" / "empty").mkdir()
    clean = yard.products()
    outputs = {path: digest(b"mine\n")}
    entry = {"brief": brief, "step": f"compile:{brief}", "inputs": {"x": "y"}, "outputs": outputs}
    journal.append(str(yard.state / "journal"), entry)
    told = yard.run()
    assert told.code == 0, told
    assert "Traceback" not in told.err
    assert file.read_text() == "mine\n"
    assert (yard.root.parent / "victim" / "empty").is_dir()
    assert yard.products() == clean


@pytest.mark.parametrize("path", OUTSIDE)
def test_a_manifest_that_lists_files_elsewhere_removes_nothing(yard: Yard, path: str) -> None:
    file = victim(yard)
    clean = yard.products()
    header, sections = manifest.read(str(yard.state / "manifest")) or (None, {})
    assert header is not None
    for name, brief in (("notes", "notes"), ("notes", "gone")):
        section = sections[name].section()
        section.steps["compile:notes"].outputs[path] = digest(b"mine\n")
        section.complete = False
        sections[brief] = section.packed()
    content = manifest.written(header.environment, header.shared, dict(sorted(sections.items())))
    (yard.state / "manifest").write_bytes(content)
    told = yard.run()
    assert "Traceback" not in told.err, told
    assert file.read_text() == "mine\n"
    (yard.root / "build").rename(yard.root / "aside")
    shutil.rmtree(yard.root / "aside")
    assert yard.run().code == 0
    assert yard.products() == clean


@pytest.mark.parametrize(
    "path", ["build/notes/../../../victim/file", "../victim/file", "build/pens/spec.json"]
)
def test_a_cache_writes_nothing_elsewhere(yard: Yard, path: str) -> None:
    file = victim(yard)
    clean = yard.products()
    store = Store(yard.cache / "products")
    for kept in [each for each in store.folder.rglob("*") if each.is_file()]:
        if b"build/notes/spec.json" in kept.read_bytes():
            store.write(kept.name, json.dumps([{path: digest(b"bad")}, [3]]).encode() + b"\nbad")
    yard.forget_build()
    told = yard.run()
    assert told.code == 0, told
    assert "compile:notes" in told.marked(".")
    assert file.read_text() == "mine\n"
    assert yard.products() == clean


def test_a_build_that_ends_before_it_begins_leaves_everything_to_do(
    yard: Yard, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An interruption between the lock and the first step, of a repository that was never built."""
    shutil.rmtree(yard.root / "build", ignore_errors=True)
    monkeypatch.chdir(yard.root)
    repository = open_repository(Path(), yard.variables)
    assert isinstance(repository, Repository)
    build = Build(repository, yard.variables)
    build.lock()
    assert build.close() == []
    assert not fresh(yard.variables)
    assert {line.partition(":")[2].partition(":")[0] for line in yard.run().done} == set(yard.briefs)
