"""The paths of members that CEL text reads, before its names are known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qlf.cel.grammar import inner, parse, token_of
from qlf.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lark import Tree

    from qlf.model.brief import Text

Path = tuple[str, ...]


def paths(text: Text) -> tuple[Path, ...] | None:
    """Return each path that an expression reads, from its first name on; None if it is no CEL.

    A variable of a macro stands for what it runs over: `this.lines.all(line, line.amount > 0)` reads
    `this.lines` and `this.lines.amount`.
    """
    tree = parse(text)
    return None if isinstance(tree, Problem) else tuple(_paths(tree, {}))


def _paths(tree: Tree[Any], bound: Mapping[str, Path]) -> Iterator[Path]:
    tree = inner(tree)
    path = _path(tree, bound)
    if path is not None:
        yield path
        return
    children = [child for child in tree.children if hasattr(child, "data")]
    if tree.data == "member_dot_arg":
        of, arguments = tree.children[0], children[-1]
        collection = _path(inner(of), bound)
        names = [_path(inner(child), {}) for child in arguments.children]
        macro = len(names) > 1 and collection is not None and names[0] is not None and len(names[0]) == 1
        yield from _paths(of, bound)
        if macro and collection is not None and names[0] is not None:
            bound = {**bound, names[0][0]: collection}
        for child in arguments.children[1:] if macro else arguments.children:
            yield from _paths(child, bound)
        return
    for child in children:
        yield from _paths(child, bound)


def _path(tree: Tree[Any], bound: Mapping[str, Path]) -> Path | None:
    """Return the path that a tree is and nothing else."""
    if tree.data == "ident":
        name = str(token_of(tree, 0))
        return bound.get(name, (name,))
    if tree.data == "member_dot":
        before = _path(inner(tree.children[0]), bound)
        return None if before is None else (*before, str(token_of(tree, 1)))
    return None
