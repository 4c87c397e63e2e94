"""Write declarations back as a brief's structure, in short form wherever one can say it all.

The inverse of reading: what is rendered here and read again is equal but for its origins.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from qlf.model.brief import ApiDecl, PaginationDecl
from qlf.model.types import TEXTUAL

if TYPE_CHECKING:
    from collections.abc import Iterable

    from qlf.model.brief import (
        ActionDecl,
        Brief,
        CheckDecl,
        DerivedDecl,
        EffectDecl,
        EntityDecl,
        FieldDecl,
        GrantDecl,
        OperationDecl,
        RetentionDecl,
        RoleDecl,
        Scalar,
        Text,
        TransitionDecl,
    )

Form = str | dict[str, Any]
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_FLAGS = ("unique", "indexed", "immutable", "readonly", "hidden")
_FIELD_LEAVES = ("description", "renamed_from")


def brief_form(brief: Brief) -> dict[str, Any]:
    """Return the front matter that says what a brief holds; title and prose are not part of it."""
    stack = brief.stack.model_dump(exclude={"origin"}, exclude_none=True)
    form: dict[str, Any] = {
        "version": brief.version if brief.version != "0.1.0" else None,
        "stack": stack,
        "overlays": [one.name for one in brief.overlays],
        "auth": brief.authentication,
        "roles": roles_form(brief.roles),
        "entities": {entity.name: entity_form(entity) for entity in brief.entities},
        "operations": {operation.name: operation_form(operation) for operation in brief.operations},
        "features": list(brief.features),
        "api": api_form(brief.api),
    }
    return _said(form)


def roles_form(roles: Iterable[RoleDecl]) -> list[str] | dict[str, Any]:
    """Return roles as a list of names, or as a mapping if more is said about one of them."""
    named = {
        role.name: _said({"signup": role.signup, "description": role.description}) or None for role in roles
    }
    return named if any(named.values()) else list(named)


def api_form(api: ApiDecl) -> dict[str, Any]:
    """Return the conventions that differ from the defaults."""
    form = _differing(api, ApiDecl(), {"origin", "pagination", "key"})
    if api.key != ApiDecl().key:
        form["id"] = api.key
    if pages := _differing(api.pagination, PaginationDecl(), {"origin"}):
        form["pagination"] = pages
    return form


def entity_form(entity: EntityDecl) -> dict[str, Any]:
    """Return an entity's clauses."""
    form: dict[str, Any] = {
        "from": entity.taken.name if entity.taken else None,
        "description": entity.description,
        "plural": entity.plural,
        "owner": entity.owner,
        "id": f"slug({entity.slug_from})" if entity.key == "slug" else entity.key,
        "fields": {field.name: field_form(field) for field in entity.fields},
        "unique": [list(names) for names in entity.unique],
        "index": [list(names) for names in entity.indexes],
        "check": {check.name: check_form(check) for check in entity.checks},
        "states": {
            machine.field: {one.name: transition_form(one) for one in machine.transitions}
            for machine in entity.states
        },
        "access": access_form(entity.access),
        "derived": {derived.name: derived_form(derived) for derived in entity.derived},
        "actions": {action.name: action_form(action) for action in entity.actions},
        "soft_delete": entity.soft_delete or None,
        "timestamps": None if entity.timestamps else False,
        "versioned": None if entity.versioned else False,
        "retention": _retention(entity.retention),
        "list": {"omit": list(entity.list_omits)} if entity.list_omits else None,
        "renamed_from": entity.renamed_from,
    }
    return _said(form) or {"fields": {}}


def _retention(said: RetentionDecl | None) -> Form | None:
    return {"since": said.since, "days": said.days} if said else None


def field_form(field: FieldDecl) -> Form:
    """Return a field as a short string; as a mapping if only that can say everything."""
    newline = "\n" in f"{field.default}{field.pattern}"
    if newline or any(getattr(field, leaf) for leaf in _FIELD_LEAVES):
        return _long_field(field)
    words = [_type(field) + ("!" if field.required else "")]
    words += [flag for flag in _FLAGS if getattr(field, flag)]
    words += [f"@{name}" for name in field.classes]
    words += _bounds(field)
    if field.pattern is not None:
        words.append(f"pattern={_pattern(field.pattern)}")
    if field.inverse is not None:
        words.append(f"inverse={field.inverse}")
    if field.default is not None:
        words.append(f"= {_constant(field)}")
    if field.computed is not None:
        words.append(f":= {field.computed.text}")
    return " ".join(words)


def check_form(check: CheckDecl) -> Form:
    """Return a check or a guard."""
    if check.message:
        return {"when": check.condition.text, "message": check.message}
    return check.condition.text


def transition_form(transition: TransitionDecl) -> Form:
    """Return a transition."""
    if transition.condition is None and not transition.description:
        by = f" by {', '.join(transition.roles)}" if transition.roles else ""
        return f"{', '.join(transition.sources)} -> {transition.target}{by}"
    return _said(
        {
            "from": list(transition.sources),
            "to": transition.target,
            "by": list(transition.roles),
            "when": _text(transition.condition),
            "description": transition.description,
        }
    )


