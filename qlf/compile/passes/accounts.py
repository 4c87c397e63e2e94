"""Who signs in: whether anybody does, in which roles, and the entity `User` that they are rows of."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from qlf.compile.draft import USER, Draft, assumption, problem
from qlf.model.brief import EntityDecl, FieldDecl
from qlf.model.spec import SIGNED_IN, Auth, Role
from qlf.model.value import default

if TYPE_CHECKING:
    from qlf.errors import Problem
    from qlf.model.brief import Assumption, Brief

_ADMINISTRATORS = ("admin", "administrator")
_EMAIL_LENGTH = 254  # RFC 5321, section 4.5.3.1.3, less the angle brackets
_BECAUSE = "every application with sign-in has users"


def accounts(draft: Draft) -> Draft:
    """Decide about sign-in, settle the roles, and complete the entity User."""
    brief = draft.brief
    if not _signs_in(brief):
        return draft.with_problems(_left_over(brief))
    roles, added = _roles(brief)
    names = [role.name for role in roles if not role.administrator]
    signup = next((role.name for role in roles if role.signup), names[0] if names else SIGNED_IN)
    auth = Auth(token_scheme=brief.api.token_scheme, signup_role=signup, origin=default(_BECAUSE))
    completed = brief.model_copy(update={"entities": _with_users(brief, roles)})
    return replace(draft, brief=completed, auth=auth, roles=roles).assuming(*added, _open(roles))


def _signs_in(brief: Brief) -> bool:
    if brief.authentication is not None:
        return brief.authentication
    fields = [field for entity in brief.entities for field in entity.fields]
    fields += [field for operation in brief.operations for field in operation.inputs]
    granted = {grant.role for entity in brief.entities for grant in entity.access}
    return bool(
        brief.roles
        or any(entity.owner or entity.name == USER for entity in brief.entities)
        or any(field.target == USER for field in fields)
        or granted - {"anyone"}
    )


def _left_over(brief: Brief) -> list[Problem]:
    advice = "remove it, or auth: false"
    found = [
        problem(role.origin, f"there is no role {role.name} without sign-in", advice) for role in brief.roles
    ]
    for entity in brief.entities:
        if entity.owner:
            found.append(problem(entity.origin, f"{entity.name} has no owner without sign-in", advice))
        found += [
            problem(grant.origin, f"nobody is {grant.role} without sign-in", advice)
            for grant in entity.access
            if grant.role != "anyone"
        ]
    return found


def _roles(brief: Brief) -> tuple[tuple[Role, ...], tuple[Assumption, ...]]:
    """Return the roles that a signed-in person can have, and what was assumed about them."""
    if not brief.roles:
        because = "no roles are named: every signed-in person is a user"
        return (Role(name=SIGNED_IN, signup=True, origin=default(because)),), ()
    stated = any(role.signup for role in brief.roles)
    first = next((role for role in brief.roles if role.name not in _ADMINISTRATORS), None)
    roles = [
        Role(
            name=role.name,
            signup=bool(role.signup) if role.signup is not None or stated else role is first,
            administrator=role.name in _ADMINISTRATORS,
            description=role.description,
            origin=role.origin,
        )
        for role in brief.roles
    ]
    added = []
    if first is None and all(role.signup is None for role in brief.roles):
        because = "only an administrator is named"
        roles.append(Role(name=SIGNED_IN, signup=True, origin=default(because)))
        added.append(assumption("roles", f"whoever registers is a {SIGNED_IN}", because))
    if not any(role.administrator for role in roles) and not all(role.signup for role in roles):
        because = "roles that are not open to whoever registers are granted by an administrator"
        roles.append(Role(name="admin", administrator=True, origin=default(because)))
        added.append(assumption("roles", "there is a role admin, which grants roles", because))
    return tuple(roles), tuple(added)


def _open(roles: tuple[Role, ...]) -> Assumption:
    names = [role.name for role in roles if role.signup]
    if not names:
        because = "no role is open to whoever registers"
        return assumption("sign-up", "there is no registration; accounts are made by the operator", because)
    holds = f"whoever registers is {' or '.join(names)}"
    because = (
        "the first role is open unless the brief says otherwise" if len(roles) > 1 else "there is one role"
    )
    return assumption("sign-up", holds, because)


def _with_users(brief: Brief, roles: tuple[Role, ...]) -> tuple[EntityDecl, ...]:
    """Return the entities with User completed where it stands, or added before the others."""
    declared = next((entity for entity in brief.entities if entity.name == USER), None)
    origin = declared.origin if declared else default(_BECAUSE)
    implied = (
        FieldDecl(
            name="email",
            kind="email",
            required=True,
            unique=True,
            maximum=_EMAIL_LENGTH,
            classes=("pii",),
            origin=default("users sign in with their email address"),
        ),
        FieldDecl(
            name="role",
            kind="enum",
            values=tuple(role.name for role in roles),
            required=True,
            default=next((role.name for role in roles if role.signup), roles[0].name),
            origin=default("a signed-in person has one role"),
        ),
        FieldDecl(
            name="active",
            kind="bool",
            required=True,
            default=True,
            origin=default("accounts can be closed"),
        ),
    )
    if declared is None:
        user = EntityDecl(name=USER, fields=implied, origin=origin)
        return (user, *brief.entities)
    own = {field.name for field in declared.fields}
    fields = (*(field for field in implied if field.name not in own), *declared.fields)
    completed = declared.model_copy(update={"fields": fields})
    return tuple(completed if entity.name == USER else entity for entity in brief.entities)
