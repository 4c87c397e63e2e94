"""Canonical JSON (RFC 8785) and digests over it."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from pydantic_core import to_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic import BaseModel

# The encoder writes numbers between these as RFC 8785 wants them (section 3.2.2.3).
_SMALLEST = 1e-5
_GREATEST = 2**53 - 1


class _UnusualNumberError(ValueError):
    """A number that RFC 8785 refuses, or writes otherwise than the encoder does."""


def canonical(value: BaseModel) -> bytes:
    """Return the canonical JSON of a value, defaults written out."""
    members, write = plain(value)
    return write(members)


def plain(value: BaseModel) -> tuple[Any, Callable[[Any], bytes]]:
    """Return a value as dicts and lists, and what turns them, or parts of them, into canonical JSON.

    What is put into a dict instead of a member must be such a part too.
    """
    members = value.model_dump(mode="json")
    try:
        return _ordered(members), to_json
    except _UnusualNumberError:
        import rfc8785  # noqa: PLC0415 - exact and slow; hardly a value has such a number

        return members, rfc8785.dumps


def digest(content: bytes) -> str:
    """Return the SHA-256 digest as 64 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def _ordered(value: Any) -> Any:  # noqa: ANN401 - whatever JSON can say
    kind = type(value)
    if kind is dict:
        return {
            name: inner if (inner := value[name]) is None or type(inner) is str else _ordered(inner)
            for name in _order(tuple(value))
        }
    if kind is list:
        return [inner if type(inner) is str else _ordered(inner) for inner in value]
    if kind is float:
        if not (value == 0 or _SMALLEST <= abs(value) <= _GREATEST):
            raise _UnusualNumberError
        return int(value) if value.is_integer() else value
    if kind is int and not -_GREATEST <= value <= _GREATEST:
        raise _UnusualNumberError
    return value


@lru_cache(maxsize=1024)
def _order(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return names by their UTF-16 code units (RFC 8785, section 3.2.3)."""
    return tuple(sorted(names, key=lambda name: name.encode("utf-16-be", "surrogatepass")))
