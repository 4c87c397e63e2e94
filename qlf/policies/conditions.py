"""Check a policy's conditions before they are evaluated: form, names, types, size."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from qlf.cel.grammar import inner, parse, token_of
from qlf.errors import Problem
from qlf.model.brief import Text
from qlf.model.value import Origin
from qlf.policies.names import NAMES, unknown
from qlf.structure import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lark import Token, Tree

    from qlf.policies.names import Kind
    from qlf.strict_yaml import Scalar

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_CHAIN = re.compile(r"[a-z_]+(\.[a-z_]+)*")
_REFUSED = re.compile(r"<input>:(\d+):(\d+): ([^\n]*)")
_CODES = re.compile(r"^(\w+: |ERROR: )+|<input>:-1:-1: | \(in container ''\)| \[[A-Z_]+\]$")


def check_condition(scalar: Scalar, over: Kind, file: str) -> list[Problem]:
    """Return what is wrong with a condition over nodes of a kind.

    Places are exact for a condition on one line without escapes; else they are that of its beginning.
    """
    origin = Origin(kind="overlay", file=file, line=scalar.place.line, column=scalar.place.column)
    tree = parse(Text(text=scalar.text, origin=origin))
    if isinstance(tree, Problem):
        return [Problem(file, *_placed(scalar, tree), tree.what, tree.advice)]
    problems = []
    for tokens in _chains(tree):
        wrong = unknown(over, tokens)
        if wrong and (wrong[0] or tokens[0] in _everywhere()):
            token = tokens[wrong[0]]
            owner = ".".join(tokens[: wrong[0]]) or f"over {over}"
            what = f"{owner} has no {token}"
            place = scalar.at((token.start_pos or 0) if scalar.raw else 0)
            problems.append(Problem(file, *place, what, did_you_mean(token, sorted(wrong[1]))))
    return sorted(set(problems)) or _refused(scalar, over, file)


def check_text(scalar: Scalar, over: Kind, file: str) -> list[Problem]:
    """Return a problem for each placeholder of a message that stands for nothing."""
    problems = []
    for match in _PLACEHOLDER.finditer(scalar.text):
        place = scalar.at(match.start() if scalar.raw else 0)
        if not _CHAIN.fullmatch(match[1]):
            advice = "write {node.name}, or something like it"
            problems.append(Problem(file, *place, f"{match[0]} is no placeholder", advice))
        elif wrong := unknown(over, match[1].split(".")):
            advice = did_you_mean(match[1].split(".")[wrong[0]], sorted(wrong[1]))
            problems.append(Problem(file, *place, f"{match[0]} stands for nothing here", advice))
    return problems


def _placed(scalar: Scalar, problem: Problem) -> tuple[int, int]:
    return (problem.line, problem.column + bool(scalar.style)) if scalar.raw else scalar.place


def _chains(tree: Tree[Any]) -> Iterator[list[Token]]:
    """Yield names with the members that are taken of them, the longest chains only."""
    waiting = [tree]
    while waiting:
        one = waiting.pop()
        tokens: list[Token] = []
        node = one
        while node.data == "member_dot":
            tokens.insert(0, token_of(node, 1))
            node = inner(cast("Tree[Any]", node.children[0]))
        if node.data == "ident":
            yield [token_of(node, 0), *tokens]
        elif node is not one:
            waiting.append(node)
        else:
            waiting += [inner(child) for child in one.children if hasattr(child, "data")]


def _refused(scalar: Scalar, over: Kind, file: str) -> list[Problem]:
    """Return what the engine says against a condition: what it does not know, and what has no meaning."""
    try:
        made = _environment(over).compile(scalar.text)
    except RuntimeError as error:
        match = _REFUSED.search(str(error))
        said = match[3] if match else str(error).partition("\n")[0]
        column = int(match[2]) if match and match[1] == "1" else 0
        place = scalar.at(column - 1) if column and scalar.raw else scalar.place
        return [Problem(file, *place, _CODES.sub("", said), "see Conditions in docs/policies.md")]
    if (kind := made.return_type().name()) not in {"BOOL", "DYN"}:
        what = f"this is a value of type {kind.lower()}"
        return [Problem(file, *scalar.place, what, "write what is true or false")]
    return []


@cache
def _everywhere() -> frozenset[str]:
    """Return the names that conditions over some kind may use: elsewhere they are no macro's variable."""
    return frozenset(name for names in NAMES.values() for name in names)


@cache
def _environment(over: Kind) -> Any:  # noqa: ANN401 - the engine's own
    from cel_expr_python import cel  # noqa: PLC0415 - only whoever reads policies pays for it

    return cel.NewEnv(variables=dict.fromkeys(NAMES[over], cel.Type.DYN))
