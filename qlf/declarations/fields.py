"""Read one field, in its short or its long form, and check what can be checked on it alone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, cast

from qlf.declarations.constants import constant, number
from qlf.declarations.patterns import normalised, pattern_trouble
from qlf.declarations.reading import USER, Reading, members, names
from qlf.model.brief import FieldDecl, Text
from qlf.model.types import KINDS, NUMERIC, TEXTUAL, Kind
from qlf.strict_yaml import Mapping, Place, Scalar, Sequence, Yaml
from qlf.structure import SNAKE, did_you_mean

if TYPE_CHECKING:
    from qlf.model.brief import Scalar as Constant

_REPEATED = frozenset({"value", "class"})
_BOUNDED = NUMERIC | TEXTUAL
_COLUMNS = frozenset(KINDS) - {"json", "longtext"}
# Which types each modifier fits. `None` as a type stands for many-to-many relations.
_FITS: dict[str, frozenset[Kind | None]] = {
    "unique": frozenset(_COLUMNS - {"bool"}),
    "indexed": frozenset(_COLUMNS),
    "immutable": frozenset({*KINDS, None}),
    "min": frozenset(_BOUNDED),
    "max": frozenset(_BOUNDED),
    "pattern": frozenset(TEXTUAL),
    "inverse": frozenset({"reference", None}),
    "default": frozenset(set(KINDS) - {"json", "file"}),
    "computed": frozenset(set(KINDS) - {"json", "file", "reference"}),
}
_INPUT_LACKS = ("unique", "indexed", "immutable", "readonly", "hidden", "inverse", "computed", "renamed_from")
_DIGITS = 38
_MONEY = (18, 2)
_DECIMAL = (18, 6)
# What other languages call our types.
_ELSEWHERE = {
    **dict.fromkeys(("string", "str", "varchar", "char"), "text"),
    **dict.fromkeys(("integer", "number", "bigint", "long"), "int"),
    **dict.fromkeys(("float", "double", "numeric", "real"), "decimal"),
    **dict.fromkeys(("boolean",), "bool"),
    **dict.fromkeys(("timestamp",), "datetime"),
    **dict.fromkeys(("object", "map"), "json"),
}
_EXAMPLES: dict[Kind, str] = {
    "text": "one line of text, in quotes if it is a number",
    "longtext": "text, in quotes if it is a number",
    "int": "a whole number without quotes, like 3",
    "decimal": "a number without quotes and with at most 15 digits, like 0.25",
    "money": "a number without quotes and with at most 15 digits, like 9.90",
    "bool": "true or false",
    "date": "a date like 2030-12-31, or today",
    "datetime": "a time like 2030-12-31T09:00:00Z, or now",
    "time": "a time like 09:00:00",
    "duration": "a duration like PT1H30M",
    "uuid": "a UUID in lower case",
    "email": "an address like a@example.org",
    "url": "an address like https://example.org",
    "phone": "a number like +493012345",
    "enum": "one of the values",
}
_SNAKE = re.compile(SNAKE)


@dataclass(frozen=True, slots=True)
class Clause:
    """One thing said about a field: `value` as written, and whether it is text for certain."""

    name: str
    value: str
    place: Place
    is_text: bool = False
    flag: bool = True


Said = dict[str, Clause]


def read_field(reading: Reading, key: Scalar, node: Yaml, *, is_input: bool = False) -> FieldDecl | None:
    """Read the field under a key.

    Returns:
        The field, or None if a problem with its form leaves nothing to check.
    """
    reading.fresh(key.text, key.place)
    clauses = _clauses(reading, key, node)
    if not clauses:
        return None
    said: Said = {}
    for clause in clauses:
        if clause.name in said and clause.name not in _REPEATED:
            reading.problem(clause.place, f"{clause.name} is said twice", "keep one")
        said.setdefault(clause.name, clause)
    kind = _kind(reading, said, is_input=is_input)
    _check_fit(reading, kind, said, is_input=is_input)
    return FieldDecl(
        name=key.text,
        kind=kind,
        target=said["type"].value if kind == "reference" else None,
        many="many" in said,
        values=_values(reading, kind, clauses, said),
        **_digits(reading, said),
        required=_flag(said, "required"),
        unique=_flag(said, "unique"),
        indexed=_flag(said, "indexed"),
        immutable=_flag(said, "immutable"),
        readonly=_flag(said, "readonly"),
        hidden=_flag(said, "hidden"),
        **_bounded(reading, kind, clauses, said),
        pattern=_pattern(reading, said),
        computed=_computed(reading, said),
        classes=_classes(reading, clauses),
        inverse=_inverse(reading, said),
        description=said["description"].value if "description" in said else "",
        renamed_from=said["renamed_from"].value if "renamed_from" in said else None,
        origin=reading.origin(key.place),
    )


def _clauses(reading: Reading, key: Scalar, node: Yaml) -> list[Clause]:
    if isinstance(node, Scalar):
        parts = reading.parts("field", node)
        return [
            Clause(part.name, part.text, node.at(part.offset), part.quoted, flag=part.text != "?")
            for part in parts
        ]
    if isinstance(node, Sequence):
        values = [Clause("value", item.text, item.place) for item in names(node)]
        return [Clause("type", "enum", key.place), *values]
    return _long_clauses(reading, node)


def _long_clauses(reading: Reading, node: Mapping) -> list[Clause]:
    clauses: list[Clause] = []
    for name, value in members(node).items():
        if name == "type" and isinstance(value, Scalar) and value.text == "enum":
            clauses.append(Clause("type", "enum", value.place))
        elif name == "type" and isinstance(value, Scalar):
            parts = reading.parts("type", value)
            if not parts:
                return []
            clauses += [Clause(part.name, part.text, value.at(part.offset)) for part in parts]
        elif isinstance(value, Scalar):
            clauses.append(_long_clause(name, value))
        else:
            single = {"values": "value", "classes": "class"}[name]
            clauses += [Clause(single, item.text.removeprefix("@"), item.place) for item in names(value)]
    return clauses


def _long_clause(name: str, node: Scalar) -> Clause:
    text = node.text
    if isinstance(node.value, bool):
        text = str(node.value).lower()
    elif isinstance(node.value, float):
        text = format(Decimal(repr(node.value)), "f")
    return Clause(
        name, text, node.place, isinstance(node.value, str), flag=node.value is not False or name == "default"
    )


def _flag(said: Said, name: str) -> bool:
    return name in said and said[name].flag


def _kind(reading: Reading, said: Said, *, is_input: bool) -> Kind:
    clause = said["type"]
    name = clause.value
    many = said.get("many")
    if name in KINDS and name != "reference":
        if many:
            advice = "lists are of entities: name one, or use json"
            reading.problem(clause.place, f"there are no lists of {name}", advice)
        return cast("Kind", name)
    if not reading.knows_entity(name):
        if other := _ELSEWHERE.get(name.lower()):
            reading.problem(clause.place, f"there is no type {name}", f"did you mean {other}?")
        elif name[0].isupper():
            reading.entity(name, clause.place)
        else:
            known = [*(kind for kind in KINDS if kind != "reference"), *reading.entities]
            reading.problem(clause.place, f"there is no type {name}", did_you_mean(name, known))
    if many and is_input:
        reading.problem(many.place, "an input cannot be many-to-many", "take one row, or add rows one by one")
    return "reference"


def _check_fit(reading: Reading, kind: Kind, said: Said, *, is_input: bool) -> None:
    shown = "a many-to-many" if "many" in said else said["type"].value
    for name, fits in _FITS.items():
        if name in said and said[name].flag and (None if "many" in said else kind) not in fits:
            reading.problem(said[name].place, f"{name} does not fit {shown}", "remove it")
    if is_input:
        for name in _INPUT_LACKS:
            if name in said:
                reading.problem(said[name].place, f"an input cannot be {name}", "remove it")
    if "computed" in said:
        for name in ("default", "immutable", "readonly"):
            if name in said:
                reading.problem(said[name].place, f"a computed field has no {name}", "remove it")


def _values(reading: Reading, kind: Kind, clauses: list[Clause], said: Said) -> tuple[str, ...]:
    values = [clause for clause in clauses if clause.name == "value"]
    if kind == "enum" and not values:
        reading.problem(said["type"].place, "an enum needs its values", "write enum(a, b), or values: [a, b]")
    if kind != "enum" and values:
        reading.problem(values[0].place, f"values do not fit {said['type'].value}", "use type: enum")
    seen: dict[str, str] = {}
    for clause in values:
        alike = clause.value.lower().replace("-", "_")
        if alike in seen:
            what = f"{clause.value!r} cannot be told from {seen[alike]!r}"
            reading.problem(clause.place, what, "values must differ in more than case and hyphens")
        seen.setdefault(alike, clause.value)
    return tuple(dict.fromkeys(clause.value for clause in values))


def _digits(reading: Reading, said: Said) -> dict[str, int]:
    if "precision" not in said:
        return {}
    precision, scale = said["precision"].value, said["scale"].value
    if len(precision) > 2 or not 1 <= int(precision) <= _DIGITS:  # noqa: PLR2004 - so that int() stays small
        reading.problem(
            said["precision"].place, f"a decimal cannot have {precision[:9]} digits", "write 1 to 38"
        )
        return {}
    if len(scale) > 2 or int(scale) > int(precision):  # noqa: PLR2004
        what = f"{scale[:9]} digits after the point are more than {precision} in all"
        reading.problem(said["scale"].place, what, f"write 0 to {precision}")
        return {}
    return {"precision": int(precision), "scale": int(scale)}


def _bounded(reading: Reading, kind: Kind, clauses: list[Clause], said: Said) -> dict[str, Constant | None]:
    minimum = _bound(reading, kind, said, "min")
    maximum = _bound(reading, kind, said, "max")
    if minimum is not None and maximum is not None and minimum > maximum:
        reading.problem(said["min"].place, f"min {minimum} is more than max {maximum}", "swap them")
    default = _default(reading, kind, clauses, said)
    if default is not None:
        _check_default(reading, said["default"], kind, default, (minimum, maximum))
    return {"minimum": minimum, "maximum": maximum, "default": default}


def _bound(reading: Reading, kind: Kind, said: Said, name: str) -> int | float | None:
    if name not in said or kind not in _BOUNDED:
        return None
    clause = said[name]
    value = number(clause.value)
    whole = isinstance(value, int)
    if value is None:
        reading.problem(clause.place, f"{name} cannot be {clause.value}", "write a number with fewer digits")
    elif kind in TEXTUAL and not (whole and value >= 0):
        reading.problem(
            clause.place, f"{name} of a text is a length, not {clause.value}", "write a whole number"
        )
    elif kind == "int" and not whole:
        reading.problem(clause.place, f"{name} of an int cannot be {clause.value}", "write a whole number")
    return value


def _default(reading: Reading, kind: Kind, clauses: list[Clause], said: Said) -> Constant | None:
    clause = said.get("default")
    if clause is None or kind not in _FITS["default"] or "many" in said:
        return None
    if kind == "reference":
        if clause.value != "viewer" or said["type"].value != USER:
            advice = "only references to User have a default, viewer"
            reading.problem(clause.place, f"{clause.value!r} cannot be the default of a reference", advice)
        return clause.value
    value = constant(kind, clause.value, is_text=clause.is_text)
    if value is None:
        reading.problem(clause.place, f"{clause.value!r} is no {kind}", f"write {_EXAMPLES[kind]}")
    if kind in {"decimal", "money"} and value is not None:
        _check_digits(reading, clause, said)
    values = [one.value for one in clauses if one.name == "value"]
    if kind == "enum" and values and value not in values:
        reading.problem(
            clause.place, f"{clause.value!r} is not one of the values", did_you_mean(clause.value, values)
        )
    return value


def _check_digits(reading: Reading, clause: Clause, said: Said) -> None:
    precision, scale = _MONEY if said["type"].value == "money" else _DECIMAL
    if "precision" in said:
        precision, scale = int(said["precision"].value[:2]), int(said["scale"].value[:2])
    whole, _, fraction = clause.value.lstrip("+-").partition(".")
    if len(whole.lstrip("0")) > precision - scale or len(fraction.rstrip("0")) > scale:
        what = f"{clause.value} does not fit decimal({precision}, {scale})"
        advice = f"write at most {precision - scale} digits before the point, {scale} after"
        reading.problem(clause.place, what, advice)


def _check_default(
    reading: Reading, clause: Clause, kind: Kind, default: Constant, bounds: tuple[float | None, float | None]
) -> None:
    minimum, maximum = bounds
    size: float
    if isinstance(default, str):
        size = len(default)
    elif isinstance(default, bool):
        return
    else:
        size = default
    unit = " characters" if kind in TEXTUAL else ""
    if minimum is not None and size < minimum:
        reading.problem(clause.place, f"the default is less than min {minimum}{unit}", "change one of them")
    if maximum is not None and size > maximum:
        reading.problem(clause.place, f"the default is more than max {maximum}{unit}", "change one of them")


def _pattern(reading: Reading, said: Said) -> str | None:
    clause = said.get("pattern")
    if clause is None:
        return None
    trouble = pattern_trouble(clause.value)
    if trouble:
        offset, what = trouble
        place = Place(clause.place.line, clause.place.column + offset)
        reading.problem(place, what, "patterns must mean the same in ECMA 262 and Python")
    return normalised(clause.value)


def _computed(reading: Reading, said: Said) -> Text | None:
    clause = said.get("computed")
    if clause is None:
        return None
    return Text(text=clause.value.strip(), origin=reading.origin(clause.place))


def _classes(reading: Reading, clauses: list[Clause]) -> tuple[str, ...]:
    seen: list[str] = []
    for clause in clauses:
        if clause.name != "class":
            continue
        if clause.value in seen:
            reading.problem(clause.place, f"@{clause.value} is said twice", "keep one")
        seen.append(clause.value)
    return tuple(dict.fromkeys(seen))


def _inverse(reading: Reading, said: Said) -> str | None:
    clause = said.get("inverse")
    if clause is None:
        return None
    if not _SNAKE.search(clause.value):
        reading.problem(
            clause.place, f"{clause.value!r} cannot be a name here", "write a name like order_lines"
        )
    reading.fresh(clause.value, clause.place)
    return clause.value
