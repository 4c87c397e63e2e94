"""The next migration of a brief, before anything is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qlf.errors import Problem
from qlf.migrations.changes import changes
from qlf.migrations.folder import next_name, read_migrations, write_migration
from qlf.migrations.script import refused, scripts
from qlf.migrations.told import read_fills, read_renames
from qlf.sql.tables import tables_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from qlf.migrations.changes import Change
    from qlf.model.spec import Spec


@dataclass(frozen=True, slots=True)
class Planned:
    """What it is called, what it changes, and its files; no files if there is nothing to do."""

    name: str
    changes: tuple[Change, ...]
    files: Mapping[Path, bytes]


def plan(  # noqa: PLR0913, PLR0917 - what the command says
    spec: Spec, snapshot: bytes, folder: Path, why: str, renames: Iterable[str], fills: Iterable[str]
) -> Planned | list[Problem]:
    """Compare a spec with the last snapshot.

    Args:
        spec: the spec of now, and `snapshot` what is kept of it.
        snapshot: canonical JSON.
        folder: the migrations of the brief.
        why: the reason; the first migration needs none.
        renames: as `--rename` has them.
        fills: as `--backfill` has them.

    Returns:
        The migration, or problems.
    """
    brief = folder.parent.name
    made = read_migrations(folder, brief)
    if isinstance(made, list):
        return made
    old = made.snapshot
    if made.scripts and tables_of(old) == tables_of(spec):
        return Planned("", (), {})
    told, filled = read_renames(renames, old, spec), read_fills(fills, spec)
    if isinstance(told, list):
        return told
    if isinstance(filled, list):
        return filled
    advice = "keep the key, or make a new entity and move the rows by a migration of your own"
    if bad := refused(old, spec, told):
        return [Problem(folder.as_posix(), 0, 0, what, advice) for what in bad]
    if made.scripts and not why:
        return [Problem(folder.as_posix(), 0, 0, "the migration has no reason", 'give one: -m "WHY"')]
    name = next_name(made, why)
    files = write_migration(folder, name, scripts(old, spec, told, filled), snapshot)
    return Planned(name, changes(old, spec, told, filled), files)
