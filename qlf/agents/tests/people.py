"""What the checks of people's rights go through: a row of every kind about one person, how long rows stay."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from qlf.agents.tests.names import identifier, snake
from qlf.model.types import TEXTUAL
from qlf.samples import creation_order, fits

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from qlf.model.spec import Entity, Field, Property, Route, Spec

_FACTORY = re.compile(r"make_\w+(?=\()")
_PLAIN = TEXTUAL | {"bool", "date", "enum", "int", "reference", "uuid"}  # the same in Python's JSON
_MARK = "mark0123456789"  # as long as those that the tests make


@dataclass(frozen=True, slots=True)
class Made:
    """A row about a person: the variable that holds it, the call that makes it, and what it says of them.

    `texts` are members of answers with Python for what stands in each. There can be several about one person
    if `again`.
    """

    variable: str
    factory: str
    arguments: tuple[str, ...]
    member: str
    key: str
    texts: tuple[tuple[str, str], ...]
    again: bool

    @property
    def calls(self) -> tuple[str, ...]:
        """The calls of factories, and what they are given."""
        return (f"{self.factory}(", *self.arguments)


@dataclass(frozen=True, slots=True)
class Copied:
    """What an export has of the rows of an entity: members of the model with those of the row in it.

    `masked` ones are shown by their ends, those in `left_out` are not in it; `columns` are all of the table.
    `related` are relations to many rows, each with its member in the row, the key of what is there, and the
    factory of it.
    """

    model: str
    member: str
    key: str
    same: tuple[tuple[str, str], ...]
    other: tuple[tuple[str, str], ...]
    masked: tuple[tuple[str, str], ...]
    left_out: tuple[str, ...]
    columns: tuple[str, ...]
    related: tuple[tuple[str, str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """How long rows of an entity stay after the moment or day in `since`, as Python."""

    factory: str
    since: str
    start: str
    days: int
    hours: int


@dataclass(frozen=True, slots=True)
class Needed:
    """A row that stays although its time has passed: one that is kept for ever refers to it."""

    factory: str
    reference: str
    table: str
    days: int


def people(spec: Spec) -> dict[str, Any]:
    """Return what the templates of these checks show."""
    routes = {route.kind: route for route in spec.api.routes} if spec.api else {}
    rights = {"export": routes["export"], "erase": routes["erase"]} if "export" in routes else {}
    made = _made(spec, routes["export"]) if rights else ()
    return {
        **rights,
        "made": made,
        "factories": [name for one in made for name in _FACTORY.findall(" ".join(one.calls))],
        "closed": ("RefreshToken", *(("UserSession",) if spec.auth and spec.auth.idle_seconds else ())),
        "dated": any("A_DAY" in argument for one in made for argument in one.arguments),
        "own": _own(spec, routes["export"]) if rights else "",
        "copies": tuple(_copies(spec, routes["export"])) if rights else (),
        "kept": tuple(_kept(spec)),
        "needed": next(_needed(spec), None),
        "tables": tuple((entity.table, tuple(_columns(entity))) for entity in spec.entities),
    }


def _columns(entity: Entity) -> Iterator[tuple[str, tuple[str, ...]]]:
    for field in entity.fields:
        yield field.stored, field.classes
        if entity.digested(field):
            yield field.compared, field.classes


def _made(spec: Spec, export: Route) -> tuple[Made, ...]:
    shapes = {shape.name: shape for shape in spec.api.shapes} if spec.api else {}
    wires = {member.type.entity: member.wire for member in shapes[str(export.result)].properties}
    found: dict[str, Made] = {}
    for entity in creation_order(spec):
        if entity.subject:
            found[entity.name] = _row(spec, entity, found, wires[entity.name])
    return tuple(found.values())


def _copies(spec: Spec, export: Route) -> Iterator[Copied]:
    shapes = {shape.name: shape for shape in spec.api.shapes} if spec.api else {}
    for member in shapes[str(export.result)].properties:
        yield _copied(spec, spec.entity(str(member.type.entity)), member.wire)


def _copied(spec: Spec, entity: Entity, member: str) -> Copied:
    shown = {one.of: one for one in spec.api.exported(entity.name).properties} if spec.api else {}
    slugs = {one.name for one in spec.entities if one.key.kind == "slug"}
    same: list[tuple[str, str]] = []
    other: list[tuple[str, str]] = []
    masked: list[tuple[str, str]] = []
    left_out: list[str] = []
    for field in entity.fields:
        prop = shown.get(field.name)
        names = (identifier(field.name if field.encrypted else field.column), prop.wire if prop else "")
        if prop is None:
            left_out.append(names[0])
        elif prop.mask:
            masked.append(names)
        else:
            plain = field.type.kind in _PLAIN and field.type.entity not in slugs
            (same if plain else other).append(names)
    related = [
        (
            identifier(one.name),
            shown[one.name].wire,
            "slug" if one.entity in slugs else "id",
            f"make_{snake(one.entity)}",
        )
        for one in entity.relations
        if one.kind == "many-to-many"
    ]
    return Copied(
        model=entity.name,
        member=member,
        key="slug" if entity.key.kind == "slug" else "id",
        same=tuple(same),
        other=tuple(other),
        masked=tuple(masked),
        left_out=tuple(left_out),
        columns=tuple(column for column, _ in _columns(entity)),
        related=tuple(related),
    )


def _own(spec: Spec, export: Route) -> str:
    """Return the member of an export that has a person's own row."""
    shape = next(one for one in spec.api.shapes if one.name == export.result) if spec.api else None
    users = spec.auth.entity if spec.auth else ""
    return next(one.wire for one in shape.properties if one.type.entity == users) if shape else ""


