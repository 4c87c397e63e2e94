"""What an operation leaves behind, worked out over the rows of a scene."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from qlf.agents.tests.demands import looked_up, target
from qlf.agents.tests.solve import consistent
from qlf.evaluation import evaluate

if TYPE_CHECKING:
    from qlf.agents.tests.world import Row, World
    from qlf.model.spec import Effect, Operation

Names = dict[str, Any]


@dataclass
class Outcome:
    """What an operation leaves behind: changed values, new rows, rows that are gone."""

    changed: dict[tuple[int, str], tuple[Row, str, Any]] = field(default_factory=dict)
    former: dict[tuple[int, str], Any] = field(default_factory=dict)
    made: list[Row] = field(default_factory=list)
    gone: list[Row] = field(default_factory=list)


def carry_out(world: World, operation: Operation, names: Names) -> Outcome | None:
    """Return what the operation leaves behind; the world itself stays as it was."""
    outcome = Outcome()
    world.complete()
    mark = world.mark()
    for effect in operation.effects:
        names = _apply(world, effect, names, outcome)
    valid = consistent(world, [])
    for key, (row, name, _) in list(outcome.changed.items()):
        outcome.changed[key] = (row, name, row.values.get(name))
    world.rollback(mark)
    for key, value in outcome.former.items():
        row, name, _ = outcome.changed[key]
        row.values[name] = value
    return outcome if valid else None


def _apply(world: World, effect: Effect, names: Names, outcome: Outcome) -> Names:
    match effect.kind:
        case "find":
            return {**names, effect.binding: looked_up(world, effect, names)}
        case "create":
            entity = world.spec.entity(str(effect.entity))
            made = world.add(entity, {name: evaluate(value, names) for name, value in effect.values})
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
        of, name = target(effect)
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
