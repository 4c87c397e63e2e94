"""Tests of operations: what they do where all is well, and that they do nothing where it is not."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from qlf.agents.tests.cases import Case, Subject, compose, who
from qlf.agents.tests.names import identifier, json_value, python_value, quoted, snake
from qlf.agents.tests.script import Script
from qlf.agents.tests.solve import Wish, arrange, consistent, grow
from qlf.agents.tests.stage import BOOL, Scene
from qlf.agents.tests.world import Row
from qlf.evaluation import evaluate, holds
from qlf.model.expression import Binary, Items, Literal, Member
from qlf.model.spec import ANYONE
from qlf.samples import scale_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from qlf.agents.tests.world import World
    from qlf.model.expression import BinaryOperator, Expression
    from qlf.model.spec import Effect, Field, Operation, Route, Spec
    from qlf.model.types import Type

Names = dict[str, Any]


@dataclass(frozen=True)
class Demand:
    """Something that must hold for an operation to be carried out, and how its breach is answered."""

    name: str
    wish: Wish
    problem: str = ""
    status: int = 409


@dataclass
class Outcome:
    """What an operation leaves behind: changed values, new rows, rows that are gone."""

    changed: dict[tuple[int, str], tuple[Row, str, Any]] = field(default_factory=dict)
    former: dict[tuple[int, str], Any] = field(default_factory=dict)
    made: list[Row] = field(default_factory=list)
    gone: list[Row] = field(default_factory=list)


def done(subject: Subject, route: Route) -> Iterator[Case]:
    """Yield who may carry out an operation with which effects, and each reason to refuse it."""
    operation = next(one for one in subject.spec.operations if one.name == route.action)
    writer = _Operation(subject, route, operation)
    first: str | None = None
    for role in subject.stages.callers(route):
        case = writer.carried_out(role)
        if case:
            first = first or role
            yield case
        hidden = writer.hidden(role)
        if hidden:
            yield hidden
    if first:
        yield from writer.refusals(first)


class _Operation:
    """The tests of one operation."""

    def __init__(self, subject: Subject, route: Route, operation: Operation) -> None:
        self.subject = subject
        self.spec: Spec = subject.spec
        self.route = route
        self.operation = operation

    def carried_out(self, role: str) -> Case | None:
        """Return the test of the operation where nothing stands in its way."""
        scene = self._scene(role)
        if scene is None:
            return None
        outcome = _carry_out(scene.world, self.operation, self._names(scene))
        if outcome is None:
            return None
        kept = [(row, name) for row, name, _ in outcome.changed.values() if row not in outcome.made]
        script = self._script(scene, [*(row for row, _ in kept), *outcome.gone])
        return self._case(
            script, scene, f"{who(role)}_can_{self.operation.name}", self._effects(script, scene, outcome)
        )

    def hidden(self, role: str) -> Case | None:
        """Return the test that the operation cannot be carried out on rows out of reach."""
        if self.operation.entity is None:
            return None
        world_scene = self.subject.stages.on_row(
            self.subject.entity, self.operation.name, role, allowed=False
        )
        if world_scene is None:
            return None
        self._input(world_scene.world)
        if not arrange(world_scene.world, list):
            return None
        script = self._script(world_scene, [])
        name = f"{who(role)}_cannot_{self.operation.name}_other_{self.subject.entity.plural}"
        return self._case(script, world_scene, name, ["assert response.status_code == 404"])

    def refusals(self, role: str) -> Iterator[Case]:
        """Yield for each demand that the operation is refused without it, and changes nothing then."""
        scene = self._scene(role)
        if scene is None:
            return
        for demand in {one.name: one for one in self._demands(scene)}.values():
            broken = self._breach(role, demand.name)
            if broken:
                asserts = [f"assert response.status_code == {demand.status}"]
                if demand.problem and self.subject.named_problems:
                    asserts.append(
                        f'assert response.json()["type"] == {quoted(f"/problems/{demand.problem}")}'
                    )
                yield self._case(
                    self._script(broken, []),
                    broken,
                    f"{self.operation.name}_needs_{demand.name}",
                    [*asserts, "assert contents(session) == before"],
                    before=("before = contents(session)",),
                )

    # Scenes

    def _breach(self, role: str, name: str) -> Scene | None:
        """Return a scene in which the demand does not hold: all others, or at least those before it."""
        for populated in (True, False):
            for alone in (True, False):
                scene = self._scene(role, without=name, alone=alone, populated=populated)
                if scene and any(demand.name == name for demand in self._demands(scene)):
                    return scene
        return None

    def _scene(
        self, role: str, without: str | None = None, *, alone: bool = True, populated: bool = True
    ) -> Scene | None:
        """Return a scene in which all demands hold but the one that is named.

        If that is not `alone`, those after it need not hold either: they are not asked any more.
        """
        if self.operation.entity is None:
            world = self.subject.stages.world(role)
            row = world.viewer or world.add(self.subject.entity)
        else:
            condition = self.subject.stages.condition(self.subject.entity, self.operation.name, role)
            if condition is None:
                return None
            world = self.subject.stages.world(role)
            row = world.add(self.subject.entity)
        self._input(world)
        scene = Scene(world, row, role)
        if populated:
            self._populate(scene)
        return scene if arrange(world, self._wishes(scene, without, alone=alone)) else None

    def _wishes(self, scene: Scene, without: str | None, *, alone: bool) -> Callable[[], list[Wish]]:
        def wishes() -> list[Wish]:
            found = []
            demands = self._demands(scene)
            names = [demand.name for demand in demands]
            end = len(names) if alone or without not in names else names.index(without) + 1
            for demand in demands[:end]:
                wish = demand.wish
                broken = demand.name == without
                found.append(Wish(wish.condition, wish.names, want=wish.want is not broken))
            entity = scene.row.entity
            if self.operation.entity and entity:
                condition = self.subject.stages.condition(entity, self.operation.name, scene.role)
                if condition is not None and not isinstance(condition, bool):
                    found.append(Wish(condition, scene.row.names()))
            if "input" in scene.world.bound:
                found += self.subject.stages.reading(
                    scene.world.bound["input"], self.subject.stages.properties(self.route), scene.role
                )
            return found

        return wishes

    def _input(self, world: World) -> None:
        if self.operation.inputs:
            world.add_input(self.operation.inputs)

    def _names(self, scene: Scene) -> Names:
        own = self.operation.entity
        return (
            {snake(own): scene.row, **scene.world.names(), "this": scene.row} if own else scene.world.names()
        )

    def _demands(self, scene: Scene) -> list[Demand]:
        names = self._names(scene)
        found = [
            Demand(guard.name, Wish(guard.condition, names), _kind(guard.name))
            for guard in self.operation.guards
        ]
        return [*found, *_demanded(scene.world, self.operation.effects, names)]

    def _populate(self, scene: Scene) -> None:
        """See to it that there is a row in each collection that the operation goes through."""
        for effect in self.operation.effects:
            if effect.kind == "each" and isinstance(effect.row, Member):
                row = evaluate(effect.row.of, self._names(scene))
                name = effect.row.name
                relations = row.entity.relations if isinstance(row, Row) and row.entity else ()
                relation = next((one for one in relations if one.name == name), None)
                if relation and not row[name]:
                    grow(scene.world, row, relation)

    # Text

    def _script(self, scene: Scene, extra: Iterable[Row]) -> Script:
        script = Script(self.spec, scene.world)
        given = scene.world.bound.get("input")
        referred = [given.peek(one) for one in given.fields] if given else []
        target = [scene.row] if self.operation.entity else []
        script.arrange([*target, *(one for one in referred if isinstance(one, Row)), *extra])
        return script

    def _case(
        self, script: Script, scene: Scene, name: str, asserts: list[str], before: tuple[str, ...] = ()
    ) -> Case:
        path = script.path(self.route, scene.row) if self.operation.entity else script.path(self.route)
        body = self._body(script, scene)
        match = self.route.conditional
        sent = (f"json={body}",) if body else ()
        headers = () if scene.role == ANYONE else self.subject.headers(scene, script, match=match)
        return compose(
            script,
            name=name,
            before=before,
            requests=(self.subject.call(self.route, path, *sent, *headers),),
            asserts=tuple(asserts),
        )

    def _body(self, script: Script, scene: Scene) -> str:
        given = scene.world.bound.get("input")
        if given is None:
            return ""
        parts = []
        for prop in self.subject.stages.properties(self.route):
            known = given.field(prop.of)
            value = given.peek(known) if known else None
            if isinstance(value, Row):
                parts.append(f"{quoted(prop.wire)}: {script.key(value, json=True)}")
            elif value is not None:
                parts.append(f"{quoted(prop.wire)}: {json_value(value)}")
        return f"{{{', '.join(parts)}}}"

    def _effects(self, script: Script, scene: Scene, outcome: Outcome) -> list[str]:
        lines = [f"assert response.status_code == {self.route.success}"]
        refreshed: set[int] = set()
        for row, name, value in outcome.changed.values():
            if row in outcome.made or row in outcome.gone:
                continue
            if id(row) not in refreshed:
                lines.append(f"session.refresh({script.name(row)})")
                refreshed.add(id(row))
            lines += _same(script, row, name, value, script.name(row))
        for row in outcome.gone:
            key = f"{row.name}.id"
            found = f"session.scalar(select({key}).where({key} == {script.name(row)}.id))"
            lines.append(f"assert {found} is None")
        for name in dict.fromkeys(row.name for row in outcome.made):
            lines += self._made(scene, [row for row in outcome.made if row.name == name])
        return lines

    def _made(self, scene: Scene, rows: list[Row]) -> Iterator[str]:
        """Yield what must be true of the new rows of one entity."""
        name = rows[0].name
        if any(row.name == name and row not in rows for row in scene.world.rows):
            return
        columns = [
            one
            for one in rows[0].fields
            if one.type.kind not in {"reference", "datetime", "json"}
            and (one.name in rows[0].explicit or one.computed is not None)
            and all(_stored(row, one) is not None for row in rows)
        ]
        variable = snake(name)
        if not columns:
            yield f"assert len(session.scalars(select({name})).all()) == {len(rows)}"
            return
        shown = ", ".join(f"{variable}.{identifier(one.column)}" for one in columns)
        values = [
            ", ".join(python_value(one.type, _exact(one.type, _stored(row, one))) for one in columns)
            for row in rows
        ]
        comma = "," if len(columns) == 1 else ""
        found = f"[({shown}{comma}) for {variable} in session.scalars(select({name}))]"
        expected = f"[{', '.join(f'({value}{comma})' for value in values)}]"
        if len(rows) > 1:
            found, expected = f"sorted({found})", f"sorted({expected})"
        yield f"assert {found} == {expected}"


def _stored(row: Row, one: Field) -> Any:  # noqa: ANN401
    return row[one.name] if one.computed is not None else row.values.get(one.name)


def _exact(kind: Type, value: Any) -> Any:  # noqa: ANN401
    return round(value, scale_of(kind)) if kind.kind in {"decimal", "money"} else value


def _same(script: Script, row: Row, name: str, value: Any, variable: str) -> Iterator[str]:  # noqa: ANN401
    known = row.field(name)
    if known is None or known.type.kind == "datetime":
        return
    if isinstance(value, Row):
        if value.stored and not value.values.get("__made__"):
            yield f"assert {variable}.{identifier(known.column)} == {script.name(value)}.id"
        return
    text = python_value(known.type, _exact(known.type, value))
    test = "is" if value is None or isinstance(value, bool) or known.type.kind == "enum" else "=="
    yield f"assert {variable}.{identifier(known.column)} {test} {text}"


# What is demanded, and what is done


def _demanded(world: World, effects: Iterable[Effect], names: Names) -> Iterator[Demand]:
    """Yield what the effects ask for, over the rows as they are before the operation."""
    for effect in effects:
        match effect.kind:
            case "require" if effect.condition is not None:
                name = effect.binding or "requirement"
                yield Demand(name, Wish(effect.condition, dict(names)), _kind(name))
            case "find" if effect.condition is not None:
                row = _found(world, effect, names)
                names = {**names, effect.binding: row}
                wish = Wish(effect.condition, {**names, "this": row})
                yield Demand(f"a_{snake(str(effect.entity))}", wish, status=404)
            case "each" if effect.row is not None:
                for row in evaluate(effect.row, names) or []:
                    yield from _demanded(world, effect.steps, {**names, effect.binding: row})
            case "move" if effect.row is not None:
                yield from _movable(effect, names)
            case "adjust" if effect.row is not None and effect.by is not None:
                yield from _adjustable(effect, names)
            case "create":
                names = {**names, effect.binding: None} if effect.binding else names


def _kind(name: str) -> str:
    """Return the kind of problem that the breach of a named condition is."""
    return name.replace("_", "-")


def _found(world: World, effect: Effect, names: Names) -> Row:
    entity = world.spec.entity(str(effect.entity))
    rows = [row for row in world.rows if row.entity is entity and row.stored]
    if effect.condition is not None:
        for row in rows:
            if holds(effect.condition, {**names, "this": row}):
                return row
    return rows[0] if rows else world.add(entity)


def _movable(effect: Effect, names: Names) -> Iterator[Demand]:
    row = evaluate(effect.row, names) if effect.row is not None else None
    if not isinstance(row, Row) or row.entity is None or effect.row is None:
        return
    for machine in row.entity.states:
        for transition in machine.transitions:
            if transition.name != effect.target:
                continue
            kind = row.entity.field(machine.field).type
            state = Member(of=effect.row, name=machine.field, type=kind)
            sources = Items(
                items=tuple(Literal(value=one, type=kind) for one in transition.sources), type=kind
            )
            test = Binary(operator="in", left=state, right=sources, type=BOOL)
            states = "_or_".join(transition.sources)
            yield Demand(f"{snake(row.name)}_{states}", Wish(test, dict(names)), "illegal-transition")
            if transition.guard is not None:
                wish = Wish(transition.guard, {**names, "this": row})
                yield Demand(f"condition_of_{transition.name}", wish, "guard-failed")
            return


def _target(effect: Effect) -> tuple[Expression, str]:
    """Return the row whose number is adjusted, and the number's name."""
    path = effect.row
    if isinstance(path, Member) and path.type.kind != "reference":
        return path.of, path.name
    if path is None:
        message = "the compiler lets no effect through without its row"
        raise ValueError(message)
    return path, effect.target


