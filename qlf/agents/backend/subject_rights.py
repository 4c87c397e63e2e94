"""What people may ask for: the rows about each of them, and what is left of these after an erasure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from qlf.agents.backend import sign_in
from qlf.agents.backend.names import attribute, column, quoted, variable
from qlf.agents.backend.safeguards import watched
from qlf.agents.backend.schemas import schema_name
from qlf.agents.backend.sql_values import SqlValues
from qlf.model.expression import Binary, Member, Name
from qlf.model.spec import SIGNED_IN
from qlf.model.types import Type
from qlf.python_names import identifier, local, member
from qlf.samples import creation_order, enum_values, fits, longest, sample_value

if TYPE_CHECKING:
    from collections.abc import Callable

    from qlf.agents.backend.whole import Whole
    from qlf.model.expression import Expression
    from qlf.model.spec import Entity, Field, Route, Spec

_BOOL = Type(kind="bool")
_ERASED = {
    "email": "erased@example.com",
    "phone": "+10000000000",
    "url": "https://example.com/erased",
}
# Any of them could be what the application makes: a place is right for all or for none.
_PROBES = tuple(UUID(int=number, version=4) for number in (0, 1 << 100, (1 << 128) - 1, 0xABCDEF << 90))
_LENGTHS = (32, 20, 16, 12)

_FORMS: dict[str, Callable[[UUID], str]] = {
    "uuid4().hex": lambda number: number.hex,
    "uuid4().hex.upper()": lambda number: number.hex.upper(),
    "str(uuid4().int)": lambda number: str(number.int),
}


@dataclass(frozen=True)
class About:
    """The rows of one entity about a person: how they are found and shown, and what an erasure leaves."""

    model: str
    function: str
    variable: str
    label: str
    wire: str
    schema: str
    select: str
    condition: str
    removable: bool
    blanks: tuple[tuple[str, str], ...]
    cleared: tuple[str, ...]


@dataclass(frozen=True)
class Rights:
    """What the templates of exports and erasures show.

    `about` has what an erasure changes beside the person, the rows that refer to others first.
    """

    export: Route
    erase: Route
    members: tuple[About, ...]
    about: tuple[About, ...]
    person: About
    password: str
    password_wire: str
    prefix: str
    closed: tuple[str, ...]
    watched: dict[str, str]


def rights(spec: Spec, app: Whole) -> Rights:
    """Return what people may ask for."""
    routes = {route.kind: route for route in app.api.routes}
    shapes = {shape.name: shape for shape in app.api.shapes}
    export, erase = routes["export"], routes["erase"]
    wires = {str(one.type.entity): one.wire for one in shapes[str(export.result)].properties}
    found = {
        entity.name: _about(spec, app, entity, wires[entity.name])
        for entity in reversed(creation_order(spec))
        if entity.subject is not None
    }
    person = found[app.user["name"]]
    (given,) = shapes[str(erase.body)].properties
    return Rights(
        export=export,
        erase=erase,
        members=tuple(found[str(prop.type.entity)] for prop in shapes[str(export.result)].properties),
        about=tuple(
            one
            for one in found.values()
            if one is not person and (one.removable or one.blanks or one.cleared)
        ),
        person=person,
        password=attribute(given),
        password_wire=given.wire,
        prefix=export.path.removeprefix(app.api.base_path).rpartition("/")[0],
        closed=tuple(name for name in sign_in.model_names(spec) if name != "EmergencyGrant"),
        watched={one.kind: watched(spec, one) for one in (export, erase) if spec.audits(one)},
    )


def _about(spec: Spec, app: Whole, entity: Entity, wire: str) -> About:
    view = next(one for one in app.entities if one.name == entity.name)
    translate = SqlValues(spec, {"this": entity.name}, {"viewer": "person"})
    shape = app.api.exported(entity.name)
    loaded = [
        f"selectinload({entity.name}.{identifier(one.of)})"
        for one in shape.properties
        if shape.purpose == "exported" and one.type.many
    ]
    options = f".options({', '.join(loaded)})" if loaded else ""
    return About(
        model=entity.name,
        function=f"_{entity.plural}_about",
        variable="person" if view.is_user else _variable(entity),
        label=entity.label_plural.lower(),
        wire=wire,
        schema=schema_name(spec, shape.name),
        select=f"select_{entity.plural}({'person' if view.viewer_dependent else ''}){options}",
        condition=translate.condition(_about_person(spec, entity)),
        removable=not view.is_user and _removable(spec, entity),
        blanks=tuple((column(one), blank(spec, entity, one)) for one in entity.fields if one.personal),
        cleared=tuple(
            identifier(one.name) for one in entity.relations if one.kind == "many-to-many" and one.owning
        ),
    )


def _variable(entity: Entity) -> str:
    name = variable(entity)
    return f"{name}_row" if name in {"person", "rows", "batches", "remove"} else local(name)


def _about_person(spec: Spec, entity: Entity) -> Expression:
    """Return the condition that a row is about the viewer."""
    user = Type(kind="reference", entity=spec.auth.entity if spec.auth else None)
    row: Expression = Name(name="this", type=Type(kind="reference", entity=entity.name))
    target = entity
    for step in filter(None, str(entity.subject).split(".")):
        kind = target.field(step).type
        row, target = Member(of=row, name=step, type=kind), spec.entity(str(kind.entity))
    return Binary(operator="==", left=row, right=Name(name="viewer", type=user), type=_BOOL)


def _removable(spec: Spec, entity: Entity) -> bool:
    """Tell whether rows go with the person: what people may not delete themselves is kept for a reason."""
    own = {SIGNED_IN, spec.auth.signup_role} if spec.auth else {SIGNED_IN}
    deleted = any(grant.action == "delete" and grant.role in own for grant in entity.access)
    return deleted and entity.retention is None


def blank(spec: Spec, entity: Entity, field: Field) -> str:
    """Return as Python what stands in the place of a personal value."""
    if not field.required:
        return "None"
    match field.type.kind:
        case "bool":
            return "False"
        case "enum":
            return f"{field.type.enum}.{member(enum_values(spec, field.type)[0])}"
        case "date":
            return "date(1900, 1, 1)"
        case "datetime":
            return "datetime(1900, 1, 1, tzinfo=UTC)"
        case "time":
            return "time(0)"
        case "duration":
            return "timedelta(0)"
        case "json":
            return "{}"
        case "uuid":
            return "uuid4()"
        case "int":
            return str(int(field.minimum or 0))
        case "decimal" | "money":
            return f"Decimal({quoted(str(field.minimum or 0))})"
    alone = field.unique or any(field.name in group for group in entity.unique)
    return (_numbered(spec, field) if alone else None) or _plain(spec, field)


def _plain(spec: Spec, field: Field) -> str:
    text = _ERASED.get(field.type.kind, _word(field))
    return quoted(text if fits(field, text) else str(sample_value(spec, field)))


def _word(field: Field) -> str:
    """Return the word for what is gone, as often and as much of it as a field takes."""
    length = max(len("erased"), int(field.minimum or 0))
    return ("erased " * length)[: min(length, longest(field))].strip()


def _numbered(spec: Spec, field: Field) -> str | None:
    """Return a text with a random number in it, so that no other row has it; None if there is no room."""
    if field.type.kind == "email":
        return 'f"erased-{uuid4().hex}@example.com"'
    sample = str(sample_value(spec, field))
    for head in ("erased-", *(sample[:place] for place in range(len(sample)))):
        for length in _LENGTHS:
            cut = f"[:{length}]" if length < _LENGTHS[0] else ""
            for form, write in _FORMS.items():
                if all(fits(field, head + write(probe)[:length]) for probe in _PROBES):
                    return f'f"{head}{{{form}{cut}}}"' if head else f"{form}{cut}"
    return None
