"""Tests of creating rows: who may, and which rules a new row keeps."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from qlf.agents.tests.cases import COMPARABLE, Case, Subject, compose, who
from qlf.agents.tests.names import identifier, quoted
from qlf.agents.tests.script import Script
from qlf.agents.tests.solve import Wish, arrange
from qlf.agents.tests.stage import BOOL
from qlf.agents.tests.world import Row
from qlf.model.expression import Binary, Literal, Member, Name
from qlf.model.types import Type

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from qlf.agents.tests.stage import Scene
    from qlf.model.spec import Check, Route

GONE = 404


def created(subject: Subject, route: Route) -> Iterator[Case]:
    """Yield who may create rows, and who may not create these."""
    for role in subject.stages.callers(route):
        scene = subject.stages.on_body(route, role)
        if scene:
            yield _created(subject, route, scene)
        case = _foreign(subject, route, role)
        if case:
            yield case


def _foreign(subject: Subject, route: Route, role: str) -> Case | None:
    """Return that a row for someone else is refused: 403, or 422 where it refers to what is out of sight."""
    name = f"{who(role)}_cannot_create_{subject.noun}_for_others"
    scene = subject.stages.on_body(route, role, allowed=False)
    if scene:
        return _refused(subject, route, scene, name, 403)
    scene = subject.stages.on_body(route, role, allowed=False, seeing=False)
    if scene is None:
        return None
    unseen = subject.stages.unseen(scene, route)
    if not unseen:
        return _refused(subject, route, scene, name, 403)
    blamed = quoted(subject.pointer(unseen[0].wire))
    return _refused(subject, route, scene, name, 422, f"assert pointers(response) == {{{blamed}}}")


def posted(subject: Subject, route: Route, script: Script, row: Row) -> str:
    """Return the call that makes the body of a request."""
    members = script.members(row, subject.stages.properties(route))
    given = [f"{wire}={text}" for wire, text in members if wire.isidentifier() and wire == identifier(wire)]
    return f"{subject.noun}_body({', '.join(given)})"


def body_script(subject: Subject, route: Route, scene: Scene, extra: Iterable[Row] = ()) -> Script:
    """Return the arrangement before a row is created."""
    script = Script(subject.spec, scene.world)
    row = scene.row
    carried = {prop.of for prop in subject.stages.properties(route)}
    roots = [row.peek(one) for one in row.fields if one.name in carried and one.type.kind == "reference"]
    related = [one for rows in row.links.values() for one in rows]
    script.arrange([*(one for one in roots if isinstance(one, Row)), *related, *extra])
    return script


def _created(subject: Subject, route: Route, scene: Scene) -> Case:
    script = body_script(subject, route, scene)
    path = script.path(route)
    asserts = [f"assert response.status_code == {route.success}", *_echo(subject, route)]
    owner = subject.entity.owner
    alone = all(row is scene.row or row.entity is not subject.entity for row in scene.world.rows)
    if owner and alone and scene.world.viewer:
        asserts.append(
            f"assert session.scalars(select({subject.entity.name})).one().{identifier(owner)}_id == viewer.id"
        )
    return compose(
        script,
        name=f"{who(scene.role)}_creates_{subject.noun}",
        body=posted(subject, route, script, scene.row),
        requests=(subject.call(route, path, subject.sent("body"), *subject.headers(scene, script)),),
        asserts=tuple(asserts),
    )


def _echo(subject: Subject, route: Route) -> list[str]:
    sent, answered = subject.stages.properties(route), subject.stages.answered(route)
    known = {prop.wire for prop in answered if prop.type.kind in COMPARABLE}
    if not answered:
        return []
    if all(prop.wire in known and not prop.secret for prop in sent):
        return [f"assert {subject.answer()}.items() >= body.items()"]
    return []


def _refused(subject: Subject, route: Route, scene: Scene, name: str, status: int, *more: str) -> Case:
    script = body_script(subject, route, scene)
    return compose(
        script,
        name=name,
        body=posted(subject, route, script, scene.row),
        requests=(
            subject.call(route, script.path(route), subject.sent("body"), *subject.headers(scene, script)),
        ),
        asserts=(f"assert response.status_code == {status}", *more),
    )


def first_body(
    subject: Subject,
    route: Route,
    wishes: Callable[[Row], list[Wish]] = lambda _: [],
    *,
    seeing: bool = True,
) -> Scene | None:
    """Return the first scene in which someone may create a row; `seeing` as in `Stages.on_body`."""
    for role in subject.stages.callers(route):
        scene = subject.stages.on_body(route, role, wishes=wishes, seeing=seeing)
        if scene:
            return scene
    return None


def checked(subject: Subject, route: Route) -> Iterator[Case]:
    """Yield for each check that a new row that breaks it is refused."""
    for check in subject.entity.checks:
        scene = first_body(subject, route, partial(breach, check))
        if scene:
            blamed = _blamed(subject, route, check)
            yield _refused(
                subject,
                route,
                scene,
                f"new_{subject.noun}_must_keep_{check.name}",
                422,
                *([f"assert pointers(response) == {{{quoted(blamed)}}}"] if blamed else []),
            )


def breach(check: Check, row: Row) -> list[Wish]:
    """Return the wish that a row breaks a check."""
    return [Wish(check.condition, row.names(), want=False, null=True)]


def _blamed(subject: Subject, route: Route, check: Check) -> str | None:
    wires = {prop.of: prop.wire for prop in subject.stages.properties(route)}
    return next((subject.pointer(wires[name]) for name in check.fields[:1] if name in wires), None)


def unique(subject: Subject, route: Route) -> Iterator[Case]:
    """Yield for each unique constraint that a second row with the same values is refused."""
    singles = [(one.name,) for one in subject.entity.fields if one.unique and one.name not in {"id", "slug"}]
    for group in dict.fromkeys([*singles, *subject.entity.unique]):
        case = _unique(subject, route, group)
        if case:
            yield case


def _required(subject: Subject, group: tuple[str, ...]) -> bool:
    return all(subject.entity.field(name).required for name in group)


def _given(subject: Subject, group: tuple[str, ...], row: Row) -> list[Wish]:
    """Return the wishes that a row has something in each of these fields."""
    wishes = []
    for name in group:
        kind = subject.entity.field(name).type
        of = Name(name="this", type=Type(kind="reference", entity=subject.entity.name))
        nothing = Literal(value=None, type=None)
        there = Binary(operator="!=", left=Member(of=of, name=name, type=kind), right=nothing, type=BOOL)
        wishes.append(Wish(there, row.names()))
    return wishes


def _unique(subject: Subject, route: Route, group: tuple[str, ...]) -> Case | None:
    scene = first_body(subject, route) if _required(subject, group) else None
    scene = scene or first_body(subject, route, partial(_given, subject, group))
    carried = {prop.of for prop in subject.stages.properties(route)} | {subject.entity.owner}
    if scene is None or not carried.issuperset(group):
        return None
    values = {name: scene.row[name] for name in group}
    if any(value is None for value in values.values()):
        return None
    scene.row.explicit.update(name for name, value in values.items() if not isinstance(value, Row))
    shared = {
        one.name: scene.row.peek(one)
        for one in subject.entity.fields
        if one.type.kind == "reference" and not one.unique and scene.row.peek(one) is not None
    }
    other = scene.world.add(subject.entity, shared | values)
    other.pinned.update(values)
    condition = subject.stages.condition(subject.entity, route.action or "create", scene.role)
    wishes = [] if condition is None or isinstance(condition, bool) else [Wish(condition, scene.row.names())]
    if not arrange(scene.world, lambda: wishes):
        return None
    script = body_script(subject, route, scene, [other])
    return compose(
        script,
        name=f"{'_and_'.join(group)}_of_{subject.noun}_must_be_unique",
        body=posted(subject, route, script, scene.row),
        requests=(
            subject.call(route, script.path(route), subject.sent("body"), *subject.headers(scene, script)),
        ),
        asserts=("assert response.status_code == 409",),
    )
