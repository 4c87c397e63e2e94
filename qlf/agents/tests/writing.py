"""Tests of changing and deleting rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qlf.agents.tests.cases import COMPARABLE, Case, Request, Subject, compose, who
from qlf.agents.tests.names import json_value, quoted
from qlf.agents.tests.reading import not_found, on_row, row_script
from qlf.agents.tests.script import Script
from qlf.agents.tests.solve import Wish, consistent, fulfil
from qlf.agents.tests.world import Row
from qlf.samples import enum_values, parsed, sample_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from qlf.agents.tests.stage import Scene
    from qlf.model.spec import Check, Field, Property, Route

GONE = 404


def change(subject: Subject, route: Route, scene: Scene) -> tuple[Property, Any] | None:
    """Return a member and a new value for it that leaves the row valid and still the viewer's."""
    condition = subject.stages.condition(subject.entity, "update", scene.role)
    for prop in subject.stages.properties(route):
        known = scene.row.field(prop.of)
        if known is None or known.type.kind == "reference" or known.name in scene.row.pinned:
            continue
        for value in _new_values(subject, known, scene.row):
            mark = scene.world.mark()
            done = scene.world.assign(scene.row, known.name, value)
            wishes = (
                []
                if condition is None or isinstance(condition, bool)
                else [Wish(condition, scene.row.names())]
            )
            good = done and all(one.granted() for one in wishes) and consistent(scene.world, [])
            scene.world.rollback(mark)
            if good:
                return prop, value
    return None


def _new_values(subject: Subject, known: Field, row: Row) -> Iterator[Any]:
    current = row.peek(known)
    values: list[Any]
    if known.type.kind == "bool":
        values = [not current]
    elif known.type.kind == "enum":
        values = list(enum_values(subject.spec, known.type))
    else:
        values = [parsed(known.type, sample_value(subject.spec, known, variant)) for variant in range(1, 5)]
    yield from (value for value in values if value != current)


def updated(subject: Subject, route: Route) -> Iterator[Case]:
    """Yield who may change which rows, and how stale and blind changes are refused."""
    first: Scene | None = None
    for role in subject.stages.callers(route):
        scene = subject.stages.on_row(subject.entity, "update", role)
        changed = change(subject, route, scene) if scene else None
        if scene and changed:
            yield _updated(subject, route, scene, changed)
            first = first or scene
        hidden = subject.stages.on_row(subject.entity, "update", role, allowed=False)
        altered = change(subject, route, scene) if scene else None
        if hidden and altered:
            yield _changed(
                subject,
                route,
                hidden,
                altered,
                f"{who(role)}_cannot_change_other_{subject.entity.plural}",
                not_found(),
            )
    if first:
        yield from _blind(subject, route, first)
        yield from _absent(subject, route, first.role)


def _changed(  # noqa: PLR0913, PLR0917
    subject: Subject,
    route: Route,
    scene: Scene,
    changed: tuple[Property, Any],
    name: str,
    asserts: Iterable[str],
    **more: Any,  # noqa: ANN401
) -> Case:
    prop, value = changed
    script = row_script(subject, scene)
    sent = subject.sent(f"{{{quoted(prop.wire)}: {json_value(value)}}}")
    return on_row(subject, route, scene, script, name, asserts, sent=(sent,), **more)


def _updated(subject: Subject, route: Route, scene: Scene, changed: tuple[Property, Any]) -> Case:
    prop, value = changed
    asserts = ["assert response.status_code == 200"]
    if prop.type.kind in COMPARABLE and any(one.wire == prop.wire for one in subject.stages.answered(route)):
        asserts.append(f"assert {subject.answer()}[{quoted(prop.wire)}] == {json_value(value)}")
    if subject.versioned:
        name = Script(subject.spec, scene.world).name(scene.row)
        asserts.append(f'assert response.headers["ETag"] != etag({name})')
    return _changed(subject, route, scene, changed, f"{who(scene.role)}_changes_{subject.noun}", asserts)


def _blind(subject: Subject, route: Route, scene: Scene) -> Iterator[Case]:
    changed = change(subject, route, scene)
    if not subject.versioned or not changed or not route.conditional:
        return
    for match, status, name in (
        (False, 428, f"changing_{subject.noun}_needs_if_match"),
        (quoted('"0"'), 412, f"stale_change_of_{subject.noun}_is_refused"),
    ):
        asserts = (f"assert response.status_code == {status}",)
        yield _changed(subject, route, scene, changed, name, asserts, match=match)


def _absent(subject: Subject, route: Route, role: str) -> Iterator[Case]:
    """Yield that null clears an optional member, and that an absent one stays."""
    read = _in_checks(subject)
    optional = [
        (prop, known)
        for prop in subject.stages.properties(route)
        for known in subject.entity.fields
        if prop.of == known.name
        and prop.nullable
        and known.type.kind in COMPARABLE - {"reference"}
        and known.name not in read
        and any(one.wire == prop.wire for one in subject.stages.answered(route))
    ]
    if not optional:
        return
    values = {known.name: parsed(known.type, sample_value(subject.spec, known)) for _, known in optional}
    scene = subject.stages.on_row(subject.entity, "update", role, values=values)
    if scene is None:
        return
    script = row_script(subject, scene)
    yield on_row(
        subject,
        route,
        scene,
        script,
        f"null_clears_optional_members_of_{subject.noun}",
        ("assert response.status_code == 200", f"assert {subject.answer()}[member] is None"),
        sent=(subject.sent("{member: None}"),),
        parameters=("member: str",),
        decorators=(
            f'@pytest.mark.parametrize("member", [{", ".join(quoted(prop.wire) for prop, _ in optional)}])',
        ),
    )
    changed = change(subject, route, scene)
    if changed:
        kept = ", ".join(f"{quoted(prop.wire)}: {json_value(values[known.name])}" for prop, known in optional)
        asserts = (
            "assert response.status_code == 200",
            f"assert {subject.answer()}.items() >= {{{kept}}}.items()",
        )
        name = f"members_that_a_change_of_{subject.noun}_leaves_out_stay"
        yield _changed(subject, route, scene, changed, name, asserts)


