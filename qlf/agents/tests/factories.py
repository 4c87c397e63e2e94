"""Factories of rows and bodies: what each gives to a member that the test does not mention."""

from __future__ import annotations

import ast
import string
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from qlf.agents.tests.names import identifier, json_value, python_value, quoted, snake
from qlf.agents.tests.solve import paths
from qlf.agents.tests.world import PASSWORD_FIELD, sequenced
from qlf.model.types import TEXTUAL
from qlf.samples import fits, parsed, sample_value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qlf.agents.tests.stage import Stages
    from qlf.agents.tests.world import Defaults, Link
    from qlf.model.spec import Entity, Field, Property, Route, Spec

_PROBES = 30


@dataclass(frozen=True)
class Reference:
    """A row that the new one refers to, and how it is made if none is given."""

    name: str
    model: str
    factory: str
    arguments: tuple[str, ...]


@dataclass(frozen=True)
class FactoryView:
    """What the template of a factory shows; `body` is None where no route creates rows."""

    name: str
    module: str
    model: str
    variable: str
    article: str
    references: tuple[Reference, ...]
    made: tuple[Reference, ...]
    values: tuple[tuple[str, str], ...]
    settles: bool
    body: tuple[tuple[str, str], ...] | None
    body_refers: bool

    @property
    def numbered(self) -> bool:
        """Whether some value has a number in it."""
        nodes = (node for _, value in self.values for node in ast.walk(ast.parse(value, mode="eval")))
        return any(isinstance(node, ast.Name) and node.id == "number" for node in nodes)

    @property
    def lettered(self) -> bool:
        """Whether some value is a number in letters."""
        return any("letters(" in value for _, value in self.values)

    @property
    def plain(self) -> bool:
        """Whether the factory takes nothing but values."""
        return not self.references


def factory(spec: Spec, stages: Stages, entity: Entity) -> FactoryView:
    """Return the factory of an entity."""
    name = snake(entity.name)
    planned = stages.defaults(entity)
    references = tuple(_references(spec, entity, planned))
    create = _create_route(spec, entity)
    label = entity.label.lower()
    return FactoryView(
        name=name,
        module=identifier(name),
        model=entity.name,
        variable="row" if name in {"session", "values", "number"} else identifier(name),
        article=f"{'an' if label[0] in 'aeio' else 'a'} {label}",
        references=references,
        made=tuple(_ordered(references)),
        values=tuple(_values(stages, entity)),
        settles=any(one.computed is not None for one in entity.fields),
        body=tuple(_body(spec, stages, entity, create)) if create else None,
        body_refers=create is not None
        and any(prop.required and prop.type.kind == "reference" for prop in stages.properties(create)),
    )


def _create_route(spec: Spec, entity: Entity) -> Route | None:
    routes = spec.api.routes if spec.api else ()
    return next((one for one in routes if one.kind == "create" and one.entity == entity.name), None)


def _references(spec: Spec, entity: Entity, planned: Defaults) -> Iterator[Reference]:
    for one in entity.fields:
        if one.type.kind == "reference" and one.required:
            target = spec.entity(str(one.type.entity))
            arguments = tuple(_argument(target, link) for link in planned.links.get(one.name, ()))
            yield Reference(identifier(one.name), target.name, snake(target.name), arguments)


def _argument(target: Entity, link: Link) -> str:
    known = target.field(link.field)
    name = link.field if known.type.kind == "reference" else known.column
    if link.path:
        return f"{identifier(name)}={'.'.join(identifier(step) for step in link.path)}"
    return f"{identifier(name)}={python_value(known.type, link.value)}"


def _ordered(references: tuple[Reference, ...]) -> Iterator[Reference]:
    """Yield the references so that each comes after those that its arguments name."""
    waiting = list(references)
    while waiting:
        names = {one.name for one in waiting}
        ready = next(
            (one for one in waiting if not _mentioned(one) & (names - {one.name})),
            waiting[0],
        )
        waiting.remove(ready)
        yield ready


def _mentioned(reference: Reference) -> set[str]:
    return {argument.partition("=")[2].partition(".")[0] for argument in reference.arguments}


