"""The folder `briefs/NAME/migrations/`: numbered migrations, their snapshots, and the record of digests.

0001_initial/up.sqlite.sql         and down, and for postgresql
0001_initial/snapshot.json         the tables that it leaves, and what the brief calls them
digests.json                       the SHA-256 digest of each script, as it was recorded
"""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from pydantic import TypeAdapter, ValidationError

from qlf.errors import Problem
from qlf.migrations.schema import Schema
from qlf.model.canonical import digest
from qlf.store import write_whole

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SCRIPTS = tuple(f"{way}.{dialect}.sql" for dialect in ("sqlite", "postgresql") for way in ("up", "down"))
IN_TREE = "database/migrations/"
RECORD = "digests.json"
SNAPSHOT = "snapshot.json"
_NAME = re.compile(r"(\d{4})_[a-z0-9_]+")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the schema is after a migration, and how it was told to be made.

    `renames` are the words of the command line, `filled` the tables and columns whose rows got a value. The
    first of two steps has in `target` what the second leads to, and in `copied` the columns that are kept
    equal until then: table, former and present name.
    """

    schema: Schema
    renames: tuple[str, ...] = ()
    filled: tuple[tuple[str, str], ...] = ()
    target: Schema | None = None
    copied: tuple[tuple[str, str, str], ...] = ()

    @property
    def made_for(self) -> Schema:
        """What the brief says, which may be on the way yet."""
        return self.target or self.schema

    def written(self) -> bytes:
        """Return it as JSON."""
        return _adapter().dump_json(self, indent=1, exclude_defaults=True) + b"\n"


@cache
def _adapter() -> TypeAdapter[Snapshot]:
    return TypeAdapter(Snapshot)


@dataclass(frozen=True, slots=True)
class Migrations:
    """The migrations of a brief: the scripts of each by its name, in order, and a snapshot for each."""

    scripts: Mapping[str, Mapping[str, bytes]]
    snapshots: tuple[Snapshot, ...]

    @property
    def last(self) -> Snapshot:
        """What the last migration left, nothing if there is none."""
        return self.snapshots[-1] if self.snapshots else Snapshot(Schema())

    def in_tree(self) -> dict[str, tuple[str, bytes]]:
        """Return the files by their paths in the application: the path below the folder, and the content."""
        found = {}
        for name, files in self.scripts.items():
            for file, content in files.items():
                way, dialect, _ = file.split(".")
                found[f"{IN_TREE}{dialect}/{name}.{way}.sql"] = (f"{name}/{file}", content)
        return found

    def record(self, more: Mapping[str, Mapping[str, bytes]] = MappingProxyType({})) -> bytes:
        """Return the digests of all scripts as they are, and of `more`."""
        digests = {
            name: {file: digest(files[file]) for file in sorted(files)}
            for name, files in sorted({**self.scripts, **more}.items())
        }
        return (json.dumps(digests, indent=2) + "\n").encode()


def read_migrations(folder: Path, brief: str = "") -> Migrations | list[Problem]:
    """Read the migrations, none if there is no folder; without a brief's name edited ones are read too."""
    scripts: dict[str, dict[str, bytes]] = {}
    snapshots = []
    problems = []
    paths = folder.iterdir() if folder.is_dir() else ()
    names = sorted(path.name for path in paths if path.name != RECORD and not path.name.startswith("."))
    for number, name in enumerate(names, 1):
        place = folder / name
        if not (found := _NAME.fullmatch(name)) or int(found[1]) != number or not place.is_dir():
            what, advice = "this is no migration", f"number them without gaps: {number:04}_NAME, a folder"
            return [Problem(place.as_posix(), 0, 0, what, advice)]
        missing = [file for file in (*SCRIPTS, SNAPSHOT) if not _regular(place / file)]
        problems += [
            Problem((place / file).as_posix(), 0, 0, "there is no such file", "restore it")
            for file in missing
        ]
        if not missing:
            scripts[name] = {file: (place / file).read_bytes() for file in SCRIPTS}
            snapshot = _snapshot(place / SNAPSHOT)
            if isinstance(snapshot, Snapshot):
                snapshots.append(snapshot)
            else:
                problems.append(snapshot)
    made = Migrations(scripts, tuple(snapshots))
    return problems or _edited(folder, made, brief) or made


def _regular(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _snapshot(path: Path) -> Snapshot | Problem:
    try:
        return _adapter().validate_json(path.read_bytes())
    except ValidationError:
        return Problem(path.as_posix(), 0, 0, "this is no snapshot of a migration", "restore it")


def _edited(folder: Path, made: Migrations, brief: str) -> list[Problem]:
    """Return a problem for each script that is not what was recorded."""
    if not made.scripts or not brief:
        return []
    command = f"qlf migrate {brief} --record"
    place = folder / RECORD
    try:
        known = json.loads(place.read_bytes())
    except (OSError, ValueError):
        known = None
    if not isinstance(known, dict) or not all(isinstance(each, dict) for each in known.values()):
        advice = f"restore it, or, if nothing was applied yet: {command}"
        return [Problem(place.as_posix(), 0, 0, "the record of digests cannot be read", advice)]
    advice = f"restore it and write another migration, or, if it was applied nowhere: {command}"
    return [
        Problem((folder / name / file).as_posix(), 0, 0, "it was edited after it had been recorded", advice)
        for name, files in made.scripts.items()
        for file, content in files.items()
        if known.get(name, {}).get(file) != digest(content)
    ]


def put(folder: Path, name: str, files: Mapping[str, bytes], record: bytes) -> None:
    """Write a migration, whole or not at all, and the record before it, which may name what is not there."""
    half = folder / f".{name}"
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir(parents=True)
    for file, content in files.items():
        (half / file).write_bytes(content)
    write_whole(folder / RECORD, record)
    half.rename(folder / name)


def next_name(made: Migrations, why: str) -> str:
    """Return what the next migration is called; the first stands in for the one of the database agent."""
    if not made.scripts:
        return "0001_initial"
    words = re.sub(r"[^a-z0-9]+", "_", why.lower()).strip("_")[:40].strip("_")
    return f"{len(made.scripts) + 1:04}_{words or 'change'}"
