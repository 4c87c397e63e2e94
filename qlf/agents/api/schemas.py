"""JSON Schema (2020-12) of values, properties, shapes and enumerations."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from qlf.agents.api.wording import listed, spoken

if TYPE_CHECKING:
    from qlf.model.brief import Scalar
    from qlf.model.spec import Entity, Property, Spec
    from qlf.model.types import Kind, Type

Json = dict[str, Any]

_FIXED: dict[Kind, Json] = {
    "bool": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "datetime": {"type": "string", "format": "date-time"},
    "time": {
        "type": "string",
        "format": "time-local",
        "pattern": r"^([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,6})?$",
    },
    "duration": {"type": "string", "format": "duration"},
    "uuid": {"type": "string", "format": "uuid"},
    "json": {"type": "object"},
}
_FORMATS: dict[Kind, str] = {"email": "email", "url": "uri"}
_LENGTHS: dict[Kind, int] = {"text": 255, "longtext": 65_535, "file": 255, "email": 254, "url": 2048}
_CHARACTERS: dict[Kind, str] = {
    "text": r"^[^\x00-\x1f\x7f]*$",
    "longtext": r"^[^\x00]*$",
    "file": r"^[^\x00-\x1f\x7f]*$",
    "phone": r"^\+[1-9]\d{1,14}$",
}
_LARGEST = 2**63 - 1
_GROUPED = re.compile(r"\^\((?:\?:)?[^()]*\)\$")
_SLUG: Json = {"type": "string", "minLength": 1, "maxLength": 255}
_WORDS = frozenset({"now", "today", "viewer"})


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a value must keep to besides its type."""

    minimum: float | None = None
    maximum: float | None = None
    pattern: str | None = None


UNBOUNDED = Bounds()


def reference(section: str, name: str) -> Json:
    """Return a reference to a component."""
    return {"$ref": f"#/components/{section}/{name}"}


def key_schema(entity: Entity) -> Json:
    """Return the schema of what names a row of the entity."""
    match entity.key.kind:
        case "int":
            return {"type": "integer", "format": "int64", "minimum": 1}
        case "slug":
            return dict(_SLUG)
        case _:
            return {"type": "string", "format": "uuid"}


def value_schema(spec: Spec, kind: Type, bounds: Bounds, *, answered: bool) -> Json:
    """Return the schema of one value; decimals are answered with all digits of their scale."""
    match kind.kind:
        case "reference":
            return key_schema(spec.entity(kind.entity or ""))
        case "enum":
            return reference("schemas", kind.enum or "")
        case "int":
            return {"type": "integer", "format": "int64", **_limits(bounds, answered=answered)}
        case "decimal" | "money":
            return _decimal(kind, bounds, answered=answered)
        case "text" | "longtext" | "email" | "url" | "phone" | "file":
            return _text(kind.kind, bounds, answered=answered)
        case other:
            return dict(_FIXED[other])


def property_schema(spec: Spec, member: Property, *, answered: bool, defaults: bool) -> Json:
    """Return the schema of a shape's member; `defaults` says whether to tell what holds in its absence."""
    schema = value_schema(spec, member.type, _bounds(member), answered=answered)
    if member.mask is not None and answered:
        schema = {word: schema[word] for word in ("type", "maxLength") if word in schema}
    if member.secret and not answered:
        schema["format"] = "password"
        if member.pattern is None:
            schema.pop("pattern", None)
    if member.type.many:
        schema = {"type": "array", "items": schema}
        if member.minimum:
            schema["minItems"] = int(member.minimum)
        if answered:
            schema["uniqueItems"] = True
    if member.nullable:
        schema = nullable(schema)
    constant = default_of(member) if defaults else None
    if constant is not None:
        schema["default"] = constant
    words = " ".join(filter(None, (described(member), _hidden(member, answered=answered))))
    return {"description": words, **schema} if words else schema


def nullable(schema: Json) -> Json:
    """Return the schema of the same value or null."""
    if "$ref" in schema:
        return {"anyOf": [schema, {"type": "null"}]}
    return {**schema, "type": [schema["type"], "null"]}


