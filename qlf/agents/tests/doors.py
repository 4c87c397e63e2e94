"""Tests of what is refused before any row is looked at: callers without the right, and malformed bodies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qlf.agents.tests.cases import MISSING, Case, Request, Subject, parametrize, role_member
from qlf.agents.tests.names import json_value, quoted, snake
from qlf.model.spec import ANYONE
from qlf.samples import invalid, parsed, sample_value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qlf.model.spec import Property, Route

UNSAFE_EXACT = frozenset({"decimal", "money"})


def closed(subject: Subject, plural: str, routes: list[Route]) -> Iterator[Case]:
    """Yield which roles may not call which routes at all, and that strangers may not."""
    roles = subject.stages.roles()
    strangers = [_door(subject, route) for route in routes if ANYONE not in route.roles]
    if subject.spec.auth and strangers:
        yield Case(
            name=f"{plural}_are_closed_to_strangers",
            requests=(Request("request", ("method", "path")),),
            asserts=("assert response.status_code == 401",),
            parameters=("method: str", "path: str"),
            decorators=(parametrize(("method", "path"), strangers),),
        )
    refused = [
        f"({role_member(subject.spec, role)}, {_door(subject, route).strip('()')})"
        for route in routes
        for role in roles
        if not subject.stages.may(route, role) and ANYONE not in route.roles
    ]
    if refused:
        kind = role_member(subject.spec, "").partition(".")[0]
        user = snake(subject.spec.auth.entity) if subject.spec.auth else "user"
        yield Case(
            name=f"{plural}_are_closed_to_roles_without_access",
            arrange=(f"viewer = make_{user}(session, role=role)",),
            requests=(Request("request", ("method", "path", "headers=as_user(viewer)")),),
            asserts=("assert response.status_code == 403",),
            parameters=(f"role: {kind}", "method: str", "path: str"),
            decorators=(parametrize(("role", "method", "path"), refused),),
        )


def _door(subject: Subject, route: Route) -> str:
    return f"({quoted(route.method)}, {quoted(nowhere(subject, route))})"


def nowhere(subject: Subject, route: Route) -> str:
    """Return the route's path to a row that is not there."""
    missing = MISSING[subject.entity.key.kind].strip('"')
    steps = [missing if step.startswith("{") else step for step in route.path.split("/")]
    return "/".join(steps)


def malformed(subject: Subject, route: Route) -> Iterator[Case]:
    """Yield that each rule of each member of a body is kept."""
    role = next(iter(subject.stages.callers(route)), None)
    properties = subject.stages.properties(route)
    if role is None or not properties:
        return
    what = {"create": f"new_{subject.noun}", "update": f"change_of_{subject.noun}"}.get(
        route.kind, f"input_of_{route.action}"
    )
    good = _good(subject, route)
    wrong = [text for prop in properties for text in _wrong(subject, route, prop)]
    if wrong:
        yield Case(
            name=f"members_of_{what}_must_be_valid",
            kind="refused_value",
            arrange=_viewer(subject, role),
            body=good,
            requests=(_send(subject, route, role, "body"),),
            expected=_pointer(subject, "{member}"),
            parameters=("member: str", "value: Any"),
            decorators=(parametrize(("member", "value"), wrong),),
        )
    required = [prop.wire for prop in properties if prop.required]
    if required and route.kind != "update":
        yield Case(
            name=f"members_of_{what}_are_required",
            arrange=_viewer(subject, role),
            body=good,
            before=("del body[member]",),
            requests=(_send(subject, route, role, "body"),),
            asserts=(
                "assert response.status_code == 422",
                f"assert pointers(response) == {_pointer(subject, '{member}')}",
            ),
            parameters=("member: str",),
            decorators=(parametrize("member", [quoted(wire) for wire in required]),),
        )
    if route.kind == "update":
        yield from _unchangeable(subject, route, role)


def _unchangeable(subject: Subject, route: Route, role: str) -> Iterator[Case]:
    creating = subject.route("create")
    carried = {prop.wire for prop in subject.stages.properties(route)}
    known = subject.stages.properties(creating) if creating else ()
    fixed = [quoted(prop.wire) for prop in known if prop.wire not in carried]
    if fixed:
        yield Case(
            name=f"immutable_members_of_{subject.noun}_cannot_be_changed",
            arrange=_viewer(subject, role),
            requests=(_send(subject, route, role, "{member: None}"),),
            asserts=(
                "assert response.status_code == 422",
                f"assert pointers(response) == {_pointer(subject, '{member}')}",
            ),
            parameters=("member: str",),
            decorators=(parametrize("member", fixed),),
        )


def _viewer(subject: Subject, role: str) -> tuple[str, ...]:
    if role == ANYONE or subject.spec.auth is None:
        return ()
    user = snake(subject.spec.auth.entity)
    return (f"viewer = make_{user}(session, role={role_member(subject.spec, role)})",)


def _send(subject: Subject, route: Route, role: str, body: str) -> Request:
    headers = ["as_user(viewer)"] if role != ANYONE and subject.spec.auth else []
    if route.conditional and subject.versioned:
        headers.append('{"If-Match": \'"1"\'}')
    rest = (f"headers={' | '.join(headers)}",) if headers else ()
    entity = None if route.kind in {"create", "update"} else False
    sent = f"json={body}" if entity is False else subject.sent(body)
    return subject.call(route, quoted(nowhere(subject, route)), sent, *rest)


def _pointer(subject: Subject, wire: str) -> str:
    return f'{{f"{subject.pointer(wire)}"}}'


def _good(subject: Subject, route: Route) -> str:
    """Return a body that is well-formed, whatever it refers to."""
    if route.kind == "update":
        return "{}"
    properties = [prop for prop in subject.stages.properties(route) if prop.required]
    references = [(prop, _nobody(subject, prop)) for prop in properties if prop.type.kind == "reference"]
    if route.kind == "create":
        return f"{subject.noun}_body({', '.join(f'{prop.wire}={text}' for prop, text in references)})"
    known = {prop.wire: text for prop, text in references}
    parts = []
    for prop in properties:
        text = known.get(prop.wire) or json_value(parsed(prop.type, sample_value(subject.spec, prop)))
        parts.append(f"{quoted(prop.wire)}: {text}")
    return f"{{{', '.join(parts)}}}"


def _nobody(subject: Subject, prop: Property) -> str:
    kind = subject.spec.entity(str(prop.type.entity)).key.kind
    text = {"uuid": "str(uuid4())", "int": "1", "slug": quoted("missing")}[kind]
    return f"[{text}]" if prop.type.many else text


def _wrong(subject: Subject, route: Route, prop: Property) -> Iterator[str]:
    if prop.secret:
        return
    if prop.type.kind == "reference":
        bad = quoted("no key") if not prop.type.many else quoted("no list")
        if subject.spec.entity(str(prop.type.entity)).key.kind != "slug" or prop.type.many:
            yield _value(prop, bad, "no key" if not prop.type.many else "no list")
        return
    for value, reason in invalid(subject.spec, subject.entity, prop):
        if value is None and (prop.nullable or (route.kind != "update" and not prop.required)):
            continue
        yield _value(prop, json_value(value), reason)
    if route.kind == "update" and not prop.nullable and not prop.required:
        yield _value(prop, "None", "null")


def _value(prop: Property, text: str, reason: str) -> str:
    return f"pytest.param({quoted(prop.wire)}, {text}, id={quoted(f'{prop.wire} {reason}')})"
