"""The structure of a policy as JSON Schema (2020-12): what editors complete and what the reader checks."""

from __future__ import annotations

import json
from functools import cache
from typing import Any, get_args

from qlf.model.policy import Over
from qlf.structure import KEBAB, Language, Schema

ID = "https://quantumlayer.dev/schemas/policy.schema.json"
LONGEST_CONDITION = 1000
_LONGEST_NAME = 63
_LONGEST_LINE = 200
_LONGEST_TEXT = 1000


def policy_schema() -> Schema:
    """Return the JSON Schema of a policy."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": ID,
        "title": "Policy",
        "type": "object",
        "description": "What must hold of each node of a kind: rules/policies/NAME.yaml.",
        "required": ["name", "title", "over", "holds", "message", "advice"],
        "additionalProperties": False,
        "properties": {
            "name": _text("The policy's name, which is also that of its file.", _LONGEST_NAME)
            | {"pattern": KEBAB, "patternErrorMessage": "write a name like lists-are-paged"},
            "title": _text("What must hold, in a few words.", _LONGEST_LINE),
            "description": _text("Why.", _LONGEST_TEXT),
            "source": _text("The clause of a standard that asks for it.", _LONGEST_LINE),
            "level": {
                "enum": ["error", "warning"],
                "default": "error",
                "description": "An error makes the gate red, a warning is told.",
            },
            "always": {
                "type": "boolean",
                "default": False,
                "description": "Whether it counts although no overlay names it.",
            },
            "over": {"enum": list(get_args(Over)), "description": "Of what kind the nodes are."},
            "where": _text("CEL: of which of them it must hold; of all if left out.", LONGEST_CONDITION),
            "holds": _text("CEL: what must hold of each.", LONGEST_CONDITION),
            "message": _text(
                "What is wrong with a node of which it does not hold; `{node.name}` stands for its name.",
                _LONGEST_TEXT,
            ),
            "advice": _text("What to do about it.", _LONGEST_TEXT),
        },
    }


@cache
def language() -> Language:
    """Return what policies are checked by."""
    return Language("policy", policy_schema())


def schema_text() -> str:
    """Return the schema as it is published in `docs/schemas/policy.schema.json`."""
    return json.dumps(policy_schema(), indent=2, ensure_ascii=False) + "\n"


def _text(description: str, longest: int) -> dict[str, Any]:
    return {"type": "string", "description": description, "minLength": 1, "maxLength": longest}
