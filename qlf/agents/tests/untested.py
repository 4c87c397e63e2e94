"""Rules of the brief that no test is named after, and why not: silence would look like proof."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from qlf.agents.tests.cases import who
from qlf.agents.tests.creating import breach, first_body
from qlf.agents.tests.names import snake
from qlf.agents.tests.operations import out_of_sight
from qlf.samples import LONGEST, enum_values

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from qlf.agents.tests.cases import Case, Subject
    from qlf.model.spec import Check, Effect, Entity, Field, Operation, Route, Spec

NOT_CARRIED = "No request carries what it is about; operations alone write it."
NOT_MADE = "No route and no operation makes this move."
NOT_SEEN = "A request that breaks it refers to a row that its sender cannot see, and is refused for that."
NOT_FOUND = "No example was found that breaks this rule and no other."
NOT_REACHED = "No example was found in which it comes to this."
_ACTS = {
    "create": ("creates_{noun}", "cannot_create_{noun}_for_others"),
    "read": ("reads_{noun}", "does_not_see_other_{plural}"),
    "update": ("changes_{noun}", "cannot_change_other_{plural}"),
    "delete": ("deletes_{noun}", "cannot_delete_other_{plural}"),
    "transition": ("can_{action}_{noun}", "cannot_{action}_other_{plural}"),
    "operation": ("can_{action}", "cannot_{action}_other_{plural}"),
    "add": ("can_{action}_twice", "cannot_{action}_{noun}_out_of_reach"),
    "remove": ("can_undo_{action}_twice", "cannot_undo_{action}_{noun}_out_of_reach"),
}


@dataclass(frozen=True)
class Rule:
    """A rule, where it stands, what a test of it is called (a regular expression), and why there is none.

    `out_of_sight` tells whether only a reference to a row that its sender cannot see would break it.
    """

    name: str
    place: str
    test: str
    reason: str = NOT_FOUND
    out_of_sight: Callable[[], bool] = lambda: False


def untested(spec: Spec, subjects: list[Subject]) -> list[Rule]:
    """Return the rules that none of the tests is named after."""
    cases = [case for subject in subjects for case in subject.cases]
    named = {case.name for case in cases}
    named |= {f"{case.name}: {what}" for case in cases for what in _repeated(case)}
    rules = [rule for subject in subjects if not subject.free for rule in _of_entity(spec, subject)]
    rules += [rule for operation in spec.operations for rule in _of_operation(subjects, operation)]
    listed = "\n".join(sorted(named))
    missing = [one for one in rules if not re.search(f"^(?:{one.test})$", listed, re.MULTILINE)]
    return [replace(one, reason=NOT_SEEN) if one.out_of_sight() else one for one in missing]


def _repeated(case: Case) -> list[str]:
    """Return what the repetitions of a test are called."""
    return re.findall(r'id="([^"]+)"', " ".join(case.decorators))


def _of_entity(spec: Spec, subject: Subject) -> Iterator[Rule]:
    entity, noun, place = subject.entity, subject.noun, subject.entity.label
    carried = _carried(spec, subject)
    yield from _bounds(subject, carried)
    for check in entity.checks:
        test = rf"(new|changed)_{noun}_must_keep_{check.name}|.*_needs_{noun}_to_keep_{check.name}"
        reason = NOT_FOUND if carried.intersection(check.fields) else NOT_CARRIED
        yield Rule(check.name, place, test, reason, partial(_unseen, subject, check, carried))
    account = spec.auth is not None and entity.name == spec.auth.entity
    for group in _groups(entity):
        if account and group == ("email",):
            continue  # Signing up has a test of its own for that.
        shown = "_and_".join(group)
        test = rf"{shown}_of_{noun}_must_be_unique|.*_keeps_{shown}_of_{noun}_unique"
        yield Rule(f"unique: {', '.join(group)}", place, test, NOT_FOUND if carried else NOT_CARRIED)
    computed = (one for one in entity.fields if one.computed is not None and not one.hidden)
    worked_out = {one.name: one.type for one in entity.derived} | {one.name: one.type for one in computed}
    for name, kind in worked_out.items():
        for end in ("is_true", "is_false") if kind.kind == "bool" else ("is_worked_out",):
            yield Rule(f"{name} {end.replace('_', ' ')}", place, f"{name}_of_{noun}_{end}", NOT_REACHED)
    for act in _ACTS:
        for route in subject.routes(act):
            yield from _access(subject, route)
    yield from _moves(spec, subject)


def _groups(entity: Entity) -> Iterable[tuple[str, ...]]:
    alone = [(one.name,) for one in entity.fields if one.unique and not one.system]
    return dict.fromkeys([*alone, *entity.unique])


def _carried(spec: Spec, subject: Subject) -> set[str]:
    """Return the fields that some request gives by itself, and not through an operation."""
    routes = subject.routes("create", "update")
    if spec.api and spec.auth and subject.entity.name == spec.auth.entity:
        routes += [one for one in spec.api.routes if one.kind == "register"]
    return {prop.of for route in routes for prop in subject.stages.properties(route)}


def _bounds(subject: Subject, carried: set[str]) -> Iterator[Rule]:
    """Yield the bounds of fields; where operations alone write one, their input has tests of its own."""
    about = rf"members_of_(new|change_of)_{subject.noun}_must_be_valid"
    for one in subject.entity.fields:
        if one.system or one.computed is not None:
            continue
        broken = {
            f"pattern={one.pattern}": "not in the pattern" if one.pattern is not None else "",
            f"min={one.minimum}": "(shorter than|below)" if one.minimum is not None else "",
            f"max={one.maximum}": "(longer than|above)" if _is_said(one) else "",
        }
        for bound, how in broken.items():
            if how:
                wire = subject.cased(one.name)
                test = rf"{about}: {wire} {how}.*|.*_needs_(enough|room_for)_{one.name}"
                reason = NOT_FOUND if one.name in carried else NOT_CARRIED
                yield Rule(f"{one.name}: {bound}", subject.entity.label, test, reason)


def _is_said(one: Field) -> bool:
    """Tell whether a bound is the field's own, and not that of all fields of its kind."""
    return one.maximum is not None and one.maximum != LONGEST.get(one.type.kind)


