"""What may have been renamed: something went, and something like it came. Only the author knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qlf.migrations.schema import Schema, StoredEntity


def guesses(old: Schema, new: Schema) -> Iterator[tuple[str, str]]:
    """Yield a question for each rename that there may have been, and the words of `--rename` that say yes.

    Each thing that went is asked about once: with the first like it that came.
    """
    before = {entity.name: entity for entity in old.entities}
    came = [entity for entity in new.entities if entity.name not in before and not entity.renamed_from]
    names = {entity.name for entity in new.entities}
    for was in (entity for name, entity in before.items() if name not in names):
        like = next((entity for entity in came if _alike(was, entity)), None)
        if like is not None:
            came.remove(like)
            yield f"Was {like.name} called {was.name} before?", f"{was.name}={like.name}"
    for entity in new.entities:
        if entity.name in before:
            yield from _fields(old, new, before[entity.name], entity)
    for name, values in new.enums.items():
        there = old.enums.get(name, values)
        gone = [value for value in there if value not in values]
        added = [value for value in values if value not in there]
        for one, other in zip(gone, added, strict=False):
            yield f"Was the value {other} of {name} called {one} before?", f"{name}.{one}={other}"


def _alike(was: StoredEntity, now: StoredEntity) -> bool:
    fields, others = ({field.name for field in entity.fields} for entity in (was, now))
    return 2 * len(fields & others) >= max(len(fields), len(others))


def _fields(old: Schema, new: Schema, was: StoredEntity, now: StoredEntity) -> Iterator[tuple[str, str]]:
    before, after = (
        {(table.name, column.name): column.type for table in schema.tables for column in table.columns}
        for schema in (old, new)
    )
    stay = {field.name for field in now.fields}
    came = [
        field
        for field in now.fields
        if field.name not in {one.name for one in was.fields} and not field.renamed_from
    ]
    for gone in (field for field in was.fields if field.name not in stay):
        kind = before.get((was.table, gone.column))
        like = next((field for field in came if after.get((now.table, field.column)) == kind), None)
        if like is not None:
            came.remove(like)
            yield (
                f"Was {now.name}.{like.name} called {gone.name} before?",
                f"{now.name}.{gone.name}={like.name}",
            )
