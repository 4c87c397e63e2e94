"""What the tools of a gate need from outside, read without all that checking a rule takes."""

from __future__ import annotations

from qlf.strict_yaml import decode, plain, read

ANYTHING = frozenset({"postgres"})


def needs(content: bytes) -> frozenset[str]:
    """Return what is named under `needs` anywhere in the text of a rules file; anything if it is no YAML."""
    text = decode(content, "")
    tree = read(text, "") if isinstance(text, str) else text
    return ANYTHING if isinstance(tree, list) else frozenset(_named(plain(tree)))


def _named(node: object) -> list[str]:
    if isinstance(node, list):
        return [name for each in node for name in _named(each)]
    if not isinstance(node, dict):
        return []
    own = node.get("needs", [])
    here = [str(name) for name in own] if isinstance(own, list) else [str(own)]
    return [*here, *(name for each in node.values() for name in _named(each))]
