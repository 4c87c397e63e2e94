"""The names that conditions and messages of a policy may use, and what each stands for.

`spec` is the spec without what it is made of, LEFT_OUT: entities, routes and so on.

| over | names |
|---|---|
| application | node (the spec), paths (of all files) |
| entity | node, spec |
| field | node, entity, spec |
| route | node, entity (or null), shape (of the answer, or null), answer and request (properties), spec |
| operation | node, entity (or null), spec |
| file | node (path, size, text), spec |

Controls have conditions of the same language, over `control`, where `spec` is the whole spec.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

from qlf.model.policy import File
from qlf.model.spec import Entity, Field, Operation, Route, Shape, Spec
from qlf.model.value import Value

if TYPE_CHECKING:
    from collections.abc import Sequence

Kind = Literal["application", "entity", "field", "route", "operation", "file", "control"]

NAMES: dict[Kind, dict[str, type[Value] | None]] = {
    "application": {"node": Spec, "paths": None},
    "entity": {"node": Entity, "spec": Spec},
    "field": {"node": Field, "entity": Entity, "spec": Spec},
    "route": {"node": Route, "entity": Entity, "shape": Shape, "answer": None, "request": None, "spec": Spec},
    "operation": {"node": Operation, "entity": Entity, "spec": Spec},
    "file": {"node": File, "spec": Spec},
    "control": {"spec": Spec},
}

LEFT_OUT: dict[tuple[str, ...], frozenset[str]] = {
    ("spec",): frozenset({"applied", "assumptions", "entities", "operations", "prose", "questions"}),
    ("spec", "api"): frozenset({"routes", "shapes"}),
}


def unknown(over: Kind, chain: Sequence[str]) -> tuple[int, list[str]] | None:
    """Return which name of a chain such as `node.retention.days` is not there, and those that are.

    The first is 0. What stands below a list, and below nothing that is known, is not looked at.
    """
    known: dict[str, type[Value] | None] = NAMES[over]
    for place, name in enumerate(chain):
        if name not in known:
            return place, list(known)
        model = known[name]
        if model is None:
            return None
        left_out = frozenset() if over == "control" else LEFT_OUT.get(tuple(chain[: place + 1]), frozenset())
        members = {member: each.annotation for member, each in model.model_fields.items()}
        known = {member: _model(kind) for member, kind in members.items() if member not in left_out}
    return None


def _model(annotation: object) -> type[Value] | None:
    """Return the class of values that a member has, if it is one value."""
    if isinstance(annotation, type) and issubclass(annotation, Value):
        return annotation
    kinds = [kind for kind in get_args(annotation) if kind is not type(None)]
    single = len(kinds) == 1 and isinstance(kinds[0], type) and issubclass(kinds[0], Value)
    return kinds[0] if single and type(None) in get_args(annotation) else None
