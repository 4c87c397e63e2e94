"""A policy: what must hold of each node of a kind, in the spec or in the tree."""

from __future__ import annotations

from typing import Literal

from qlf.model.value import Node, Value

Over = Literal["application", "entity", "field", "route", "operation", "file"]


class File(Value):
    """A file of a tree as policies see it; `text` is empty if it is not UTF-8."""

    path: str
    size: int
    text: str


class Policy(Node):
    """A condition in CEL that `holds` for each node of kind `over` for which `where` does.

    `source` names the clause of a standard that asks for it. `always`: it counts whether or not an overlay
    names it. `{node.name}` in the `message` stands for what the node has under that name.
    """

    name: str
    title: str
    description: str = ""
    source: str = ""
    level: Literal["error", "warning"] = "error"
    always: bool = False
    over: Over
    where: str = ""
    holds: str
    message: str
    advice: str
