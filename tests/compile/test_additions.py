"""What overlays add to specs: which nodes, which clause wins, and what contradicts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from qlf.brief.read import read_brief
from qlf.compile.compile import compile_brief
from qlf.compile.inference import infer
from qlf.model.brief import Brief
from qlf.model.spec import Emergency, Entity, Field, Spec
from qlf.overlay.files import Folder
from qlf.overlay.read import read_overlays
from qlf.overlay.resolve import resolve

if TYPE_CHECKING:
    from pathlib import Path

    from qlf.errors import Problem

BRIEF = """\
---
overlays: [{overlays}]
roles: [patient, doctor]
entities:
  Patient:
    owner: user
    fields:
      name: text! @pii
      diagnosis: longtext @phi
      weight: int @phi
    access: {{patient: all, doctor: read}}
  Visit:
    retention: {{since: held_on, days: 30}}
    fields:
      patient: Patient!
      held_on: date!
      status: enum(planned, done)! @phi = planned
    states: {{status: {{finish: planned -> done by doctor}}}}
    access: {{doctor: all}}
---
# Clinic
"""
HEAD = """\
name: {name}
version: 1.0.0
kind: compliance
title: {name}
description: A rule.
priority: {priority}
"""


def built(folder: Path, brief: str = BRIEF, **overlays: str | tuple[str, int]) -> Spec | list[Problem]:
    """Return what a brief with these overlays, each with its `additions` and maybe a priority, becomes."""
    (folder / "compliance").mkdir()
    for name, said in overlays.items():
        text, priority = said if isinstance(said, tuple) else (said, 0)
        path = folder / "compliance" / f"{name}.yaml"
        path.write_text(HEAD.format(name=name, priority=priority) + text, encoding="utf-8")
    library = read_overlays((Folder(folder, "overlays", shipped=False),))
    if isinstance(library, list):
        return library
    path = folder / "clinic.md"
    path.write_text(brief.format(overlays=", ".join(overlays)), encoding="utf-8")
    read = read_brief(path)
    assert isinstance(read, Brief), read
    read = read.model_copy(update={"file": "clinic.md"})
    inferred = infer(read, library)
    uses = resolve(inferred.overlays, library)
    assert isinstance(uses, tuple), uses
    return compile_brief(inferred, uses, library)


def spec_of(folder: Path, **overlays: str | tuple[str, int]) -> Spec:
    made = built(folder, BRIEF, **overlays)
    assert isinstance(made, Spec), made
    return made


def problems_of(folder: Path, brief: str = BRIEF, **overlays: str | tuple[str, int]) -> list[str]:
    made = built(folder, brief, **overlays)
    assert isinstance(made, list)
    return [str(problem).replace(f"{folder.as_posix()}/", "") for problem in made]


def entity(spec: Spec, name: str) -> Entity:
    return next(one for one in spec.entities if one.name == name)


def field(spec: Spec, path: str) -> Field:
    of, _, name = path.partition(".")
    return next(one for one in entity(spec, of).fields if one.name == name)


def test_every_field_of_a_class_and_no_other_is_what_the_overlay_says(tmp_path: Path) -> None:
    spec = spec_of(
        tmp_path, a="additions:\n  - fields: {class: phi, not: {kind: int}}\n    set: {encrypted: true}\n"
    )
    sealed = {f"{e.name}.{f.name}" for e in spec.entities for f in e.fields if f.encrypted}
    assert sealed == {"Patient.diagnosis"}
    (applied,) = spec.applied
    assert (applied.overlay, applied.path, applied.value) == ("a", "Patient.diagnosis.encrypted", True)
    assert (applied.origin.file, applied.origin.line) == ("overlays/compliance/a.yaml", 9)
    assert ("Visit.status.encrypted", "its moves are made in the database") in {
        (one.about, one.origin.because) for one in spec.assumptions
    }


def test_a_mask_has_what_is_set_and_only_the_roles_that_there_are(tmp_path: Path) -> None:
    text = (
        "additions:\n  - fields: {class: phi}\n    set: {mask: {first: 2}}\n"
        "    add: {mask: {roles: [doctor, surgeon]}}\n"
    )
    spec = spec_of(tmp_path, a=text)
    mask = field(spec, "Patient.diagnosis").mask
    assert mask is not None
    assert (mask.first, mask.last, mask.roles) == (2, 0, ("doctor",))
    assert field(spec, "Patient.weight").mask is None


def test_what_is_set_wins_over_defaults_and_the_brief_wins_over_defaults(tmp_path: Path) -> None:
    default = "additions:\n  - auth: all\n    default: {idle_seconds: 60}\n"
    default += "  - entities: {class: phi}\n    default: {retention: {since: created_at, days: 7}}\n"
    spec = spec_of(tmp_path, a=(default, 9), b="additions:\n  - auth: all\n    set: {idle_seconds: 900}\n")
    assert spec.auth is not None
    assert spec.auth.idle_seconds == 900
    patient, visit = entity(spec, "Patient").retention, entity(spec, "Visit").retention
    assert patient is not None
    assert visit is not None
    assert (patient.since, patient.days) == ("created_at", 7)
    assert (visit.since, visit.days) == ("held_on", 30)
    assert {one.path for one in spec.applied} == {
        "auth.idle_seconds",
        "Patient.retention.since",
        "Patient.retention.days",
    }


def test_the_higher_priority_wins_whatever_the_order(tmp_path: Path) -> None:
    said = "additions:\n  - auth: all\n    set: {{lock_attempts: {}}}\n"
    spec = spec_of(tmp_path, a=(said.format(3), 5), b=(said.format(7), 1))
    assert spec.auth is not None
    assert spec.auth.lock_attempts == 3


def test_two_values_for_one_path_are_an_error_that_shows_both_lines(tmp_path: Path) -> None:
    said = "additions:\n  - fields: {{class: phi, kind: int}}\n    set: {{encrypted: {}}}\n"
    assert problems_of(tmp_path, a=said.format("true"), b=said.format("false")) == [
        (
            "overlays/compliance/b.yaml:9:11: Patient.weight.encrypted: a says true"
            " (overlays/compliance/a.yaml:9:11), and b says false (overlays/compliance/b.yaml:9:11);"
            " give one of the overlays a higher priority"
        )
    ]


def test_what_is_forbidden_is_refused_in_the_briefs_line(tmp_path: Path) -> None:
    said = "additions:\n  - fields: {class: phi, kind: int}\n    forbid: too telling\n"
    assert problems_of(tmp_path, a=said) == [
        (
            "clinic.md:10:7: a forbids Patient.weight: too telling (overlays/compliance/a.yaml:8:5);"
            " remove it, or take what it is for out of the application"
        )
    ]


def test_routes_are_selected_by_what_they_answer_and_take(tmp_path: Path) -> None:
    said = "additions:\n  - routes: {reads: phi, kind: [list, read]}\n    set: {audited: true}\n"
    spec = spec_of(tmp_path, a=said)
    assert spec.api is not None
    audited = {route.id for route in spec.api.routes if route.audited}
    assert audited == {"list_patients", "read_patient", "list_visits", "read_visit"}


@pytest.mark.parametrize(("roles", "kept"), [("[doctor, nurse]", ("doctor",)), ("[nurse]", None)])
def test_an_emergency_is_for_roles_that_there_are_or_is_asked_about(
    tmp_path: Path, roles: str, kept: tuple[str, ...] | None
) -> None:
    emergency = f"emergency: {{roles: {roles}, seconds: 60}}"
    said = f"additions:\n  - application: all\n    set: {{safeguards: {{{emergency}}}}}\n"
    spec = spec_of(tmp_path, a=said)
    found = spec.safeguards.emergency
    assert (found.roles if isinstance(found, Emergency) else None) == kept
    asked = [one.about for one in spec.questions]
    assert ("safeguards.emergency" in asked) == (kept is None)


def test_what_rows_are_kept_from_must_be_a_moment_of_theirs(tmp_path: Path) -> None:
    said = "additions:\n  - entities: {name: Visit}\n    set: {retention: {since: patient, days: 7}}\n"
    assert problems_of(tmp_path, a=said) == [
        (
            "clinic.md:12:3: Visit is kept from patient on, which is no date or moment of it;"
            " write retention: {since: held_on, days: N} in Visit"
        )
    ]


BRINGS = """\
roles: [keeper]
entities:
  Consent:
    owner: person
    fields: {{person: User!, given_at: datetime! = now}}
    access: {{{role}: "create own, read own"}}
