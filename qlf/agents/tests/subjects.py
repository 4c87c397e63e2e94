"""All tests of one entity, in the order in which a reader would ask for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qlf.agents.tests import creating, doors, listing, moves, operations, reading, writing
from qlf.agents.tests.cases import Subject
from qlf.agents.tests.merging import merged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from qlf.agents.tests.cases import Case
    from qlf.agents.tests.stage import Stages
    from qlf.model.spec import Entity, Route, Spec

WRITERS: tuple[tuple[str, Callable[[Subject, Route], Iterator[Case]]], ...] = (
    ("create", creating.created),
    ("create", doors.malformed),
    ("create", creating.checked),
    ("create", creating.unique),
    ("read", reading.read),
    ("list", listing.listed),
    ("read", moves.derived),
    ("update", writing.updated),
    ("update", doors.malformed),
    ("update", writing.checked),
    ("delete", writing.deleted),
    ("transition", moves.moved),
    ("add", moves.related),
    ("remove", moves.related),
    ("operation", doors.malformed),
    ("operation", operations.done),
)


KINDS = ("create", "read", "list", "update", "delete", "transition", "add", "remove", "operation")


def entity_cases(spec: Spec, stages: Stages, entity: Entity) -> list[Case]:
    """Return the tests of an entity's routes."""
    subject = Subject(spec, stages, entity)
    for kind, writer in WRITERS:
        for route in subject.routes(kind):
            for case in writer(subject, route):
                subject.add(case)
    for case in doors.closed(subject, entity.plural, subject.routes(*KINDS)):
        subject.add(case)
    return merged(spec, stages.roles(), subject.cases)


def operation_cases(spec: Spec, stages: Stages) -> list[Case]:
    """Return the tests of the operations that are on no row."""
    routes = (
        [one for one in spec.api.routes if one.kind == "operation" and one.entity is None] if spec.api else []
    )
    if not routes:
        return []
    subject = Subject(spec, stages, spec.entities[0])
    for route in routes:
        for writer in (doors.malformed, operations.done):
            for case in writer(subject, route):
                subject.add(case)
    for case in doors.closed(subject, "operations", routes):
        subject.add(case)
    return merged(spec, stages.roles(), subject.cases)
