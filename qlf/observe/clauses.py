"""From a place in a generated file back to the clauses that it is about.

Agents leave no marks in what they write. What a line is about is read from the names on it: of the entity
whose file or section it stands in, of its fields, checks, transitions and relations, and of operations.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from qlf.model.spec import Entity, Operation, Spec
    from qlf.model.value import Node, Origin

_AGENTS = Path(__file__).resolve().parent.parent / "agents"
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)*")
_NAMED = re.compile("(?<![a-z])(entity|operation)(?![a-z])")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


class Clause(NamedTuple):
    """A node of the spec that a place is about, and where it comes from."""

    what: str
    origin: Origin


def about(spec: Spec, path: str, text: Sequence[str], line: int) -> list[Clause]:
    """Return what a file (line 0), or one of its lines (from 1), is about: the nearest first."""
    words = _words(text[line - 1]) if line else frozenset()
    owner = _owner(spec, path, text, line)
    found: list[Clause] = []
    if line:
        entities = [entity for entity in spec.entities if entity is owner]
        entities += [
            entity for entity in spec.entities if entity is not owner and words & _entity_names(entity)
        ]
        for entity in entities:
            found += [Clause(what, node.origin) for what, names, node in _parts(entity) if names & words]
            found += [Clause(f"entity {entity.name}", entity.origin)]
        found += [
            Clause(f"operation {each.name}", each.origin)
            for each in spec.operations
            if words & _names(each.name)
        ]
        found += [Clause(f"role {role.name}", role.origin) for role in spec.roles if words & {role.name}]
    elif owner is not None:
        kind = "operation" if owner in spec.operations else "entity"
        found.append(Clause(f"{kind} {owner.name}", owner.origin))
    # What was written in the brief says more than what every entity has.
    return sorted(dict.fromkeys(found), key=lambda clause: clause.origin.kind == "default")


def templates(agent: str, path: str) -> list[str]:
    """Return the templates of an agent that a file fits, or the agent's code if it writes without any.

    A template has the path of its file; `entity` and `operation` in it stand for any name, and a bare
    `up.sql.jinja` for the files that end so.
    """
    folder = _AGENTS / agent
    known = [file.relative_to(folder).as_posix() for file in sorted(folder.rglob("*.jinja"))]
    inside, ending = path.partition("/")[2], path.rpartition("/")[2].partition(".")[2]
    found = (
        [each for each in known if _made_by(each) in {path, inside}]
        or [each for each in known if _fits(_made_by(each), path) or _fits(_made_by(each), inside)]
        or [each for each in known if _made_by(each) == ending]
        or ["agent.py"]
    )
    return [f"qlf/agents/{agent}/{each}" for each in found]


def _made_by(template: str) -> str:
    """Return the path that `templates/STACK/PATH.jinja` makes."""
    return "/".join(template.removesuffix(".jinja").split("/")[2:])


def _fits(made: str, path: str) -> bool:
    return bool(re.fullmatch(re.sub(_NAMED, "[^/]+", re.escape(made)), path))


def _owner(spec: Spec, path: str, text: Sequence[str], line: int) -> Entity | Operation | None:
    """Return the entity or operation that a file is named after, or whose section a line stands in."""
    stem = path.rpartition("/")[2].partition(".")[0].removeprefix("test_")
    nodes: list[tuple[frozenset[str], Entity | Operation]] = [
        (_entity_names(entity), entity) for entity in spec.entities
    ]
    nodes += [(_names(operation.name), operation) for operation in spec.operations]
    for names, node in nodes:
        if stem in names:
            return node
    for above in reversed(text[:line]):
        words = _words(above)
        for names, node in nodes:
            if words & names:
                return node
    return None


def _entity_names(entity: Entity) -> frozenset[str]:
    return _names(entity.name) | {entity.plural, entity.table}


def _names(name: str) -> frozenset[str]:
    return frozenset({name, _HUMP.sub("_", name).lower()})


def _words(line: str) -> frozenset[str]:
    found = _WORD.findall(line)
    return frozenset(found) | {_HUMP.sub("_", word).lower() for word in found}


def _parts(entity: Entity) -> Iterator[tuple[str, frozenset[str], Node]]:
    """Yield what an entity is made of: how it is called, the names that stand for it, the node."""
    for field in entity.fields:
        yield f"field {entity.name}.{field.name}", frozenset({field.name, field.column}), field
    for derived in entity.derived:
        yield f"derived field {entity.name}.{derived.name}", frozenset({derived.name}), derived
    for relation in entity.relations:
        yield f"relation {entity.name}.{relation.name}", frozenset({relation.name}), relation
    for check in entity.checks:
        yield f"check {entity.name}.{check.name}", frozenset({check.name}), check
    for machine in entity.states:
        for move in machine.transitions:
            yield f"transition {entity.name}.{move.name}", frozenset({move.name}), move
    for action in entity.actions:
        yield f"action {entity.name}.{action.name}", frozenset({action.name}), action
