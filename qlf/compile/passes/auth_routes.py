"""Registration, sign-in and one's own account: routes and bodies."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from qlf.compile.passes.routes import base
from qlf.compile.passes.shapes import of_field
from qlf.compile.spelling import segment, wire
from qlf.model.spec import ANYONE, SIGNED_IN, Property, Route, Shape
from qlf.model.types import Type
from qlf.model.value import default

if TYPE_CHECKING:
    from qlf.compile.draft import Draft
    from qlf.model.spec import Auth, Entity

_TAG = "auth"
_EMAIL_LENGTH = 254  # RFC 5321, section 4.5.3.1.3
PASSWORD_LENGTH = 128
_MIXED = r"[\s\S]*([A-Za-z][\s\S]*[0-9]|[0-9][\s\S]*[A-Za-z])[\s\S]*"
_TEXT, _EMAIL, _INT = Type(kind="text"), Type(kind="email"), Type(kind="int")
_BECAUSE = default("what sign-in takes")


def auth_routes(draft: Draft) -> Draft:
    """Add what sign-in takes, if there is any."""
    if draft.auth is None:
        return draft
    user = draft.entity(draft.auth.entity)
    bodies = _shapes(draft, draft.auth, user)
    routes = [*_signing_in(draft, bodies), *_account(draft, user, bodies)]
    spoken = {name for route in routes for name in (route.body, route.result)}
    shapes = tuple(shape for shape in bodies.values() if shape.name in spoken)
    return replace(draft, shapes=(*shapes, *draft.shapes), routes=(*routes, *draft.routes))


def _shapes(draft: Draft, auth: Auth, user: Entity) -> dict[str, Shape]:
    taken = {entity.name for entity in draft.entities} | {enum.name for enum in draft.enums}
    taken |= {shape.name for shape in draft.shapes}
    made = {}
    for name, properties in _bodies(draft, auth, user).items():
        free = name
        while free in taken:
            free += "Body"
        made[name] = Shape(name=free, purpose="auth", properties=properties, origin=_BECAUSE)
    return made


def _bodies(draft: Draft, auth: Auth, user: Entity) -> dict[str, tuple[Property, ...]]:
    email = of_field(draft, user.field("email"))
    return {
        "Registration": (email, _password(draft, auth, "password"), *_registered(draft, user)),
        "Login": (
            member(draft, "email", _EMAIL, maximum=_EMAIL_LENGTH, classes=("pii",)),
            secret(draft, "password", minimum=1, maximum=PASSWORD_LENGTH),
        ),
        "Tokens": (
            secret(draft, "access_token"),
            secret(draft, "refresh_token"),
            member(draft, "token_type", _TEXT),
            member(draft, "expires_in", _INT, minimum=0),
        ),
        "RefreshRequest": (secret(draft, "refresh_token", minimum=1, maximum=512),),
        "PasswordChange": (
            secret(draft, "current_password", minimum=1, maximum=PASSWORD_LENGTH),
            _password(draft, auth, "new_password"),
        ),
        "RoleChange": (
            of_field(draft, user.field("role")).model_copy(update={"required": True, "default": None}),
        ),
    }


def _registered(draft: Draft, user: Entity) -> tuple[Property, ...]:
    """Return what else one says of oneself; the role only if there is a choice."""
    create = next(one for one in draft.shapes if one.entity == user.name and one.purpose == "create")
    own = tuple(one for one in create.properties if one.of != "email" and one.source == "field")
    open_roles = [role.name for role in draft.roles if role.signup]
    if len(open_roles) < 2:  # noqa: PLR2004 - with one there is nothing to choose
        return own
    role = of_field(draft, user.field("role"))
    return (role.model_copy(update={"required": False, "nullable": False}), *own)


def member(draft: Draft, name: str, kind: Type, **rest: Any) -> Property:  # noqa: ANN401 - members of Property
    """Return a member of a body of sign-in that is always there."""
    return Property(
        name=name,
        wire=wire(draft, name),
        source="input",
        of=name,
        type=kind,
        required=True,
        nullable=False,
        origin=_BECAUSE,
        **rest,
    )


def secret(draft: Draft, name: str, **rest: Any) -> Property:  # noqa: ANN401
    """Return such a member that is never logged nor answered again."""
    return member(draft, name, _TEXT, secret=True, **rest)


def _password(draft: Draft, auth: Auth, name: str) -> Property:
    bounds: dict[str, Any] = {"minimum": auth.password_minimum, "maximum": PASSWORD_LENGTH}
    if auth.password_mixed:
        bounds |= {"pattern": _MIXED, "description": "Letters (A to Z) and digits, both of them."}
    return secret(draft, name, **bounds)


def route(draft: Draft, kind: str, path: str, **rest: Any) -> Route:  # noqa: ANN401 - members of Route
    """Return a route of sign-in, open to anyone unless the rest says otherwise."""
    given = {"id": kind, "kind": kind, "method": "POST", "tag": _TAG, "roles": (ANYONE,), "origin": _BECAUSE}
    return Route.model_validate({**given, "path": base(draft) + path, **rest})


def _signing_in(draft: Draft, bodies: dict[str, Shape]) -> list[Route]:
    tokens = bodies["Tokens"].name
    given: dict[str, dict[str, Any]] = {
        "login": {"summary": "Sign in", "body": "Login", "result": tokens, "problems": (401, 422, 429)},
        "refresh": {
            "summary": "Get new tokens",
            "body": "RefreshRequest",
            "result": tokens,
            "problems": (401, 422, 429),
        },
        "logout": {"summary": "Sign out", "body": "RefreshRequest", "success": 204, "problems": (422,)},
        "password": {
            "summary": "Change the password",
            "body": "PasswordChange",
            "success": 204,
            "roles": (SIGNED_IN,),
            "problems": (401, 422, 429),
        },
    }
    routes = [
        route(draft, kind, f"/auth/{kind}", **{**rest, "body": bodies[rest["body"]].name})
        for kind, rest in given.items()
    ]
    return [*_registration(draft, bodies), *routes]


def _registration(draft: Draft, bodies: dict[str, Shape]) -> list[Route]:
    """Return the route of registration, if a role is open to whoever registers."""
    if not any(role.signup for role in draft.roles):
        return []
    user = next(one.name for one in draft.shapes if one.purpose == "read" and one.entity == draft.viewer)
    register = route(
        draft,
        "register",
        "/auth/register",
        summary="Register",
        entity=draft.viewer,
        body=bodies["Registration"].name,
        result=user,
        success=201,
        problems=(409, 422, 429),
    )
    return [register]


def _account(draft: Draft, user: Entity, bodies: dict[str, Shape]) -> list[Route]:
    own = {one.purpose: one for one in draft.shapes if one.entity == user.name and one.purpose != "auth"}
    users = f"/{segment(draft, user.plural)}"
    common = {"entity": user.name, "result": own["read"].name}
    routes = [
        route(
            draft,
            "me",
            f"{users}/me",
            id="read_me",
            method="GET",
            summary="Read one's own account",
            action="read",
            roles=(SIGNED_IN,),
            problems=(401,),
            **common,
        )
    ]
    updating = tuple(dict.fromkeys(one.role for one in user.access if one.action == "update"))
    if updating and own["update"].properties:
        everybody = SIGNED_IN in updating or {role.name for role in draft.roles} <= set(updating)
        routes.append(
            route(
                draft,
                "me",
                f"{users}/me",
                id="update_me",
                method="PATCH",
                summary="Change one's own account",
                action="update",
                roles=updating,
                body=own["update"].name,
                problems=(401, 409, 422) if everybody else (401, 403, 409, 422),
                **common,
            )
        )
    if draft.administrators and len(draft.roles) > 1:
        key = "slug" if user.key.kind == "slug" else "id"
        routes.append(
            route(
                draft,
                "role",
                f"{users}/{{{key}}}/role",
                id="set_role",
                method="PUT",
                summary="Give a person another role",
                action="role",
                roles=draft.administrators,
                body=bodies["RoleChange"].name,
                problems=(401, 403, 404, 422),
                **common,
            )
        )
    return routes
