"""Whether anybody signs in, and in which roles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from qlf.model.spec import Spec

    Compiled = Callable[[str], Spec]

NOTE = "entities: {Note: {fields: {text: text!}}}"
SIGNED = [
    (NOTE, False),
    (f"auth: true\n{NOTE}", True),
    (f"roles: [clerk]\n{NOTE}", True),
    ("entities: {Note: {owner: author, fields: {text: text!}}}", True),
    ("entities: {Note: {fields: {author: User!}}}", True),
    ("entities: {User: {fields: {name: text!}}}", True),
    ("entities: {Note: {fields: {text: text!}, access: {user: all}}}", True),
    ("entities: {Note: {fields: {text: text!}, access: {anyone: all}}}", False),
    (f"auth: false\n{NOTE}", False),
]
ROLES = [
    ("[clerk, boss, admin]", [("clerk", True), ("boss", False), ("admin", False)], "clerk"),
    ("[admin, clerk]", [("admin", False), ("clerk", True)], "clerk"),
    ("[clerk]", [("clerk", True)], "clerk"),
    ("[admin]", [("admin", False), ("user", True)], "user"),
    ("[clerk, boss]", [("clerk", True), ("boss", False), ("admin", False)], "clerk"),
    ("{clerk: {}, boss: {signup: true}}", [("clerk", False), ("boss", True), ("admin", False)], "boss"),
    ("{buyer: {signup: true}, seller: {signup: true}}", [("buyer", True), ("seller", True)], "buyer"),
]


@pytest.mark.parametrize(("front", "signed"), SIGNED, ids=[front.replace("\n", " ") for front, _ in SIGNED])
def test_people_sign_in_if_the_brief_has_people(compiled: Compiled, front: str, *, signed: bool) -> None:
    spec = compiled(front)
    assert (spec.auth is not None) == signed
    assert any(entity.name == "User" for entity in spec.entities) == signed
    assert spec.api
    assert any(route.kind == "login" for route in spec.api.routes) == signed


@pytest.mark.parametrize(("roles", "settled", "signup"), ROLES, ids=[roles for roles, _, _ in ROLES])
def test_roles_are_settled(
    compiled: Compiled, roles: str, settled: list[tuple[str, bool]], signup: str
) -> None:
    spec = compiled(f"roles: {roles}\n{NOTE}")
    assert [(role.name, role.signup) for role in spec.roles] == settled
    assert [role.name for role in spec.roles if role.administrator] == [
        name for name, _ in settled if name == "admin"
    ]
    assert spec.auth
    assert spec.auth.signup_role == signup
    assert spec.enums[0].values == tuple(name for name, _ in settled)


def test_whoever_registers_chooses_among_open_roles(compiled: Compiled) -> None:
    spec = compiled(f"roles: {{buyer: {{signup: true}}, seller: {{signup: true}}}}\n{NOTE}")
    assert spec.api
    registration = next(shape for shape in spec.api.shapes if shape.name == "Registration")
    role = next(one for one in registration.properties if one.name == "role")
    assert (role.required, role.nullable, role.default) == (False, False, "buyer")


def test_closed_roles_only_means_no_registration(compiled: Compiled) -> None:
    spec = compiled(f"roles: {{clerk: {{signup: false}}, admin: {{signup: false}}}}\n{NOTE}")
    assert spec.api
    kinds = [route.kind for route in spec.api.routes]
    assert "register" not in kinds
    assert "login" in kinds
    assert spec.assumptions[0].holds == "there is no registration; accounts are made by the operator"


def test_one_role_has_nothing_to_grant(compiled: Compiled) -> None:
    spec = compiled(f"auth: true\n{NOTE}")
    assert spec.api
    assert not [route for route in spec.api.routes if route.kind == "role"]
    assert [(role.name, role.administrator) for role in spec.roles] == [("user", False)]
