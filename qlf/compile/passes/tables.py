"""Every entity and every many-to-many relation has a table that nothing else has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qlf.compile.draft import problem
from qlf.model.own_tables import RESERVED_PREFIX, own_tables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qlf.compile.draft import Draft
    from qlf.errors import Problem


def tables(draft: Draft) -> Draft:
    """Note the tables that the application, the database or another entity has already."""
    return draft.with_problems(_taken(draft))


def _taken(draft: Draft) -> Iterator[Problem]:
    own = own_tables(draft.auth, draft.safeguards)
    seen: dict[str, str] = {}
    for entity in draft.entities:
        advice = f"call it otherwise, or write plural: NAME in {entity.name}"
        if why := _reason(entity.table, own) or seen.get(entity.table, ""):
            what = f"{entity.name} would be kept in the table {entity.table}, which {why}"
            yield problem(entity.origin, what, advice)
        seen.setdefault(entity.table, f"{entity.name} has")
    for entity in draft.entities:
        for relation in entity.relations:
            if relation.table and relation.owning and (why := _reason(relation.table, own)):
                name = f"{entity.name}.{relation.name}"
                what = f"{name} would be kept in the table {relation.table}, which {why}"
                yield problem(relation.origin, what, "call the field otherwise")


def _reason(table: str, own: dict[str, str]) -> str:
    """Return who has a table already, "" if nobody has."""
    if table.startswith(RESERVED_PREFIX):
        return "SQLite keeps for itself"
    return f"the application has for {own[table]}" if table in own else ""
