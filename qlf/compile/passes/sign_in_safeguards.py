"""What safeguards add to the contract: the second factor, and access in an emergency."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from qlf.compile.passes.auth_routes import PASSWORD_LENGTH, member, route, secret
from qlf.compile.spelling import segment
from qlf.model.spec import SIGNED_IN, Property, Shape
from qlf.model.types import Type
from qlf.model.value import default

if TYPE_CHECKING:
    from qlf.compile.draft import Draft
    from qlf.model.spec import Emergency, Route

_TEXT, _TEXTS, _MOMENT = Type(kind="text"), Type(kind="text", many=True), Type(kind="datetime")
_UUID = Type(kind="uuid")
_CODE = (6, 64)  # a code has 6 digits (RFC 6238, section 5.3), a recovery code is longer
_REASON = (10, 500)
_BECAUSE = default("what the safeguards take")


def sign_in_safeguards(draft: Draft) -> Draft:
    """Add the routes and bodies that the safeguards take, if there are any."""
    if draft.auth is None:
        return draft
    if draft.auth.second_factor:
        draft = _second_factor(draft)
    if draft.safeguards.emergency:
        draft = _emergency(draft, draft.safeguards.emergency)
    return draft


def _second_factor(draft: Draft) -> Draft:
    login = next(one for one in draft.routes if one.kind == "login")
    tokens = next(one for one in draft.shapes if one.name == login.result)
    code = secret(draft, "code", minimum=_CODE[0], maximum=_CODE[1])
    if_set_up = {
        "required": False,
        "nullable": True,
        "description": "A code of the second factor, or a recovery code; needed once one is set up.",
    }
    optional = code.model_copy(update=if_set_up)
    current = secret(draft, "current_password", minimum=1, maximum=PASSWORD_LENGTH)
    start = _shape(draft, "SecondFactorStart", current, optional)
    shared = _shape(
        draft,
        "SecondFactorSecret",
        secret(draft, "secret", description="In base 32, to be typed in."),
        secret(draft, "uri", description="To be shown as a QR code."),
    )
    confirmation = _shape(draft, "SecondFactorConfirmation", code)
    once = "Each signs in once in place of a code. They are shown this one time."
    codes = secret(draft, "recovery_codes", description=once).model_copy(update={"type": _TEXTS})
    confirmed = _shape(draft, "SecondFactorTokens", codes, *tokens.properties)
    shapes = (
        *(_with(one, optional) if one.name == login.body else one for one in draft.shapes),
        *(start, shared, confirmation, confirmed),
    )
    routes = _setting_up(draft, start, shared, confirmation, confirmed)
    last = max(number for number, one in enumerate(draft.routes) if one.kind == "password") + 1
    return replace(draft, shapes=shapes, routes=(*draft.routes[:last], *routes, *draft.routes[last:]))


def _setting_up(
    draft: Draft, start: Shape, shared: Shape, confirmation: Shape, confirmed: Shape
) -> tuple[Route, Route]:
    path = f"/auth/{segment(draft, 'second_factor')}"
    return (
        route(
            draft,
            "second_factor",
            path,
            id="start_second_factor",
            summary="Set up a second factor",
            description="Gives a secret for an authenticator (RFC 6238). It counts once it is confirmed.",
            roles=(SIGNED_IN,),
            body=start.name,
            result=shared.name,
            problems=(401, 422, 429),
        ),
        route(
            draft,
            "second_factor",
            f"{path}/confirm",
            id="confirm_second_factor",
            summary="Confirm the second factor",
            description="Takes its first code. Every session ends, and a new one begins.",
            roles=(SIGNED_IN,),
            body=confirmation.name,
            result=confirmed.name,
            problems=(401, 409, 422, 429),
        ),
    )


def _emergency(draft: Draft, emergency: Emergency) -> Draft:
    reason = member(draft, "reason", _TEXT, minimum=_REASON[0], maximum=_REASON[1])
    given = _shape(draft, "EmergencyReason", reason)
    times = tuple(member(draft, name, _MOMENT) for name in ("began_at", "ends_at"))
    began = _shape(draft, "EmergencyAccess", reason, *times)
    path = f"/{segment(draft, 'emergency_access')}"
    everybody = {role.name for role in draft.roles} <= set(emergency.roles)
    begin = route(
        draft,
        "emergency",
        path,
        id="begin_emergency",
        tag="emergency",
        summary="Get access in an emergency",
        description="Lets the caller read the rows of others until `ends_at`. The reason is kept.",
        roles=emergency.roles,
        body=given.name,
        result=began.name,
        success=201,
        problems=(401, 422) if everybody else (401, 403, 422),
        audited=draft.safeguards.audit is not None,
    )
    draft = replace(draft, shapes=(*draft.shapes, given, began), routes=(*draft.routes, begin))
    return _emergencies(draft, path, reason, *times) if draft.administrators else draft


def _emergencies(draft: Draft, path: str, *told: Property) -> Draft:
    """Add the list by which administrators look at each use of such access afterwards."""
    users = draft.entity(draft.viewer or "")
    who = member(draft, "user_id", users.field("id").type)
    one = _shape(draft, "EmergencyRecord", member(draft, "id", _UUID), who, *told)
    page = _shape(draft, "EmergencyPage").model_copy(update={"purpose": "page", "item": one.name})
    listed = route(
        draft,
        "emergencies",
        path,
        id="list_emergencies",
        method="GET",
        tag="emergency",
        summary="List who got access in an emergency",
        description="Tells why, from when on and until when, one page at a time, the latest first.",
        roles=draft.administrators,
        result=page.name,
        problems=(401, 403, 422),
        audited=draft.safeguards.audit is not None,
    )
    return replace(draft, shapes=(*draft.shapes, one, page), routes=(*draft.routes, listed))


def _shape(draft: Draft, name: str, *properties: Property) -> Shape:
    taken = {one.name for group in (draft.entities, draft.enums, draft.shapes) for one in group}
    while name in taken:
        name += "Body"
    return Shape(name=name, purpose="auth", properties=properties, origin=_BECAUSE)


def _with(shape: Shape, more: Property) -> Shape:
    return shape.model_copy(update={"properties": (*shape.properties, more)})
