"""Forms of JSON Schema in which the grammars of briefs and overlays are written."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qlf.structure import Schema


def record(description: str, members: Schema, required: list[str] | None = None) -> Schema:
    """Return the schema of a mapping with these keys and no others."""
    schema: Schema = {
        "type": "object",
        "description": description,
        "properties": members,
        "additionalProperties": False,
    }
    return {**schema, "required": required} if required else schema


def mapping(description: str, names: str, value: Schema, least: int = 0) -> Schema:
    """Return the schema of a mapping from names of a kind to values."""
    schema: Schema = {
        "type": "object",
        "description": description,
        "propertyNames": ref(names),
        "additionalProperties": value,
    }
    return {**schema, "minProperties": least} if least else schema


def names(description: str, kind: str, least: int = 0) -> Schema:
    """Return the schema of a list of different names."""
    schema: Schema = {
        "type": "array",
        "description": description,
        "items": ref(kind),
        "uniqueItems": True,
    }
    return {**schema, "minItems": least} if least else schema


def field_lists(description: str) -> Schema:
    """Return the schema of lists of fields."""
    return {"type": "array", "description": description, "items": names("Fields.", "snake", 1)}


def text(description: str, pattern: str = "", words: str = "", longest: int = 0) -> Schema:
    """Return the schema of a text; `words` say its pattern."""
    schema: Schema = {"type": "string", "description": description, "minLength": 1}
    if pattern:
        schema |= {"pattern": pattern, "patternErrorMessage": f"write {words}"}
    return {**schema, "maxLength": longest} if longest else schema


def flag(description: str) -> Schema:
    """Return the schema of true or false."""
    return {"type": "boolean", "description": description}


def choice(description: str, *values: str) -> Schema:
    """Return the schema of one of some values."""
    return {"enum": list(values), "description": description}


def either(*forms: Schema) -> Schema:
    """Return the schema of a short and a long form."""
    return {"anyOf": list(forms)}


def ref(name: str) -> Schema:
    """Return a reference to a definition."""
    return {"$ref": f"#/$defs/{name}"}
