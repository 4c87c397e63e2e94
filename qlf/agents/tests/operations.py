"""Tests of operations: what they do where all is well, and that they do nothing where it is not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from qlf.agents.tests.cases import Case, Subject, compose, who
from qlf.agents.tests.demands import INVALID, Demand, Demands, problem_kind
from qlf.agents.tests.names import identifier, json_value, python_value, quoted, snake
from qlf.agents.tests.outcome import Outcome, carry_out
from qlf.agents.tests.script import Script
from qlf.agents.tests.solve import Wish, arrange, grow, unique_groups
from qlf.agents.tests.stage import Scene
from qlf.agents.tests.world import Row
from qlf.evaluation import evaluate
from qlf.model.expression import Member
from qlf.model.spec import ANYONE
from qlf.samples import MOMENT, parsed, sample_value, scale_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from qlf.agents.tests.world import World
    from qlf.model.spec import Field, Operation, Route, Spec
    from qlf.model.types import Type

Names = dict[str, Any]


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


Later = Literal["all", "own", "none"]
# How much is asked of what comes after a broken demand, and what that leaves out which was asked before.
LATER: tuple[tuple[Later, str], ...] = (("all", ""), ("own", "check"), ("none", "demand"))


def out_of_sight(subjects: list[Subject], operation: Operation, demand: str) -> bool:
    """Tell whether an operation's demand can be broken only by referring to rows that nobody sees."""
    for subject in subjects:
        for route in subject.spec.api.routes if subject.spec.api else ():
            own = subject.free if route.entity is None else route.entity == subject.entity.name
            if own and route.kind == "operation" and route.action == operation.name:
                writer = _Operation(subject, route, operation, seeing=False)
                return any(writer.breach(role, demand) for role in subject.stages.callers(route))
    return False


class _Operation:
    """The tests of one operation.

    Unless it is `seeing`, the input may refer to rows that the viewer does not see.
    """

    def __init__(self, subject: Subject, route: Route, operation: Operation, *, seeing: bool = True) -> None:
        self.seeing = seeing
        self.subject = subject
        self.spec: Spec = subject.spec
        self.route = route
        self.operation = operation
        self._afterwards: set[str] = set()

    def carried_out(self, role: str) -> Case | None:
        """Return the test of the operation where nothing stands in its way."""
        scene = self._scene(role, filled=True) or self._scene(role)
        if scene is None:
            return None
        outcome = carry_out(scene.world, self.operation, self._names(scene))
        if outcome is None:
            return None
        kept = [row for row, _, _ in outcome.changed.values() if row not in outcome.made]
        referred = [value for row in outcome.made for value in row.values.values() if isinstance(value, Row)]
        known = [row for row in referred if row.there]
        script = self._script(scene, [*kept, *outcome.gone, *known])
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
            broken = self.breach(role, demand.name)
            if broken:
                yield self._refused(broken, f"needs_{demand.name}", demand.status, demand.problem)
        outcome = carry_out(scene.world, self.operation, self._names(scene))
        for place, row in enumerate(outcome.made if outcome else ()):
            for group in unique_groups(row):
                taken = self._taken(role, place, group)
                if taken:
                    keeps = f"keeps_{'_and_'.join(group)}_of_{snake(row.name)}_unique"
                    yield self._refused(taken, keeps, 409)

    def _refused(self, scene: Scene, why: str, status: int, problem: str = "") -> Case:
        asserts = [f"assert response.status_code == {status}"]
        if problem and self.subject.named_problems:
            asserts.append(f'assert response.json()["type"] == {quoted(f"/problems/{problem}")}')
        return self._case(
            self._script(scene, []),
            scene,
            f"{self.operation.name}_{why}",
            [*asserts, "assert contents(session) == before"],
            before=("before = contents(session)",),
        )

    # Scenes

    def breach(self, role: str, name: str) -> Scene | None:
        """Return a scene in which the demand does not hold: all others, or at least those before it."""
        goes_through = any(effect.kind == "each" for effect in self.operation.effects)
        for populated in (True, False) if goes_through else (False,):
            for later, left_out in LATER:
                if left_out and left_out not in self._afterwards:
                    continue  # It would ask for the same, and find the same.
                self._afterwards = set()
                scene = self._scene(role, without=name, later=later, populated=populated)
                if scene and any(demand.name == name for demand in self._demands(scene)):
                    return scene
        return None

    def _taken(self, role: str, place: int, group: tuple[str, ...]) -> Scene | None:
        """Return a scene with a row that has already what one that the operation makes must have alone."""
        scene = self._scene(role)
        outcome = carry_out(scene.world, self.operation, self._names(scene)) if scene else None
        if scene is None or outcome is None:
            return None
        made = outcome.made[place]
        values: dict[str, Any] = {name: made.values.get(name) for name in group}
        if any(one is None or (isinstance(one, Row) and not one.there) for one in values.values()):
            return None
        other = scene.world.add(self.spec.entity(made.name), values)
        other.pinned.update(values)
        return scene if arrange(scene.world, self._wishes(scene, None, "all")) else None

    def _scene(
        self,
        role: str,
        without: str | None = None,
        *,
        later: Later = "all",
        populated: bool = True,
        filled: bool = False,
    ) -> Scene | None:
        """Return a scene in which all demands hold but the one that is named.

        Of the `later` ones it may be that only the operation's own hold, and not the checks, or none at
        all: they are not asked any more.
        """
        if self.operation.entity is None:
            world = self.subject.stages.world(role)
            row = world.viewer or world.add(self.subject.entity, stored=False)
        else:
            condition = self.subject.stages.condition(self.subject.entity, self.operation.name, role)
            if condition is None:
                return None
            world = self.subject.stages.world(role)
            row = world.add(self.subject.entity)
        self._input(world, filled=filled)
        scene = Scene(world, row, role)
        if populated:
            self._populate(scene)
        return scene if arrange(world, self._wishes(scene, without, later)) else None

    def _wishes(self, scene: Scene, without: str | None, later: Later) -> Callable[[], list[Wish]]:
        def wishes() -> list[Wish]:
            found = []
            demands = self._demands(scene)
            asked = True
            for demand in demands:
                broken = demand.name == without
                if asked or broken or later == "all" or (later == "own" and demand.status != INVALID):
                    found.append(replace(demand.wish, want=demand.wish.want is not broken))
                if not asked and not broken:
                    self._afterwards.add("check" if demand.status == INVALID else "demand")
                asked = asked and not broken
            entity = scene.row.entity
            if self.operation.entity and entity:
                condition = self.subject.stages.condition(entity, self.operation.name, scene.role)
                if condition is not None and not isinstance(condition, bool):
                    found.append(Wish(condition, scene.row.names()))
            if self.seeing and "input" in scene.world.bound:
                found += self.subject.stages.reading(
                    scene.world.bound["input"], self.subject.stages.properties(self.route), scene.role
                )
            return found

        return wishes

    def _input(self, world: World, *, filled: bool = False) -> None:
        """Add the input, with something in its optional members if they are to be `filled`."""
        if not self.operation.inputs:
            return
        given = world.add_input(self.operation.inputs)
        for one in given.fields:
            if filled and not one.required and one.default is None and one.type.kind != "reference":
                given.values[one.name] = parsed(one.type, sample_value(self.spec, one))

    def _names(self, scene: Scene) -> Names:
        own = self.operation.entity
        return (
            {snake(own): scene.row, **scene.world.names(), "this": scene.row} if own else scene.world.names()
        )

    def _demands(self, scene: Scene) -> list[Demand]:
        names = self._names(scene)
        found = [
            Demand(guard.name, Wish(guard.condition, names), problem_kind(guard.name))
            for guard in self.operation.guards
        ]
        found += Demands(scene.world).of(self.operation.effects, names)
        problems: dict[str, str] = {}
        return [
            one if problems.setdefault(one.name, one.problem) == one.problem else _later(one) for one in found
        ]

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
            lines += _made(script, scene, [row for row in outcome.made if row.name == name])
        return lines


