"""Folds over related rows, however they are written, in one form.

`sum(this.lines.amount)` and `sum(this.lines.map(line, line.amount))` both become an Aggregate whose
source is `this.lines` and whose body is the amount of its bound row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from qlf.cel.grammar import inner, token_of
from qlf.cel.typing import BOOL, INT, described, is_number, is_ordered
from qlf.model.expression import Aggregate, Name
from qlf.model.types import Type

if TYPE_CHECKING:
    from lark import Token, Tree

    from qlf.cel.checking import Checking
    from qlf.cel.scope import Scope
    from qlf.model.expression import Aggregation, Expression

AGGREGATES = ("count", "sum", "min", "max")
MACROS = ("exists", "all")
ITEM = "item"


def aggregate(checker: Checking, token: Token, arguments: list[Tree[Any]], scope: Scope) -> Expression | None:
    """Return `count(rows)`, or the sum, least or greatest of a value over rows."""
    name = cast("Aggregation", str(token))
    if len(arguments) != 1:
        checker.refuse(token, f"{name} takes one relation", f"write {name}(this.RELATION{_member_of(name)})")
        return None
    fold = _fold(checker, arguments[0], scope)
    if fold is None:
        return None
    source, binding, body = fold
    if source.type is None or not source.type.many:
        what = f"{checker.source(arguments[0])} is {described(source.type)}, not many rows"
        checker.refuse(arguments[0], what, f"{name} works on a relation")
        return None
    if name == "count":
        if body is not None:
            checker.refuse(arguments[0], "count counts rows, not values", "leave the field out")
            return None
        return Aggregate(function="count", source=source, type=INT)
    if body is None or body.type is None or not (is_number if name == "sum" else is_ordered)(body.type):
        what = f"{name} needs {'a number' if name == 'sum' else 'a value'} of each row"
        checker.refuse(arguments[0], what, f"write {name}(this.RELATION.FIELD)")
        return None
    return Aggregate(function=name, source=source, binding=binding, body=body, type=body.type)


def macro(
    checker: Checking, source_tree: Tree[Any], token: Token, arguments: list[Tree[Any]], scope: Scope
) -> Expression | None:
    """Return `rows.exists(x, CONDITION)` or `rows.all(x, CONDITION)`."""
    source = checker.expression(source_tree, scope)
    bound = _bound(checker, source, (source_tree, token), arguments, scope)
    if source is None or bound is None:
        return None
    binding, inside = bound
    body = checker.truth(arguments[1], inside)
    if body is None:
        return None
    function = cast("Aggregation", str(token))
    return Aggregate(function=function, source=source, binding=binding, body=body, type=BOOL)


def _member_of(name: str) -> str:
    return "" if name == "count" else ".FIELD"


def _bound(
    checker: Checking,
    source: Expression | None,
    written: tuple[Tree[Any], Token],
    arguments: list[Tree[Any]],
    scope: Scope,
) -> tuple[str, Scope] | None:
    """Return the name that stands for each row, and the scope that knows it."""
    source_tree, token = written
    name = inner(arguments[0]) if arguments else None
    if len(arguments) != 2 or name is None or name.data != "ident":  # noqa: PLR2004 - a name and a body
        checker.refuse(token, f"{token} takes a name and an expression", f"write .{token}(x, ...)")
        return None
    if source is None:
        return None
    if source.type is None or not source.type.many:
        what = f"{checker.source(source_tree)} is {described(source.type)}, not many rows"
        checker.refuse(source_tree, what, f"{token} works on a relation")
        return None
    binding = str(name.children[0])
    if binding in scope.names or binding == "input":
        checker.refuse(name, f"{binding} is a name already", "choose another name")
        return None
    return binding, scope.bind(binding, Type(kind="reference", entity=source.type.entity))


def _fold(
    checker: Checking, tree: Tree[Any], scope: Scope
) -> tuple[Expression, str, Expression | None] | None:
    """Return the rows, the name of each, and the value of each (None: no value is asked of them)."""
    tree = inner(tree)
    if tree.data == "member_dot_arg" and tree.children[1] == "map":
        source = checker.expression(tree.children[0], scope)
        arguments = list(tree.children[2].children) if len(tree.children) > 2 else []  # noqa: PLR2004
        bound = _bound(checker, source, (tree.children[0], token_of(tree, 1)), arguments, scope)
        if source is None or bound is None:
            return None
        body = checker.expression(arguments[1], bound[1])
        return None if body is None else (source, bound[0], body)
    if tree.data != "member_dot" or _is_input(tree):
        rows = checker.expression(tree, scope)
        return None if rows is None else (rows, ITEM, None)
    fold = _fold(checker, tree.children[0], scope)
    if fold is None:
        return None
    source, binding, body = fold
    if source.type is None or not source.type.many:
        rows = checker.member(source, token_of(tree, 1), tree.children[0], scope)
        return None if rows is None else (rows, ITEM, None)
    row = body or Name(name=binding, type=Type(kind="reference", entity=source.type.entity))
    value = checker.member(row, token_of(tree, 1), tree.children[0], scope)
    return None if value is None else (source, binding, value)


def _is_input(tree: Tree[Any]) -> bool:
    base = inner(tree.children[0])
    return bool(base.data == "ident" and base.children[0] == "input")
