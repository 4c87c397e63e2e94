"""Rows that a role reads in an emergency only, and how tests arrange them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qlf.agents.tests.cases import Subject, compose, role_member
from qlf.agents.tests.reading import row_script

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qlf.agents.tests.stage import Stages
    from qlf.model.spec import Entity, Spec


@dataclass(frozen=True)
class Hidden:
    """A row of others: how it is made, its path, and whether the role may change some rows of its kind."""

    name: str
    role: str
    arrange: tuple[str, ...]
    path: str
    written: bool


def hidden_rows(spec: Spec, stages: Stages) -> tuple[Hidden, ...]:
    """Return a row for each entity of which roles in an emergency may otherwise read some rows only."""
    emergency = spec.safeguards.emergency
    if emergency is None:
        return ()
    return tuple(
        hidden
        for entity in spec.entities
        for role in emergency.roles
        for hidden in _of(Subject(spec, stages, entity), entity, role)
    )


def _of(subject: Subject, entity: Entity, role: str) -> Iterator[Hidden]:
    route = subject.route("read")
    if route is None or role not in subject.stages.callers(route):
        return
    scene = subject.stages.on_row(entity, "read", role, allowed=False)
    if scene is None:
        return
    script = row_script(subject, scene)
    path = script.path(route, scene.row)
    update = subject.route("update")
    yield Hidden(
        name=f"{role}_reads_other_{entity.plural}_in_an_emergency",
        role=role_member(subject.spec, role),
        arrange=compose(script, name="", asserts=(path, "as_user(viewer)")).arrange,
        path=path,
        written=update is not None and subject.stages.may(update, role),
    )
