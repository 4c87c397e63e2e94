"""What safeguards add to the contract: routes and bodies of the second factor and of access in an emergency.

They depend on settings that overlays may have the last word on, so that this comes after every pass.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qlf.compile.spelling import cased
from qlf.model.spec import SIGNED_IN, Property, Route, Shape
from qlf.model.types import Type
from qlf.model.value import default

if TYPE_CHECKING:
    from qlf.model.spec import Api, Auth, Emergency, Spec

_TEXT, _MOMENT = Type(kind="text"), Type(kind="datetime")
_CODE_LENGTH = 64
_REASON = (10, 500)
_BECAUSE = default("what the safeguards take")


def safeguarded(spec: Spec) -> Spec:
    """Return the spec with everything in its contract that follows from its safeguards; once is enough."""
    api, auth = spec.api, spec.auth
    if api is None or auth is None:
        return spec
    api = api.model_copy(update={"shapes": tuple(_with_minimum(shape, auth) for shape in api.shapes)})
    if auth.second_factor and not any(route.kind == "second_factor" for route in api.routes):
        api = _second_factor(spec, api)
    emergency = spec.safeguards.emergency
    if emergency and not any(route.kind == "emergency" for route in api.routes):
        api = _emergency(spec, api, emergency)
    return spec.model_copy(update={"api": api})


def _with_minimum(shape: Shape, auth: Auth) -> Shape:
    """Return the shape with the least length that a new password must have."""
    if shape.purpose != "auth":
        return shape
    properties = tuple(
        one.model_copy(update={"minimum": auth.password_minimum})
        if one.secret and (one.name == "new_password" or (one.name == "password" and one.minimum != 1))
        else one
        for one in shape.properties
    )
    return shape.model_copy(update={"properties": properties})


def _second_factor(spec: Spec, api: Api) -> Api:
    login = next(route for route in api.routes if route.kind == "login")
    shapes = {shape.name: shape for shape in api.shapes}
    tokens = shapes[login.result or ""]
    code = _member(api, "code", secret=True, minimum=6, maximum=_CODE_LENGTH)
    optional = code.model_copy(
        update={
            "required": False,
            "nullable": True,
            "description": "Of the second factor, or a recovery code; needed once one is set up.",
        }
    )
    taken = _Names(spec)
    start = taken.shape(
        "SecondFactorStart",
        _member(api, "current_password", secret=True, minimum=1, maximum=128),
        optional,
    )
    secret = taken.shape(
        "SecondFactorSecret",
        _member(api, "secret", secret=True, description="In base 32, to be typed in."),
        _member(api, "uri", secret=True, description="To be shown as a QR code."),
    )
    confirmation = taken.shape("SecondFactorConfirmation", code)
    codes = _member(
        api,
        "recovery_codes",
        type=Type(kind="text", many=True),
        secret=True,
        description="Each signs in once in place of a code. They are shown this one time.",
    )
    confirmed = taken.shape("SecondFactorTokens", codes, *tokens.properties)
    path = f"{login.path.rpartition('/')[0]}/{cased('second_factor', api.path_case)}"
    common = {"kind": "second_factor", "tag": login.tag, "roles": (SIGNED_IN,)}
    routes = (
        _route(
            "start_second_factor",
            path,
            summary="Set up a second factor",
            description="Gives a secret for an authenticator (RFC 6238). It counts once it is confirmed.",
            body=start.name,
            result=secret.name,
            problems=(401, 422, 429),
            **common,
        ),
        _route(
            "confirm_second_factor",
            f"{path}/confirm",
            summary="Confirm the second factor",
            description="Takes the first code. All sessions end, and a new one begins.",
            body=confirmation.name,
            result=confirmed.name,
            problems=(401, 409, 422, 429),
            **common,
        ),
    )
    given = shapes[login.body or ""]
    changed = given.model_copy(update={"properties": (*given.properties, optional)})
    return api.model_copy(
        update={
            "shapes": (
                *(changed if shape is given else shape for shape in api.shapes),
                *(start, secret, confirmation, confirmed),
            ),
            "routes": _after_signing_in(api.routes, routes),
        }
    )


def _after_signing_in(routes: tuple[Route, ...], more: tuple[Route, ...]) -> tuple[Route, ...]:
    last = max(number for number, route in enumerate(routes) if route.kind == "password")
    return (*routes[: last + 1], *more, *routes[last + 1 :])


def _emergency(spec: Spec, api: Api, emergency: Emergency) -> Api:
    taken = _Names(spec)
    least, most = _REASON
    reason = _member(api, "reason", minimum=least, maximum=most)
    given = taken.shape("EmergencyReason", reason)
    began = taken.shape(
        "EmergencyAccess",
        reason,
        _member(api, "began_at", type=_MOMENT),
        _member(api, "ends_at", type=_MOMENT),
    )
    everybody = {role.name for role in spec.roles} <= set(emergency.roles)
    route = _route(
        "begin_emergency",
        f"{api.base_path.rstrip('/')}/{cased('emergency_access', api.path_case)}",
        kind="emergency",
        summary="Get access in an emergency",
        description=(
            "Lets the caller read every row that they may otherwise read some of, until `ends_at`. "
            "The reason is kept."
        ),
        tag="emergency",
        roles=emergency.roles,
        body=given.name,
        result=began.name,
        success=201,
        problems=(401, 422) if everybody else (401, 403, 422),
        audited=True,
    )
    return api.model_copy(update={"shapes": (*api.shapes, given, began), "routes": (*api.routes, route)})


class _Names:
    """Makes shapes whose names are free."""

    def __init__(self, spec: Spec) -> None:
        shapes = spec.api.shapes if spec.api else ()
        self._taken = {one.name for group in (spec.entities, spec.enums, shapes) for one in group}

    def shape(self, name: str, *properties: Property) -> Shape:
        while name in self._taken:
            name += "Body"
        return Shape(name=name, purpose="auth", properties=properties, origin=_BECAUSE)


def _member(api: Api, name: str, **rest: Any) -> Property:  # noqa: ANN401 - members of Property
    given = {"type": _TEXT, "required": True, "nullable": False, "source": "input", "of": name, "name": name}
    return Property.model_validate({**given, "wire": cased(name, api.field_case), "origin": _BECAUSE, **rest})


def _route(name: str, path: str, **rest: Any) -> Route:  # noqa: ANN401 - members of Route
    return Route.model_validate({"id": name, "path": path, "method": "POST", "origin": _BECAUSE, **rest})
