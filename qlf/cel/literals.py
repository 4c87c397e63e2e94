"""Constants as CEL writes them (cel-spec, doc/langdef.md, "Values")."""

from __future__ import annotations

import re
from decimal import Decimal

_ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-3][0-7]{2}|.)", re.DOTALL)
_SIGNS = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_SELF = "\\\"'`?"
_INTS = range(1 - 2**53, 2**53)
_EXPONENT = 18


def text_of(token: str) -> str | None:
    """Return the text of a string literal, None if it has an escape that CEL does not know."""
    raw = token[0] in "rR"
    body = token[1:] if raw else token
    size = 3 if body[:3] in {'"""', "'''"} else 1
    body = body[size:-size]
    if raw:
        return body
    unknown = False

    def replaced(match: re.Match[str]) -> str:
        nonlocal unknown
        sign = match[1]
        if sign in _SIGNS:
            return _SIGNS[sign]
        if sign in _SELF:
            return sign
        code = int(sign, 8) if sign.isdigit() and len(sign) > 1 else None
        if len(sign) > 1 and code is None:
            code = int(sign[1:], 16)
        if code is None or not 0 < code < 0xD800:  # noqa: PLR2004 - surrogates are no characters
            unknown = True
            return ""
        return chr(code)

    text = _ESCAPE.sub(replaced, body)
    return None if unknown else text


def int_of(token: str) -> int | None:
    """Return a whole number, None if JSON cannot hold it exactly (RFC 8785, section 3.2.2.3)."""
    number = int(token, 16) if "0x" in token else int(token)
    return number if number in _INTS else None


def decimal_of(token: str) -> str | None:
    """Return a decimal without exponent, as text, None if it is out of all proportion."""
    number = Decimal(token)
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int) or abs(exponent) > _EXPONENT or abs(number) >= 10**_EXPONENT:
        return None
    return f"{number:f}"
