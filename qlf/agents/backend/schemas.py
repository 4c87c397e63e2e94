"""Shapes of the API as pydantic models."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qlf.agents.backend.columns import constant, key_annotation, python_type, times, times_of
from qlf.agents.backend.names import attribute, docstring, quoted
from qlf.agents.backend.safeguards import mask_name
from qlf.python_names import free, identifier

if TYPE_CHECKING:
    from qlf.model.spec import Entity, Property, Shape, Spec
    from qlf.model.types import Type

_REQUEST = {
    "text": "Line",
    "longtext": "LongText",
    "int": "Integer",
    "bool": "Boolean",
    "date": "Day",
    "datetime": "Moment",
    "time": "TimeOfDay",
    "duration": "Duration",
    "uuid": "UUID",
    "email": "EmailStr",
    "url": "Url",
    "phone": "Phone",
    "json": "JsonObject",
    "file": "Line",
}
REQUESTS = frozenset({"create", "update", "input", "auth"})
LINES = frozenset({"text", "longtext", "email", "url", "phone", "file"})


@dataclass(frozen=True)
class Attribute:
    """One member of a schema: `attribute: annotation = value`."""

    attribute: str
    annotation: str
    value: str


@dataclass(frozen=True)
class Schema:
    """One pydantic model."""

    name: str
    base: str
    docstring: str
    members: tuple[Attribute, ...]


def decimal_name(kind: Type) -> str:
    """Return the name of the type of decimals with these digits."""
    precision, scale = kind.precision or 18, kind.scale if kind.scale is not None else 2
    return "Money" if (precision, scale) == (18, 2) else f"Decimal{precision}With{scale}"


def schema_name(spec: Spec, shape: str) -> str:
    """Return the name of a shape's model; that of a row as it is answered must differ from the table's."""
    shapes = spec.api.shapes if spec.api else ()
    if any(one.name == shape and one.purpose == "read" for one in shapes):
        return free(f"{shape}Read", "Model", class_names(spec))
    return shape


def envelope_name(spec: Spec, entity: Entity) -> str:
    """Return the name of the model that wraps a row under its name."""
    return free(f"{entity.name}Envelope", "Model", class_names(spec))


def class_names(spec: Spec) -> set[str]:
    """Return the names of the spec that are those of classes: entities, enumerations, shapes."""
    shapes = spec.api.shapes if spec.api else ()
    return {one.name for group in (spec.entities, spec.enums, shapes) for one in group}


def schema(spec: Spec, shape: Shape) -> Schema:
    """Return the model of a request body or of one answered row."""
    request = shape.purpose in REQUESTS and not answered(spec, shape)
    dt = _times(spec, shape)
    return Schema(
        name=schema_name(spec, shape.name),
        base="Body" if request else "Answer",
        docstring=_docstring(spec, shape),
        members=tuple(
            _request_member(spec, shape, prop, dt) if request else _answer_member(spec, shape, prop, dt)
            for prop in shape.properties
        ),
    )


def page_schema(spec: Spec, page: Shape, rows: str, items: str, item: str) -> Schema:
    """Return the model of a page of `rows`, of which member `items` has models `item`."""
    rest = (Attribute(name, annotation, "") for name, annotation in _position(spec))
    members = (Attribute(items, f"list[{item}]", ""), *rest)
    return Schema(page.name, "Answer", docstring(f"One page of {rows}"), members)


def page_members(spec: Spec) -> tuple[tuple[str, str], ...]:
    """Return what a page has beside its rows, each with where it comes from."""
    return tuple((name, f"page.{name}") for name, _ in _position(spec))


def _position(spec: Spec) -> tuple[tuple[str, str], ...]:
    style = spec.api.pagination.style if spec.api else "cursor"
    return {
        "cursor": (("next_cursor", "str | None"),),
        "offset": (("total", "int"),),
        "page": (("total", "int"), ("pages", "int")),
    }[style]


def _docstring(spec: Spec, shape: Shape) -> str:
    label = spec.entity(shape.entity).label.lower() if shape.entity else shape.name
    summary = _PURPOSES[shape.purpose].format(label)
    return docstring(summary, shape.description)


_PURPOSES = {
    "read": "A {} as it is answered.",
    "item": "A {} in a list.",
    "exported": "A {} as the person gets it whom it is about.",
    "page": "A page of {} rows.",
    "create": "What a new {} is made of.",
    "update": "Changes of a {}; what is absent stays as it is.",
    "input": "What the operation is given.",
    "auth": "{}.",
}


def answered(spec: Spec, shape: Shape) -> bool:
    """Tell whether a shape of purpose `auth` is an answer, or stands in one."""
    if spec.api is None:
        return False
    results = {route.result for route in spec.api.routes}
    results |= {page.item for page in spec.api.shapes if page.name in results}
    return shape.name in results


def _times(spec: Spec, shape: Shape) -> str:
    """Return what all models of one module put before the types of `datetime`."""
    return times(prop.name for prop in shape.properties) or (
        times_of(spec.entity(shape.entity)) if shape.entity else ""
    )


def _request_member(spec: Spec, shape: Shape, prop: Property, dt: str) -> Attribute:
    annotation = _request_type(spec, prop)
    nullable = prop.nullable or (shape.purpose == "update")
    if nullable:
        annotation = f"{annotation} | None"
    if shape.purpose == "update" and not prop.nullable:
        annotation = f"Annotated[{annotation}, NotNull]"
    optional = shape.purpose == "update" or not prop.required
    default = _default(shape, prop, dt) if optional else None
    return Attribute(attribute(prop), annotation, _field(prop, default))


def _default(shape: Shape, prop: Property, dt: str) -> str:
    if shape.purpose == "update" or prop.default is None:
        return "None" if not prop.type.many or shape.purpose == "update" else "[]"
    if prop.type.kind == "reference":
        return "None"
    value = constant(prop.type, prop.default, dt)
    return f"factory:{value}" if prop.default in {"now", "today"} and value == prop.default else value


def _field(prop: Property, default: str | None) -> str:
    arguments = _constraints(prop)
    factory = "list" if default == "[]" else (default or "").partition("factory:")[2]
    if _aliased(prop):
        arguments.append(f"alias={quoted(prop.wire)}")
    if factory:
        arguments.insert(0, f"default_factory={factory}")
    if not arguments:
        return default or ""
    if default is not None and not factory:
        arguments.insert(0, f"default={default}")
    return f"Field({', '.join(arguments)})"


def _aliased(prop: Property) -> bool:
    """Tell whether the member's name does not follow from its attribute's."""
    return attribute(prop) != prop.name or (prop.wire != prop.name and not _camel(prop))


def _camel(prop: Property) -> bool:
    first, *rest = prop.name.split("_")
    return prop.wire == first + "".join(part.capitalize() for part in rest)


def _constraints(prop: Property) -> list[str]:
    arguments = []
    if prop.type.kind in LINES:
        low, high = "min_length", "max_length"
    else:
        low, high = "ge", "le"
    if prop.minimum is not None:
        arguments.append(f"{low}={_bound(prop, prop.minimum)}")
    if prop.maximum is not None and not (prop.type.kind == "url" and prop.maximum == _URL_LENGTH):
        arguments.append(f"{high}={_bound(prop, prop.maximum)}")
    if prop.pattern is not None and not prop.secret:
        arguments.append(f"pattern={_literal(_anchored(prop.pattern))}")
    return arguments


_URL_LENGTH = 2048


def _anchored(pattern: str) -> str:
    if pattern.startswith("^") and pattern.endswith("$"):
        return pattern
    return f"^(?:{pattern})$" if "|" in pattern else f"^{pattern}$"


def _literal(pattern: str) -> str:
    """Return a pattern as Python, raw where that saves backslashes; it ends with `$`."""
    raw = "\\" in pattern and '"' not in pattern and pattern.isprintable()
    return f'r"{pattern}"' if raw else quoted(pattern)


def _bound(prop: Property, bound: float) -> str:
    if prop.type.kind in {"decimal", "money"}:
        return f"Decimal({quoted(str(bound))})" if bound != int(bound) else str(int(bound))
    return str(int(bound)) if bound == int(bound) else str(bound)


def _request_type(spec: Spec, prop: Property) -> str:
    if prop.secret:
        return "NewPassword" if prop.pattern else "SecretStr"
    kind = prop.type
    if kind.kind == "reference":
        single = key_annotation(spec.entity(str(kind.entity)).key)
        single = {"str": "Slug", "int": "Integer"}.get(single, single)
    elif kind.kind == "enum":
        single = str(kind.enum)
    elif kind.kind in {"decimal", "money"}:
        single = decimal_name(kind)
    else:
        single = _REQUEST[kind.kind]
    return f"list[{single}]" if kind.many else single


def _answer_member(spec: Spec, shape: Shape, prop: Property, dt: str) -> Attribute:
    annotation = _answer_type(spec, prop, dt)
    if prop.mask is not None:
        annotation = f"Annotated[{annotation}, AfterValidator({mask_name(prop.of)})]"
    if prop.nullable:
        annotation = f"{annotation} | None"
    arguments = []
    slug = _slug_path(spec, prop)
    if slug and prop.nullable:
        arguments.append("default=None")
    if slug:
        arguments.append(f"validation_alias={slug}")
    if _aliased(prop):
        arguments.append(f"{'serialization_alias' if shape.entity else 'alias'}={quoted(prop.wire)}")
    return Attribute(attribute(prop), annotation, f"Field({', '.join(arguments)})" if arguments else "")


def _slug_path(spec: Spec, prop: Property) -> str:
    """Return where the slug of a row that is referred to is found."""
    if prop.type.kind != "reference" or prop.type.many or prop.source != "field":
        return ""
    if spec.entity(str(prop.type.entity)).key.kind != "slug":
        return ""
    return f'AliasPath({quoted(identifier(prop.of))}, "slug")'


def _answer_type(spec: Spec, prop: Property, dt: str) -> str:
    kind = prop.type
    if kind.kind == "reference":
        single = key_annotation(spec.entity(str(kind.entity)).key)
    elif kind.kind in {"decimal", "money"}:
        single = f"{decimal_name(kind)}Out"
    else:
        single = python_type(spec, kind, dt)
    return f"list[{single}]" if kind.many else single
