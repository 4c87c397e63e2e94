"""The functions that every target language can express."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, cast

from qlf.cel.typing import BOOL, DURATION, INT, TEXT, described, is_text
from qlf.model.expression import Call

if TYPE_CHECKING:
    from lark import Token, Tree

    from qlf.cel.checking import Checking
    from qlf.cel.scope import Scope
    from qlf.model.expression import Expression, Function
    from qlf.model.types import Type


class _Signature(NamedTuple):
    takes: tuple[str, ...]
    gives: Type


CALLS = {
    "size": _Signature(("text",), INT),
    "lower": _Signature(("text",), TEXT),
    "upper": _Signature(("text",), TEXT),
    "days": _Signature(("int",), DURATION),
    "hours": _Signature(("int",), DURATION),
}
METHODS = dict.fromkeys(("startsWith", "endsWith", "contains"), _Signature(("text", "text"), BOOL))
METHODS |= {"size": CALLS["size"]}


def call(checker: Checking, token: Token, arguments: list[Tree[Any]], scope: Scope) -> Expression | None:
    """Return a call with as many arguments, of such types, as the function takes."""
    name = str(token)
    signature = CALLS.get(name) or METHODS[name]
    if len(arguments) != len(signature.takes):
        given = len(arguments) - (name in METHODS and name not in CALLS)
        takes = len(signature.takes) - (name in METHODS and name not in CALLS)
        checker.refuse(
            token, f"{name} takes {takes}, not {given}", "count what stands between the parentheses"
        )
        return None
    found: list[Expression] = []
    for tree, wanted in zip(arguments, signature.takes, strict=True):
        one = checker.expression(tree, scope)
        if one is None:
            return None
        if not _fits(one.type, wanted):
            advice = "use count" if one.type and one.type.many else f"give it {described_as(wanted)}"
            checker.refuse(tree, f"{checker.source(tree)} is {described(one.type)}", advice)
            return None
        found.append(one)
    return Call(function=cast("Function", name), arguments=tuple(found), type=signature.gives)


def described_as(wanted: str) -> str:
    """Return what a function takes, in words."""
    return "a whole number" if wanted == "int" else "a text"


def _fits(kind: Type | None, wanted: str) -> bool:
    return is_text(kind) if wanted == "text" else kind is not None and kind.kind == wanted