def _row(spec: Spec, entity: Entity, found: Mapping[str, Made], member: str) -> Made:
    step, _, rest = str(entity.subject).partition(".")
    key = "slug" if entity.key.kind == "slug" else "id"
    shown = {one.of: one for one in spec.api.exported(entity.name).properties} if spec.api else {}
    marked = [(one, text) for one in entity.fields if one.personal and (text := _marked(one))]
    return Made(
        variable=_variable(entity),
        factory=f"make_{snake(entity.name)}",
        arguments=(
            f"{identifier(step)}={_leading(spec, entity, step, rest, found)}",
            *(f"{identifier(one.column)}={text}" for one, text in marked),
        ),
        member=member,
        key=key,
        texts=tuple(
            (shown[one.name].wire, text)
            for one, text in marked
            if one.type.kind in TEXTUAL and _whole(shown.get(one.name))
        ),
        again=not entity.field(step).unique and not any(step in names for names in entity.unique),
    )


def _variable(entity: Entity) -> str:
    name = snake(entity.name)
    return f"{name}_row" if name in {"session", "person", "mark"} else identifier(name)


def _whole(member: Property | None) -> bool:
    return member is not None and member.mask is None


def _leading(spec: Spec, entity: Entity, step: str, rest: str, found: Mapping[str, Made]) -> str:
    """Return Python for the row that leads from a row to its person."""
    if not rest:
        return "person"
    target = spec.entity(str(entity.field(step).type.entity))
    if target.subject == rest:
        return found[target.name].variable
    following, _, more = rest.partition(".")
    leading = _leading(spec, target, following, more, found)
    return f"make_{snake(target.name)}(session, {identifier(following)}={leading})"


def _marked(field: Field) -> str:
    """Return Python for a value with the mark in it, "" if the field has no room for one."""
    if field.type.kind == "date" and field.classes:
        return "A_DAY"
    if field.type.kind not in TEXTUAL:
        return ""
    forms = {"email": "{}@example.com", "url": "https://example.com/{}"}
    form = forms.get(field.type.kind, "{}")
    if not fits(field, form.format(_MARK)):
        return ""
    return "mark" if form == "{}" else f'f"{form.format("{mark}")}"'


def _kept(spec: Spec) -> Iterator[Kept]:
    for entity in spec.entities:
        if entity.retention:
            since = entity.field(entity.retention.since)
            day = since.type.kind == "date"
            yield Kept(
                factory=f"make_{snake(entity.name)}",
                since=identifier(since.column),
                start="day()" if day else "moment()",
                days=entity.retention.days,
                hours=25 if day else 1,
            )


def _needed(spec: Spec) -> Iterator[Needed]:
    for entity in spec.entities:
        for field in entity.fields if entity.retention is None else ():
            target = spec.entity(field.type.entity) if field.type.entity and field.required else None
            if target and target.retention and target.field(target.retention.since).required:
                days = target.retention.days
                yield Needed(f"make_{snake(entity.name)}", identifier(field.name), target.table, days)
