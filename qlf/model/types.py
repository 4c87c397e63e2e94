"""The types of fields, inputs and expressions, free of any programming language."""

from __future__ import annotations

from typing import Literal, get_args

from qlf.model.value import Value

Kind = Literal[
    "text",
    "longtext",
    "int",
    "decimal",
    "money",
    "bool",
    "date",
    "datetime",
    "time",
    "duration",
    "uuid",
    "email",
    "url",
    "phone",
    "json",
    "enum",
    "file",
    "reference",
]
KINDS: tuple[Kind, ...] = get_args(Kind)
TEXTUAL: frozenset[Kind] = frozenset(
    {"text", "longtext", "email", "url", "phone", "file"},
)
NUMERIC: frozenset[Kind] = frozenset({"int", "decimal", "money"})


class Type(Value):
    """What a field, an input or an expression holds.

    `entity` is set for references, `enum` (a name in `Spec.enums`) for enumerations. `precision`
    and `scale` are the digits of a decimal in all and after the point; money is decimal(18, 2)
    unless the brief says otherwise. `many` marks a collection of rows.
    """

    kind: Kind
    entity: str | None = None
    enum: str | None = None
    precision: int | None = None
    scale: int | None = None
    many: bool = False
