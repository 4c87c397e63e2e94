"""The structure of catalogues and of features as JSON Schema (2020-12)."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from qlf.structure import SNAKE, Language, Schema

CONTROLS_ID = "https://quantumlayer.dev/schemas/controls.schema.json"
FEATURES_ID = "https://quantumlayer.dev/schemas/features.schema.json"
# OSCAL 1.1 wants tokens: they begin with a letter.
IDENTIFIER = r"^[a-z][a-z0-9]*([.-][a-z0-9]+)*$"
CATALOGUE = r"^[a-z][a-z0-9]*([.-][a-z0-9]+)*$"
PROOF = r"^[a-z][a-z0-9_]*(/[a-z][a-z0-9-]*(/[A-Za-z][A-Za-z0-9_.-]*)?)?$"
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_LINE = 200
_TEXT = 1000


def controls_schema() -> Schema:
    """Return the JSON Schema of a catalogue of controls."""
    return {
        "$schema": _DIALECT,
        "$id": CONTROLS_ID,
        "title": "Catalogue of controls",
        "type": "object",
        "description": "The controls of a standard: rules/controls/NAME.yaml.",
        "required": ["name", "title", "version", "publisher", "source", "controls"],
        "additionalProperties": False,
        "properties": {
            "name": _text("The catalogue's name, which is also that of its file.", 63)
            | {"pattern": CATALOGUE, "patternErrorMessage": "write a name like pci-dss-4.0.1"},
            "title": _text("The standard's name.", _LINE),
            "version": _text("Its version, or the date of its text.", _LINE),
            "publisher": _text("Who publishes it.", _LINE),
            "source": _text("Where it is published.", _LINE),
            "controls": {
                "type": "array",
                "description": "The controls, in the order of the standard.",
                "minItems": 1,
                "maxItems": 500,
                "items": {"$ref": "#/$defs/control"},
            },
        },
        "$defs": {"control": _control()},
    }


def _control() -> Schema:
    return {
        "type": "object",
        "required": ["id", "title", "wording", "clause", "checked"],
        "additionalProperties": False,
        "properties": {
            "id": _text("Its identifier, unlike all others.", 63)
            | {"pattern": IDENTIFIER, "patternErrorMessage": "write one like pci-3.5.1: a letter first"},
            "title": _text("What it asks for, in a few words.", _LINE),
            "wording": _text("What it asks for, in words of one's own.", _TEXT),
            "clause": _text("Its number in the standard.", _LINE),
            "checked": _text("Where number and meaning were checked, or that they were not.", _TEXT),
            "concerns": _names("The classes of data that it is about.", SNAKE),
            "applies_to": _text(
                "CEL over spec: whether an application is under it; left out: always.", _TEXT
            ),
            "implemented_by": _names("The features that carry it.", SNAKE),
            "proven_by": _names(
                "The features whose checks prove it, or GATE/TOOL, or GATE/TOOL/RULE.", PROOF
            ),
            "organisational": _text("Why only an organisation can do it.", _TEXT),
            "not_assessed": _text("Why nothing is said of it, though code could carry it.", _TEXT),
            "remains": _text("What an organisation does besides.", _TEXT),
        },
    }


def features_schema() -> Schema:
    """Return the JSON Schema of `rules/controls/features.yaml`."""
    return {
        "$schema": _DIALECT,
        "$id": FEATURES_ID,
        "title": "Features",
        "type": "object",
        "description": "What in applications carries controls, by name: rules/controls/features.yaml.",
        "maxProperties": 200,
        "propertyNames": {"pattern": SNAKE, "maxLength": 63},
        "additionalProperties": {
            "type": "object",
            "required": ["title", "lines"],
            "additionalProperties": False,
            "properties": {
                "title": _text("What it is.", _LINE),
                "present": _text("CEL over spec: whether an application has it; left out: always.", _TEXT),
                "settings": {
                    "type": "array",
                    "description": "Patterns of paths of the spec by which overlays ask for it.",
                    "items": _text("A path; `*` stands for anything.", _LINE),
                },
                "lines": {
                    "type": "object",
                    "description": "Where it is found, by stack.",
                    "minProperties": 1,
                    "additionalProperties": {
                        "type": "array",
                        "minItems": 1,
                        "items": {
                            "type": "object",
                            "required": ["files", "text"],
                            "additionalProperties": False,
                            "properties": {
                                "files": _text("A pattern of paths in the tree.", _LINE),
                                "text": _text("A regular expression over single lines.", _LINE),
                            },
                        },
                    },
                },
            },
        },
    }


@cache
def controls_language() -> Language:
    """Return what catalogues are checked by."""
    return Language("controls", controls_schema())


@cache
def features_language() -> Language:
    """Return what features are checked by."""
    return Language("features", features_schema())


def schema_text(kind: str) -> str:
    """Return the schema of `controls` or `features` as it is published in `docs/schemas`."""
    made = controls_schema() if kind == "controls" else features_schema()
    return json.dumps(made, indent=2, ensure_ascii=False) + "\n"


def _text(description: str, longest: int) -> dict[str, Any]:
    return {"type": "string", "description": description, "minLength": 1, "maxLength": longest}


def _names(description: str, pattern: str) -> dict[str, Any]:
    items = {"type": "string", "pattern": pattern, "maxLength": 127}
    return {"type": "array", "description": description, "items": items, "uniqueItems": True, "minItems": 1}
