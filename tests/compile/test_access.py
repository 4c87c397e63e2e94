"""Who may do what: `own`, `where`, `all`, `by` and what holds when nothing is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from qlf.agents.documentation.conditions import cel

if TYPE_CHECKING:
    from collections.abc import Callable

    from qlf.model.spec import Entity, Spec

    Compiled = Callable[[str], Spec]

OWN = """
roles: [patient, doctor, nurse, admin]
entities:
  Patient: {{owner: user, fields: {{name: text!}}}}
  Doctor: {{owner: account, fields: {{name: text!}}}}
  Visit: {{fields: {{patient: Patient!, doctor: Doctor!}}}}
  Ward: {{fields: {{name: text!}}}}
  Thing:
    fields: {{{fields}}}
    access: {{{role}: {action} own}}
"""
PATHS = [
    ("patient: Patient!, doctor: Doctor!", "patient", "this.patient.user == viewer"),
    ("patient: Patient!, doctor: Doctor!", "doctor", "this.doctor.account == viewer"),
    ("patient: Patient!, ward: Ward!", "nurse", "this.patient.user == viewer"),
    ("written_by: User!, patient: Patient!", "nurse", "this.patient.user == viewer"),
    ("written_by: User!, ward: Ward!", "nurse", "this.written_by == viewer"),
    ("visit: Visit!", "patient", "this.visit.patient.user == viewer"),
    ("visit: Visit!", "doctor", "this.visit.doctor.account == viewer"),
    ("assignee: User", "user", "this.assignee == viewer"),
]


def granted(entity: Entity) -> list[str]:
    """Return grants as one would say them."""
    return [
        f"{one.role} {one.action}" + (f" if {cel(one.condition)}" if one.condition else "")
        for one in entity.access
    ]


@pytest.mark.parametrize(
    ("fields", "role", "condition"), PATHS, ids=[f"{role}: {one}" for one, role, _ in PATHS]
)
def test_own_follows_the_reference_to_an_owner(
    compiled: Compiled, fields: str, role: str, condition: str
) -> None:
    spec = compiled(OWN.format(fields=fields, role=role, action="read"))
    assert granted(spec.entity("Thing")) == [f"{role} read if {condition}"]
    holds = [one.holds for one in spec.assumptions if one.about == "own rows of Thing"]
    assert holds == [f"for {role}, a row of Thing is their own if {condition}"]


def test_own_of_a_row_with_an_owner_needs_no_guess(compiled: Compiled) -> None:
    spec = compiled("""
roles: [author, admin]
entities:
  Note:
    owner: author
    fields: {text: text!}
    access: {author: "create own, read own, delete own"}
""")
    own = "if this.author == viewer"
    assert granted(spec.entity("Note")) == ["author create", f"author read {own}", f"author delete {own}"]
    assert not [one for one in spec.assumptions if one.about == "own rows of Note"]


def test_all_is_every_verb_move_action_and_operation(compiled: Compiled) -> None:
    spec = compiled("""
roles: [author, admin]
entities:
  Note:
    fields:
      state: enum(draft, sent) = draft
      fans: User[] inverse=favorites
    states: {state: {send: draft -> sent}}
    actions: {like: viewer in fans}
    access: {author: read, admin: all}
operations:
  wipe: {on: Note, effects: [{delete: this}]}
""")
    verbs = ["create", "read", "update", "delete", "send", "like", "wipe"]
    assert granted(spec.entity("Note")) == ["author read", *(f"admin {verb}" for verb in verbs)]


def test_where_covers_what_has_no_own(compiled: Compiled) -> None:
    spec = compiled("""
roles: [author, admin]
entities:
  Note:
    owner: author
    fields: {public: bool! = false}
    access: {author: "read, update own where this.public"}
""")
    assert granted(spec.entity("Note")) == [
        "author read if this.public",
        "author update if this.author == viewer",
    ]


def test_who_is_named_by_a_move_makes_it_on_the_rows_to_update_or_else_to_read(compiled: Compiled) -> None:
    spec = compiled("""
roles: [author, editor, visitor, admin]
entities:
  Note:
    owner: author
    fields: {state: "enum(draft, sent, gone) = draft"}
    states:
      state:
        send: draft -> sent by author, editor, admin
        drop: sent -> gone
    access:
      author: read, update own
      editor: read where this.state == 'draft'
      admin: read, send where this.state == 'sent'
""")
    assert [one for one in granted(spec.entity("Note")) if " send" in one or " drop" in one] == [
        "author send if this.author == viewer",
        'editor send if this.state == "draft"',
        'admin send if this.state == "sent"',
    ]
    assert spec.api
    assert [route.id for route in spec.api.routes if route.kind == "transition"] == ["send_note"]


def test_who_may_read_through_another_role_may_act_through_it(compiled: Compiled) -> None:
    spec = compiled("""
roles: [customer, admin]
entities:
  Product:
    fields:
      shown: bool! = true
      fans: User[] inverse=wishes
    actions: {wish: viewer in fans by customer}
    access: {anyone: read where this.shown}
""")
    assert granted(spec.entity("Product")) == ["anyone read if this.shown", "customer wish if this.shown"]


def test_grants_that_say_nothing_more_are_left_out(compiled: Compiled) -> None:
    spec = compiled("""
roles: [clerk, admin]
entities:
  Note:
    fields: {old: bool! = false}
    access: {clerk: [read, all where this.old]}
""")
    verbs = ("create if this.old", "read", "update if this.old", "delete if this.old")
    assert granted(spec.entity("Note")) == [f"clerk {verb}" for verb in verbs]


def test_without_an_access_clause_who_is_signed_in_may_do_everything(compiled: Compiled) -> None:
    spec = compiled("""
roles: [clerk, admin]
entities:
  Note:
    fields: {state: "enum(a, b, c) = a"}
    states: {state: {ready: a -> b, close: b -> c by admin}}
""")
    verbs = ("create", "read", "update", "delete", "ready")
    assert granted(spec.entity("Note")) == [*(f"user {verb}" for verb in verbs), "admin close"]


def test_without_sign_in_anyone_may_do_everything(compiled: Compiled) -> None:
    spec = compiled("entities: {Note: {fields: {text: text!}}}")
    assert spec.auth is None
    assert granted(spec.entity("Note")) == [
        "anyone create",
        "anyone read",
        "anyone update",
        "anyone delete",
    ]
    assert spec.api
    assert [route.problems for route in spec.api.routes] == [
        (422,),
        (404, 422),
        (422,),
        (404, 412, 422, 428),
        (404, 412, 422, 428),
    ]


def test_people_see_themselves_and_administrators_everybody(compiled: Compiled) -> None:
    spec = compiled("roles: [clerk, admin]\nentities: {Note: {fields: {text: text!}}}")
    assert granted(spec.entity("User")) == [
        "user read if this == viewer",
        "user update if this == viewer",
        "admin read",
    ]


def test_what_the_brief_says_of_users_holds(compiled: Compiled) -> None:
    spec = compiled("""
roles: [clerk, admin]
entities:
  User:
    fields: {name: text! max=80}
    access: {user: read}
""")
    assert granted(spec.entity("User")) == ["user read"]
    assert spec.api
    found = {route.id: route for route in spec.api.routes}
    assert found["list_users"].roles == ("user",)
    assert "update_me" not in found
    registration = next(shape for shape in spec.api.shapes if shape.name == "Registration")
    assert [one.wire for one in registration.properties] == ["email", "password", "name"]
