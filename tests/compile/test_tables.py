"""No entity is kept in a table that something else has: the application, the database, another entity."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from qlf.brief.read import read_brief
from qlf.compile.compile import compile_brief
from qlf.compile.inference import infer
from qlf.model.brief import Brief
from qlf.model.own_tables import own_tables
from qlf.model.spec import Spec
from qlf.overlay.files import Folder
from qlf.overlay.read import read_overlays
from qlf.overlay.resolve import resolve
from qlf.sql.tables import tables_of

if TYPE_CHECKING:
    from qlf.errors import Problem

FOLDER = Path(__file__).parents[1] / "failing" / "tables"
BRIEF = """\
---
overlays: [guarded]
auth: true
roles: [member, doctor, admin]
entities:
  {entity}:
    fields: {{name: text!, tags: "Tag[]"}}
    access: {{member: read}}
  Tag:
    fields: {{name: text!}}
    access: {{member: read}}
---
# Clinic
"""


def built(folder: Path, brief: str, overlay: str) -> Spec | list[Problem]:
    (folder / "compliance").mkdir()
    (folder / "compliance" / "guarded.yaml").write_text(overlay, encoding="utf-8")
    library = read_overlays((Folder(folder, "overlays", shipped=False),))
    assert isinstance(library, tuple), library
    read = read_brief(Path("input.md"), brief.encode())
    assert isinstance(read, Brief), read
    inferred = infer(read, library)
    uses = resolve(inferred.overlays, library)
    assert isinstance(uses, tuple), uses
    return compile_brief(inferred, uses, library)


def overlay(*, entities: bool = False, additions: bool = True) -> str:
    text = (FOLDER / "overlay.yaml").read_text(encoding="utf-8")
    if not entities:
        text = text.replace("    add: {entities: [AuditHead]}\n", "")
    return text if additions else text.partition("additions:")[0]


def test_tables_that_something_else_has_are_refused_with_their_messages(tmp_path: Path) -> None:
    problems = built(tmp_path, (FOLDER / "input.md").read_text(encoding="utf-8"), overlay(entities=True))

    assert isinstance(problems, list)
    expected = (FOLDER / "expected.txt").read_text(encoding="utf-8")
    assert "".join(f"{problem}\n" for problem in problems) == expected


@pytest.mark.parametrize("entity", ["AuditEvent", "UserSession", "SecondFactor", "EmergencyGrant"])
def test_tables_of_what_the_application_does_not_have_are_free(tmp_path: Path, entity: str) -> None:
    made = built(tmp_path, BRIEF.format(entity=entity), overlay(additions=False))

    assert isinstance(made, Spec), made


@pytest.mark.parametrize("additions", [True, False])
def test_what_is_told_of_the_application_are_its_tables(tmp_path: Path, *, additions: bool) -> None:
    spec = built(tmp_path, BRIEF.format(entity="Note"), overlay(additions=additions))
    assert isinstance(spec, Spec), spec

    entities = {entity.table for entity in spec.entities}
    joins = {relation.table for entity in spec.entities for relation in entity.relations}
    written = {table.name for table in tables_of(spec)} - entities - joins
    assert {*written, "schema_migrations"} == set(own_tables(spec.auth, spec.safeguards))
