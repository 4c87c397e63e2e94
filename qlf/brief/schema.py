"""The structure of a brief as JSON Schema (2020-12): what editors complete and what the reader checks first.

Every short string is `anyOf` a string and a mapping or list, the long form. Patterns are said again in
words under `patternErrorMessage`, which editors show and `qlf.structure` uses for its messages.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from qlf.model.types import KINDS
from qlf.structure import DATA_CLASS, KEBAB, PASCAL, SEMVER, SNAKE, VALUE, Language

Schema = dict[str, Any]

ID = "https://quantumlayer.dev/schemas/brief.schema.json"
EFFECTS = ("require", "find", "each", "create", "update", "delete", "move", "adjust")


def brief_schema() -> Schema:
    """Return the JSON Schema of a brief's structure."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": ID,
        "title": "Brief",
        **_object(
            "What one application must do. The front matter of briefs/NAME.md, or briefs/NAME.yaml.",
            {
                "version": _text("Semantic version of the application.", SEMVER, "a version like 1.2.0"),
                "title": _text("The application's title, in .yaml files; .md files have a heading instead."),
                "prose": {"type": "string", "description": "The intent as Markdown; only in .yaml files."},
                "stack": _stack(),
                "overlays": _names("Overlays that take part.", "kebab"),
                "auth": _flag("false: no users and no sign-in."),
                "roles": _roles(),
                "entities": _entities(),
                "operations": _named(
                    "Operations: name to operation.", "snake", {"$ref": "#/$defs/operation"}
                ),
                "features": _names("Features asked for.", "kebab"),
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
        vital=frozenset(
            {"type", "from", "to", "value", "when", "subject", "relation", "effects", *EFFECTS}
            | {"name", "as", "where", "do", "set", "by"}
        ),
        by_name=frozenset(
            {"fields", "input", "set", "check", "guard", "derived", "roles", "entities", "operations"}
            | {"states", "access", "actions", "stack", "api"}
        ),
    )


def schema_text() -> str:
    """Return the schema as it is published in `docs/schemas/brief.schema.json`."""
    return json.dumps(brief_schema(), indent=2, ensure_ascii=False) + "\n"


def _definitions() -> Schema:
    return {
        "snake": _text("A name like order_line.", SNAKE, "a name like order_line", 63),
        "pascal": _text("A name like OrderLine.", PASCAL, "a name like OrderLine", 63),
        "kebab": _text("A name like order-line.", KEBAB, "a name like order-line", 63),
        "value": _text("A value of an enumeration.", VALUE, "a word like in_progress", 63),
        "cel": {
            "type": ["string", "number", "boolean", "null"],
            "description": "A condition or value in CEL (https://cel.dev).",
        },
        "fields": _named("Fields: name to field.", "snake", {"$ref": "#/$defs/field"}),
        "field": _field(),
        "checks": _named(
            "Conditions: name to CEL, or to {when, message}.",
            "snake",
            _either(
                _ref("cel"),
                _object(
                    "A condition and what to say when it does not hold.",
                    {"when": _ref("cel"), "message": _text("What is said when it does not hold.")},
                    ["when"],
                ),
            ),
        ),
        "by": _either(_text("Roles, with commas between them."), _names("Roles.", "snake", 1)),
        "transition": _transition(),
        "entity": _object("An entity.", _entity_members(), ["fields"]),
        "user": _object("What the application adds to its users.", _entity_members()),
        "operation": _operation(),
        "step": _step(),
        "set": _named("Field to CEL.", "snake", _ref("cel")),
    }


def _stack() -> Schema:
    return _object(
        "What the application is written with.",
        {
            "backend": {**_ref("kebab"), "description": "The backend's framework, fastapi by default."},
            "database": {**_ref("kebab"), "description": "The database, sqlite (default) or postgres."},
            "frontend": {**_ref("kebab"), "description": "The frontend's framework, or none (default)."},
        },
    )


def _roles() -> Schema:
    role = _object(
        "A role.",
        {
            "signup": _flag("Whether people may choose it when they register."),
            "description": _text("What it is for."),
        },
    )
    nothing = {"type": "null", "description": "Nothing more to say."}
    return _either(
        _names("Roles. The first is open to whoever registers.", "snake"),
        _named("Roles: name to what it is.", "snake", _either(role, nothing)),
    )


def _entities() -> Schema:
    entities = _named("Entities: name (PascalCase, singular) to entity.", "pascal", _ref("entity"))
    return {**entities, "properties": {"User": _ref("user")}}


def _entity_members() -> Schema:
    roles = {"type": "string", "description": "Actions with commas between them: read own, update where CEL."}
    return {
        "description": _text("One sentence."),
        "plural": {**_ref("snake"), "description": "Plural in snake_case; the English one by default."},
        "owner": {
            **_ref("snake"),
            "description": "The reference to User that is set to whoever creates a row.",
        },
        "id": _text("Kind of key.", r"^(uuid|int|slug\( *[a-z][a-z0-9_]* *\))$", "uuid, int or slug(FIELD)"),
        "fields": _ref("fields"),
        "unique": _field_lists("Lists of fields that are unique together."),
        "index": _field_lists("Lists of fields to index together."),
        "check": {**_ref("checks"), "description": "Conditions that every row must satisfy."},
        "states": _named(
            "State field to its transitions.",
            "snake",
            _named("Transitions: name to FROM, FROM -> TO by ROLE.", "snake", _ref("transition"), 1),
        ),
        "access": _named(
            "Role to what it may do.",
            "snake",
            _either(roles, {"type": "array", "description": "Several strings of actions.", "items": roles}),
        ),
        "derived": _named("Values worked out when a row is read.", "snake", _derived()),
        "actions": _named("Relation actions.", "snake", _action()),
        "soft_delete": _flag("Rows are marked deleted and disappear from every answer."),
        "timestamps": _flag("created_at and updated_at; true by default."),
        "versioned": _flag("ETag and If-Match; true by default."),
        "list": _object("How rows are listed.", {"omit": _names("Fields that lists leave out.", "snake")}),
        "renamed_from": {**_ref("pascal"), "description": "The entity's former name."},
    }


def _field() -> Schema:
    number = {"type": "number", "description": "A bound: of numbers by value, of texts by length."}
    members = {
        "type": {
            "description": "The type: "
            + ", ".join(kind for kind in KINDS if kind != "reference")
            + ", an entity.",
            "anyOf": [
                {"enum": [kind for kind in KINDS if kind != "reference"]},
                {"type": "string", "minLength": 1},
            ],
        },
        "required": _flag("Whether it must have a value."),
        "unique": _flag("No two rows have the same value."),
        "indexed": _flag("Whether lists are filtered by it often."),
        "immutable": _flag("Set on creation, and never again by a client."),
        "readonly": _flag("Never set by a client: only operations write it."),
        "hidden": _flag("Never answered."),
        "min": number,
        "max": number,
        "pattern": _text("A regular expression that the whole text must match."),
        "default": {
            "type": ["string", "number", "boolean"],
            "description": "A constant, or now, today or viewer.",
        },
        "computed": {**_ref("cel"), "description": "CEL over the row's own fields; stored on each write."},
        "inverse": {**_ref("snake"), "description": "What the other side calls the relation."},
        "classes": {
            "type": "array",
            "description": "Data classes: pii, phi, pan, ...",
            "items": _text("A data class.", DATA_CLASS, "a data class like pii"),
        },
        "description": _text("One sentence."),
        "renamed_from": {**_ref("snake"), "description": "The field's former name."},
        "values": {
            "type": "array",
            "description": "The values of an enum.",
            "items": _ref("value"),
            "minItems": 1,
        },
    }
    short = _text("TYPE! MODIFIERS = DEFAULT, as in: text! max=120 @pii")
    values = {"type": "array", "description": "The values of an enum.", "items": _ref("value"), "minItems": 1}
    return _either(short, values, _object("A field in its long form.", members, ["type"]))


def _transition() -> Schema:
    state = _ref("value")
    return _either(
        _text("FROM, FROM -> TO by ROLE, ROLE"),
        _object(
            "A transition in its long form.",
            {
                "from": {
                    "type": "array",
                    "description": "States it starts from.",
                    "items": state,
                    "minItems": 1,
                },
                "to": {**state, "description": "The state it leads to."},
                "by": {**_ref("by"), "description": "Roles that may make it."},
                "when": {**_ref("cel"), "description": "What must hold of the row besides."},
                "description": _text("One sentence."),
            },
            ["from", "to"],
        ),
    )


def _derived() -> Schema:
    members = {"value": _ref("cel"), "description": _text("One sentence.")}
    return _either(_ref("cel"), _object("A derived value in its long form.", members, ["value"]))


def _action() -> Schema:
    members = {
        "relation": {**_ref("snake"), "description": "A many-to-many of this entity."},
        "subject": {
            "enum": ["viewer", "row"],
            "description": "Who is added: the viewer, or a row that is named.",
        },
        "by": {**_ref("by"), "description": "Roles that may do it."},
        "description": _text("One sentence."),
    }
    long = _object("A relation action in its long form.", members, ["relation", "subject"])
    return _either(_text("viewer in RELATION by ROLE, or row in RELATION by ROLE"), long)


def _operation() -> Schema:
    members = {
        "on": {**_ref("pascal"), "description": "The entity whose row, `this`, the operation is on."},
        "route": _text(
            "METHOD /path, below the base path.",
            r"^(POST|PUT|PATCH|DELETE) (/([a-z0-9]+([_-][a-z0-9]+)*|\{id\}))+$",
            "a method (POST, PUT, PATCH, DELETE) and a path, like POST /carts/{id}/checkout",
        ),
        "by": {**_ref("by"), "description": "Roles that may call it."},
        "input": {**_ref("fields"), "description": "The members of the request: name to field."},
        "guard": {**_ref("checks"), "description": "What must hold before; 409 with that name if not."},
        "effects": _steps("What is done, in order, in one transaction."),
        "result": {**_ref("snake"), "description": "What is answered: a name from `as`, or this."},
        "description": _text("One sentence."),
    }
    return _object("A named route that does several things, or nothing at all.", members, ["effects"])


def _step() -> Schema:
    cel, name, entity = _ref("cel"), _ref("snake"), _ref("pascal")
    forms: tuple[tuple[str, Schema, list[str]], ...] = (
        (
            "409 if it does not hold.",
            {"require": cel, "name": name, "message": _text("What is said.")},
            ["name"],
        ),
        (
            "The first row that the condition holds for.",
            {"find": entity, "as": name, "where": cel},
            ["as", "where"],
        ),
        ("The steps for each row.", {"each": cel, "as": name, "do": _steps("Done for each.")}, ["as", "do"]),
        ("A new row.", {"create": entity, "as": name, "set": _ref("set")}, []),
        ("New values of a row.", {"update": cel, "set": _ref("set")}, ["set"]),
        ("The row or rows go.", {"delete": cel}, []),
        ("A transition of a row.", {"move": cel, "to": name}, ["to"]),
        (
            "Adds to a number.",
            {"adjust": _text("ROW.FIELD", r"^.+\.[a-z][a-z0-9_]*$", "ROW.FIELD"), "by": cel},
            ["by"],
        ),
    )
    return {
        "description": "One step: " + ", ".join(EFFECTS) + ".",
        "anyOf": [
            _object(description, members, [kind, *required])
            for kind, (description, members, required) in zip(EFFECTS, forms, strict=True)
        ],
    }


def _steps(description: str) -> Schema:
    return {"type": "array", "description": description, "items": _ref("step"), "minItems": 1}


def _api() -> Schema:
    parameter = _text("A query parameter.", r"^[A-Za-z][A-Za-z0-9_-]*$", "a parameter's name", 63)
    page = {"type": "integer", "minimum": 1, "maximum": 10_000}
    return _object(
        "The API's conventions.",
        {
            "base_path": _text(
                "Where all paths begin.", r"^(/|(/[A-Za-z0-9._~-]+)+)$", "a path like /api/v1", 200
            ),
            "path_case": _choice("Case of words in paths.", "kebab", "snake", "camel"),
            "field_case": _choice("Case of members in bodies.", "snake", "camel"),
            "envelope": _flag("Bodies are wrapped in the entity's name."),
            "errors": _choice("problem: RFC 9457; map: member to messages.", "problem", "map"),
            "token_scheme": _text(
                "Scheme of Authorization.", r"^[A-Za-z][A-Za-z0-9-]*$", "a word like Bearer", 63
            ),
            "create_status": {"enum": [200, 201], "description": "Status of a creation."},
            "delete_status": {"enum": [200, 204], "description": "Status of a deletion."},
            "id": _choice("Kind of keys.", "uuid", "int"),
            "pagination": _object(
                "How lists are cut.",
                {
                    "style": _choice("How the position is said.", "cursor", "offset", "page"),
                    "limit": {**parameter, "description": "Query parameter for the number of rows."},
                    "position": {**parameter, "description": "Query parameter for the position."},
                    "default_limit": {**page, "description": "Rows in a page if nothing is asked."},
                    "max_limit": {**page, "description": "Most rows in a page."},
                },
            ),
        },
    )


def _object(description: str, members: Schema, required: list[str] | None = None) -> Schema:
    schema: Schema = {
        "type": "object",
        "description": description,
        "properties": members,
        "additionalProperties": False,
    }
    return {**schema, "required": required} if required else schema


def _named(description: str, names: str, value: Schema, least: int = 0) -> Schema:
    schema: Schema = {
        "type": "object",
        "description": description,
        "propertyNames": _ref(names),
        "additionalProperties": value,
    }
    return {**schema, "minProperties": least} if least else schema


def _names(description: str, kind: str, least: int = 0) -> Schema:
    schema: Schema = {
        "type": "array",
        "description": description,
        "items": _ref(kind),
        "uniqueItems": True,
    }
    return {**schema, "minItems": least} if least else schema


def _field_lists(description: str) -> Schema:
    return {"type": "array", "description": description, "items": _names("Fields.", "snake", 1)}


def _text(description: str, pattern: str = "", words: str = "", longest: int = 0) -> Schema:
    schema: Schema = {"type": "string", "description": description, "minLength": 1}
    if pattern:
        schema |= {"pattern": pattern, "patternErrorMessage": f"write {words}"}
    return {**schema, "maxLength": longest} if longest else schema


def _flag(description: str) -> Schema:
    return {"type": "boolean", "description": description}


def _choice(description: str, *values: str) -> Schema:
    return {"enum": list(values), "description": description}


def _either(*forms: Schema) -> Schema:
    return {"anyOf": list(forms)}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}
