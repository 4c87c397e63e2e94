"""Whom rows are about, and the routes by which people get and erase what is kept about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from qlf.model.spec import Spec
from tests.compile.test_additions import built

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Compiled = Callable[[str], Spec]

BRIEF = """
roles: [patient, doctor, admin]
entities:
  Patient: {{owner: user, fields: {{name: text!}}}}
  Doctor: {{owner: account, fields: {{name: text!}}}}
  Visit: {{fields: {{doctor: Doctor!, patient: Patient!}}}}
  Ward: {{fields: {{name: text!}}}}
  Thing: {{fields: {{{fields}}}}}
"""


@pytest.mark.parametrize(
    ("fields", "subject"),
    [
        ("patient: Patient!", "patient.user"),
        ("doctor: Doctor!, patient: Patient!", "patient.user"),
        ("uploader: User!, patient: Patient!", "patient.user"),
        ("visit: Visit!", "visit.patient.user"),
        ("visit: Visit!, patient: Patient!", "patient.user"),
        ("doctor: Doctor!", "doctor.account"),
        ("doctor: Doctor!, noted_by: User!", "doctor.account"),
        ("noted_by: User! inverse=noted, seen_by: User! inverse=seen", "noted_by"),
        ("patient: Patient", None),
        ("ward: Ward!", None),
    ],
)
def test_person_whom_a_row_is_about(compiled: Compiled, fields: str, subject: str | None) -> None:
    spec = compiled(BRIEF.format(fields=fields))

    assert spec.entity("Thing").subject == subject


def test_person_is_the_subject_of_their_own_row(compiled: Compiled) -> None:
    assert compiled(BRIEF.format(fields="ward: Ward!")).entity("User").subject == ""


def test_nothing_is_about_anybody_without_sign_in(compiled: Compiled) -> None:
    spec = compiled("entities: {Note: {fields: {text: text!}}}")

    assert [entity.subject for entity in spec.entities] == [None]


def test_there_is_no_right_unless_it_is_asked_for(compiled: Compiled) -> None:
    spec = compiled(BRIEF.format(fields="patient: Patient!"))

    assert spec.api
    assert {route.kind for route in spec.api.routes} & {"export", "erase"} == set()
    assert "export" not in {shape.purpose for shape in spec.api.shapes}


def test_people_get_and_erase_what_is_kept_about_them(tmp_path: Path) -> None:
    rights = "additions: [{application: all, set: {safeguards: {subject_rights: true}}}]"

    spec = built(tmp_path, rights=rights)

    assert isinstance(spec, Spec)
    assert spec.api
    routes = {route.kind: route for route in spec.api.routes}
    shapes = {shape.name: shape for shape in spec.api.shapes}
    export, erase = routes["export"], routes["erase"]
    assert (export.method, export.path, export.roles) == ("GET", "/api/v1/users/me/export", ("user",))
    assert (erase.method, erase.path, erase.success) == ("POST", "/api/v1/users/me/erase", 204)
    exported = shapes[str(export.result)]
    assert exported.purpose == "export"
    assert [one.type.entity for one in exported.properties] == ["User", "Patient", "Visit"]
    assert [(one.name, one.secret) for one in shapes[str(erase.body)].properties] == [("password", True)]
    assert {shape.entity for shape in spec.api.shapes if shape.purpose == "read"} >= {"User", "Visit"}


WHOLE = """\
---
overlays: [{overlays}]
roles: [patient, doctor]
entities:
  Patient:
    owner: user
    fields:
      name: text! @pii
      note: text max=80 hidden @pii
      key: text max=80 hidden
      number: text! min=12 max=19 @pan
      old_number: text min=12 max=19 hidden @pan
      tags: Tag[] inverse=patients
    access: {{patient: all}}
  Tag:
    fields:
      name: text!
      fans: User[] inverse=liked
    access: {{patient: read}}
---
# Clinic
"""
EVERYTHING = """\
additions:
  - application: all
    set: {safeguards: {subject_rights: true}}
  - fields: {class: [pii, pan]}
    set: {mask: {first: 2, last: 1}}
"""


def test_people_get_what_answers_hide_and_mask(tmp_path: Path) -> None:
    spec = built(tmp_path, WHOLE, rights=EVERYTHING)

    assert isinstance(spec, Spec), spec
    assert spec.api
    found = {one.name: one.mask is not None for one in spec.api.exported("Patient").properties}
    own = ("id", "user_id", "created_at", "updated_at", "version", "tag_ids")
    assert found == {
        **dict.fromkeys(own, False),
        "name": False,
        "note": False,
        "number": True,
        "old_number": True,
    }
    assert [one.name for one in spec.api.exported("User").properties][-1] == "liked_ids"
    read = next(shape for shape in spec.api.shapes if shape.name == "Patient")
    assert {one.name for one in read.properties} & {"note", "key", "old_number"} == set()
    assert "PatientData" in {shape.name for shape in spec.api.shapes}