def _made(script: Script, scene: Scene, rows: list[Row]) -> Iterator[str]:
    """Yield what must be true of the new rows of one entity."""
    name = rows[0].name
    if any(row.name == name and row.stored and row not in rows for row in scene.world.rows):
        return
    columns = [one for one in rows[0].fields if _comparable(rows, one)]
    variable = snake(name)
    if not columns:
        yield f"assert len(session.scalars(select({name})).all()) == {len(rows)}"
        return
    shown = ", ".join(f"{variable}.{identifier(one.column)}" for one in columns)
    values = [", ".join(_expected(script, row, one) for one in columns) for row in rows]
    comma = "," if len(columns) == 1 else ""
    found = f"[({shown}{comma}) for {variable} in session.scalars(select({name}))]"
    expected = f"[{', '.join(f'({value}{comma})' for value in values)}]"
    if len(rows) > 1:
        found, expected = f"sorted({found})", f"sorted({expected})"
    yield f"assert {found} == {expected}"


def _comparable(rows: list[Row], one: Field) -> bool:
    """Tell whether a test can say what new rows have in a field: several are compared in order."""
    if one.type.kind == "json" or (one.name not in rows[0].explicit and one.computed is None):
        return False
    values = [_stored(row, one) for row in rows]
    # What is as late as the scene may be the time at which the operation is carried out.
    if any(value == MOMENT or (isinstance(value, Row) and not value.there) for value in values):
        return False
    return len(rows) == 1 or None not in values


def _expected(script: Script, row: Row, one: Field) -> str:
    value = _stored(row, one)
    if isinstance(value, Row):
        return f"{script.name(value)}.id"
    return python_value(one.type, _exact(one.type, value))


def _later(demand: Demand) -> Demand:
    """Return a demand under a name of its own, since an earlier one has its name."""
    return replace(demand, name=f"{demand.name}_afterwards")


def _stored(row: Row, one: Field) -> Any:  # noqa: ANN401
    return row[one.name] if one.computed is not None else row.values.get(one.name)


def _exact(kind: Type, value: Any) -> Any:  # noqa: ANN401
    return round(value, scale_of(kind)) if value is not None and kind.kind in {"decimal", "money"} else value


def _same(script: Script, row: Row, name: str, value: Any, variable: str) -> Iterator[str]:  # noqa: ANN401
    known = row.field(name)
    if known is None:
        return
    if value == MOMENT:
        yield f"assert {variable}.{identifier(known.column)} is not None"
        return
    if isinstance(value, Row):
        if value.there:
            yield f"assert {variable}.{identifier(known.column)} == {script.name(value)}.id"
        return
    text = python_value(known.type, _exact(known.type, value))
    test = "is" if value is None or isinstance(value, bool) or known.type.kind == "enum" else "=="
    yield f"assert {variable}.{identifier(known.column)} {test} {text}"
