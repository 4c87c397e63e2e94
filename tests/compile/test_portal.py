"""The example of `docs/brief.md`, from its first line to its routes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qlf.agents.documentation.conditions import cel

if TYPE_CHECKING:
    from qlf.model.spec import Shape, Spec


def shape(spec: Spec, name: str) -> Shape:
    assert spec.api
    return next(one for one in spec.api.shapes if one.name == name)


def members(spec: Spec, name: str) -> list[str]:
    """Return the members of a shape; ! marks those that must be there, ? those that may be null."""
    return [one.wire + "!" * one.required + "?" * one.nullable for one in shape(spec, name).properties]


def test_what_the_brief_says_is_there(portal: Spec) -> None:
    assert (portal.name, portal.title, portal.version) == ("patient-portal", "Patient portal", "1.2.0")
    assert (portal.stack.backend, portal.stack.database, portal.stack.frontend) == (
        "fastapi",
        "postgres",
        None,
    )
    assert [entity.name for entity in portal.entities] == ["User", "Patient", "Doctor", "Appointment"]
    assert [(enum.name, enum.values) for enum in portal.enums] == [
        ("UserRole", ("patient", "doctor", "admin")),
        ("AppointmentStatus", ("scheduled", "confirmed", "cancelled", "done")),
    ]


def test_roles_and_who_signs_up(portal: Spec) -> None:
    assert [(role.name, role.signup, role.administrator) for role in portal.roles] == [
        ("patient", True, False),
        ("doctor", False, False),
        ("admin", False, True),
    ]
    assert portal.auth
    assert portal.auth.signup_role == "patient"


def test_columns_of_a_row(portal: Spec) -> None:
    fields = portal.entity("Appointment").fields
    assert [(field.name, field.column) for field in fields] == [
        ("id", "id"),
        ("patient", "patient_id"),
        ("doctor", "doctor_id"),
        ("starts_at", "starts_at"),
        ("ends_at", "ends_at"),
        ("status", "status"),
        ("notes", "notes"),
        ("created_at", "created_at"),
        ("updated_at", "updated_at"),
        ("version", "version"),
    ]
    assert [field.name for field in fields if field.system] == ["id", "created_at", "updated_at", "version"]
    status = portal.entity("Appointment").field("status")
    assert (status.managed, status.required, status.default) == (True, True, "scheduled")
    notes = portal.entity("Appointment").field("notes")
    assert (notes.required, notes.maximum, notes.classes, notes.label) == (False, 65_535, ("phi",), "Notes")


def test_user_has_an_address_and_a_hidden_password(portal: Spec) -> None:
    user = portal.entity("User")
    assert [field.name for field in user.fields] == [
        "id", "email", "password_hash", "role", "active", "created_at", "updated_at", "version",
    ]  # fmt: skip
    assert [field.name for field in user.fields if field.hidden] == ["password_hash"]
    assert user.field("email").classes == ("pii",)
    assert (user.field("role").system, user.field("active").system) == (True, True)


def test_owner_is_a_reference_that_no_client_writes(portal: Spec) -> None:
    owner = portal.entity("Patient").field("user")
    assert (owner.type.entity, owner.column, owner.required, owner.system) == ("User", "user_id", True, True)
    assert members(portal, "Patient")[1] == "user_id!"
    assert not any(name.startswith("user") for name in members(portal, "PatientCreate"))


def test_each_side_of_a_reference_knows_the_other(portal: Spec) -> None:
    found = [
        (relation.name, relation.entity, relation.via, relation.inverse)
        for relation in portal.entity("Doctor").relations
    ]
    assert found == [("appointments", "Appointment", "doctor", "doctor")]
    assert [one.name for one in portal.entity("User").relations] == ["patients", "doctors"]


def test_access_is_spelt_out(portal: Spec) -> None:
    granted: dict[str, list[str]] = {}
    for grant in portal.entity("Appointment").access:
        said = grant.action + (f" if {cel(grant.condition)}" if grant.condition else "")
        granted.setdefault(grant.role, []).append(said)
    patient, doctor = "if this.patient.user == viewer", "if this.doctor.user == viewer"
    assert granted == {
        "patient": [f"create {patient}", f"read {patient}", f"cancel {patient}"],
        "doctor": [f"read {doctor}", f"update {doctor}", f"confirm {doctor}", f"cancel {doctor}"],
        "admin": ["create", "read", "update", "delete", "confirm", "cancel"],
    }


def test_routes_of_an_entity(portal: Spec) -> None:
    assert portal.api
    found = [
        (route.id, route.method, route.path, route.roles, route.body, route.result, route.success)
        for route in portal.api.routes
        if route.entity == "Appointment"
    ]
    rows, row = "/api/v1/appointments", "/api/v1/appointments/{id}"
    everybody, staff, admin = ("patient", "doctor", "admin"), ("doctor", "admin"), ("admin",)
    one, create, update = "Appointment", "AppointmentCreate", "AppointmentUpdate"
    assert found == [
        ("list_appointments", "GET", rows, everybody, None, "AppointmentPage", 200),
        ("read_appointment", "GET", row, everybody, None, one, 200),
        ("create_appointment", "POST", rows, ("patient", "admin"), create, one, 201),
        ("update_appointment", "PATCH", row, staff, update, one, 200),
        ("delete_appointment", "DELETE", row, admin, None, None, 204),
        ("confirm_appointment", "POST", f"{row}/confirm", staff, None, one, 200),
        ("cancel_appointment", "POST", f"{row}/cancel", everybody, None, one, 200),
    ]


def test_what_can_go_wrong(portal: Spec) -> None:
    assert portal.api
    found = {route.id: route.problems for route in portal.api.routes}
    assert found["list_appointments"] == (401, 422)
    assert found["read_appointment"] == (401, 404, 422)
    assert found["create_appointment"] == (401, 403, 422)
    assert found["update_appointment"] == (401, 403, 404, 412, 422, 428)
    assert found["delete_patient"] == (401, 404, 409, 412, 422, 428)
    assert found["confirm_appointment"] == (401, 403, 404, 409, 412, 422)
    assert found["register"] == (409, 422, 429)


def test_signing_in(portal: Spec) -> None:
    assert portal.api
    found = [
        (route.method, route.path, route.roles)
        for route in portal.api.routes
        if route.tag == "auth" or route.entity == "User"
    ]
    assert found == [
        ("POST", "/api/v1/auth/register", ("anyone",)),
        ("POST", "/api/v1/auth/login", ("anyone",)),
        ("POST", "/api/v1/auth/refresh", ("anyone",)),
        ("POST", "/api/v1/auth/logout", ("anyone",)),
        ("POST", "/api/v1/auth/password", ("user",)),
        ("GET", "/api/v1/users/me", ("user",)),
        ("PATCH", "/api/v1/users/me", ("user",)),
        ("PUT", "/api/v1/users/{id}/role", ("admin",)),
        ("GET", "/api/v1/users", ("admin",)),
        ("GET", "/api/v1/users/{id}", ("admin",)),
    ]
    assert members(portal, "Registration") == ["email!", "password!"]
    assert [one.wire for one in shape(portal, "Registration").properties if one.secret] == ["password"]


def test_bodies(portal: Spec) -> None:
    assert members(portal, "Appointment") == [
        "id!", "patient_id!", "doctor_id!", "starts_at!", "ends_at!", "status!", "notes!?", "created_at!",
        "updated_at!", "version!",
    ]  # fmt: skip
    assert members(portal, "AppointmentCreate") == [
        "patient_id!", "doctor_id!", "starts_at!", "ends_at!", "notes?",
    ]  # fmt: skip
    assert members(portal, "AppointmentUpdate") == [
        "patient_id",
        "doctor_id",
        "starts_at",
        "ends_at",
        "notes?",
    ]
    assert shape(portal, "AppointmentPage").item == "AppointmentListItem"


def test_check_names_its_fields_and_has_words(portal: Spec) -> None:
    check = portal.entity("Appointment").checks[0]
    assert (check.name, check.message, check.fields) == (
        "ends_after_start",
        "Ends after start",
        ("ends_at", "starts_at"),
    )


def test_what_was_assumed_is_told(portal: Spec) -> None:
    assert [(one.about, one.holds) for one in portal.assumptions] == [
        ("sign-up", "whoever registers is patient"),
        ("access to Patient", "every signed-in person may do everything with its rows"),
        ("access to Doctor", "every signed-in person may do everything with its rows"),
        (
            "own rows of Appointment",
            "for patient, a row of Appointment is their own if this.patient.user == viewer",
        ),
    ]


def test_nodes_know_their_line(portal: Spec) -> None:
    origin = portal.entity("Appointment").field("starts_at").origin
    assert (origin.kind, origin.file, origin.line, origin.column) == ("brief", "patient-portal.md", 20, 7)


def test_lists(portal: Spec) -> None:
    listing = portal.entity("Appointment").listing
    assert [one.wire for one in listing.filters] == [
        "patient_id", "doctor_id", "starts_at", "starts_at_min", "starts_at_max", "ends_at", "ends_at_min",
        "ends_at_max", "status", "created_at_min", "created_at_max", "updated_at_min", "updated_at_max",
    ]  # fmt: skip
    assert listing.sorts == ("starts_at", "ends_at", "created_at", "updated_at")
    assert listing.default_sort == "-created_at"
