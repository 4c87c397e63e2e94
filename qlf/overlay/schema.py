"""The structure of an overlay as JSON Schema (2020-12): what editors complete and what the reader checks."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from qlf.declarations.forms import mapping, names, record, ref, text
from qlf.declarations.schema import BY_NAME, VITAL, entity_definitions, entity_members, roles
from qlf.model.overlay import CERTAIN
from qlf.overlay.additions import additions_schema
from qlf.overlay.prompts import prompts_schema
from qlf.structure import KEBAB, SEMVER, Language, Schema

ID = "https://quantumlayer.dev/schemas/overlay.schema.json"
MOST_NAMES = 50
MOST_WORDS = 500
MOST_PRIORITY = 1000
MOST_ENTITIES = 200
_MOST_SYNONYMS = 30
_LONGEST_NAME = 63
_LONGEST_LINE = 120
_LONGEST_TEXT = 1000
# Words as prose has them: letters and digits in groups, with single marks between.
_PHRASE = r"^[a-z0-9]+([ '-][a-z0-9]+)*$"
_FILE = r"^[a-z][a-z0-9]*([-._][a-z0-9]+)*$"
_PHRASE_ADVICE = "write it in lower case, with single spaces or hyphens"


def overlay_schema() -> Schema:
    """Return the JSON Schema of an overlay."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": ID,
        "title": "Overlay",
        "type": "object",
        "description": "What a domain or a regulation knows: overlays/{domains,compliance}/NAME.yaml.",
        "required": ["name", "version", "kind", "title", "description"],
        "additionalProperties": False,
        "properties": {
            "name": _name("The overlay's name, which is also that of its file."),
            "version": _text("Semantic version of the overlay.", _LONGEST_LINE)
            | {"pattern": SEMVER, "patternErrorMessage": "write a version like 1.2.0"},
            "kind": {
                "enum": ["domain", "compliance"],
                "description": "domain for overlays/domains, compliance for overlays/compliance.",
            },
            "title": _text("What people call it.", _LONGEST_LINE),
            "description": _text("What it is about, in one line.", _LONGEST_TEXT),
            "requires": _names("Overlays that take part whenever this one does."),
            "conflicts": _names("Overlays that cannot take part together with this one."),
            "priority": {
                "type": "integer",
                "minimum": -MOST_PRIORITY,
                "maximum": MOST_PRIORITY,
                "default": 0,
                "description": "The higher one is applied later and wins.",
            },
            "words": _words(),
            "roles": {**roles(), "description": "Roles that the clauses of `entities` may name."},
            "entities": {
                **mapping("The domain's entities: name to entity.", "pascal", ref("entity")),
                "maxProperties": MOST_ENTITIES,
            },
            "additions": additions_schema(),
            "prompts": prompts_schema(),
            "policies": names("Policies, as in rules/policies, that an application must keep to.", "kebab"),
            "templates": names("Agents for which it has templates, in NAME/templates/AGENT/.", "kebab"),
            "controls": names(
                "Catalogues of controls, as in rules/controls, that the overlay brings in.", "file"
            ),
        },
        "$defs": {
            **entity_definitions(_entity()),
            "file": text("A file's name.", _FILE, "a name like pci-dss-4.0.1", 63),
        },
    }


@cache
def language() -> Language:
    """Return what overlays are checked by."""
    return Language("overlay", overlay_schema(), vital=VITAL, by_name=BY_NAME | {"words"})


def schema_text() -> str:
    """Return the schema as it is published in `docs/schemas/overlay.schema.json`."""
    return json.dumps(overlay_schema(), indent=2, ensure_ascii=False) + "\n"


def _text(description: str, longest: int) -> Schema:
    return {"type": "string", "description": description, "minLength": 1, "maxLength": longest}


def _name(description: str) -> Schema:
    pattern: dict[str, Any] = {"pattern": KEBAB, "patternErrorMessage": "write a name like pci-dss"}
    return _text(description, _LONGEST_NAME) | pattern


def _names(description: str) -> Schema:
    return {
        "type": "array",
        "description": description,
        "items": _name("The name of an overlay."),
        "uniqueItems": True,
        "maxItems": MOST_NAMES,
    }


def _entity() -> Schema:
    """Return the schema of an entity: a brief's, with the words that name it."""
    phrase = _text("A word or phrase in lower case and in the singular.", _LONGEST_LINE)
    words = {
        "type": "array",
        "description": "What prose calls it, in the singular; the words of its name if left out.",
        "items": {**phrase, "pattern": _PHRASE, "patternErrorMessage": _PHRASE_ADVICE},
        "minItems": 1,
        "maxItems": _MOST_SYNONYMS,
        "uniqueItems": True,
    }
    return record("An entity.", {"words": words, **entity_members()}, ["fields"])


def _words() -> Schema:
    return {
        "type": "object",
        "description": (
            "Words and phrases of a brief that speak for the overlay, in lower case, each with its weight."
        ),
        "maxProperties": MOST_WORDS,
        "propertyNames": {
            "pattern": _PHRASE,
            "maxLength": _LONGEST_LINE,
            "patternErrorMessage": _PHRASE_ADVICE,
        },
        "additionalProperties": {
            "type": "integer",
            "minimum": 1,
            "maximum": CERTAIN,
            "description": f"From 1 to {CERTAIN}; {CERTAIN} for words that name the overlay.",
            "patternErrorMessage": f"give it a weight from 1 to {CERTAIN}",
        },
    }