def checked(subject: Subject, route: Route) -> Iterator[Case]:
    """Yield for each check that a change that breaks it is refused, where no new row can break it."""
    for check in subject.entity.checks:
        if any(case.name == f"new_{subject.noun}_must_keep_{check.name}" for case in subject.cases):
            continue
        for role in subject.stages.callers(route):
            scene = subject.stages.on_row(subject.entity, "update", role)
            case = _breaking(subject, route, scene, check) if scene else None
            if case:
                yield case
                break


def _breaking(subject: Subject, route: Route, scene: Scene, check: Check) -> Case | None:
    """Return the test of a change after which a row breaks a check."""
    row, world = scene.row, scene.world
    before = {known.name: row.peek(known) for known in row.fields}
    carried = {prop.of: prop for prop in subject.stages.properties(route)}
    mark = world.mark()
    row.pinned.update(name for name in before if name not in carried)
    broken = fulfil(world, Wish(check.condition, row.names(), want=False, null=True))
    others = [Wish(one.condition, row.names(), null=True) for one in subject.entity.checks if one != check]
    after = {
        name: row.values[name] for name in carried if name in before and row.values[name] != before[name]
    }
    alone = all(one.granted() for one in others)
    world.rollback(mark)
    if not broken or not alone or not all(one.there for one in after.values() if isinstance(one, Row)):
        return None
    script = row_script(subject, scene, *(one for one in after.values() if isinstance(one, Row)))
    shown = ", ".join(f"{quoted(carried[name].wire)}: {_sent(script, one)}" for name, one in after.items())
    asserts = ["assert response.status_code == 422"]
    if check.fields and check.fields[0] in carried:
        blamed = quoted(subject.pointer(carried[check.fields[0]].wire))
        asserts.append(f"assert pointers(response) == {{{blamed}}}")
    name = f"changed_{subject.noun}_must_keep_{check.name}"
    return on_row(subject, route, scene, script, name, asserts, sent=(subject.sent(f"{{{shown}}}"),))


def _sent(script: Script, value: Any) -> str:  # noqa: ANN401
    return script.key(value, json=True) if isinstance(value, Row) else json_value(value)


def _in_checks(subject: Subject) -> set[str]:
    return {name for check in subject.entity.checks for name in check.fields}


def deleted(subject: Subject, route: Route) -> Iterator[Case]:
    """Yield who may delete which rows, and what is left of them."""
    first: Scene | None = None
    model = subject.entity.name
    for role in subject.stages.callers(route):
        scene = subject.stages.on_row(subject.entity, "delete", role)
        if scene and not _referred(scene):
            script = row_script(subject, scene)
            row = script.name(scene.row)
            gone = f"session.scalar(select({model}.id).where({model}.id == {row}.id)) is None"
            asserts = [f"assert response.status_code == {route.success}", f"assert {gone}"]
            if subject.entity.soft_delete:
                asserts[1:] = [f"session.refresh({row})", f"assert {row}.deleted_at is not None"]
            yield on_row(subject, route, scene, script, f"{who(role)}_deletes_{subject.noun}", asserts)
            first = first or scene
        hidden = subject.stages.on_row(subject.entity, "delete", role, allowed=False)
        if hidden:
            name = f"{who(role)}_cannot_delete_other_{subject.entity.plural}"
            yield on_row(subject, route, hidden, row_script(subject, hidden), name, not_found())
    if first and subject.versioned and route.conditional:
        for match, status, name in (
            (False, 428, f"deleting_{subject.noun}_needs_if_match"),
            (quoted('"0"'), 412, f"stale_deletion_of_{subject.noun}_is_refused"),
        ):
            asserts = [f"assert response.status_code == {status}"]
            yield on_row(subject, route, first, row_script(subject, first), name, asserts, match=match)
    if first and subject.entity.soft_delete:
        yield from _invisible(subject, route)


def _invisible(subject: Subject, route: Route) -> Iterator[Case]:
    """Yield that a row that was deleted cannot be read any more."""
    reading = subject.route("read")
    for role in subject.stages.callers(route):
        scene = subject.stages.on_row(subject.entity, "delete", role)
        if reading and scene and role in subject.stages.callers(reading):
            script = row_script(subject, scene)
            path = script.path(route, scene.row)
            gone = Request(
                "delete",
                (path, *subject.headers(scene, script, match=route.conditional)),
                answer=False,
            )
            again = subject.call(reading, script.path(reading, scene.row), *subject.headers(scene, script))
            yield compose(
                script,
                name=f"deleted_{subject.entity.plural}_are_not_found",
                requests=(gone, again),
                asserts=tuple(not_found()),
            )
            return


def _referred(scene: Scene) -> bool:
    return any(
        row is not scene.row and value is scene.row
        for row in scene.world.rows
        for value in row.values.values()
    )
