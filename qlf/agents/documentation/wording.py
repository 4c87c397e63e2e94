"""Types, rules and rights in words."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from qlf.agents.documentation.conditions import cel
from qlf.agents.documentation.markdown import code, codes
from qlf.model.spec import ANYONE, SIGNED_IN
from qlf.model.types import NUMERIC, TEXTUAL

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from qlf.model.spec import Entity, Enum, Field, Grant, Mask, Property, Role, Transition
    from qlf.model.types import Type

MONEY_DIGITS = (18, 2)
DECIMAL_DIGITS = (18, 6)
_WORDS = {"int": "whole number", "bool": "true or false", "longtext": "long text", "json": "JSON object"}
_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))
# Not those of `http.HTTPStatus`, which differ from one version of Python to the next.
_PHRASES = {
    200: "OK",
    201: "Created",
    204: "No Content",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    406: "Not Acceptable",
    409: "Conflict",
    412: "Precondition Failed",
    413: "Content Too Large",
    415: "Unsupported Media Type",
    422: "Unprocessable Content",
    428: "Precondition Required",
    429: "Too Many Requests",
    500: "Internal Server Error",
    503: "Service Unavailable",
}

CLASSES = {
    "pii": "personal data: names or helps to find a person",
    "phi": "health data of a person",
    "pan": "data of a payment card",
    "cvv": "security code of a payment card",
    "secret": "a secret",
}


def digits(kind: Type) -> tuple[int, int]:
    """Return a decimal's digits in all and after the point."""
    precision, scale = MONEY_DIGITS if kind.kind == "money" else DECIMAL_DIGITS
    return kind.precision or precision, scale if kind.scale is None else kind.scale


def values(kind: Type, enums: Sequence[Enum]) -> tuple[str, ...]:
    """Return the values of an enumeration, none for every other type."""
    return next((enum.values for enum in enums if enum.name == kind.enum), ())


def type_words(kind: Type, enums: Sequence[Enum]) -> str:
    """Return what a column holds, `decimal(18, 2)` or "one of ..."; references are the caller's."""
    if kind.kind == "enum":
        return f"one of {codes(values(kind, enums))}"
    if kind.kind in {"decimal", "money"}:
        return "{}({}, {})".format(kind.kind, *digits(kind))
    return _WORDS.get(kind.kind, kind.kind)


def bounds(kind: Type, minimum: float | None, maximum: float | None) -> str:
    """Return the bounds of a value, or of a text's length, in words; empty without any."""
    unit = " characters" if kind.kind in TEXTUAL else ""
    low, high = (None if bound is None else format(Decimal(str(bound)), "f") for bound in (minimum, maximum))
    if low is not None and high is not None:
        return f"{low}{unit}" if low == high else f"{low} to {high}{unit}"
    if low is not None:
        return f"at least {low}{unit.removesuffix('s') if low == '1' else unit}"
    return f"at most {high}{unit}" if high is not None else ""


def default_words(value: str | float, kind: Type) -> str:
    """Return a default as it is written in JSON, or the word for what is put in at the time."""
    words = {"now": "the time of writing", "today": "the day of writing", "viewer": "whoever writes"}
    fitting = {"datetime": "now", "date": "today", "reference": "viewer"}
    if fitting.get(kind.kind) == value:
        return f"default: {words[str(value)]}"
    if isinstance(value, bool):
        return f"default {code(str(value).lower())}"
    quoted = f'"{value}"' if kind.kind not in NUMERIC | {"enum"} and isinstance(value, str) else str(value)
    return f"default {code(quoted)}"


def limits(value: Field | Property) -> list[str]:
    """Return what a value itself must satisfy: bounds and pattern."""
    found = [bounds(value.type, value.minimum, value.maximum)]
    found.append(f"matches {code(value.pattern)}" if value.pattern else "")
    return [rule for rule in found if rule]


def column_rules(field: Field, *, state: bool) -> str:
    """Return every rule of a column, in the order in which a reader asks for them."""
    writers = "transitions and operations" if state else "operations"
    rules = ["required" if field.required and not field.system else ""]
    rules.append("unique" if field.unique else "")
    rules += limits(field)
    rules.append("" if field.default is None else default_words(field.default, field.type))
    rules.append("set on creation only" if field.immutable and not field.system else "")
    rules.append(f"changed by {writers} only" if field.managed else "")
    rules.append(f"computed: {code(cel(field.computed))}" if field.computed else "")
    rules.append("set by the application" if field.system else "")
    rules.append("never answered" if field.hidden else "")
    rules.append("encrypted" if field.encrypted else "")
    rules.append(mask_words(field.mask) if field.mask else "")
    return "; ".join(rule for rule in rules if rule)


def mask_words(mask: Mask) -> str:
    """Return what answers show of a masked text, and who sees it whole."""
    ends = [f"the {word} {count}" for word, count in (("first", mask.first), ("last", mask.last)) if count]
    shown = f"masked but for {' and '.join(ends)} characters" if ends else "masked"
    return f"{shown}, except to {codes(mask.roles)}" if mask.roles else shown


def status(number: int) -> str:
    """Return a status as `201 Created`, with the reason phrases of RFC 9110, section 15, and RFC 6585."""
    return f"{number} {_PHRASES[number]}"


def span(seconds: int) -> str:
    """Return a life time in its largest whole unit: `15 minutes`, `14 days`."""
    length, unit = next((length, unit) for length, unit in _UNITS if seconds % length == 0)
    count = seconds // length
    return f"{count} {unit}{'' if count == 1 else 's'}"


def who(roles: Iterable[str]) -> str:
    """Return who may call: role names, or the words for everybody and for every signed-in person."""
    named = tuple(roles)
    if ANYONE in named:
        return "anyone"
    return "any signed-in person" if SIGNED_IN in named else codes(named)


def rights(entity: Entity, roles: Sequence[Role]) -> list[tuple[str, str, str]]:
    """Return (role, actions, rows) for each role's grants, those with the same rows together."""
    order = {role.name: index for index, role in enumerate(roles)}
    rows: dict[tuple[str, str], list[str]] = {}
    for grant in sorted(entity.access, key=lambda grant: order.get(grant.role, -1)):
        actions = rows.setdefault((grant.role, _rows(grant)), [])
        if grant.action not in actions:
            actions.append(grant.action)
    return [(who((role,)), codes(actions), where) for (role, where), actions in rows.items()]


def _rows(grant: Grant) -> str:
    return f"where {code(cel(grant.condition))}" if grant.condition else "all"


def movers(entity: Entity, transition: Transition) -> str:
    """Return who may make a transition, with the condition on the row if there is one."""
    unconditional = [g.role for g in entity.access if g.action == transition.name and not g.condition]
    conditional = [
        f"{who((grant.role,))} {_rows(grant)}"
        for grant in entity.access
        if grant.action == transition.name and grant.condition and grant.role not in unconditional
    ]
    named = ", ".join(who((role,)) for role in dict.fromkeys(unconditional))
    return "; ".join(filter(None, [named, *dict.fromkeys(conditional)])) or "operations only"


def mover_names(entity: Entity, transition: Transition) -> str:
    """Return the roles of a transition alone, as a diagram's label has room for."""
    roles = dict.fromkeys(grant.role for grant in entity.access if grant.action == transition.name)
    return ", ".join("anyone" if role == ANYONE else role for role in roles)
