"""Short forms: `text! max=120`, `read own, update`, `a -> b by r`, `viewer in r by user`, taken apart.

A short form becomes a tuple of parts in the order of the text, each with its offset there, so that a caller
can name the exact column. Parsing depends on the text alone and is remembered.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

from qlf.grammars import parser
from qlf.structure import did_you_mean

if TYPE_CHECKING:
    from lark import Lark, Token, Tree, UnexpectedInput

Form = Literal["field", "type", "access", "transition", "relation_action", "roles"]

_MODIFIERS = ("unique", "indexed", "immutable", "readonly", "hidden", "min", "max", "pattern", "inverse")
_SHAPES: dict[Form, str] = {
    "field": "write TYPE, ! or ?, modifiers, then = VALUE or := CEL, as in: text! max=120 @pii = x",
    "type": "write a type like text, decimal(7, 4), enum(a, b), Entity or Entity[]",
    "access": "write actions with commas, as in: create, read own, update where CEL",
    "transition": "write FROM, FROM -> TO by ROLE, ROLE",
    "relation_action": "write viewer in RELATION by ROLE, or row in RELATION by ROLE",
    "roles": "write roles with commas between them",
}
_ELSEWHERE = {
    "required": "write ! behind the type",
    "optional": "write ? behind the type, or nothing",
    "default": "write = VALUE at the end",
    "computed": "write := CEL at the end",
    "index": "write indexed",
    "values": "write enum(a, b) as the type",
}


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that a short form says: its name, its text without quotes, and where it begins."""

    name: str
    text: str
    offset: int
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Misspelt:
    """Why a short form cannot be read, and the offset at which it goes wrong."""

    offset: int
    what: str
    advice: str


@lru_cache(maxsize=8192)
def parse(form: Form, text: str) -> tuple[Part, ...] | Misspelt:
    """Take a short form apart.

    Returns:
        The parts. `field`: `type`, then `many`, `precision`, `scale` or `value`s, then `required` (text
        `!` or `?`), modifiers by their names, `class`es, and `default` or `computed`. `type`: its beginning.
        `access`: `action`s, each followed by `own` if said, then `cel`. `transition`: `source`s, `target`,
        `role`s. `relation_action`: `subject`, `relation`, `role`s. `roles`: `role`s.
    """
    from lark import UnexpectedInput  # noqa: PLC0415 - a tenth of a second, for briefs with structure only

    try:
        tree = _parser().parse(text, start=form)
    except UnexpectedInput as error:
        return _misspelt(form, text, error)
    leaves = cast("list[Tree[Token]]", tree.children)
    return tuple(_part(str(leaf.data), cast("Token", leaf.children[0])) for leaf in leaves)


@cache
def _parser() -> Lark:
    grammar = Path(__file__).with_name("short_forms.lark").read_text(encoding="utf-8")
    return parser(grammar, start=list(_SHAPES), maybe_placeholders=False)


def _part(rule: str, token: Token) -> Part:
    offset, text = cast("int", token.start_pos), str(token)
    match rule:
        case "name" | "decimal" | "enum":
            return Part("type", text, offset)
        case "listed":
            return Part("type", "enum", offset)
        case "class":
            return Part("class", text[1:], offset)
        case "pattern" if text.startswith("/"):
            return Part("pattern", text[1:-1], offset + 1, quoted=True)
        case "default" if text.startswith('"'):
            inner = re.sub(r'\\(["\\])', r"\1", text[1:-1])
            return Part("default", inner, offset, quoted=True)
        case _:
            return Part(rule, text, offset)


def _misspelt(form: Form, text: str, error: UnexpectedInput) -> Misspelt:
    token = getattr(error, "token", None)
    ended = token is not None and token.type == "$END"
    offset = len(text.rstrip()) if ended else cast("int", error.pos_in_stream)
    rest = text[offset:].split()
    shape = _SHAPES[form]
    if text.count("(") > text.count(")"):
        return Misspelt(offset, "a bracket is not closed", "close it; inside {...}, put the value in quotes")
    if form in {"field", "type"} and text.startswith("enum") and "(" not in text:
        return Misspelt(0, "an enum needs its values", "write enum(a, b)")
    if not rest:
        return Misspelt(offset, "something is missing here", shape)
    word = rest[0]
    if word[0] in "()[]":
        return Misspelt(offset, f"{word!r} cannot stand here", shape)
    if form == "field" and offset:
        name = word.split("=")[0].rstrip("!,;:")
        if word.startswith(","):
            return Misspelt(offset, "modifiers have no commas between them", shape)
        if " = " in text[:offset]:
            return Misspelt(
                offset, f"{word!r} stands behind the default", 'put the default last, texts in "..."'
            )
        if name in _ELSEWHERE:
            return Misspelt(offset, f"{name!r} is no modifier", _ELSEWHERE[name])
        if name.isalpha():
            return Misspelt(offset, f"{name!r} is no modifier", did_you_mean(name, _MODIFIERS))
    return Misspelt(offset, f"{word!r} cannot stand here", shape)
