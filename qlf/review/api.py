"""Changes of an API, graded: whether a client that keeps to the old contract is broken by the new one.

The rules are those of oasdiff, as far as contracts that agents write can break them: what a request must hold
may only become less, what an answer promises only more. Who may call is part of the contract as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from qlf.model.review import ApiChange
from qlf.model.spec import ANYONE, SIGNED_IN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from qlf.model.review import Grade
    from qlf.model.spec import Api, Property, Route, Shape, Spec
    from qlf.model.types import Type

_REQUESTS = frozenset({"create", "update", "input", "auth"})


def api_changes(old: Spec | None, new: Spec | None) -> tuple[ApiChange, ...]:
    """Return all differences of two APIs, by operation; of one operation what breaks comes first."""
    before = _Contract(old.api if old else None, old)
    after = _Contract(new.api if new else None, new)
    found: set[tuple[str, Grade, str]] = set(_conventions(before, after))
    for name in before.routes.keys() | after.routes.keys():
        if name not in after.routes:
            found.add((name, "breaking", "the operation is gone"))
        elif name not in before.routes:
            found.add((name, "safe", "the operation is new"))
        else:
            found |= {(name, grade, what) for grade, what in _route(name, before, after)}
    return tuple(ApiChange(operation=name, grade=grade, what=what) for name, grade, what in sorted(found))


class _Typed(NamedTuple):
    """A type on the wire: its form without names, and the values of an enumeration."""

    form: Type
    values: frozenset[str]


class _Contract:
    """An API by the names of its operations and shapes."""

    def __init__(self, api: Api | None, spec: Spec | None) -> None:
        self.api = api
        self.routes: Mapping[str, Route] = {
            f"{each.method} {each.path}": each for each in (api.routes if api else ())
        }
        self.shapes: Mapping[str, Shape] = {each.name: each for each in (api.shapes if api else ())}
        self.enums = {each.name: each.values for each in (spec.enums if spec else ())}
        self.filters = {
            entity.name: {each.wire: each for each in entity.listing.filters}
            for entity in (spec.entities if spec else ())
        }
        self.sorts = {entity.name: entity.listing.sorts for entity in (spec.entities if spec else ())}

    def typed(self, kind: Type) -> _Typed:
        """Return a type as it is on the wire."""
        form = kind.model_copy(update={"entity": None, "enum": None})
        return _Typed(form, frozenset(self.enums.get(kind.enum or "", ())))


def _conventions(before: _Contract, after: _Contract) -> Iterator[tuple[str, Grade, str]]:
    if before.api is None or after.api is None:
        return
    for name, words in (
        ("errors", "the form of errors"),
        ("envelope", "whether answers have an envelope"),
        ("pagination", "how lists are cut"),
    ):
        old, new = getattr(before.api, name), getattr(after.api, name)
        same = (
            old.model_dump(exclude={"origin"}) == new.model_dump(exclude={"origin"})
            if name == "pagination"
            else old == new
        )
        if not same:
            yield "all operations", "breaking", f"{words} is another"


def _route(name: str, before: _Contract, after: _Contract) -> Iterator[tuple[Grade, str]]:
    old, new = before.routes[name], after.routes[name]
    yield from _callers(old, new)
    if old.success != new.success:
        yield "breaking", f"success is {new.success}, it was {old.success}"
    if old.conditional != new.conditional:
        yield (
            ("breaking", "an If-Match is needed")
            if new.conditional
            else ("safe", "no If-Match is needed any more")
        )
    if old.kind == new.kind == "list" and old.entity and new.entity:
        yield from _parameters(before, after, old.entity, new.entity)
    yield from _body(old, new, before, after)
    yield from _answer(old, new, before, after)


def _callers(old: Route, new: Route) -> Iterator[tuple[Grade, str]]:
    before, after = set(old.roles), set(new.roles)
    lost = set() if {ANYONE} & after or (SIGNED_IN in after and ANYONE not in before) else before - after
    gained = set() if {ANYONE} & before or (SIGNED_IN in before and ANYONE not in after) else after - before
    if lost:
        yield "breaking", f"{', '.join(sorted(lost))} may no longer call it"
    if gained:
        yield "safe", f"{', '.join(sorted(gained))} may call it"


def _parameters(before: _Contract, after: _Contract, old: str, new: str) -> Iterator[tuple[Grade, str]]:
    olds, news = before.filters[old], after.filters[new]
    for wire in olds.keys() | news.keys():
        if wire not in news:
            yield "breaking", f"parameter {wire} is gone"
        elif wire not in olds:
            yield "safe", f"parameter {wire} is new"
        elif (was := before.typed(olds[wire].type)) != (now := after.typed(news[wire].type)):
            yield from _retyped(f"parameter {wire}", was, now, taken=True)
    for sort in sorted({*before.sorts[old]} - {*after.sorts[new]}):
        yield "breaking", f"lists are no longer sorted by {sort}"
    for sort in sorted({*after.sorts[new]} - {*before.sorts[old]}):
        yield "safe", f"lists can be sorted by {sort}"


def _body(old: Route, new: Route, before: _Contract, after: _Contract) -> Iterator[tuple[Grade, str]]:
    olds = {each.wire: each for each in _members(old.body, before)}
    news = {each.wire: each for each in _members(new.body, after)}
    for wire, member in olds.items():
        if wire not in news:
            yield "breaking", f"{wire} is taken no longer"
        else:
            yield from _taken(wire, member, news[wire], before, after)
    for wire, member in news.items():
        if wire not in olds:
            needed = member.required and member.default is None
            yield ("breaking", f"{wire} is needed") if needed else ("safe", f"{wire} can be given")


def _taken(
    wire: str, old: Property, new: Property, before: _Contract, after: _Contract
) -> Iterator[tuple[Grade, str]]:
    """Yield what differs of a member of a request: it may only become less strict."""
    if (was := before.typed(old.type)) != (now := after.typed(new.type)):
        yield from _retyped(wire, was, now, taken=True)
    if old.required != new.required:
        yield ("breaking", f"{wire} is needed") if new.required else ("safe", f"{wire} can be left out")
    if old.nullable != new.nullable:
        yield (
            ("safe", f"{wire} can be null")
            if new.nullable
            else ("breaking", f"{wire} cannot be null any more")
        )
    yield from _bounds(wire, old, new, taken=True)
    if old.pattern != new.pattern:
        yield ("breaking" if new.pattern else "safe"), f"the pattern of {wire} is {new.pattern or 'none'}"


def _bounds(name: str, old: Property, new: Property, *, taken: bool) -> Iterator[tuple[Grade, str]]:
    """Yield how bounds differ: a request may only get more room, an answer only less."""
    for word, direction in (("minimum", 1), ("maximum", -1)):
        was, now = getattr(old, word), getattr(new, word)
        if was != now:
            tighter = now is not None and (was is None or (now - was) * direction > 0)
            yield (
                ("breaking" if tighter == taken else "safe"),
                f"{word} of {name} is {'none' if now is None else now}",
            )


def _answer(old: Route, new: Route, before: _Contract, after: _Contract) -> Iterator[tuple[Grade, str]]:
    if (old.result is None) != (new.result is None):
        yield "breaking", "there is an answer from now on" if new.result else "there is no answer any more"
        return
    olds = {each.wire: each for each in _members(old.result, before)}
    news = {each.wire: each for each in _members(new.result, after)}
    for wire, member in olds.items():
        if wire not in news:
            yield "breaking", f"answers lack {wire}"
            continue
        now = news[wire]
        if (was := before.typed(member.type)) != (typed := after.typed(now.type)):
            yield from _retyped(f"{wire} of answers", was, typed, taken=False)
        yield from _bounds(f"{wire} of answers", member, now, taken=False)
        if now.nullable != member.nullable:
            yield (
                ("breaking", f"{wire} of answers can be null")
                if now.nullable
                else ("safe", f"{wire} of answers is never null")
            )
        if (now.mask is None) != (member.mask is None):
            yield (
                ("breaking", f"{wire} of answers is masked")
                if now.mask
                else ("safe", f"{wire} of answers is whole")
            )
    for wire in news:
        if wire not in olds:
            yield "safe", f"answers have {wire}"


def _retyped(name: str, old: _Typed, new: _Typed, *, taken: bool) -> Iterator[tuple[Grade, str]]:
    """Yield how a type differs: whoever sends may have more values, whoever receives may not meet any."""
    if old.form != new.form or not (old.values and new.values):
        yield "breaking", f"{name} is of another type: {new.form.kind}"
        return
    if gone := sorted(old.values - new.values):
        yield ("breaking" if taken else "safe"), f"{name} is never {', '.join(gone)}"
    if more := sorted(new.values - old.values):
        yield ("safe" if taken else "breaking"), f"{name} can be {', '.join(more)}"


def _members(name: str | None, contract: _Contract) -> tuple[Property, ...]:
    """Return the members of a body; of a page, those of its rows."""
    shape = contract.shapes.get(name or "")
    if shape is None:
        return ()
    if shape.purpose == "page" and shape.item:
        return contract.shapes[shape.item].properties
    return shape.properties
