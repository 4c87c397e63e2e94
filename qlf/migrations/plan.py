"""The next migration of a brief, before anything is written."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from qlf.errors import Problem
from qlf.migrations.differences import difference
from qlf.migrations.expansion import copied, middle, unsplit
from qlf.migrations.folder import SNAPSHOT, Snapshot, next_name, read_migrations
from qlf.migrations.history import changed
from qlf.migrations.renames import former
from qlf.migrations.schema import schema_of
from qlf.migrations.script import contracting, expanding, refused, scripts
from qlf.migrations.told import read_fills, read_renames

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from qlf.migrations.folder import Migrations
    from qlf.migrations.renames import Told
    from qlf.migrations.schema import Schema
    from qlf.model.migration import Change
    from qlf.model.spec import Spec

Step = Literal["whole", "expand", "contract"]


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line asks for: the reason, `--rename` and `--backfill`, all or one of two steps."""

    why: str = ""
    renames: tuple[str, ...] = ()
    fills: tuple[str, ...] = ()
    step: Step = "whole"


@dataclass(frozen=True, slots=True)
class Planned:
    """What it is called, what it changes, its files and the record of digests; no files: nothing is to do.

    `waiting` says that the second of two steps is to follow, `splittable` that it could be made in two.
    """

    name: str
    changes: tuple[Change, ...]
    files: Mapping[str, bytes]
    record: bytes = b""
    waiting: bool = False
    splittable: bool = False


def plan(spec: Spec, folder: Path, asked: Asked) -> Planned | list[Problem]:
    """Compare a spec with what the last migration leaves, and plan the next; or say what is wrong."""
    brief = folder.parent.name
    made = read_migrations(folder, brief)
    if isinstance(made, list):
        return made
    last, schema = made.last, schema_of(spec)
    if last.target is not None and asked.step != "contract":
        advice = f"when no former version runs any more: qlf migrate {brief} --contract"
        what = f"{list(made.scripts)[-1]} is the first of two steps, the second is missing"
        return [Problem(folder.as_posix(), 0, 0, what, advice)]
    if asked.step == "contract":
        return _contract(spec, folder, made, asked)
    if made.scripts and last.schema.tables == schema.tables:
        return Planned("", (), {})
    told = read_renames(asked.renames, last.schema, schema)
    if isinstance(told, list):
        return told
    if bad := refused(last.schema, schema, told):
        advice = "keep the key, or make a new entity and move the rows by a migration of your own"
        return [Problem(folder.as_posix(), 0, 0, what, advice) for what in bad]
    if made.scripts and not asked.why:
        return [Problem(folder.as_posix(), 0, 0, "the migration has no reason", 'give one: -m "WHY"')]
    if asked.step == "expand":
        return _expand(schema, folder, made, asked, told)
    fills = read_fills(asked.fills, spec)
    if isinstance(fills, list):
        return fills
    snapshot = Snapshot(schema, asked.renames, tuple(fills))
    files = scripts(last.schema, schema, told, fills)
    planned = _planned(made, asked.why, files, snapshot)
    splittable = bool(made.scripts) and not _unsplit(last.schema, schema, told)
    return replace(planned, splittable=splittable)


def _unsplit(old: Schema, new: Schema, told: Told) -> list[str]:
    names = former(old, new, told)
    return unsplit(difference(old.tables, new.tables, names), names)


def _expand(
    schema: Schema, folder: Path, made: Migrations, asked: Asked, told: Told
) -> Planned | list[Problem]:
    last = made.last.schema
    where = folder.as_posix()
    if not made.scripts:
        return [Problem(where, 0, 0, "the first migration has no two steps", "leave --expand out")]
    if asked.fills:
        advice = "give --backfill with --contract"
        return [Problem(where, 0, 0, "rows get their values in the second step", advice)]
    if bad := _unsplit(last, schema, told):
        return [Problem(where, 0, 0, f"not in two steps: {what}", "leave --expand out") for what in bad]
    found = difference(last.tables, schema.tables, former(last, schema, told))
    between, pairs = middle(found), copied(found)
    snapshot = Snapshot(replace(schema, tables=between), asked.renames, target=schema, copied=pairs)
    files = expanding(last.tables, between, pairs)
    return replace(_planned(made, asked.why, files, snapshot), waiting=True)


def _contract(spec: Spec, folder: Path, made: Migrations, asked: Asked) -> Planned | list[Problem]:
    last = made.last
    if last.target is None:
        advice = "leave --contract out"
        return [Problem(folder.as_posix(), 0, 0, "no migration waits for a second step", advice)]
    fills = read_fills(asked.fills, spec)
    if isinstance(fills, list):
        return fills
    files = contracting(last.schema.tables, last.target.tables, last.copied, fills)
    why = asked.why or f"contract {list(made.scripts)[-1][5:]}"
    return _planned(made, why, files, Snapshot(last.target, filled=tuple(fills)))


def _planned(made: Migrations, why: str, files: Mapping[str, str], snapshot: Snapshot) -> Planned:
    name = next_name(made, why)
    written = {file: text.encode() for file, text in files.items()}
    record = made.record({name: written})
    return Planned(name, changed(made.last, snapshot), {**written, SNAPSHOT: snapshot.written()}, record)
