"""What the second factor and access in an emergency add to the contract."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from qlf.brief.read import read_brief
from qlf.compile.compile import compile_brief
from qlf.model.brief import Brief
from qlf.model.spec import Spec
from qlf.overlay.files import Folder
from qlf.overlay.read import read_overlays
from qlf.overlay.resolve import resolve

BRIEF = """\
---
overlays: [{overlays}]
roles: [patient, doctor]
entities:
  Visit:
    owner: patient
    fields: {{held_on: date!}}
    access: {{patient: all, doctor: read own}}
api: {{field_case: {case}}}
---
# Clinic
"""
OVERLAY = """\
name: strict
version: 1.0.0
kind: compliance
title: Strict
description: Rules.
additions:
  - auth: all
    set: {second_factor: true, idle_seconds: 600, lock_attempts: 5}
  - auth: all
    set: {password_minimum: 14, password_mixed: true}
  - application: all
    set: {safeguards: {emergency: {roles: [doctor], seconds: 600}}}
"""


SHIPPED = Path(__file__).parents[2] / "overlays"


def spec_of(folder: Path, *, strict: bool, case: str = "snake", brief: str = BRIEF) -> Spec:
    (folder / "overlays" / "compliance").mkdir(parents=True)
    (folder / "overlays" / "compliance" / "strict.yaml").write_text(OVERLAY, encoding="utf-8")
    library = read_overlays((Folder(folder / "overlays", "overlays", shipped=False),))
    assert isinstance(library, tuple), library
    path = folder / "clinic.md"
    path.write_text(brief.format(overlays="strict" if strict else "", case=case), encoding="utf-8")
    read = read_brief(path)
    assert isinstance(read, Brief), read
    uses = resolve(read.overlays, library)
    assert isinstance(uses, tuple), uses
    made = compile_brief(read, uses, library)
    assert isinstance(made, Spec), made
    return made


def members(spec: Spec, shape: str) -> dict[str, bool]:
    assert spec.api is not None
    found = next(one for one in spec.api.shapes if one.name == shape)
    return {one.wire: one.required for one in found.properties}


def test_without_safeguards_there_is_nothing_of_them(tmp_path: Path) -> None:
    spec = spec_of(tmp_path, strict=False)

    assert spec.api is not None
    assert not {"second_factor", "emergency"} & {route.kind for route in spec.api.routes}
    assert members(spec, "Login") == {"email": True, "password": True}


def test_second_factor_is_set_up_by_two_routes_and_asked_for_at_sign_in(tmp_path: Path) -> None:
    spec = spec_of(tmp_path, strict=True)

    assert spec.api is not None
    routes = [route for route in spec.api.routes if route.kind == "second_factor"]
    assert [(route.method, route.path, route.roles, route.problems) for route in routes] == [
        ("POST", "/api/v1/auth/second-factor", ("user",), (401, 422, 429)),
        ("POST", "/api/v1/auth/second-factor/confirm", ("user",), (401, 409, 422, 429)),
    ]
    assert members(spec, "Login") == {"email": True, "password": True, "code": False}
    assert members(spec, "SecondFactorStart") == {"current_password": True, "code": False}
    assert list(members(spec, "SecondFactorTokens"))[:2] == ["recovery_codes", "access_token"]


def test_members_are_spelt_as_the_api_spells_them(tmp_path: Path) -> None:
    spec = spec_of(tmp_path, strict=True, case="camel")

    assert next(iter(members(spec, "SecondFactorTokens"))) == "recoveryCodes"
    assert members(spec, "EmergencyAccess") == {"reason": True, "beganAt": True, "endsAt": True}


def test_access_in_an_emergency_is_for_some_roles(tmp_path: Path) -> None:
    spec = spec_of(tmp_path, strict=True)

    assert spec.api is not None
    (route,) = [route for route in spec.api.routes if route.kind == "emergency"]
    assert (route.path, route.roles, route.success) == ("/api/v1/emergency-access", ("doctor",), 201)
    assert route.problems == (401, 403, 422)


def test_administrators_list_who_got_access_in_an_emergency(tmp_path: Path) -> None:
    spec = spec_of(tmp_path, strict=True)

    assert spec.api is not None
    (route,) = [route for route in spec.api.routes if route.kind == "emergencies"]
    assert (route.method, route.path, route.roles) == ("GET", "/api/v1/emergency-access", ("admin",))
    assert route.problems == (401, 403, 422)
    page = next(shape for shape in spec.api.shapes if shape.name == route.result)
    assert (page.purpose, page.item) == ("page", "EmergencyRecord")
    assert list(members(spec, "EmergencyRecord")) == ["id", "user_id", "reason", "began_at", "ends_at"]


def test_nobody_lists_it_where_nobody_looks_after_others(tmp_path: Path) -> None:
    open_to_all = BRIEF.replace(
        "roles: [patient, doctor]", "roles: {{patient: {{signup: true}}, doctor: {{signup: true}}}}"
    )
    spec = spec_of(tmp_path, strict=True, brief=open_to_all)

    assert spec.api is not None
    assert [role.name for role in spec.roles] == ["patient", "doctor"]
    assert "emergencies" not in {route.kind for route in spec.api.routes}
    assert "EmergencyPage" not in {shape.name for shape in spec.api.shapes}


def test_new_passwords_are_as_long_as_the_overlay_says(tmp_path: Path) -> None:
    spec = spec_of(tmp_path, strict=True)

    assert spec.api is not None
    least = {
        (shape.name, one.name): one.minimum
        for shape in spec.api.shapes
        for one in shape.properties
        if one.secret and "password" in one.name
    }
    assert least == {
        ("Registration", "password"): 14,
        ("Login", "password"): 1,
        ("PasswordChange", "current_password"): 1,
        ("PasswordChange", "new_password"): 14,
        ("SecondFactorStart", "current_password"): 1,
    }


def test_new_passwords_alone_have_letters_and_digits(tmp_path: Path) -> None:
    spec = spec_of(tmp_path, strict=True)

    assert spec.api is not None
    patterns = {
        (shape.name, one.name): one.pattern
        for shape in spec.api.shapes
        for one in shape.properties
        if one.secret and one.pattern
    }
    assert set(patterns) == {("Registration", "password"), ("PasswordChange", "new_password")}
    (pattern,) = set(patterns.values())
    assert pattern
    fitting = ["letters 1", "1 letters", "a\n1", "?a?1?"]
    others = ["letters", "123456", "", "?!?!", "\u0434\u0430 1"]
    assert [text for text in [*fitting, *others] if re.fullmatch(pattern, text)] == fitting


@pytest.mark.parametrize(
    ("overlays", "mixed"),
    [("pci", True), ("hipaa", False), ("gdpr", False), ("pci, hipaa, gdpr", True)],
)
def test_pci_alone_asks_for_letters_and_digits(tmp_path: Path, overlays: str, *, mixed: bool) -> None:
    library = read_overlays((Folder(SHIPPED, "overlays", shipped=True),))
    assert isinstance(library, tuple), library
    path = tmp_path / "clinic.md"
    path.write_text(BRIEF.format(overlays=overlays, case="snake"), encoding="utf-8")
    brief = read_brief(path)
    assert isinstance(brief, Brief), brief
    uses = resolve(brief.overlays, library)
    assert isinstance(uses, tuple), uses
    spec = compile_brief(brief, uses, library)

    assert isinstance(spec, Spec), spec
    assert spec.auth is not None
    assert spec.auth.password_mixed is mixed
