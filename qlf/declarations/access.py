"""Read who may do what with the rows of an entity."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qlf.declarations.reading import Reading, members, text_of
from qlf.model.brief import GrantDecl
from qlf.strict_yaml import Mapping, Scalar, Sequence, Yaml
from qlf.structure import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator

_VERBS = ("create", "read", "update", "delete", "all")


def read_access(reading: Reading, entity: str, node: Yaml | None) -> tuple[GrantDecl, ...]:
    """Read `access`: role to one string of actions, or to a list of them."""
    if not isinstance(node, Mapping):
        return ()
    grants: list[GrantDecl] = []
    for role, said in node.entries.items():
        reading.role(role, node.keys[role].place)
        for one in said.items if isinstance(said, Sequence) else (said,):
            if isinstance(one, Scalar):
                grants += _grants(reading, entity, role, one, grants)
    return tuple(grants)


def action_names(reading: Reading, entity: str) -> Iterator[tuple[str, Scalar]]:
    """Yield the names of an entity's transitions, relation actions and operations, with what they are."""
    written = reading.entities[entity]
    for machine in members(written.get("states")).values():
        if isinstance(machine, Mapping):
            for key in machine.keys.values():
                yield "transition", key
    if isinstance(actions := written.get("actions"), Mapping):
        for key in actions.keys.values():
            yield "relation action", key
    for operation, key in reading.operation_keys.items():
        if text_of(reading.operations[operation].get("on")) == entity:
            yield "operation", key


def _grants(
    reading: Reading, entity: str, role: str, node: Scalar, before: list[GrantDecl]
) -> list[GrantDecl]:
    parts = reading.parts("access", node)
    actions = (*_VERBS, *(key.text for _, key in action_names(reading, entity)))
    where = next((reading.cel(node, part.offset) for part in parts if part.name == "cel"), None)
    grants: list[GrantDecl] = []
    for index, part in enumerate(parts):
        if part.name != "action":
            continue
        place = node.at(part.offset)
        if part.text not in actions and "from" not in reading.entities[entity]:
            reading.problem(place, f"{entity} has no action {part.text}", did_you_mean(part.text, actions))
        own = index + 1 < len(parts) and parts[index + 1].name == "own"
        if own and role == "anyone":
            reading.problem(place, "anyone has no rows of their own", "use user, or a role")
        condition = None if own else where
        said = (role, part.text, own, condition and condition.text)
        if any(
            said == (one.role, one.action, one.own, one.where and one.where.text)
            for one in (*before, *grants)
        ):
            reading.problem(place, f"{role} may {part.text} already", "keep one")
        grants.append(
            GrantDecl(role=role, action=part.text, own=own, where=condition, origin=reading.origin(place))
        )
    return grants
