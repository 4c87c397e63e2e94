"""All tests of one entity, in the order in which a reader would ask for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qlf.agents.tests import creating, doors, listing, moves, operations, reading, writing
from qlf.agents.tests.cases import Subject

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from qlf.agents.tests.cases import Case
    from qlf.agents.tests.stage import Stages
    from qlf.model.spec import Route, Spec

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


def subjects(spec: Spec, stages: Stages) -> list[Subject]:
    """Return the tests of each entity, and those of the operations that are on no row."""
    found = [_of_entity(Subject(spec, stages, entity)) for entity in spec.entities]
    known = spec.api.routes if spec.api else ()
    free = [one for one in known if one.kind == "operation" and one.entity is None]
    if free:
        found.append(_of_operations(Subject(spec, stages, spec.entities[0], free=True), free))
    return found


def _of_entity(subject: Subject) -> Subject:
    for kind, writer in WRITERS:
        for route in subject.routes(kind):
            subject.add(writer(subject, route))
    subject.add(doors.closed(subject, subject.entity.plural, subject.routes(*KINDS)))
    return subject


def _of_operations(subject: Subject, routes: list[Route]) -> Subject:
    for route in routes:
        subject.add(doors.malformed(subject, route))
        subject.add(operations.done(subject, route))
    subject.add(doors.closed(subject, "operations", routes))
    return subject
