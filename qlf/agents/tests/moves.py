"""Tests of transitions, relation actions and derived values."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from qlf.agents.tests.cases import Case, Request, Subject, compose, parametrize, who
from qlf.agents.tests.names import identifier, json_value, member, quoted
from qlf.agents.tests.reading import not_found, on_row, row_script
from qlf.agents.tests.solve import Wish, arrange, consistent, grow
from qlf.agents.tests.stage import BOOL
from qlf.cel.walk import own_members
from qlf.evaluation import evaluate
from qlf.model.expression import Aggregate, Binary, Call, Conditional, Literal, Member, Unary
from qlf.model.spec import Derived
from qlf.model.types import NUMERIC
from qlf.samples import enum_values, parsed, sample_value, scale_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from qlf.agents.tests.script import Script
    from qlf.agents.tests.stage import Scene
    from qlf.agents.tests.world import Row
    from qlf.model.expression import Expression
    from qlf.model.spec import Property, Relation, RelationAction, Route, StateMachine, Transition


def moved(subject: Subject, route: Route) -> Iterator[Case]:
    """Yield who may make a transition from which states, and that nobody may from others."""
    found = _transition(subject, route.action)
    if found is None:
        return
    machine, transition = found
    states = enum_values(subject.spec, subject.entity.field(machine.field).type)
    wrong = [state for state in states if state not in transition.sources]
    refused = False
    for role in subject.stages.callers(route):
        allowed = list(_scenes(subject, machine, transition, role, transition.sources, guard=True))
        yield from _by_state(subject, route, machine, allowed, _done(subject, machine, transition))
        if not refused:
            blocked = list(_scenes(subject, machine, transition, role, wrong, guard=None))
            yield from _by_state(subject, route, machine, blocked, _stays(subject, machine))
            if not blocked and allowed:
                blocked = list(_left(subject, machine, transition, role, wrong))
                yield from _by_state(subject, route, machine, blocked, _gone)
            refused = bool(blocked)
        yield from _hidden(subject, route, role)
    if transition.guard is not None:
        yield from _guarded(subject, route, machine, transition)


def _transition(subject: Subject, name: str) -> tuple[StateMachine, Transition] | None:
    for machine in subject.entity.states:
        for transition in machine.transitions:
            if transition.name == name:
                return machine, transition
    return None


def _scenes(  # noqa: PLR0913
    subject: Subject,
    machine: StateMachine,
    transition: Transition,
    role: str,
    states: Iterable[str],
    *,
    guard: bool | None,
) -> Iterator[Scene]:
    def wishes(row: Row) -> list[Wish]:
        if guard is None or transition.guard is None:
            return []
        return [Wish(transition.guard, row.names(), want=guard)]

    for state in states:
        scene = subject.stages.on_row(
            subject.entity, transition.name, role, wishes=wishes, values={machine.field: state}
        )
        if scene and (guard is None or _valid_after(scene, machine, transition)):
            yield scene


def _valid_after(scene: Scene, machine: StateMachine, transition: Transition) -> bool:
    before = scene.row.values[machine.field]
    scene.row.values[machine.field] = transition.target
    valid = consistent(scene.world, [])
    scene.row.values[machine.field] = before
    return valid


def _done(
    subject: Subject, machine: StateMachine, transition: Transition
) -> Callable[[Script, Scene], tuple[str, list[str]]]:
    known = subject.entity.field(machine.field)

    def asserts(script: Script, scene: Scene) -> tuple[str, list[str]]:
        row = script.name(scene.row)
        return f"{who(scene.role)}_can_{transition.name}_{subject.noun}", [
            "assert response.status_code == 200",
            f"session.refresh({row})",
            f"assert {row}.{identifier(known.column)} is {known.type.enum}.{member(transition.target)}",
        ]

    return asserts


def _left(
    subject: Subject, machine: StateMachine, transition: Transition, role: str, states: Iterable[str]
) -> Iterator[Scene]:
    """Yield rows that the viewer could act on, had they not left the states that it starts from."""
    for state in states:
        for scene in _scenes(subject, machine, transition, role, transition.sources[:1], guard=True):
            scene.row.values[machine.field] = state
            if consistent(scene.world, []):
                yield scene


def _gone(script: Script, scene: Scene) -> tuple[str, list[str]]:
    return f"@_{script.name(scene.row)}_in_another_state", not_found()


def _stays(subject: Subject, machine: StateMachine) -> Callable[[Script, Scene], tuple[str, list[str]]]:
    kind = ['assert response.json()["type"] == "/problems/illegal-transition"']
    column = identifier(subject.entity.field(machine.field).column)

    def asserts(script: Script, scene: Scene) -> tuple[str, list[str]]:
        row = script.name(scene.row)
        return f"@_{row}_in_another_state", [
            "assert response.status_code == 409",
            *(kind if subject.named_problems else []),
            f"session.refresh({row})",
            f"assert {row}.{column} is {column}",
        ]

    return asserts


def _by_state(
    subject: Subject,
    route: Route,
    machine: StateMachine,
    scenes: list[Scene],
    asserts: Callable[[Script, Scene], tuple[str, list[str]]],
) -> Iterator[Case]:
    """Yield one test for all states in which the arrangement is the same, repeated for each."""
    known = subject.entity.field(machine.field)
    groups: dict[tuple[str, ...], tuple[Case, list[str]]] = {}
    for scene in scenes:
        script = row_script(subject, scene)
        name, expected = asserts(script, scene)
        row = script.name(scene.row)
        column = identifier(known.column)
        if name.startswith("@"):
            name = f"{route.action}_is_refused_for_{subject.noun}_in_another_state"
        case = on_row(subject, route, scene, script, name, expected)
        value = f"{known.type.enum}.{member(scene.row.values[machine.field])}"
        lines = tuple(
            line.replace(f"{column}={value}", f"{column}={column}") if line.startswith(f"{row} = ") else line
            for line in case.arrange
        )
        groups.setdefault(lines, (case, []))[1].append(value)
    for number, (lines, (case, values)) in enumerate(groups.items()):
        yield Case(
            name=case.name + (f"_{number + 1}" if number else ""),
            arrange=lines,
            requests=case.requests,
            asserts=case.asserts,
            parameters=(f"{identifier(known.column)}: {known.type.enum}",),
            decorators=(parametrize(identifier(known.column), values),),
        )


def _hidden(subject: Subject, route: Route, role: str) -> Iterator[Case]:
    scene = subject.stages.on_row(subject.entity, route.action, role, allowed=False)
    if scene:
        script = row_script(subject, scene)
        name = f"{who(role)}_cannot_{route.action}_other_{subject.entity.plural}"
        yield on_row(subject, route, scene, script, name, ("assert response.status_code == 404",))


def _guarded(subject: Subject, route: Route, machine: StateMachine, transition: Transition) -> Iterator[Case]:
    for role in subject.stages.callers(route):
        for scene in _scenes(subject, machine, transition, role, transition.sources, guard=False):
            script = row_script(subject, scene)
            yield on_row(
                subject,
                route,
                scene,
                script,
                f"{transition.name}_of_{subject.noun}_has_a_condition",
                ("assert response.status_code == 409",),
            )
            return


# Relation actions


def related(subject: Subject, route: Route) -> Iterator[Case]:
    """Yield that adding to a relation, and removing from it, can be repeated without harm."""
    action = next(one for one in subject.entity.actions if one.name == route.action)
    relation = next(one for one in subject.entity.relations if one.name == action.relation)
    for role in subject.stages.callers(route):
        case = _related(subject, route, action, relation, role)
        if case:
            yield case
        scene = subject.stages.on_row(subject.entity, route.action, role, allowed=False)
        if scene:
            rows = [scene.row]
            if action.subject == "row":
                rows.append(scene.world.add(subject.spec.entity(relation.entity)))
            script = row_script(subject, scene, *rows)
            yield compose(
                script,
                name=f"{who(role)}_cannot_{route.id}_out_of_reach",
                requests=(subject.call(route, script.path(route, *rows), *subject.headers(scene, script)),),
                asserts=tuple(not_found()),
            )


def _related(
    subject: Subject, route: Route, action: RelationAction, relation: Relation, role: str
) -> Case | None:
    scene = subject.stages.on_row(subject.entity, route.action, role)
    if scene is None or scene.world.viewer is None:
        return None
    other = scene.world.viewer
    if action.subject == "row":
        target = subject.spec.entity(relation.entity)
        other = scene.world.add(target)
        condition = subject.stages.condition(target, "read", role)
        wishes = (
            [Wish(condition, other.names())]
            if condition is not None and not isinstance(condition, bool)
            else []
        )
        if not arrange(scene.world, lambda: wishes):
            return None
    if route.kind == "remove":
        scene.world.link(scene.row, relation, other)
    script = row_script(subject, scene, other)
    rows = (scene.row,) if action.subject == "viewer" else (scene.row, other)
    call = subject.call(route, script.path(route, *rows), *subject.headers(scene, script))
    row = script.name(scene.row)
    held = f"[{script.name(other)}]" if route.kind == "add" else "[]"
    return compose(
        script,
        name=f"{who(role)}_can_{_verb(route)}_twice",
        requests=(Request(call.method, call.arguments, answer=False), call),
        asserts=(
            f"assert response.status_code == {route.success}",
            f"session.refresh({row}, [{quoted(identifier(relation.name))}])",
            f"assert {row}.{identifier(relation.name)} == {held}",
        ),
    )


def _verb(route: Route) -> str:
    return f"{route.action}" if route.kind == "add" else f"undo_{route.action}"


# Derived values


def derived(subject: Subject, route: Route) -> Iterator[Case]:
    """Yield what derived and computed members of a row come to."""
    known = [*subject.entity.derived, *_computed(subject)]
    for prop in subject.stages.answered(route):
        one = next((one for one in known if one.name == prop.of), None)
        if one is None:
            continue
        wanted = (True, False) if one.type.kind == "bool" else (None,)
        for want in wanted:
            case = _derived(subject, route, prop, one, want)
            if case:
                yield case


def _computed(subject: Subject) -> Iterator[Derived]:
    for one in subject.entity.fields:
        if one.computed is not None:
            yield Derived(name=one.name, label=one.label, value=one.computed, type=one.type)


def _derived(subject: Subject, route: Route, prop: Property, one: Derived, want: bool | None) -> Case | None:
    telling = list(_telling(subject, one))
    for role in subject.stages.callers(route):

        def wishes(row: Row) -> list[Wish]:
            if want is None:
                return [Wish(one, row.names()) for one in telling]
            return [Wish(one.value, row.names(), want=want)]

        scene = subject.stages.on_row(subject.entity, "read", role, wishes=wishes)
        if scene and evaluate(one.value, scene.row.names()) is None:
            values = dict(_optional(subject, one.value))
            scene = subject.stages.on_row(subject.entity, "read", role, wishes=wishes, values=values)
        if scene is None:
            continue
        if want is None:
            _enrich(subject, scene, one.value)
        value = evaluate(one.value, scene.row.names())
        if value is None or not consistent(scene.world, []):
            continue
        if one.type.kind in {"decimal", "money"}:
            value = round(value, scale_of(one.type))
        script = row_script(subject, scene)
        name = f"{one.name}_of_{subject.noun}"
        expected = json_value(value)
        test = f"is {expected}" if isinstance(value, bool) else f"== {expected}"
        return on_row(
            subject,
            route,
            scene,
            script,
            f"{name}_is_{str(want).lower()}" if want is not None else f"{name}_is_worked_out",
            ("assert response.status_code == 200", f"assert {subject.answer()}[{quoted(prop.wire)}] {test}"),
        )
    return None


def _telling(subject: Subject, one: Derived) -> Iterator[Expression]:
    """Yield that a computed number is not 0, which it could be for many reasons."""
    if one.type.kind in NUMERIC and any(known.name == one.name for known in subject.entity.fields):
        nothing = Literal(value="0" if one.type.kind != "int" else 0, type=one.type)
        yield Binary(operator="!=", left=one.value, right=nothing, type=BOOL)


def _optional(subject: Subject, value: Expression) -> Iterator[tuple[str, Any]]:
    """Yield something for each optional field of the row that a value reads."""
    for name in own_members(value):
        known = next((one for one in subject.entity.fields if one.name == name), None)
        if known is not None and not known.required and known.type.kind != "reference":
            yield name, parsed(known.type, sample_value(subject.spec, known))


def _enrich(subject: Subject, scene: Scene, value: Expression) -> None:
    """Add two rows to each relation of the row that a value counts or adds up."""
    condition = subject.stages.condition(subject.entity, "read", scene.role)
    wishes = [] if condition is None or isinstance(condition, bool) else [Wish(condition, scene.row.names())]
    for relation in _collections(scene.row, value):
        mark = scene.world.mark()
        for _ in range(2):
            grow(scene.world, scene.row, relation)
        if not arrange(scene.world, partial(list, wishes)):
            scene.world.rollback(mark)


def _collections(row: Row, value: Expression) -> Iterator[Relation]:
    parts: tuple[Expression, ...] = ()
    match value:
        case Aggregate(source=Member() as source):
            known = row.entity.relations if row.entity else ()
            yield from (one for one in known if one.name == source.name)
        case Unary():
            parts = (value.operand,)
        case Binary():
            parts = (value.left, value.right)
        case Conditional():
            parts = (value.then, value.otherwise)
        case Call():
            parts = value.arguments
    for part in parts:
        yield from _collections(row, part)
