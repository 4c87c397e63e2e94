"""CEL text to a syntax tree, by the grammar of the CEL project as cel-python carries it."""

from __future__ import annotations

import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from qlf.errors import Problem
from qlf.grammars import parser

if TYPE_CHECKING:
    from lark import Lark, Token, Tree

    from qlf.model.brief import Text

LONGEST = 2_000
DEEPEST = 60
_WORDS = {"and": "&&", "or": "||", "not": "!", "is": "==", "&": "&&", "|": "||", "=": "=="}
_PLAIN = frozenset(
    {
        "expr",
        "conditionalor",
        "conditionaland",
        "relation",
        "addition",
        "multiplication",
        "unary",
        "member",
        "primary",
        "paren_expr",
    }
)


def parse(text: Text) -> Tree[Any] | Problem:
    """Return the syntax tree of an expression, or what is wrong with its form and where."""
    if not text.text.strip():
        return place(text, 1, 1, "the expression is empty", "write a CEL expression")
    if len(text.text) > LONGEST:
        return place(
            text, 1, 1, f"the expression has more than {LONGEST} characters", "use several shorter ones"
        )
    tree = _parsed(text)
    if isinstance(tree, Problem):
        return tree
    if _depth(tree) > DEEPEST:
        return place(text, 1, 1, f"the expression is more than {DEEPEST} levels deep", "make it flatter")
    return tree


def place(text: Text, line: int, column: int, what: str, advice: str) -> Problem:
    """Return a problem at a line and column, both from 1, of the expression."""
    origin = text.origin
    if line == 1:
        column += max(origin.column, 1) - 1
    return Problem(origin.file, max(origin.line, 1) + line - 1, column, what, advice)


def token_of(tree: Tree[Any], place: int) -> Token:
    """Return the child of a tree that is a token by the grammar."""
    return cast("Token", tree.children[place])


def inner(tree: Tree[Any]) -> Tree[Any]:
    """Return the first tree below that says more than that it has one child."""
    while tree.data in _PLAIN and len(tree.children) == 1:
        tree = tree.children[0]
    return tree


@cache
def _parser() -> Lark:
    """Return a parser as cel-python's `CELParser` is, without what that imports to evaluate expressions."""
    found = find_spec("celpy")
    if found is None or not found.submodule_search_locations:
        message = "cel-python is not installed"
        raise ModuleNotFoundError(message)
    grammar = Path(found.submodule_search_locations[0], "cel.lark").read_text(encoding="utf-8")
    return parser(
        grammar,
        {"IDENT": _constant},
        start="expr",
        g_regex_flags=re.MULTILINE,
        propagate_positions=True,
        maybe_placeholders=False,
        priority="invert",
    )


def _constant(token: Token) -> Token:
    """Tell the constants that look like names from names."""
    return token.update(type="BOOL_LIT") if token.value in {"true", "false"} else token


def _parsed(text: Text) -> Tree[Any] | Problem:
    from lark import UnexpectedInput  # noqa: PLC0415 - only briefs with conditions pay for it

    try:
        return _parser().parse(text.text)
    except UnexpectedInput as error:
        line, column = error.line, error.column
        return place(text, max(line, 1), max(column, 1), *_trouble(text.text, line, column))


def _trouble(text: str, line: int, column: int) -> tuple[str, str]:
    lines = text.split("\n")
    rest = lines[line - 1][column - 1 :] if 0 < line <= len(lines) and column > 0 else ""
    word = rest.split(maxsplit=1)[0] if rest.strip() else ""
    if word in _WORDS:
        return f"{word!r} is no operator of CEL", f"write {_WORDS[word]}"
    if word[:1] in {"'", '"'} and word.count(word[0]) == 1:
        return "the text has no closing quote", f"write {word[0]} after it"
    if text.count("(") != text.count(")"):
        return "the parentheses do not match", "close each one that is opened"
    if not word or not lines[line - 1][column:].strip():
        return "the expression ends too early", "write what comes after it"
    return f"CEL cannot be read on from {word[:20]!r}", "see Conditions in docs/brief.md"


def _depth(tree: Tree[Any]) -> int:
    deepest = 0
    waiting = [(inner(tree), 1)]
    while waiting:
        one, depth = waiting.pop()
        deepest = max(deepest, depth)
        waiting += [(inner(child), depth + 1) for child in one.children if hasattr(child, "data")]
    return deepest