additions:
  - application: all
    add: {{entities: [Consent]}}
controls: [gdpr]
"""


def test_an_entity_that_an_overlay_brings_is_in_every_application(tmp_path: Path) -> None:
    spec = spec_of(tmp_path, a=BRINGS.format(role="user"))
    consent = entity(spec, "Consent")
    assert consent.owner == "person"
    assert consent.origin.because.startswith("a brings it")
    assert spec.controls == ("gdpr",)


def test_an_entity_for_a_role_that_is_not_there_is_asked_about_and_open_to_nobody(tmp_path: Path) -> None:
    spec = spec_of(tmp_path, a=BRINGS.format(role="keeper"))
    assert [one.name for one in spec.entities] == ["User", "Patient", "Visit"]
    assert ("entities.Consent", "Who keeps Consent, without a role keeper?") in {
        (one.about, one.asks) for one in spec.questions
    }


def test_the_briefs_own_entity_of_that_name_stays_as_it_is(tmp_path: Path) -> None:
    own = BRIEF.replace("  Visit:\n", "  Consent:\n    fields: {{wording: text!}}\n  Visit:\n")
    made = built(tmp_path, own, a=BRINGS.format(role="user"))
    assert isinstance(made, Spec)
    assert "given_at" not in {one.name for one in entity(made, "Consent").fields}
