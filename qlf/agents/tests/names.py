"""How names and values of the spec are spelt in the application's Python and JSON."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from qlf import python_names
from qlf.samples import DAY, MOMENT

if TYPE_CHECKING:
    from qlf.model.types import Type

_BOUNDARY = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_FAR = timedelta(days=3000)


def snake(name: str) -> str:
    """Return a PascalCase or camelCase name in snake_case."""
    return _BOUNDARY.sub("_", name).lower()


def camel(name: str) -> str:
    """Return a snake_case name in camelCase."""
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def identifier(name: str) -> str:
    """Return the name as a Python attribute: a trailing underscore where the language has taken it."""
    return python_names.identifier(name)


def words(text: str) -> str:
    """Return a text as part of a function's name."""
    return re.sub(r"[^a-z0-9]+", "_", snake(text)).strip("_")


def member(value: str) -> str:
    """Return the name of an enumeration's member."""
    name = re.sub(r"\W+", "_", value).strip("_").upper()
    return f"VALUE_{name}" if not name or name[0].isdigit() else name


def quoted(value: object) -> str:
    """Return a value as a Python literal, texts in double quotes."""
    if isinstance(value, str):
        body = repr(value)
        return f'"{body[1:-1]}"' if body[0] == "'" and '"' not in value else body
    if isinstance(value, dict):
        return "{" + ", ".join(f"{quoted(key)}: {quoted(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(quoted(item) for item in value)}]"
    return repr(value)


def text_literal(value: str) -> str:
    """Return a text as Python, a long run of one character as a product."""
    if len(value) > 40 and len(set(value)) == 1:  # noqa: PLR2004
        return f"{quoted(value[0])} * {len(value)}"
    return quoted(value)


def python_value(kind: Type, value: Any) -> str:  # noqa: ANN401
    """Return a value as it is given to a model."""
    if value is None:
        return "None"
    match value:
        case Decimal():
            return f"Decimal({quoted(format(value, 'f'))})"
        case datetime():
            return _moment(value)
        case date():
            return _day(value)
        case time():
            return f"time.fromisoformat({quoted(value.isoformat())})"
        case timedelta():
            return f"timedelta(seconds={int(value.total_seconds())})"
        case str() if kind.kind == "enum":
            return f"{kind.enum}.{member(value)}"
        case str() if kind.kind == "uuid":
            return f"UUID({quoted(value)})"
        case str():
            return text_literal(value)
    return quoted(value)


def json_value(value: Any) -> str:  # noqa: ANN401
    """Return a value as it is sent in a body, and compared with an answer."""
    match value:
        case Decimal():
            return quoted(format(value, "f"))
        case datetime():
            return f"wire({_moment(value)})"
        case date():
            return f"wire({_day(value)})"
        case time():
            return quoted(value.isoformat())
        case timedelta():
            return quoted(_duration(value))
        case str():
            return text_literal(value)
    return quoted(value)


def _duration(value: timedelta) -> str:
    hours, rest = divmod(int(value.total_seconds()), 3600)
    return f"PT{hours}H" + (f"{rest // 60}M" if rest else "")


def _day(value: date) -> str:
    gap = value - DAY
    if abs(gap) > _FAR:
        return f"date({value.year}, {value.month}, {value.day})"
    return f"day({gap.days})" if gap else "day()"


def _moment(value: datetime) -> str:
    gap = value - MOMENT
    if abs(gap) > _FAR:
        return f"datetime.fromisoformat({quoted(value.isoformat())})"
    parts = [("days", gap.days), ("hours", gap.seconds // 3600), ("minutes", gap.seconds % 3600 // 60)]
    return f"moment({', '.join(f'{name}={number}' for name, number in parts if number)})"
