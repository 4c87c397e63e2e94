"""The grammar of entities as JSON Schema (2020-12): what briefs and overlays have in common.

Every short string is `anyOf` a string and a mapping or list, the long form. Patterns are said again in
words under `patternErrorMessage`, which editors show and `qlf.structure` uses for its messages.
"""

from __future__ import annotations

from qlf.declarations.forms import either, field_lists, flag, mapping, names, record, ref, text
from qlf.model.types import KINDS
from qlf.structure import DATA_CLASS, KEBAB, PASCAL, SNAKE, VALUE, Schema

# Without one of these, what is left of a mapping says nothing; the members of the others stand alone.
VITAL = frozenset({"type", "from", "to", "value", "when", "subject", "relation"})
BY_NAME = frozenset(
    {"fields", "check", "derived", "roles", "entities", "states", "access", "actions"},
)


def entity_definitions(entity: Schema) -> Schema:
    """Return an entity's schema and what it is made of, for `$defs`."""
    return {
        "snake": text("A name like order_line.", SNAKE, "a name like order_line", 63),
        "pascal": text("A name like OrderLine.", PASCAL, "a name like OrderLine", 63),
        "kebab": text("A name like order-line.", KEBAB, "a name like order-line", 63),
        "data_class": text("A data class.", DATA_CLASS, "a data class like pii", 63),
        "value": text("A value of an enumeration.", VALUE, "a word like in_progress", 63),
        "cel": {
            "type": ["string", "number", "boolean", "null"],
            "description": "A condition or value in CEL (https://cel.dev).",
        },
        "fields": mapping("Fields: name to field.", "snake", {"$ref": "#/$defs/field"}),
        "field": _field(),
        "checks": mapping(
            "Conditions: name to CEL, or to {when, message}.",
            "snake",
            either(
                ref("cel"),
                record(
                    "A condition and what to say when it does not hold.",
                    {"when": ref("cel"), "message": text("What is said when it does not hold.")},
                    ["when"],
                ),
            ),
        ),
        "by": either(text("Roles, with commas between them."), names("Roles.", "snake", 1)),
        "transition": _transition(),
        "entity": entity,
    }


def roles() -> Schema:
    """Return the schema of `roles`."""
    role = record(
        "A role.",
        {
            "signup": flag("Whether people may choose it when they register."),
            "description": text("What it is for."),
        },
    )
    nothing = {"type": "null", "description": "Nothing more to say."}
    return either(
        names("Roles. The first is open to whoever registers.", "snake"),
        mapping("Roles: name to what it is.", "snake", either(role, nothing)),
    )


def entities() -> Schema:
    """Return the schema of `entities`."""
    entities = mapping("Entities: name (PascalCase, singular) to entity.", "pascal", ref("entity"))
    return {**entities, "properties": {"User": ref("user")}}


def entity_members() -> Schema:
    """Return the schemas of an entity's keys."""
    roles = {"type": "string", "description": "Actions with commas between them: read own, update where CEL."}
    return {
        "description": text("One sentence."),
        "plural": {**ref("snake"), "description": "Plural in snake_case; the English one by default."},
        "owner": {
            **ref("snake"),
            "description": "The reference to User that is set to whoever creates a row.",
        },
        "id": text("Kind of key.", r"^(uuid|int|slug\( *[a-z][a-z0-9_]* *\))$", "uuid, int or slug(FIELD)"),
        "fields": ref("fields"),
        "unique": field_lists("Lists of fields that are unique together."),
        "index": field_lists("Lists of fields to index together."),
        "check": {**ref("checks"), "description": "Conditions that every row must satisfy."},
        "states": mapping(
            "State field to its transitions.",
            "snake",
            mapping("Transitions: name to FROM, FROM -> TO by ROLE.", "snake", ref("transition"), 1),
        ),
        "access": mapping(
            "Role to what it may do.",
            "snake",
            either(roles, {"type": "array", "description": "Several strings of actions.", "items": roles}),
        ),
        "derived": mapping("Values worked out when a row is read.", "snake", _derived()),
        "actions": mapping("Relation actions.", "snake", _action()),
        "retention": record(
            "How long rows are kept.",
            {
                "since": {**ref("snake"), "description": "The date or moment from which days are counted."},
                "days": {
                    "type": "integer",
                    "description": "How many days they are kept, and not one longer.",
                    "minimum": 1,
                    "maximum": 36_525,
                },
            },
            ["since", "days"],
        ),
        "soft_delete": flag("Rows are marked deleted and disappear from every answer."),
        "timestamps": flag("created_at and updated_at; true by default."),
        "versioned": flag("ETag and If-Match; true by default."),
        "list": record("How rows are listed.", {"omit": names("Fields that lists leave out.", "snake")}),
        "renamed_from": {**ref("pascal"), "description": "The entity's former name."},
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
        "required": flag("Whether it must have a value."),
        "unique": flag("No two rows have the same value."),
        "indexed": flag("Whether lists are filtered by it often."),
        "immutable": flag("Set on creation, and never again by a client."),
        "readonly": flag("Never set by a client: only operations write it."),
        "hidden": flag("Never answered."),
        "min": number,
        "max": number,
        "pattern": text("A regular expression that the whole text must match."),
        "default": {
            "type": ["string", "number", "boolean"],
            "description": "A constant, or now, today or viewer.",
        },
        "computed": {**ref("cel"), "description": "CEL over the row's own fields; stored on each write."},
        "inverse": {**ref("snake"), "description": "What the other side calls the relation."},
        "classes": {
            "type": "array",
            "description": "Data classes: pii, phi, pan, ...",
            "items": ref("data_class"),
        },
        "description": text("One sentence."),
        "renamed_from": {**ref("snake"), "description": "The field's former name."},
        "values": {
            "type": "array",
            "description": "The values of an enum.",
            "items": ref("value"),
            "minItems": 1,
        },
    }
    short = text("TYPE! MODIFIERS = DEFAULT, as in: text! max=120 @pii")
    values = {"type": "array", "description": "The values of an enum.", "items": ref("value"), "minItems": 1}
    return either(short, values, record("A field in its long form.", members, ["type"]))


def _transition() -> Schema:
    state = ref("value")
    return either(
        text("FROM, FROM -> TO by ROLE, ROLE"),
        record(
            "A transition in its long form.",
            {
                "from": {
                    "type": "array",
                    "description": "States it starts from.",
                    "items": state,
                    "minItems": 1,
                },
                "to": {**state, "description": "The state it leads to."},
                "by": {**ref("by"), "description": "Roles that may make it."},
                "when": {**ref("cel"), "description": "What must hold of the row besides."},
                "description": text("One sentence."),
            },
            ["from", "to"],
        ),
    )


def _derived() -> Schema:
    members = {"value": ref("cel"), "description": text("One sentence.")}
    return either(ref("cel"), record("A derived value in its long form.", members, ["value"]))


def _action() -> Schema:
    members = {
        "relation": {**ref("snake"), "description": "A many-to-many of this entity."},
        "subject": {
            "enum": ["viewer", "row"],
            "description": "Who is added: the viewer, or a row that is named.",
        },
        "by": {**ref("by"), "description": "Roles that may do it."},
        "description": text("One sentence."),
    }
    long = record("A relation action in its long form.", members, ["relation", "subject"])
    return either(text("viewer in RELATION by ROLE, or row in RELATION by ROLE"), long)
