"""Whether a spec has run ahead of its migrations, and where in the brief."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qlf.errors import Problem
from qlf.migrations.changes import changes
from qlf.migrations.schema import schema_of

if TYPE_CHECKING:
    from qlf.migrations.schema import Schema
    from qlf.model.migration import Change
    from qlf.model.spec import Spec
    from qlf.model.value import Origin


def ahead(snapshot: Schema, spec: Spec, brief: str, file: str) -> list[Problem]:
    """Return a problem for each change that no migration makes, at the clause that it comes from."""
    schema = schema_of(spec)
    if snapshot.tables == schema.tables:
        return []
    advice = f'run: qlf migrate {brief} -m "WHY"'
    found = []
    for change in changes(snapshot, schema):
        at = _origin(spec, change)
        place = (at.file, at.line, at.column) if at and at.line and at.kind == "brief" else (file, 1, 1)
        found.append(Problem(*place, f"no migration makes this: {change.what}", advice))
    return found or [Problem(file, 1, 1, "no migration makes the schema of this brief", advice)]


def _origin(spec: Spec, change: Change) -> Origin | None:
    for entity in spec.entities:
        if entity.table == change.table:
            for field in entity.fields:
                if change.column in {field.stored, field.compared, field.column} and field.origin.line:
                    return field.origin
            return entity.origin
    return None
