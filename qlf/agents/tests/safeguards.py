"""What the checks of controls try of data: encrypted fields, masks, the audit log."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from qlf.agents.tests import creating, listing, moves, operations, reading, writing
from qlf.agents.tests.cases import Case, compose
from qlf.agents.tests.names import identifier, json_value, python_value, quoted, snake
from qlf.model.spec import ANYONE
from qlf.model.types import TEXTUAL
from qlf.samples import parsed, sample_value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from qlf.agents.tests.cases import Subject
    from qlf.model.spec import Entity, Field, Mask, Property, Route, Spec

_KEY = re.compile(r"\{(\w+)\.(?:id|slug)\}")
_PARAMETER = re.compile(r"\{\w+\}")
_NOWHERE = "00000000-0000-0000-0000-000000000000"
_GONE = 404
_ACTING = ("create", "update", "transition", "add", "remove", "operation")
_WRITERS: dict[str, Callable[[Subject, Route], Iterator[Case]]] = {
    "create": creating.created,
    "read": reading.read,
    "list": listing.listed,
    "update": writing.updated,
    "delete": writing.deleted,
    "transition": moves.moved,
    "add": moves.related,
    "remove": moves.related,
    "operation": operations.done,
}


@dataclass(frozen=True)
class SealedField:
    """An encrypted field: the factory of its rows, how the model calls it, and a value that it can have."""

    factory: str
    model: str
    attribute: str
    column: str
    digest: str
    value: str
    text: bool
    kept: tuple[str, ...]


def sealed(spec: Spec) -> list[SealedField]:
    """Return the encrypted fields of an application, those first of which many rows may have one value."""
    found = [
        _sealed(spec, entity, field) for entity in spec.entities for field in entity.fields if field.encrypted
    ]
    return sorted(found, key=lambda one: bool(one.digest))


def _sealed(spec: Spec, entity: Entity, field: Field) -> SealedField:
    return SealedField(
        factory=f"make_{snake(entity.name)}",
        model=entity.name,
        attribute=identifier(field.name),
        column=identifier(field.stored),
        digest=identifier(field.compared) if field.unique else "",
        value=python_value(field.type, parsed(field.type, sample_value(spec, field))),
        text=field.type.kind in TEXTUAL,
        kept=tuple(one.name for one in entity.fields if one.name in {"version", "updated_at"}),
    )


@dataclass(frozen=True)
class Watched:
    """A call without a token."""

    method: str
    path: str
    id: str


# Masks


def masked(subjects: list[Subject]) -> list[Case]:
    """Return that answers show the ends of masked texts, to some roles all, and that none is taken back."""
    return [case for subject in subjects if not subject.free for case in _masked(subject)]


def _masked(subject: Subject) -> Iterator[Case]:
    for field in subject.entity.fields:
        for kind in ("read", "list"):
            route = subject.route(kind)
            if field.mask and route:
                yield from _shown(subject, route, field, field.mask)
        route = subject.route("update")
        prop = _sent(subject, route, field) if route else None
        if field.mask and route and prop:
            yield from _given_back(subject, route, field, prop, field.mask)
    for kind in _ACTING:
        for route in subject.routes(kind):
            yield from _answered(subject, route)


def _shown(subject: Subject, route: Route, field: Field, mask: Mask) -> Iterator[Case]:
    shape = subject.stages.shape(subject.entity, "item" if route.kind == "list" else "read")
    prop = next((one for one in shape.properties if one.of == field.name), None) if shape else None
    text = str(sample_value(subject.spec, field))
    seen: set[bool] = set()
    for role in subject.stages.callers(route) if prop else ():
        whole = role in mask.roles
        scene = subject.stages.on_row(subject.entity, "read", role, values={field.name: text})
        if prop is None or scene is None or whole in seen:
            continue
        seen.add(whole)
        member = f"[{quoted(prop.wire)}]"
        found = f"{subject.answer()}{member}"
        if route.kind == "list":
            found = f"response.json()[{quoted(subject.items)}][0]{member}"
        asserts = (
            "assert response.status_code == 200",
            f"assert {found} == {json_value(text if whole else mask.hide(text))}",
        )
        name = f"{role}_{'sees' if whole else 'does_not_see'}_all_of_{field.name}_in_{route.id}"
        script = reading.row_script(subject, scene)
        if route.kind == "list":
            yield compose(
                script,
                name=name,
                requests=(subject.call(route, script.path(route), *subject.headers(scene, script)),),
                asserts=asserts,
            )
        else:
            yield reading.on_row(subject, route, scene, script, name, asserts)


def _answered(subject: Subject, route: Route) -> Iterator[Case]:
    """Yield that what is done to a row, by an operation say, is answered with its masked texts masked."""
    shapes = subject.spec.api.shapes if subject.spec.api else ()
    shape = next((one for one in shapes if one.name == route.result), None)
    if shape is None or shape.entity != subject.entity.name:
        return
    masks = {one.wire: one.mask for one in shape.properties if one.mask and not one.mask.roles}
    answered = f"assert response.status_code == {route.success}"
    cases = (case for case in _WRITERS[route.kind](subject, route) if len(case.requests) == 1)
    case = next((one for one in cases if answered in one.asserts), None)
    if case and masks:
        shown = (
            f"assert is_hidden({subject.answer()}[{quoted(wire)}], first={mask.first}, last={mask.last})"
            for wire, mask in masks.items()
        )
        yield _looking(case, f"{case.name}_and_answers_it_masked", (answered, *shown))


def _sent(subject: Subject, route: Route, field: Field) -> Property | None:
    return next((one for one in subject.stages.properties(route) if one.of == field.name), None)


def _given_back(subject: Subject, route: Route, field: Field, prop: Property, mask: Mask) -> Iterator[Case]:
    text = str(sample_value(subject.spec, field))
    for role in subject.stages.callers(route):
        scene = subject.stages.on_row(subject.entity, "update", role, values={field.name: text})
        if scene is None:
            continue
        script = reading.row_script(subject, scene)
        row = script.name(scene.row)
        sent = subject.sent(f"{{{quoted(prop.wire)}: {json_value(mask.hide(text))}}}")
        asserts = (
            "assert response.status_code == 422",
            f"session.refresh({row})",
            f"assert {row}.{identifier(field.name)} == {json_value(text)}",
        )
        name = f"what_is_shown_of_{subject.noun}_{field.name}_is_not_stored"
        yield reading.on_row(subject, route, scene, script, name, asserts, sent=(sent,))
        return


# The audit log


def recorded(spec: Spec, subjects: list[Subject]) -> list[Case]:
    """Return that each audited route leaves an event, where it does its work and where it refuses to."""
    found: list[Case] = []
    for subject in subjects:
        for route in spec.api.routes if spec.api else ():
            own = route.entity is None if subject.free else route.entity == subject.entity.name
            if own and spec.audits(route) and route.kind in _WRITERS:
                found += _recorded(subject, route)
    return found


def watched(spec: Spec) -> list[Watched]:
    """Return the audited routes that need a token, with paths to rows that are not there."""
    return [
        Watched(route.method, _PARAMETER.sub(_NOWHERE, route.path), route.id)
        for route in (spec.api.routes if spec.api and spec.auth else ())
        if spec.audits(route) and ANYONE not in route.roles and route.kind in _WRITERS
    ]


def _recorded(subject: Subject, route: Route) -> Iterator[Case]:
    cases = [case for case in _WRITERS[route.kind](subject, route) if len(case.requests) == 1]
    for outcome in (route.success, _GONE):
        answered = f"assert response.status_code == {outcome}"
        case = next((one for one in cases if answered in one.asserts), None)
        if case:
            yield _with_event(subject, case, route, outcome, answered)


def _with_event(subject: Subject, case: Case, route: Route, outcome: int, answered: str) -> Case:
    """Return a case that looks for the event of its request instead of at what the request has done."""
    request = case.requests[0]
    actor = "str(viewer.id)" if any("as_user(viewer)" in one for one in request.arguments) else "None"
    expected = f"({quoted(route.id)}, {quoted(route.entity or '')}, {outcome}, {actor})"
    asserts = [
        answered,
        "event = last_event(session)",
        f"assert (event.action, event.entity, event.outcome, event.actor) == {expected}",
        'assert event.request_id == response.headers["X-Request-ID"]',
    ]
    if key := _KEY.search(request.arguments[0]):
        asserts.append(f"assert str({key[1]}.id) in event.rows.split()")
    if route.kind == "list" and subject.entity.key.kind != "slug":
        items = f"response.json()[{quoted(subject.items)}]"
        asserts.append(f'assert event.rows.split() == [str(row["id"]) for row in {items}]')
    return _looking(case, f"{case.name}_by_{route.id}", tuple(asserts))


def _looking(case: Case, name: str, asserts: tuple[str, ...]) -> Case:
    """Return a case of one request that looks at its answer, and not at what it has done."""
    request = case.requests[0]
    made = Case(
        name=name,
        kind=case.kind,
        body=case.body,
        before=tuple(line for line in case.before if "contents(" not in line),
        requests=(replace(request, answer=True),),
        asserts=asserts,
        parameters=case.parameters,
        decorators=case.decorators,
    )
    said = " ".join([made.body, *made.before, *request.arguments, *asserts])
    return replace(made, arrange=tuple(_unnamed(case.arrange, said)))


def _unnamed(lines: tuple[str, ...], said: str) -> Iterator[str]:
    """Yield lines that make rows, without the names of those that nothing asks for."""
    for place, line in enumerate(lines):
        name, assigned, value = line.partition(" = ")
        rest = " ".join([*lines[place + 1 :], said])
        unused = assigned and name.isidentifier() and not re.search(rf"\b{name}\b", rest)
        yield value if unused else line
