"""Names in SQL: constraints called alike everywhere, and the quotes that some names need."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST = 63
"""Bytes of an identifier that PostgreSQL keeps (NAMEDATALEN - 1); it cuts off the rest silently."""

_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")

# What either engine does not take bare as the name of a table or column: `pg_get_keywords()` but for
# the unreserved ones, and what SQLite's parser has no fallback for.
RESERVED: frozenset[str] = frozenset(
    """
    add all alter analyse analyze and any array as asc asymmetric authorization autoincrement
    between bigint binary bit boolean both case cast char character check coalesce collate collation
    column commit concurrently constraint create cross current_catalog current_date current_role
    current_schema current_time current_timestamp current_user dec decimal default deferrable delete
    desc distinct do drop else end escape except exists extract false fetch float for foreign freeze
    from full grant greatest group grouping having if ilike in index initially inner inout insert
    int integer intersect interval into is isnull join lateral leading least left like limit
    localtime localtimestamp national natural nchar none normalize not nothing notnull null nullif
    numeric offset on only or order out outer overlaps overlay placing position precision primary
    raise real references returning right row select session_user set setof similar smallint some
    substring symmetric system_user table tablesample then time timestamp to trailing transaction
    treat trim true union unique update user using values varchar variadic verbose when where window
    with xmlattributes xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot
    xmlserialize xmltable
    """.split()  # noqa: SIM905 - a word list is read as one
)


def quoted(name: str) -> str:
    """Return the name of a table or column as SQL spells it, in quotes only if it needs them."""
    if _PLAIN.fullmatch(name) and name not in RESERVED:
        return name
    return '"' + name.replace('"', '""') + '"'


def quoted_list(names: Iterable[str]) -> str:
    """Return names as SQL lists them."""
    return ", ".join(quoted(name) for name in names)


def text_literal(text: str) -> str:
    """Return a text constant."""
    return "'" + text.replace("'", "''") + "'"


class ConstraintNames:
    """Gives out names of constraints and indexes, each once in the whole schema.

    PostgreSQL keeps indexes and tables in one namespace, so `a` on `b_c` and `a_b` on `c` would meet.
    """

    def __init__(self, tables: Iterable[str]) -> None:
        self._taken = set(tables)

    def take(self, prefix: str, table: str, *parts: str) -> str:
        """Return `PREFIX_TABLE_PARTS`: too long or taken already, its head and eight digits of its digest."""
        name = "_".join((prefix, table, *parts))
        if len(name.encode()) > LONGEST or name in self._taken:
            name = _shortened(name, "/".join((prefix, table, *parts)))
        self._taken.add(name)
        return name


def _shortened(name: str, identity: str) -> str:
    suffix = hashlib.sha256(identity.encode()).hexdigest()[:8]
    head = name.encode()[: LONGEST - len(suffix) - 1].decode(errors="ignore").rstrip("_")
    return f"{head}_{suffix}"
