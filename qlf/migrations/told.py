"""What the command line says of a migration: renames, and values for rows that are there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from qlf.errors import Problem
from qlf.migrations.renames import Told
from qlf.sql.names import text_literal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from qlf.migrations.schema import Schema
    from qlf.model.spec import Spec

_RENAME = re.compile(r"(?:(\w+)\.)?(\w+)=(\w+)")
_FILL = re.compile(r"(\w+)\.(\w+)=(.*)", re.DOTALL)
_NUMBER = re.compile(r"-?\d+(\.\d+)?")


def read_renames(words: Iterable[str], old: Schema, new: Schema) -> Told | list[Problem]:
    """Read `Old=New`, `Entity.old=new` and `Enum.old=new`; entities and enumerations by present names."""
    entities: dict[str, str] = {}
    fields: dict[tuple[str, str], str] = {}
    values: dict[tuple[str, str], str] = {}
    enums = new.enums
    before = {entity.name for entity in old.entities}
    problems = []
    for word in words:
        found = _RENAME.fullmatch(word)
        owner, was, now = found.groups() if found else (None, "", "")
        if found and owner is None and was in before and any(one.name == now for one in new.entities):
            entities[now] = was
        elif owner in enums and now in enums[owner]:
            values[owner, now] = was
        elif any(one.name == owner and any(each.name == now for each in one.fields) for one in new.entities):
            fields[owner or "", now] = was
        else:
            advice = "write Old=New for an entity, Entity.old=new for a field, Enum.old=new for a value"
            problems.append(Problem(f"--rename {word}", 0, 0, "this names nothing that is there", advice))
    return problems or Told(entities, fields, values)


def read_fills(words: Iterable[str], new: Spec) -> dict[tuple[str, str], str] | list[Problem]:
    """Read `Entity.field=value` as SQL constants by table and column."""
    fills = {}
    problems = []
    for word in words:
        found = _FILL.fullmatch(word)
        name, member, value = found.groups() if found else ("", "", "")
        field = next(
            (
                (entity, each)
                for entity in new.entities
                for each in entity.fields
                if (entity.name, each.name) == (name, member) and not each.encrypted
            ),
            None,
        )
        if field is None:
            advice = "write Entity.field=value; an encrypted field cannot be filled by SQL"
            problems.append(Problem(f"--backfill {word}", 0, 0, "this names no field that is there", advice))
            continue
        entity, each = field
        kind = each.type.kind
        bare = (
            kind in {"int", "decimal", "money", "duration", "reference"} and _NUMBER.fullmatch(value)
        ) or (kind == "bool" and value in {"true", "false"})
        if not bare and kind in {"int", "decimal", "money", "duration", "bool"}:
            advice = f"give a value of type {kind}"
            problems.append(Problem(f"--backfill {word}", 0, 0, f"{value!r} does not fit", advice))
        fills[entity.table, each.column] = value if bare else text_literal(value)
    return problems or fills
