"""Evaluate policies: `policies.py POLICIES SPEC TREE SECONDS` writes one JSON object.

Run by an interpreter that has cel-expr-python; so it imports nothing of the factory. The engine bounds the
steps of each evaluation (10,000 iterations, RE2 for patterns), this program its own time and memory. Answer:
`{"checked": N, "findings": [{"policy": NAME, "level": L, "message": TEXT, "file": PATH, "source": BOOL,
"line": N, "column": N}]}`, where `source` tells that the file is one of the repository and not of the tree.
"""

from __future__ import annotations

import json
import re
import resource
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cel_expr_python import cel

if TYPE_CHECKING:
    from collections.abc import Iterator

MEMORY = 2 << 30
MOST_FINDINGS = 200  # of one policy: the others say no more
LONGEST_VALUE = 200
NAMES = {
    "application": ("node", "paths"),
    "entity": ("node", "spec"),
    "field": ("node", "entity", "spec"),
    "route": ("node", "entity", "shape", "answer", "request", "spec"),
    "operation": ("node", "entity", "spec"),
    "file": ("node", "spec"),
}
# What `spec` lacks where nodes are its parts: each evaluation would have to take it in whole.
LEFT_OUT = {
    "": frozenset({"applied", "assumptions", "entities", "operations", "prose", "questions"}),
    "api": frozenset({"routes", "shapes"}),
}
PLACEHOLDER = re.compile(r"\{([a-z_]+(?:\.[a-z_]+)*)\}")

Json = dict[str, Any]


class Undecidable(Exception):  # noqa: N818 - what an evaluation can come to, beside true and false
    """A condition has no truth value for a node, and why."""


