"""How a value of one type becomes one of another, and what that may cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qlf.model.migration import Grade
    from qlf.sql.schema import StoredType

_TEXTS = {"varchar", "char", "text"}
_NUMBERS = {"bigint", "numeric"}


def grade(old: StoredType, new: StoredType) -> tuple[Grade, str]:
    """Return what a change of a type means for the rows, and why."""
    if convert("x", old, new, "sqlite") is None:
        return "data-losing", "no value of the one type can become one of the other: the column starts anew"
    if old.kind in _TEXTS and new.kind in _TEXTS:
        if new.length is None or (old.length is not None and new.length >= old.length):
            return "safe", "every value fits"
        return "breaking", "it fails where a value is too long"
    if old.kind == "bigint" and new.kind == "numeric":
        return "slow", "every row is written anew"
    if old.kind == new.kind == "numeric":
        return _numeric(old, new)
    if old.kind in _TEXTS:
        return "breaking", "it fails where a text is no number"
    if new.kind in _TEXTS or (old.kind, new.kind) == ("date", "datetime"):
        return "slow", "every row is written anew"
    return "data-losing", "what the new type cannot hold is cut off"


def _numeric(old: StoredType, new: StoredType) -> tuple[Grade, str]:
    if (new.scale or 0) < (old.scale or 0):
        return "data-losing", "digits after the point are rounded off"
    if (new.precision or 0) - (new.scale or 0) < (old.precision or 0) - (old.scale or 0):
        return "breaking", "it fails where a number has too many digits"
    return "slow", "every row is written anew"


def convert(value: str, old: StoredType, new: StoredType, dialect: str) -> str | None:
    """Return the SQL that turns a value of the old type into one of the new, None if nothing can.

    Where a value does not fit, the statement fails: SQLite's casts would take anything, so a value that is
    not the same afterwards is given to `json`, which refuses what is not JSON.
    """
    lite = dialect == "sqlite"
    if old == new:
        return value
    if old.kind in _TEXTS and new.kind in _TEXTS:
        if lite and new.length and (old.length is None or old.length > new.length):
            return _short(value, value, new.length)
        return value
    if new.kind in _TEXTS:
        return _as_text(value, old, new, dialect)
    if old.kind in _NUMBERS and new.kind in _NUMBERS:
        if new.kind == "bigint":
            return f"cast(round({value}) as {'integer' if lite else 'bigint'})"
        return f"round({value}, {new.scale})"
    if old.kind in _TEXTS and new.kind in _NUMBERS:
        return _as_number(value, new, dialect)
    if (old.kind, new.kind) == ("date", "datetime"):
        return f"{value} || ' 00:00:00.000000'" if lite else f"({value}::timestamp at time zone 'UTC')"
    if (old.kind, new.kind) == ("datetime", "date"):
        return f"substr({value}, 1, 10)" if lite else f"({value} at time zone 'UTC')::date"
    return None


def _as_text(value: str, old: StoredType, new: StoredType, dialect: str) -> str | None:
    if old.kind == "boolean":
        text = f"case when {value} then 'true' when not {value} then 'false' end"
    elif old.kind in {"bigint", "numeric", "date"}:
        text = f"cast({value} as text)"
    else:
        return None
    if dialect == "sqlite" and new.length:
        return _short(value, text, new.length)
    return text


def _short(value: str, text: str, length: int) -> str:
    return f"case when {value} is null or length({text}) <= {length} then {text} else json('!') end"


def _as_number(value: str, new: StoredType, dialect: str) -> str:
    if dialect != "sqlite":
        word = "bigint" if new.kind == "bigint" else f"numeric({new.precision}, {new.scale})"
        return f"cast({value} as {word})"
    if new.kind == "bigint":
        number = f"cast({value} as integer)"
        return (
            f"case when {value} is null or cast({number} as text) = {value} then {number} else json('!') end"
        )
    number = f"cast({value} as numeric)"
    return (
        f"case when {value} is null or (json_valid({value}) and json_type({value}) in ('integer', 'real'))"
        f" then round({number}, {new.scale}) else json('!') end"
    )
