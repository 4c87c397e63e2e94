"""The short form of a field, as the catalogue writes it: `text! unique max=60 @pii = value`."""

from __future__ import annotations

import re
from functools import cache
from typing import Any, cast

from qlf.model.brief import FieldDecl, Scalar
from qlf.model.types import KINDS, Kind
from qlf.model.value import Origin

_TYPE = re.compile(r"(?P<word>\w+)(?:\((?P<inside>[^)]*)\))?(?P<many>\[\])?(?P<required>!)?")


@cache
def field(name: str, text: str) -> FieldDecl:
    """Return the field that a short form of the catalogue declares; an unreadable form is a defect."""
    head = _TYPE.match(text)
    if head is None:
        message = f"{name}: {text}"
        raise ValueError(message)
    body, _, default = text[head.end() :].partition(" = ")
    members: dict[str, Any] = {"name": name, "required": head["required"] is not None}
    members |= _typed(head["word"], head["inside"] or "", many=head["many"] is not None)
    for modifier in body.split():
        members |= _modifier(modifier)
    if default:
        # `= 0 min=0` stands in the catalogue as in a brief: what follows the default are modifiers.
        value, *rest = default.split()
        for modifier in rest:
            members |= _modifier(modifier)
        members["default"] = _scalar(value)
    return FieldDecl(**members, origin=Origin(kind="inferred"))


def _typed(word: str, inside: str, *, many: bool) -> dict[str, Any]:
    arguments = tuple(part.strip() for part in inside.split(",") if part.strip())
    if word not in KINDS:
        return {"kind": "reference", "target": word, "many": many}
    if word == "enum":
        return {"kind": "enum", "values": arguments}
    if arguments:
        precision, scale = map(int, arguments)
        return {"kind": word, "precision": precision, "scale": scale}
    return {"kind": cast("Kind", word)}


def _modifier(text: str) -> dict[str, Any]:
    if text in {"unique", "indexed", "immutable"}:
        return {text: True}
    if text.startswith("@"):
        return {"classes": (text[1:],)}
    name, _, value = text.partition("=")
    if name in {"min", "max"}:
        return {"minimum" if name == "min" else "maximum": _scalar(value)}
    if name in {"pattern", "inverse"}:
        return {name: value.removeprefix("/").removesuffix("/")}
    raise ValueError(text)


def _scalar(text: str) -> Scalar:
    if text in {"true", "false"}:
        return text == "true"
    if re.fullmatch(r"-?\d+", text):
        return int(text)
    return text
