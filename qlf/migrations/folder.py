"""The folder `briefs/NAME/migrations/`: numbered migrations, their snapshots, and the record of digests.

0001_initial/up.sqlite.sql         and down, and for postgresql
0001_initial/snapshot.json         what the schema follows from, as canonical JSON
digests.json                       the SHA-256 digest of each script, as it was recorded
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import ValidationError

from qlf.errors import Problem
from qlf.model.canonical import digest
from qlf.model.spec import Spec

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SCRIPTS = tuple(f"{way}.{dialect}.sql" for dialect in ("sqlite", "postgresql") for way in ("up", "down"))
IN_TREE = "database/migrations/"
RECORD = "digests.json"
SNAPSHOT = "snapshot.json"
NOTHING = Spec(name="nothing", title="", version="")
_NAME = re.compile(r"(\d{4})_[a-z0-9_]+")


@dataclass(frozen=True, slots=True)
class Migrations:
    """The migrations of a brief: the scripts of each by its name, in order, and the last snapshot."""

    scripts: Mapping[str, Mapping[str, bytes]]
    snapshot: Spec

    def in_tree(self) -> dict[str, tuple[str, bytes]]:
        """Return the files by their paths in the application: the path below the folder, and the content."""
        found = {}
        for name, files in self.scripts.items():
            for file, content in files.items():
                way, dialect, _ = file.split(".")
                found[f"{IN_TREE}{dialect}/{name}.{way}.sql"] = (f"{name}/{file}", content)
        return found

    def record(self) -> bytes:
        """Return the digests of all scripts as they are."""
        digests = {
            name: {file: digest(files[file]) for file in sorted(files)}
            for name, files in sorted(self.scripts.items())
        }
        return (json.dumps(digests, indent=2) + "\n").encode()


def read_migrations(folder: Path, brief: str = "") -> Migrations | list[Problem]:
    """Read the migrations, none if there is no folder; without a brief's name edited ones are read too."""
    scripts: dict[str, dict[str, bytes]] = {}
    snapshot = NOTHING
    problems = []
    names = sorted(path.name for path in folder.iterdir() if path.name != RECORD) if folder.is_dir() else []
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
            snapshot_read = _snapshot(place / SNAPSHOT)
            if isinstance(snapshot_read, Spec):
                snapshot = snapshot_read
            else:
                problems.append(snapshot_read)
    made = Migrations(scripts, snapshot)
    return problems or _edited(folder, made, brief) or made


def _regular(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _snapshot(path: Path) -> Spec | Problem:
    try:
        return Spec.model_validate_json(path.read_bytes())
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


def write_migration(
    folder: Path, name: str, scripts: Mapping[str, str], snapshot: bytes
) -> dict[Path, bytes]:
    """Return the files of a new migration; the record comes after they are written."""
    files = {folder / name / file: text.encode() for file, text in scripts.items()}
    return {**files, folder / name / SNAPSHOT: snapshot + b"\n"}


def next_name(made: Migrations, why: str) -> str:
    """Return what the next migration is called; the first stands in for the one of the database agent."""
    if not made.scripts:
        return "0001_initial"
    words = re.sub(r"[^a-z0-9]+", "_", why.lower()).strip("_")[:40].strip("_")
    return f"{len(made.scripts) + 1:04}_{words or 'change'}"
