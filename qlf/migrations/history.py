"""What the migrations of a brief have changed, one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qlf.migrations.changes import changes, graded
from qlf.migrations.differences import difference
from qlf.migrations.folder import Snapshot
from qlf.migrations.renames import NONE
from qlf.migrations.told import read_renames

if TYPE_CHECKING:
    from collections.abc import Collection

    from qlf.migrations.folder import Migrations
    from qlf.migrations.schema import Schema
    from qlf.model.migration import Change


def changed(before: Snapshot, after: Snapshot) -> tuple[Change, ...]:
    """Return what a migration changes."""
    old, new = before.schema, after.schema
    if before.target is None and after.target is None:
        told = read_renames(after.renames, old, new)
        return changes(old, new, None if isinstance(told, list) else told, after.filled)
    found = graded(difference(old.tables, new.tables, NONE), NONE, after.filled)
    kept = {(table, was): now for table, was, now in before.copied}
    return tuple(
        each.model_copy(
            update={"grade": "breaking", "why": f"its values are in {kept[each.table, each.column]}"}
        )
        if each.column and (each.table, each.column) in kept and each.grade == "data-losing"
        else each
        for each in found
    )


def since(known: Collection[str], made: Migrations, old: Schema, new: Schema) -> tuple[Change, ...]:
    """Return what a database goes through that follows a brief.

    Args:
        known: the names of the migrations that it has had.
        made: those that there are now.
        old: what it was made for.
        new: what it shall be made for.
    """
    found: list[Change] = []
    last = Snapshot(old)
    for name, snapshot in zip(made.scripts, made.snapshots, strict=True):
        if name not in known:
            found += changed(last, snapshot)
        if name not in known or snapshot.target is not None:
            last = snapshot
    return (*found, *changes(last.made_for, new))
