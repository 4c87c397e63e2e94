"""What the checks of controls go through: every route, rows of others, filters that take text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qlf.agents.tests.cases import MISSING, role_member
from qlf.agents.tests.names import camel, snake
from qlf.model.expression import Aggregate, Binary, Name
from qlf.model.spec import ANYONE
from qlf.model.types import TEXTUAL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qlf.agents.tests.stage import Stages
    from qlf.model.expression import Expression
    from qlf.model.spec import Entity, Route, Spec

_OWN_PATHS = frozenset({"read", "update", "delete", "transition"})
_PARAMETER = re.compile(r"\{\w+\}")


@dataclass(frozen=True, slots=True)
class Door:
    """A route to a row that is not there: who may call it at all, and whether it takes a body."""

    method: str
    path: str
    template: str
    roles: tuple[str, ...]
    open: bool
    body: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A route to one row, made by a factory; `path` has `{row.KEY}` in it."""

    factory: str
    role: str
    method: str
    path: str
    body: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """An entity of which a role reads every row: the members of its answers, on the wire."""

    factory: str
    role: str
    path: str
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Search:
    """A filter of a list that takes text, and a role that may use it."""

    factory: str
    role: str
    path: str
    parameter: str
    rows: str


def doors(spec: Spec, stages: Stages) -> tuple[Door, ...]:
    """Return every route of the application."""
    found = []
    for route in spec.api.routes if spec.api else ():
        kind = spec.entity(route.entity).key.kind if route.entity else "uuid"
        roles = tuple(role_member(spec, role) for role in stages.roles() if stages.may(route, role))
        found.append(
            Door(
                method=route.method,
                path=_PARAMETER.sub(MISSING[kind].strip('"'), route.path),
                template=_PARAMETER.sub("{}", route.path),
                roles=roles,
                open=ANYONE in route.roles,
                body=route.body is not None,
            )
        )
    return tuple(found)


def others_rows(spec: Spec, stages: Stages) -> tuple[Row, ...]:
    """Return the routes on which a role reaches only rows that have to do with who calls."""
    found = []
    for route, entity in _on_rows(spec):
        for role in stages.roles():
            condition = stages.condition(entity, route.action, role)
            if stages.may(route, role) and _of_viewer(condition):
                found.append(
                    Row(
                        factory=f"make_{snake(entity.name)}",
                        role=role_member(spec, role),
                        method=route.method,
                        path=_PARAMETER.sub(f"{{row.{_key(entity)}}}", route.path),
                        body=route.body is not None,
                    )
                )
    return tuple(found)


def _on_rows(spec: Spec) -> Iterator[tuple[Route, Entity]]:
    for route in spec.api.routes if spec.api else ():
        if route.entity and route.kind in _OWN_PATHS and len(_PARAMETER.findall(route.path)) == 1:
            yield route, spec.entity(route.entity)


def _key(entity: Entity) -> str:
    return "slug" if entity.key.kind == "slug" else "id"


def _of_viewer(condition: Expression | bool | None) -> bool:
    """Tell whether a condition cannot hold for a viewer whom nothing leads to."""
    match condition:
        case Binary(operator="=="):
            return _is_viewer(condition.left) or _is_viewer(condition.right)
        case Binary(operator="&&"):
            return _of_viewer(condition.left) or _of_viewer(condition.right)
        case Binary(operator="||"):
            return _of_viewer(condition.left) and _of_viewer(condition.right)
        case Aggregate(function="exists"):
            return _of_viewer(condition.body)
    return False


def _is_viewer(expression: Expression) -> bool:
    return isinstance(expression, Name) and expression.name == "viewer"


def shown_rows(spec: Spec, stages: Stages) -> tuple[Shown, ...]:
    """Return the entities of which some role reads every row, each with the members of its answers."""
    shapes = {shape.name: shape for shape in spec.api.shapes} if spec.api else {}
    found = []
    for route, entity in _on_rows(spec):
        role = _reader(stages, route, entity)
        if route.kind == "read" and role and route.result:
            shape = shapes[route.result]
            found.append(
                Shown(
                    factory=f"make_{snake(entity.name)}",
                    role=role_member(spec, role),
                    path=_PARAMETER.sub(f"{{row.{_key(entity)}}}", route.path),
                    members=tuple(one.wire for one in shape.properties),
                )
            )
    return tuple(found)


def _reader(stages: Stages, route: Route, entity: Entity) -> str | None:
    roles = (role for role in stages.roles() if stages.may(route, role))
    return next((role for role in roles if stages.condition(entity, "read", role) is True), None)


def searches(spec: Spec, stages: Stages) -> Iterator[Search]:
    """Yield the filters that take text, of lists that some role sees whole."""
    for route in spec.api.routes if spec.api else ():
        if route.kind != "list" or not route.entity:
            continue
        entity = spec.entity(route.entity)
        role = _reader(stages, route, entity)
        for one in entity.listing.filters:
            if role and one.type.kind in TEXTUAL and one.type.kind != "email":
                yield Search(
                    factory=f"make_{snake(entity.name)}",
                    role=role_member(spec, role),
                    path=route.path,
                    parameter=one.wire,
                    rows=rows_member(spec, entity),
                )


def rows_member(spec: Spec, entity: Entity) -> str:
    """Return the member of a list that holds the rows."""
    if spec.api is None or not spec.api.envelope:
        return "items"
    return camel(entity.plural) if spec.api.field_case == "camel" else entity.plural


def lists(spec: Spec) -> tuple[str, ...]:
    """Return the paths of all lists."""
    return tuple(route.path for route in spec.api.routes if route.kind == "list") if spec.api else ()