def _unseen(subject: Subject, check: Check, carried: set[str]) -> bool:
    create = subject.route("create")
    if create is None or not carried.intersection(check.fields):
        return False
    return first_body(subject, create, partial(breach, check), seeing=False) is not None


def _access(subject: Subject, route: Route) -> Iterator[Rule]:
    words = {"noun": subject.noun, "plural": subject.entity.plural, "action": route.action}
    for role in subject.stages.callers(route):
        condition = subject.stages.condition(subject.entity, route.action or route.kind, role)
        does, does_not = (one.format(**words) for one in _ACTS[route.kind])
        what = f"{who(role)}: {route.action or route.kind}"
        if condition is not None:
            yield Rule(what, subject.entity.label, rf"{who(role)}_{does}(_\d+)?", NOT_REACHED)
        if condition is not None and not isinstance(condition, bool):
            yield Rule(f"{what} only where it is allowed", subject.entity.label, f"{who(role)}_{does_not}")


def _moves(spec: Spec, subject: Subject) -> Iterator[Rule]:
    """Yield that transitions start from their states only, and under their condition."""
    noun, place = subject.noun, subject.entity.label
    open_to_all = {one.action for one in subject.routes("transition")}
    moved = {one.target for operation in spec.operations for one in _steps(operation.effects)}
    for machine in subject.entity.states:
        states = len(enum_values(spec, subject.entity.field(machine.field).type))
        for one in machine.transitions:
            if one.name in open_to_all:
                if len(one.sources) < states:
                    yield Rule(one.name, place, f"{one.name}_is_refused_for_{noun}_in_another_state")
                if one.guard is not None:
                    yield Rule(f"condition of {one.name}", place, f"{one.name}_of_{noun}_has_a_condition")
            else:
                sources = "_or_".join(one.sources)
                reason = NOT_FOUND if one.name in moved else NOT_MADE
                yield Rule(one.name, place, rf".*_needs_{noun}_{sources}(_afterwards)?", reason)


def _steps(effects: Iterable[Effect]) -> Iterator[Effect]:
    for effect in effects:
        yield effect
        yield from _steps(effect.steps)


def _of_operation(subjects: list[Subject], operation: Operation) -> Iterator[Rule]:
    place = operation.label
    named = [guard.name for guard in operation.guards]
    for effect in _steps(operation.effects):
        if effect.kind == "require":
            named.append(effect.binding)
        elif effect.kind == "find":
            named.append(f"a_{snake(str(effect.entity))}")
    for name in named:
        test = f"{operation.name}_needs_{name}"
        yield Rule(name, place, test, out_of_sight=partial(out_of_sight, subjects, operation, name))
    if not operation.entity:
        yield Rule(operation.label, place, rf".*_can_{operation.name}", NOT_REACHED)