def described(member: Property) -> str:
    """Return a member's description, with the bounds that a schema of decimals cannot tell."""
    sentences = [member.description] if member.description else []
    if member.type.kind in {"decimal", "money"}:
        if member.minimum is not None:
            sentences.append(f"At least {number(member.minimum)}.")
        if member.maximum is not None:
            sentences.append(f"At most {number(member.maximum)}.")
    return " ".join(_sentence(text) for text in sentences)


def _hidden(member: Property, *, answered: bool) -> str:
    """Return what a masked member shows, or that its mask cannot be sent in its place."""
    if member.mask is None:
        return ""
    if not answered:
        return "Answers mask it; what they show in its place is refused."
    ends = [
        f"the {word} {count}"
        for word, count in (("first", member.mask.first), ("last", member.mask.last))
        if count
    ]
    shown = f"all but {' and '.join(ends)} characters" if ends else "all characters"
    whole = f", except to {listed([spoken(role) for role in member.mask.roles])}" if member.mask.roles else ""
    return f"Masked: {shown} are shown as `*`{whole}."


def default_of(member: Property) -> Scalar | None:
    """Return the constant that holds if the member is absent, None if there is none."""
    value = member.default
    if value is None or (isinstance(value, str) and value in _WORDS and member.type.kind != "enum"):
        return None
    return number(value) if member.type.kind in {"decimal", "money"} else value


def number(value: Scalar) -> str:
    """Return a number as text, without an exponent."""
    return f"{Decimal(str(value)):f}"


def scale_of(kind: Type) -> int:
    """Return the digits after a decimal's point."""
    fallback = 2 if kind.kind == "money" else 6
    return fallback if kind.scale is None else kind.scale


def anchored(pattern: str) -> str:
    """Return a pattern that the whole text has to match."""
    whole = pattern.startswith("^") and pattern.endswith("$")
    if whole and ("|" not in pattern or _GROUPED.fullmatch(pattern)):
        return pattern
    return f"^(?:{pattern})$"


def _bounds(member: Property) -> Bounds:
    # Tokens and the like are no columns: nothing bounds their length but what the spec says.
    column = member.source in {"field", "input"} and not member.secret
    longest = _LENGTHS.get(member.type.kind) if column else None
    return Bounds(member.minimum, longest if member.maximum is None else member.maximum, member.pattern)


def _limits(bounds: Bounds, *, answered: bool) -> Json:
    # What is sent can be any number in JSON, what is answered has been through the bounds already.
    least, most = (None, None) if answered else (-_LARGEST, _LARGEST)
    limits = {
        "minimum": least if bounds.minimum is None else int(bounds.minimum),
        "maximum": most if bounds.maximum is None else int(bounds.maximum),
    }
    return {word: bound for word, bound in limits.items() if bound is not None}


def _decimal(kind: Type, bounds: Bounds, *, answered: bool) -> Json:
    scale = scale_of(kind)
    whole = max((kind.precision or 18) - scale, 1)
    sign = "" if bounds.minimum is not None and bounds.minimum >= 0 else "-?"
    fraction = rf"\.\d{{{scale}}}" if answered else rf"(\.\d{{1,{scale}}})?"
    pattern = rf"^{sign}\d{{1,{whole}}}{fraction if scale else ''}$"
    return {"type": "string", "format": "decimal", "pattern": pattern}


def _text(kind: Kind, bounds: Bounds, *, answered: bool) -> Json:
    schema: Json = {"type": "string"}
    if kind in _FORMATS:
        schema["format"] = _FORMATS[kind]
    if bounds.minimum:
        schema["minLength"] = int(bounds.minimum)
    if bounds.maximum is not None:
        schema["maxLength"] = int(bounds.maximum)
    if bounds.pattern:
        schema["pattern"] = anchored(bounds.pattern)
    elif kind in _CHARACTERS and (kind == "phone" or not answered):
        schema["pattern"] = _CHARACTERS[kind]
    return schema


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."
