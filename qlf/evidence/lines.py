"""Which lines of a tree carry a feature."""

from __future__ import annotations

import ast
import re
from functools import cache
from typing import TYPE_CHECKING

from qlf.gates.reading import matches
from qlf.model.canonical import digest
from qlf.model.evidence import Line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from qlf.model.control import Feature

# Of one feature in one file: more would say no more.
MOST = 40
_LONGEST = 200


def lines_of(feature: Feature, stack: str, tree: Mapping[str, bytes]) -> tuple[Line, ...]:
    """Return the lines that carry a feature, by file and number; a statement of Python is taken whole."""
    return tuple(dict.fromkeys(_found(feature, stack, tree)))


def _found(feature: Feature, stack: str, tree: Mapping[str, bytes]) -> Iterator[Line]:
    for marker in feature.lines.get(stack, ()):
        wanted = re.compile(marker.text)
        for path in sorted(tree):
            if not matches(path, [marker.files]):
                continue
            text = tree[path].decode("utf-8", "replace")
            rows = text.split("\n")
            ends = _statements(text) if path.endswith(".py") else {}
            numbers = [number for number, row in enumerate(rows, 1) if wanted.search(row)]
            for number in numbers[:MOST]:
                yield Line(
                    feature=feature.name,
                    file=path,
                    line=number,
                    end=ends.get(number, number),
                    text=rows[number - 1].strip()[:_LONGEST],
                    digest=digest(tree[path]),
                )


@cache
def _statements(text: str) -> dict[int, int]:
    """Return the last line of each statement by its first; of several on one line, that of the longest."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    found: dict[int, int] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt):
            found[node.lineno] = max(found.get(node.lineno, 0), node.end_lineno or node.lineno)
    return found


def tests_of(content: bytes) -> frozenset[str] | None:
    """Return the names of the tests that a module defines; None if it cannot be read."""
    try:
        tree = ast.parse(content)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return frozenset(
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    )