def main(policies: str, spec: str, tree: str, seconds: str) -> None:
    """Evaluate all policies, and print what was found."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds), int(seconds)))
    nodes = Nodes(json.loads(Path(spec).read_bytes()), Path(tree))
    checked, findings = 0, []
    for policy in json.loads(Path(policies).read_bytes()):
        count, found = _judged(policy, nodes)
        checked += count
        findings += found[:MOST_FINDINGS]
    sys.stdout.write(json.dumps({"checked": checked, "findings": findings}))


class Nodes:
    """The nodes of a spec and a tree, by kind, each with what its conditions may name."""

    def __init__(self, spec: Json, tree: Path) -> None:
        self._spec = spec
        self._whole = _without(spec, "")
        if spec["api"]:
            self._whole["api"] = _without(spec["api"], "api")
        self._tree = tree
        self._entities = {entity["name"]: entity for entity in spec["entities"]}
        self._known: dict[str, list[tuple[Json, Any]]] = {}
        self._environments: Json = {}

    def compiled(self, condition: str, over: str) -> Any:  # noqa: ANN401 - the engine's own
        """Return a condition over nodes of a kind, ready to be evaluated."""
        if over not in self._environments:
            self._environments[over] = cel.NewEnv(variables=dict.fromkeys(NAMES[over], cel.Type.DYN))
        return self._environments[over].compile(condition)

    def of(self, over: str) -> list[tuple[Json, Any]]:
        """Return for each node of a kind the values of names, and these as the engine has taken them in."""
        if over not in self._known:
            self._known[over] = [(names, self.taken_in(names, over)) for names in getattr(self, f"_{over}")()]
        return self._known[over]

    def taken_in(self, names: Json, over: str) -> Any:  # noqa: ANN401 - the engine's own
        """Return values of names as the engine has them; all conditions over a node share them."""
        return self._environments[over].Activation(data=names)

    def _application(self) -> Iterator[Json]:
        yield {"node": self._spec, "paths": [each["node"]["path"] for each in self._file()]}

    def _entity(self) -> Iterator[Json]:
        yield from ({"node": entity, "spec": self._whole} for entity in self._spec["entities"])

    def _field(self) -> Iterator[Json]:
        for entity in self._spec["entities"]:
            for field in entity["fields"]:
                yield {"node": field, "entity": entity, "spec": self._whole}

    def _operation(self) -> Iterator[Json]:
        for operation in self._spec["operations"]:
            entity = self._entities.get(operation["entity"])
            yield {"node": operation, "entity": entity, "spec": self._whole}

    def _route(self) -> Iterator[Json]:
        api = self._spec["api"] or {"shapes": [], "routes": []}
        shapes = {shape["name"]: shape for shape in api["shapes"]}
        for route in api["routes"]:
            shape = shapes.get(route["result"])
            row = shapes.get(shape["item"], shape) if shape else None
            yield {
                "node": route,
                "entity": self._entities.get(route["entity"]),
                "shape": shape,
                "answer": row["properties"] if row else [],
                "request": shapes[route["body"]]["properties"] if route["body"] else [],
                "spec": self._whole,
            }

    def _file(self) -> Iterator[Json]:
        for path in sorted(each for each in self._tree.rglob("*") if each.is_file()):
            content = path.read_bytes()
            try:
                text = content.decode().replace("\r\n", "\n")
            except UnicodeDecodeError:
                text = ""
            name = path.relative_to(self._tree).as_posix()
            yield {"node": {"path": name, "size": len(content), "text": text}, "spec": self._whole}


def _without(node: Json, called: str) -> Json:
    return {name: value for name, value in node.items() if name not in LEFT_OUT[called]}


def _judged(policy: Json, nodes: Nodes) -> tuple[int, list[Json]]:
    """Return of how many nodes a policy had to hold, and what it found."""
    where = nodes.compiled(policy["where"] or "true", policy["over"])
    holds = nodes.compiled(policy["holds"], policy["over"])
    count, findings = 0, []
    for names, taken_in in nodes.of(policy["over"]):
        try:
            if not _truth(where, taken_in):
                continue
            count += 1
            if not _truth(holds, taken_in):
                findings += [_found(policy, names, place) for place in _places(policy, holds, names, nodes)]
        except Undecidable as error:
            message = f"the policy cannot be evaluated here: {error}"
            findings.append(_found({**policy, "level": "error", "message": message}, names, _place(names)))
    return count, findings


def _truth(condition: Any, taken_in: Any) -> bool:  # noqa: ANN401 - the engine's own
    try:
        value = condition.eval(taken_in)
    except (RuntimeError, ValueError, TypeError) as error:
        raise Undecidable(str(error).partition("\n")[0]) from error
    if value.type() != cel.Type.BOOL:
        raise Undecidable(str(value.value()).partition("\n")[0])
    return bool(value.value())


def _places(policy: Json, holds: Any, names: Json, nodes: Nodes) -> list[Json]:  # noqa: ANN401 - as above
    """Return where a policy does not hold: in a file, its lines of which alone it does not either."""
    if policy["over"] != "file":
        return [_place(names)]
    node = names["node"]

    def refused(text: str) -> bool:
        return not _truth(holds, nodes.taken_in({**names, "node": {**node, "text": text}}, "file"))

    # Where a file without a word is refused, it is for what it lacks, and that is in no line.
    texts = [] if refused("") else node["text"].split("\n")
    lines = [number for number, text in enumerate(texts, 1) if text and refused(text)]
    return [{"file": node["path"], "source": False, "line": line, "column": 0} for line in lines or [0]]


def _place(names: Json) -> Json:
    """Return where the clause of a node is, or that of its entity where the node has none of its own.

    Of an application as a whole, that is where the brief names its first overlay.
    """
    node, entity = names["node"], names.get("entity")
    if "text" in node and "path" in node:
        return {"file": node["path"], "source": False, "line": 0, "column": 0}
    origins = [
        each["origin"] for each in (node, entity, *node.get("overlays", ())) if each and "origin" in each
    ]
    origin = next((each for each in origins if each["file"]), {"file": "", "line": 0, "column": 0})
    return {"file": origin["file"], "source": True, "line": origin["line"], "column": origin["column"]}


def _found(policy: Json, names: Json, place: Json) -> Json:
    message = PLACEHOLDER.sub(lambda match: _shown(match[1], names), policy["message"])
    told = f"{message}; {policy['advice']}"
    return {"policy": policy["name"], "level": policy["level"], "message": told, **place}


def _shown(chain: str, names: Json) -> str:
    value: Any = names
    for name in chain.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    if isinstance(value, list):
        value = ", ".join(each if isinstance(each, str) else json.dumps(each) for each in value)
    elif not isinstance(value, str):
        value = "none" if value is None else json.dumps(value)
    return value if len(value) <= LONGEST_VALUE else f"{value[:LONGEST_VALUE]}..."


if __name__ == "__main__":
    main(*sys.argv[1:])
