"""Which constants a type can hold: defaults as written, checked and converted."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from collections.abc import Callable

    from qlf.model.brief import Scalar
    from qlf.model.types import Kind

_INT = re.compile(r"[-+]?[0-9]{1,19}")
_DECIMAL = re.compile(r"[-+]?[0-9]{1,38}(\.[0-9]{1,38})?")
# RFC 3339 section 5.6 for dates and times, appendix A for durations without the calendar's units.
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(r"[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?")
_DATETIME = re.compile(_DATE.pattern + "T" + _TIME.pattern + r"(Z|[-+][0-9]{2}:[0-9]{2})")
_DURATION = re.compile(r"P(?=.)([0-9]+D)?(T(?=.)([0-9]+H)?([0-9]+M)?([0-9]+S)?)?|P[0-9]+W")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_URL = re.compile(r"https?://[^\s/]+\S*")
_PHONE = re.compile(r"\+[1-9][0-9]{1,14}")  # E.164
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
EXACT = 2**53 - 1


def constant(kind: Kind, text: str, *, is_text: bool) -> Scalar | None:
    """Convert a constant as written to a value of a type.

    Args:
        kind: The field's type.
        text: The constant without quotes.
        is_text: Whether the author wrote text for certain, with quotes.

    Returns:
        The value, or None if the type cannot hold it. Decimals are numbers, whole ones are int.
    """
    if kind == "bool":
        return None if is_text else {"true": True, "false": False}.get(text)
    if kind == "int":
        return int(text) if not is_text and _INT.fullmatch(text) and abs(int(text)) <= EXACT else None
    if kind in {"decimal", "money"}:
        return None if is_text else number(text)
    if kind == "date" and text == "today":
        return text
    if kind == "datetime" and text == "now":
        return text
    check = _CHECKS.get(kind)
    return text if check is not None and check(text) else None


def number(text: str) -> int | float | None:
    """Convert a decimal number if a float can hold all its digits; whole numbers become int.

    JSON has no larger whole numbers than EXACT that all readers agree on (RFC 8785, section 3.2.2.3).
    """
    if not _DECIMAL.fullmatch(text):
        return None
    exact = Decimal(text)
    if exact == exact.to_integral_value():
        return int(exact) if abs(exact) <= EXACT else None
    nearest = float(text)
    return nearest if Decimal(repr(nearest)) == exact else None


def _is_date(text: str) -> bool:
    return _parses(_DATE, date.fromisoformat, text)


def _is_datetime(text: str) -> bool:
    return _parses(_DATETIME, datetime.fromisoformat, text)


def _is_time(text: str) -> bool:
    return _parses(_TIME, time.fromisoformat, text)


def _parses(form: re.Pattern[str], parse: Callable[[str], object], text: str) -> bool:
    if not form.fullmatch(text):
        return False
    try:
        parse(text)
    except ValueError:
        return False
    return True


_CHECKS: dict[Kind, Callable[[str], bool]] = {
    "text": lambda text: "\n" not in text,
    "longtext": lambda _: True,
    "email": lambda text: _EMAIL.fullmatch(text) is not None,
    "url": lambda text: _URL.fullmatch(text) is not None,
    "phone": lambda text: _PHONE.fullmatch(text) is not None,
    "uuid": lambda text: _parses(_UUID, UUID, text),
    "date": _is_date,
    "datetime": _is_datetime,
    "time": _is_time,
    "duration": lambda text: _DURATION.fullmatch(text) is not None,
    "enum": lambda _: True,
}
