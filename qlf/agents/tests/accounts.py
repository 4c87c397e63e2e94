"""What the tests of signing in need to know of the contract."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from qlf.agents.tests.cases import role_member
from qlf.agents.tests.names import camel, json_value, quoted, snake
from qlf.samples import parsed, sample_value

if TYPE_CHECKING:
    from qlf.agents.tests.stage import Stages
    from qlf.model.spec import Property, Route, Spec

KINDS = (
    *("register", "login", "refresh", "logout", "password", "me", "role"),
    *("emergency", "emergencies"),
)


def accounts(spec: Spec, stages: Stages) -> dict[str, Any]:
    """Return paths, members and roles for the template of the tests of signing in."""
    if spec.auth is None or spec.api is None:
        return {}
    routes: dict[str, Route] = {}
    for route in spec.api.routes:
        if route.kind in KINDS:
            routes.setdefault(route.kind, route)
    granted = next((role for role in stages.roles() if not _open(spec, role)), "")
    for route in spec.api.routes:
        if route.kind == "second_factor":
            step = "confirm" if route.path.endswith("/confirm") else "start"
            routes[f"{step}_second_factor"] = route
    role = routes.get("role")
    register = routes.get("register")
    newcomer = (
        {
            "registration": _registration(spec, stages.properties(register)),
            "created": register.success,
        }
        if register
        else {}
    )
    return {
        **newcomer,
        **{kind: route.path for kind, route in routes.items()},
        "user": snake(spec.auth.entity),
        "role_kind": role_member(spec, "").partition(".")[0],
        "answered": _answered(spec),
        "logout_success": routes["logout"].success,
        "password_success": routes["password"].success,
        "access_token": _wire(stages.answered(routes["login"]), "access_token"),
        "refresh_token": _wire(stages.properties(routes["refresh"]), "refresh_token"),
        "current_password": _wire(stages.properties(routes["password"]), "current_password"),
        "new_password": _wire(stages.properties(routes["password"]), "new_password"),
        "signup_role": role_member(spec, spec.auth.signup_role),
        "granted_role": granted,
        "granted_member": role_member(spec, granted) if granted else "",
        "administrator": role_member(spec, _administrator(spec)),
        "role": re.sub(r"\{\w+\}", "{user.id}", role.path) if role and granted else "",
        "role_method": role.method.lower() if role else "",
        "role_conditional": bool(role and role.conditional),
        **_guards(spec, stages, routes),
    }


def _guards(spec: Spec, stages: Stages, routes: dict[str, Route]) -> dict[str, Any]:
    """Return what the checks of the sign-in's safeguards need to know."""
    found: dict[str, Any] = {}
    if confirm := routes.get("confirm_second_factor"):
        found["recovery_codes"] = _wire(stages.answered(confirm), "recovery_codes")
    emergency = spec.safeguards.emergency
    if emergency:
        others = [role for role in stages.roles() if role not in emergency.roles]
        found["on_duty"] = role_member(spec, emergency.roles[0])
        found["not_on_duty"] = [role_member(spec, role) for role in others]
        found["role_enum"] = found["on_duty"].partition(".")[0]
    if listed := routes.get("emergencies"):
        found |= _looking(spec, stages, listed)
    return found


def _looking(spec: Spec, stages: Stages, listed: Route) -> dict[str, Any]:
    """Return what the check of access in emergencies needs to look at each use afterwards."""
    if spec.auth is None or spec.api is None:
        return {}
    shapes = {shape.name: shape for shape in spec.api.shapes}
    record = shapes[str(shapes[str(listed.result)].item)]
    number = spec.entity(spec.auth.entity).field("id").type.kind == "int"
    cursor = camel("next_cursor") if spec.api.field_case == "camel" else "next_cursor"
    roles = {role: role_member(spec, role) for role in stages.roles()}
    return {
        "told": {one.name: one.wire for one in record.properties},
        "own_key": "viewer.id" if number else "str(viewer.id)",
        "lookers": [name for role, name in roles.items() if role in listed.roles],
        "others": [name for role, name in roles.items() if role not in listed.roles],
        "second_page": {"cursor": f"first[{quoted(cursor)}]", "offset": "2", "page": "2"}[
            spec.api.pagination.style
        ],
    }


def _answered(spec: Spec) -> str:
    """Return how a test gets from an answer to the person in it."""
    if spec.auth is None or spec.api is None or not spec.api.envelope:
        return ""
    name = snake(spec.auth.entity)
    return f"[{quoted(camel(name) if spec.api.field_case == 'camel' else name)}]"


def _open(spec: Spec, name: str) -> bool:
    signup = spec.auth is not None and name == spec.auth.signup_role
    return signup or any(role.name == name and role.signup for role in spec.roles)


def _administrator(spec: Spec) -> str:
    return next((role.name for role in spec.roles if role.administrator), "admin")


def _registration(spec: Spec, properties: tuple[Property, ...]) -> list[tuple[str, str]]:
    found = []
    for prop in properties:
        if prop.name == "email":
            found.append((prop.wire, quoted("newcomer@example.com")))
        elif prop.secret:
            found.append((prop.wire, "PASSWORD"))
        elif prop.required and prop.type.kind != "reference":
            found.append((prop.wire, json_value(parsed(prop.type, sample_value(spec, prop)))))
    return found


def _wire(properties: tuple[Property, ...], name: str) -> str:
    return next((prop.wire for prop in properties if prop.name == name), name)
