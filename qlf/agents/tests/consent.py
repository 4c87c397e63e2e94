"""What the check of consent goes through: how a person agrees to something and takes it back (GDPR 7)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qlf.agents.tests.cases import role_member
from qlf.agents.tests.names import identifier, snake
from qlf.agents.tests.probing import rows_member
from qlf.model.spec import SIGNED_IN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from qlf.model.spec import Entity, Route, Spec, StateMachine, Transition

ENTITY, ACTION = "Consent", "withdraw"
_PARAMETER = re.compile(r"\{\w+\}")


@dataclass(frozen=True, slots=True)
class Consent:
    """Names and paths; `shown` are members of answers that stay, `person` refers to whoever agrees.

    `role` is what somebody must be for that, "" if everybody may.
    """

    name: str
    factory: str
    body: str
    person: str
    role: str
    column: str
    path: str
    withdraw: str
    rows: str
    status: str
    given: str
    withdrawn: str
    shown: tuple[str, ...]


def consent(spec: Spec) -> Consent | None:
    """Return how people agree and take it back; None where no entity is about that."""
    entity = next((one for one in spec.entities if one.name == ENTITY), None)
    if entity is None or spec.api is None or not entity.subject or "." in entity.subject:
        return None
    move = next((each for each in _transitions(entity) if each[1].name == ACTION), None)
    routes = {route.action: route for route in spec.api.routes if route.entity == ENTITY}
    if move is None or not {"create", ACTION} <= routes.keys():
        return None
    return _named(entity, move, routes, spec)


def _role(spec: Spec, routes: Mapping[str, Route]) -> str:
    common = set(routes["create"].roles) & set(routes[ACTION].roles)
    return "" if SIGNED_IN in common or not common else role_member(spec, min(common))


def _transitions(entity: Entity) -> Iterator[tuple[StateMachine, Transition]]:
    return ((machine, move) for machine in entity.states for move in machine.transitions)


def _named(
    entity: Entity, move: tuple[StateMachine, Transition], routes: Mapping[str, Route], spec: Spec
) -> Consent:
    machine, back = move
    noun = identifier(snake(entity.name))
    shape = next(one for one in spec.api.shapes if one.name == routes["create"].result) if spec.api else None
    wires = {one.of: one.wire for one in shape.properties} if shape else {}
    state = entity.field(machine.field)
    kept = (field.name for field in entity.fields if field.immutable and field.name in wires)
    return Consent(
        name=noun,
        factory=f"make_{snake(entity.name)}",
        body=f"{snake(entity.name)}_body",
        person=identifier(str(entity.subject)),
        role=_role(spec, routes),
        column=identifier(state.column),
        path=routes["create"].path,
        withdraw=_PARAMETER.sub("{key}", routes[ACTION].path),
        rows=rows_member(spec, entity),
        status=wires[state.name],
        given=machine.initial,
        withdrawn=back.target,
        shown=tuple(wires[name] for name in kept),
    )
