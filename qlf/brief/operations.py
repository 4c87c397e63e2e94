"""Read operations: what goes in, what must hold, and the effects in their order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, cast

from qlf.brief.schema import EFFECTS
from qlf.declarations.entities import read_checks
from qlf.declarations.fields import read_field
from qlf.declarations.reading import Reading, members, text_of
from qlf.model.brief import EffectDecl, OperationDecl, Text
from qlf.strict_yaml import Mapping, Scalar, Sequence, Yaml
from qlf.structure import did_you_mean
from qlf.words import snake

if TYPE_CHECKING:
    from qlf.model.brief import FieldDecl

Method = Literal["POST", "PUT", "PATCH", "DELETE"]
Kind = Literal["require", "find", "each", "create", "update", "delete", "move", "adjust"]


def read_operations(reading: Reading, node: Yaml | None) -> tuple[OperationDecl, ...]:
    """Read all operations; no two may have the same route."""
    if not isinstance(node, Mapping):
        return ()
    routes: dict[tuple[str, str], str] = {}
    found: list[OperationDecl] = []
    for name, value in node.entries.items():
        if not isinstance(value, Mapping):
            continue
        operation = _operation(reading, node.keys[name], value)
        found.append(operation)
        if operation.path is not None:
            route = (operation.method, operation.path)
            if route in routes:
                what = f"the operation {routes[route]} has this route already"
                reading.problem(value.entries["route"].place, what, "choose another path")
            routes.setdefault(route, name)
    return tuple(found)


def _operation(reading: Reading, key: Scalar, node: Mapping) -> OperationDecl:
    said = node.entries
    entity = text_of(said.get("on"))
    reading.fresh(key.text, key.place)
    if entity is not None:
        reading.entity(entity, said["on"].place)
    elif key.text in {"register", "login", "refresh", "logout"} and reading.auth is not False:
        reading.problem(key.place, f"signing in has a route {key.text} already", "rename it")
    method, path = _route(reading, said.get("route"), on_row=entity is not None)
    bound = {"this", snake(entity)} if entity is not None else set()
    effects = _effects(reading, said.get("effects"), bound)
    return OperationDecl(
        name=key.text,
        method=method,
        path=path,
        entity=entity,
        roles=reading.by(said.get("by")),
        inputs=_inputs(reading, said.get("input")),
        guards=read_checks(reading, said.get("guard")),
        effects=effects,
        result=_result(reading, said.get("result"), effects, bound),
        description=text_of(said.get("description")) or "",
        origin=reading.origin(key.place),
    )


def _route(reading: Reading, node: Yaml | None, *, on_row: bool) -> tuple[Method, str | None]:
    if not isinstance(node, Scalar):
        return "POST", None
    method, _, path = node.text.partition(" ")
    parameters = path.count("{id}")
    if on_row and parameters != 1:
        reading.problem(node.place, "the path does not say which row", "write {id} once in it")
    if not on_row and parameters:
        reading.problem(node.place, "the path has {id}, but the operation is on no row", "add on: ENTITY")
    return cast("Method", method), path


def _inputs(reading: Reading, node: Yaml | None) -> tuple[FieldDecl, ...]:
    if not isinstance(node, Mapping):
        return ()
    read = (
        read_field(reading, node.keys[name], value, is_input=True) for name, value in node.entries.items()
    )
    return tuple(field for field in read if field is not None)


def _effects(reading: Reading, node: Yaml | None, bound: set[str]) -> tuple[EffectDecl, ...]:
    steps = node.items if isinstance(node, Sequence) else ()
    names = set(bound)
    return tuple(_effect(reading, step, names) for step in steps if isinstance(step, Mapping))


def _effect(reading: Reading, step: Mapping, bound: set[str]) -> EffectDecl:
    """Read one step; `bound` has the names from `as` so far and gets this one's."""
    said = step.entries
    kind = cast("Kind", next(name for name in EFFECTS if name in said))
    subject = said[kind]
    origin = reading.origin(step.keys[kind].place)
    binding = text_of(said.get("as")) or ""
    inner = set(bound)
    if binding:
        reading.fresh(binding, said["as"].place, binding=True)
        if binding in bound:
            reading.problem(said["as"].place, f"{binding} is a name already", "choose another name")
        (inner if kind == "each" else bound).add(binding)
    match kind:
        case "require":
            condition = reading.cel(subject)
            message = text_of(said.get("message")) or ""
            name = text_of(said["name"]) or ""
            return EffectDecl(kind=kind, target=name, condition=condition, message=message, origin=origin)
        case "find" | "create":
            target = text_of(subject) or ""
            reading.entity(target, subject.place)
            condition_node = said.get("where")
            where = reading.cel(condition_node) if condition_node is not None else None
            return EffectDecl(
                kind=kind,
                target=target,
                binding=binding,
                condition=where,
                values=_set(reading, said),
                origin=origin,
            )
        case "each":
            steps = _effects(reading, said.get("do"), inner)
            return EffectDecl(
                kind=kind, binding=binding, row=reading.cel(subject), steps=steps, origin=origin
            )
        case "move":
            to = said["to"]
            _known_transition(reading, to)
            return EffectDecl(kind=kind, target=text_of(to) or "", row=reading.cel(subject), origin=origin)
        case "adjust":
            row, _, column = (text_of(subject) or "").strip().rpartition(".")
            place = reading.origin(subject.place)
            by = reading.cel(said["by"])
            return EffectDecl(
                kind=kind, target=column, row=Text(text=row, origin=place), by=by, origin=origin
            )
        case _:
            return EffectDecl(kind=kind, row=reading.cel(subject), values=_set(reading, said), origin=origin)


def _set(reading: Reading, said: dict[str, Yaml] | object) -> tuple[tuple[str, Text], ...]:
    values = members(cast("dict[str, Yaml]", said).get("set"))
    return tuple((name, reading.cel(value)) for name, value in values.items())


def _known_transition(reading: Reading, node: Yaml) -> None:
    name = text_of(node) or ""
    known = sorted(
        transition
        for entity in reading.entities.values()
        for machine in members(entity.get("states")).values()
        for transition in members(machine)
    )
    if name not in known:
        reading.problem(
            node.place, f"there is no transition {name}", did_you_mean(name, list(dict.fromkeys(known)))
        )


def _result(
    reading: Reading, node: Yaml | None, effects: tuple[EffectDecl, ...], bound: set[str]
) -> str | None:
    name = text_of(node)
    known = sorted({*bound, *(one.binding for one in effects if one.binding and one.kind != "each")})
    if node is not None and name is not None and name not in known:
        reading.problem(
            node.place, f"there is nothing called {name} to answer with", did_you_mean(name, known)
        )
    return name