def _adjustable(effect: Effect, names: Names) -> Iterator[Demand]:
    of, name = _target(effect)
    row = evaluate(of, names)
    if not isinstance(row, Row) or effect.by is None:
        return
    known = row.field(name)
    if known is None:
        return
    after = Binary(
        operator="+", left=Member(of=of, name=name, type=known.type), right=effect.by, type=known.type
    )
    limits: tuple[tuple[float | None, BinaryOperator, str], ...] = (
        (known.minimum, ">=", "enough"),
        (known.maximum, "<=", "room_for"),
    )
    for bound, operator, word in limits:
        if bound is not None:
            limit = Literal(value=str(bound), type=known.type)
            if known.type.kind == "int":
                limit = Literal(value=int(bound), type=known.type)
            test = Binary(operator=operator, left=after, right=limit, type=BOOL)
            yield Demand(f"{word}_{name}", Wish(test, dict(names)), "out-of-range")


def _carry_out(world: World, operation: Operation, names: Names) -> Outcome | None:
    """Return what the operation leaves behind; the world itself stays as it was."""
    outcome = Outcome()
    mark = world.mark()
    for effect in operation.effects:
        names = _apply(world, effect, names, outcome)
    valid = consistent(world, [])
    for key, (row, name, _) in list(outcome.changed.items()):
        outcome.changed[key] = (row, name, row.values.get(name))
    for row in outcome.made:
        row.values["__made__"] = True
    world.rollback(mark)
    for key, value in outcome.former.items():
        row, name, _ = outcome.changed[key]
        row.values[name] = value
    return outcome if valid else None


