"""What the migrations of a brief have changed, one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qlf.migrations.changes import changes, graded
from qlf.migrations.differences import difference
from qlf.migrations.expansion import sealing
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
    both = before if after.target is None else after
    plain = set(sealing(both.schema.tables))
    kept = {(table, was): f"its values are in {now}" for table, was, now in both.copied}
    kept |= {(table, was): f"its values are in {was}_sealed" for table, was in plain}
    came = {(table, f"{was}_sealed"): was for table, was in plain if after.target is not None}
    return tuple(
        _retold(each, kept.get((each.table, each.column or "")), came.get((each.table, each.column or "")))
        for each in graded(difference(old.tables, new.tables, NONE), NONE, after.filled)
    )


def _retold(change: Change, kept: str | None, plain: str | None) -> Change:
    """Return a change of one of two steps with what it means between them."""
    if kept and change.grade == "data-losing":
        return change.model_copy(update={"grade": "breaking", "why": kept})
    if plain:
        why = f"a version that still runs no longer sees the values of {plain}, which are sealed there"
        return change.model_copy(update={"grade": "breaking", "why": why})
    return change


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
