"""Typed expressions as CEL, as an author would write them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_METHODS = frozenset({"startsWith", "endsWith", "contains"})


def cel(node: Mapping[str, Any]) -> str:
    """Return an expression, as JSON has it, as a text. What is inside another is in parentheses."""
    match node["node"]:
        case "literal":
            return _literal(node)
        case "name":
            return str(node["name"])
        case "member":
            return f"{_inner(node['of'])}.{node['name']}"
        case "unary":
            return f"{node['operator']}{_inner(node['operand'])}"
        case "binary":
            return f"{_inner(node['left'])} {node['operator']} {_inner(node['right'])}"
        case "conditional":
            return f"{_inner(node['test'])} ? {_inner(node['then'])} : {_inner(node['otherwise'])}"
        case "items":
            return f"[{', '.join(map(cel, node['items']))}]"
        case "aggregate":
            body = f"{node['binding']}, {cel(node['body'])}" if node["body"] else ""
            return f"{_inner(node['source'])}.{node['function']}({body})"
        case _:
            return _call(node)


def _literal(node: Mapping[str, Any]) -> str:
    kind = (node["type"] or {}).get("kind")
    value = node["value"]
    # Decimals are kept as texts, and are numbers all the same.
    return value if isinstance(value, str) and kind in {"decimal", "money"} else json.dumps(value)


def _call(node: Mapping[str, Any]) -> str:
    arguments = [cel(each) for each in node["arguments"]]
    if node["function"] in _METHODS:
        return f"{_inner(node['arguments'][0])}.{node['function']}({', '.join(arguments[1:])})"
    return f"{node['function']}({', '.join(arguments)})"


def _inner(node: Mapping[str, Any]) -> str:
    text = cel(node)
    return f"({text})" if node["node"] in {"binary", "conditional"} else text