def _apply(world: World, effect: Effect, names: Names, outcome: Outcome) -> Names:
    match effect.kind:
        case "find":
            return {**names, effect.binding: _found(world, effect, names)}
        case "create":
            entity = world.spec.entity(str(effect.entity))
            made = world.add(entity, **{name: evaluate(value, names) for name, value in effect.values})
            outcome.made.append(made)
            return {**names, effect.binding: made} if effect.binding else names
        case "each" if effect.row is not None:
            for row in evaluate(effect.row, names) or []:
                inner = {**names, effect.binding: row}
                for step in effect.steps:
                    inner = _apply(world, step, inner, outcome)
        case "delete" if effect.row is not None:
            found = evaluate(effect.row, names)
            outcome.gone += found if isinstance(found, list) else [found]
        case "update" | "move" | "adjust":
            _change(effect, names, outcome)
    return names


def _change(effect: Effect, names: Names, outcome: Outcome) -> None:
    if effect.row is None:
        return
    if effect.kind == "adjust" and effect.by is not None:
        of, name = _target(effect)
        row = evaluate(of, names)
        _set(outcome, row, name, row[name] + evaluate(effect.by, names))
        return
    row = evaluate(effect.row, names)
    for name, value in effect.values:
        _set(outcome, row, name, evaluate(value, names))
    for machine in row.entity.states if effect.kind == "move" else ():
        for transition in machine.transitions:
            if transition.name == effect.target:
                _set(outcome, row, machine.field, transition.target)


def _set(outcome: Outcome, row: Row, name: str, value: Any) -> None:  # noqa: ANN401
    outcome.former.setdefault((id(row), name), row[name])
    row.values[name] = value
    outcome.changed[id(row), name] = (row, name, value)
