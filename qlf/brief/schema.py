"""The structure of a brief as JSON Schema (2020-12): what editors complete and what the reader checks first.

Every short string is `anyOf` a string and a mapping or list, the long form. Patterns are said again in
words under `patternErrorMessage`, which editors show and `qlf.structure` uses for its messages.
"""

from __future__ import annotations

import json
from functools import cache

from qlf.declarations.forms import choice, flag, mapping, names, record, ref, text
from qlf.declarations.schema import BY_NAME, VITAL, entities, entity_definitions, entity_members, roles
from qlf.structure import SEMVER, Language, Schema

ID = "https://quantumlayer.dev/schemas/brief.schema.json"
EFFECTS = ("require", "find", "each", "create", "update", "delete", "move", "adjust")


def brief_schema() -> Schema:
    """Return the JSON Schema of a brief's structure."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": ID,
        "title": "Brief",
        **record(
            "What one application must do. The front matter of briefs/NAME.md, or briefs/NAME.yaml.",
            {
                "version": text("Semantic version of the application.", SEMVER, "a version like 1.2.0"),
                "title": text("The application's title, in .yaml files; .md files have a heading instead."),
                "prose": {"type": "string", "description": "The intent as Markdown; only in .yaml files."},
                "stack": _stack(),
                "overlays": names("Overlays that take part.", "kebab"),
                "auth": flag("false: no users and no sign-in."),
                "roles": roles(),
                "entities": entities(),
                "operations": mapping(
                    "Operations: name to operation.", "snake", {"$ref": "#/$defs/operation"}
                ),
                "features": names("Features asked for.", "kebab"),
                "api": _api(),
            },
        ),
        "$defs": _definitions(),
    }


@cache
def language() -> Language:
    """Return what briefs are checked by."""
    return Language(
        "brief",
        brief_schema(),
        steps=EFFECTS,
        vital=VITAL | {"effects", *EFFECTS, "name", "as", "where", "do", "set", "by"},
        by_name=BY_NAME | {"input", "set", "guard", "operations", "stack", "api"},
    )


def schema_text() -> str:
    """Return the schema as it is published in `docs/schemas/brief.schema.json`."""
    return json.dumps(brief_schema(), indent=2, ensure_ascii=False) + "\n"


def _definitions() -> Schema:
    return {
        **entity_definitions(_entity()),
        "user": record("What the application adds to its users.", entity_members()),
        "operation": _operation(),
        "step": _step(),
        "set": mapping("Field to CEL.", "snake", ref("cel")),
    }


def _entity() -> Schema:
    """Return the schema of an entity, which has fields unless it takes them from an overlay."""
    source = {**ref("kebab"), "description": "The overlay whose entity of this name is added to."}
    whole = record("An entity.", {**entity_members(), "from": source})
    return {**whole, "if": {"not": {"required": ["from"]}}, "then": {"required": ["fields"]}}


def _stack() -> Schema:
    return record(
        "What the application is written with.",
        {
            "backend": {**ref("kebab"), "description": "The backend's framework, fastapi by default."},
            "database": {**ref("kebab"), "description": "The database, sqlite (default) or postgres."},
            "frontend": {**ref("kebab"), "description": "The frontend's framework, or none (default)."},
        },
    )


def _operation() -> Schema:
    members = {
        "on": {**ref("pascal"), "description": "The entity whose row, `this`, the operation is on."},
        "route": text(
            "METHOD /path, below the base path.",
            r"^(POST|PUT|PATCH|DELETE) (/([a-z0-9]+([_-][a-z0-9]+)*|\{id\}))+$",
            "a method (POST, PUT, PATCH, DELETE) and a path, like POST /carts/{id}/checkout",
        ),
        "by": {**ref("by"), "description": "Roles that may call it."},
        "input": {**ref("fields"), "description": "The members of the request: name to field."},
        "guard": {**ref("checks"), "description": "What must hold before; 409 with that name if not."},
        "effects": _steps("What is done, in order, in one transaction."),
        "result": {**ref("snake"), "description": "What is answered: a name from `as`, or this."},
        "description": text("One sentence."),
    }
    return record("A named route that does several things, or nothing at all.", members, ["effects"])


def _step() -> Schema:
    cel, name, entity = ref("cel"), ref("snake"), ref("pascal")
    forms: tuple[tuple[str, Schema, list[str]], ...] = (
        (
            "409 if it does not hold.",
            {"require": cel, "name": name, "message": text("What is said.")},
            ["name"],
        ),
        (
            "The first row that the condition holds for.",
            {"find": entity, "as": name, "where": cel},
            ["as", "where"],
        ),
        ("The steps for each row.", {"each": cel, "as": name, "do": _steps("Done for each.")}, ["as", "do"]),
        ("A new row.", {"create": entity, "as": name, "set": ref("set")}, []),
        ("New values of a row.", {"update": cel, "set": ref("set")}, ["set"]),
        ("The row or rows go.", {"delete": cel}, []),
        ("A transition of a row.", {"move": cel, "to": name}, ["to"]),
        (
            "Adds to a number.",
            {"adjust": text("ROW.FIELD", r"^.+\.[a-z][a-z0-9_]*$", "ROW.FIELD"), "by": cel},
            ["by"],
        ),
    )
    return {
        "description": "One step: " + ", ".join(EFFECTS) + ".",
        "anyOf": [
            record(description, members, [kind, *required])
            for kind, (description, members, required) in zip(EFFECTS, forms, strict=True)
        ],
    }


def _steps(description: str) -> Schema:
    return {"type": "array", "description": description, "items": ref("step"), "minItems": 1}


def _api() -> Schema:
    parameter = text("A query parameter.", r"^[A-Za-z][A-Za-z0-9_-]*$", "a parameter's name", 63)
    page = {"type": "integer", "minimum": 1, "maximum": 10_000}
    return record(
        "The API's conventions.",
        {
            "base_path": text(
                "Where all paths begin.", r"^(/|(/[A-Za-z0-9._~-]+)+)$", "a path like /api/v1", 200
            ),
            "path_case": choice("Case of words in paths.", "kebab", "snake", "camel"),
            "field_case": choice("Case of members in bodies.", "snake", "camel"),
            "envelope": flag("Bodies are wrapped in the entity's name."),
            "errors": choice("problem: RFC 9457; map: member to messages.", "problem", "map"),
            "token_scheme": text(
                "Scheme of Authorization.", r"^[A-Za-z][A-Za-z0-9-]*$", "a word like Bearer", 63
            ),
            "create_status": {"enum": [200, 201], "description": "Status of a creation."},
            "delete_status": {"enum": [200, 204], "description": "Status of a deletion."},
            "id": choice("Kind of keys.", "uuid", "int"),
            "pagination": record(
                "How lists are cut.",
                {
                    "style": choice("How the position is said.", "cursor", "offset", "page"),
                    "limit": {**parameter, "description": "Query parameter for the number of rows."},
                    "position": {**parameter, "description": "Query parameter for the position."},
                    "default_limit": {**page, "description": "Rows in a page if nothing is asked."},
                    "max_limit": {**page, "description": "Most rows in a page."},
                },
            ),
        },
    )