def _values(stages: Stages, entity: Entity) -> Iterator[tuple[str, str]]:
    """Yield the columns that a row cannot do without, each with a value as Python."""
    planned = stages.defaults(entity)
    plain = stages.nobody().add(entity)
    settled = _settled(entity)
    for one in entity.fields:
        if one.name == PASSWORD_FIELD:
            yield identifier(one.column), "PASSWORD_HASH"
        elif one.name == "slug" and one.system:
            yield "slug", f'f"{snake(entity.name).replace("_", "-")}-{{number}}"'
        elif one.name in planned.values:
            yield identifier(one.column), python_value(one.type, planned.values[one.name])
        elif _given(one) or one.name in settled:
            numbered = one.name in sequenced(entity)
            value = number_value(one) if numbered else python_value(one.type, plain.peek(one))
            yield identifier(one.column), value


def _settled(entity: Entity) -> set[str]:
    """Return the fields whose default is wanted before the database gives it: others follow from them."""
    read = {path.name for one in entity.fields if one.computed is not None for path in paths(one.computed)}
    return {one.name for one in entity.fields if one.name in read and one.default is not None}


def _given(one: Field) -> bool:
    return (
        one.required
        and one.type.kind != "reference"
        and one.computed is None
        and one.default is None
        and one.name not in {"id", "version", "created_at", "updated_at"}
    )


def _body(spec: Spec, stages: Stages, entity: Entity, route: Route) -> Iterator[tuple[str, str]]:
    row = stages.nobody().add(entity, stored=False)
    for prop in stages.properties(route):
        if prop.required and prop.type.kind != "reference":
            yield prop.wire, json_value(_initial(spec, row, prop))


def _initial(spec: Spec, row: Any, prop: Property) -> Any:  # noqa: ANN401
    known = row.field(prop.of)
    return row.peek(known) if known else parsed(prop.type, sample_value(spec, prop))


# Numbered values


def number_value(one: Field) -> str:
    """Return Python that makes a value of a number, a different one for each as far as the field allows."""
    kind = one.type.kind
    if kind == "uuid":
        return "uuid4()"
    if kind == "int":
        low = int(one.minimum or 0)
        return "number" if low <= 1 else f"{low} + number"
    if kind not in TEXTUAL:
        return quoted(None)
    sample = str(sample_value(_NO_SPEC, one))
    return _suffixed(one, sample) or _digits(one, sample) or _letters(one, sample) or quoted(sample)


_NO_SPEC: Any = None


def _suffixed(one: Field, sample: str) -> str | None:
    match one.type.kind:
        case "email":
            return 'f"person{number}@example.com"'
        case "phone":
            return 'f"+35121{number:07d}"'
    base = sample.rstrip(string.digits).rstrip()
    for separator in (" ", "-", "/", ""):
        if all(fits(one, f"{base}{separator}{number}") for number in (1, 9, 10, 99, 1000, 99999)):
            return f"f{quoted(f'{base}{separator}{{number}}')}"
    return None


def _digits(one: Field, sample: str) -> str | None:
    """Find digits in a sample, from the right, whose place any number can take."""
    for width in (6, 5, 4, 3):
        for start in range(len(sample) - width, -1, -1):
            head, tail = sample[:start], sample[start + width :]
            numbers = [(10**width - 1) * step // _PROBES for step in range(_PROBES + 1)]
            if all(fits(one, f"{head}{number:0{width}d}{tail}") for number in numbers):
                return f"f{quoted(f'{head}{{number:0{width}d}}{tail}')}"
    return None


def _letters(one: Field, sample: str) -> str | None:
    for width in range(min(len(sample), 4), 1, -1):
        for start in range(len(sample) - width, -1, -1):
            head, tail = sample[:start], sample[start + width :]
            for alphabet, change in ((string.ascii_uppercase, ""), (string.ascii_lowercase, ".lower()")):
                if all(fits(one, f"{head}{letter * width}{tail}") for letter in alphabet):
                    middle = f"letters(number, {width}){change}"
                    return f'f"{head}{{{middle}}}{tail}"' if head or tail else middle
    return None