def access_form(grants: Iterable[GrantDecl]) -> dict[str, str | list[str]]:
    """Return grants, for each role one string or several."""
    roles: dict[str, list[GrantDecl]] = {}
    for grant in grants:
        roles.setdefault(grant.role, []).append(grant)
    strings = {role: _access_strings(said) for role, said in roles.items()}
    return {role: said[0] if len(said) == 1 else said for role, said in strings.items()}


def derived_form(derived: DerivedDecl) -> Form:
    """Return a derived value."""
    if derived.description:
        return {"value": derived.value.text, "description": derived.description}
    return derived.value.text


def action_form(action: ActionDecl) -> Form:
    """Return a relation action."""
    if action.description:
        return _said(
            {
                "relation": action.relation,
                "subject": action.subject,
                "by": list(action.roles),
                "description": action.description,
            }
        )
    by = f" by {', '.join(action.roles)}" if action.roles else ""
    return f"{action.subject} in {action.relation}{by}"


def operation_form(operation: OperationDecl) -> dict[str, Any]:
    """Return an operation's clauses."""
    form = _said(
        {
            "description": operation.description,
            "on": operation.entity,
            "route": f"{operation.method} {operation.path}" if operation.path is not None else None,
            "by": ", ".join(operation.roles) or None,
            "input": {field.name: field_form(field) for field in operation.inputs},
            "guard": {guard.name: check_form(guard) for guard in operation.guards},
        }
    )
    form["effects"] = [effect_form(effect) for effect in operation.effects]
    return form | _said({"result": operation.result})


def effect_form(effect: EffectDecl) -> dict[str, Any]:
    """Return one step of an operation."""
    row = _text(effect.row)
    values = {name: value.text for name, value in effect.values}
    form: dict[str, Any]
    match effect.kind:
        case "require":
            form = {"name": effect.target, "message": effect.message}
            return {"require": _text(effect.condition), **_said(form)}
        case "find" | "create":
            form = {"as": effect.binding, "where": _text(effect.condition), "set": values}
            return {effect.kind: effect.target, **_said(form)}
        case "each":
            return {"each": row, "as": effect.binding, "do": [effect_form(step) for step in effect.steps]}
        case "move":
            return {"move": row, "to": effect.target}
        case "adjust":
            return {"adjust": f"{row}.{effect.target}", "by": _text(effect.by)}
        case "update":
            return {"update": row, "set": values}
        case "delete":
            return {"delete": row}


def _said(form: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in form.items() if value is not None and value not in ("", [], {})}


def _differing(
    value: ApiDecl | PaginationDecl, usual: ApiDecl | PaginationDecl, but: set[str]
) -> dict[str, Any]:
    said, default = value.model_dump(exclude=but), usual.model_dump(exclude=but)
    return {name: one for name, one in said.items() if one != default[name]}


def _text(text: Text | None) -> str | None:
    return text.text if text is not None else None


def _type(field: FieldDecl) -> str:
    if field.kind == "reference":
        return f"{field.target}{'[]' if field.many else ''}"
    if field.kind == "enum":
        return f"enum({', '.join(field.values)})"
    if field.precision is not None:
        return f"{field.kind}({field.precision}, {field.scale or 0})"
    return field.kind


def _bounds(field: FieldDecl) -> list[str]:
    named = (("min", field.minimum), ("max", field.maximum))
    return [f"{name}={_number(value)}" for name, value in named if value is not None]


def _number(value: float) -> str:
    return format(Decimal(repr(value)), "f")


def _pattern(pattern: str) -> str:
    if not re.search(r"\s", pattern) and not pattern.startswith("/"):
        return pattern
    escaped = re.sub(r"\\.|/", lambda match: "\\/" if match[0] == "/" else match[0], pattern)
    return f"/{escaped}/"


def _constant(field: FieldDecl) -> str:
    default = field.default
    if isinstance(default, bool):
        return "true" if default else "false"
    if isinstance(default, (int, float)):
        return _number(default)
    text = str(default)
    if field.kind not in TEXTUAL or _WORD.fullmatch(text):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _long_field(field: FieldDecl) -> dict[str, Any]:
    default: Scalar | None = field.default
    form: dict[str, Any] = {
        "type": "enum" if field.kind == "enum" else _type(field),
        "values": list(field.values),
        **{flag: getattr(field, flag) or None for flag in ("required", *_FLAGS)},
        "min": field.minimum,
        "max": field.maximum,
        "pattern": field.pattern,
        "computed": _text(field.computed),
        "inverse": field.inverse,
        "classes": list(field.classes),
        "description": field.description,
        "renamed_from": field.renamed_from,
    }
    return _said(form) | ({"default": default} if default is not None else {})


def _access_strings(grants: list[GrantDecl]) -> list[str]:
    """Pack grants in their order: a condition covers all of a string's actions that have no `own`."""
    strings: list[tuple[list[str], list[str | None]]] = []
    for grant in grants:
        where = _text(grant.where)
        if not strings or (not grant.own and strings[-1][1] and strings[-1][1][0] != where):
            strings.append(([], []))
        actions, conditions = strings[-1]
        actions.append(f"{grant.action} own" if grant.own else grant.action)
        if not grant.own:
            conditions.append(where)
    return [
        ", ".join(actions) + (f" where {conditions[0]}" if conditions and conditions[0] else "")
        for actions, conditions in strings
    ]
