"""Make inferred entities fit together: cycles, the other sides of references, clauses that name what is gone.

What the front matter states stays as it is: the rest gives way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from qlf.cel.paths import paths
from qlf.compile.inference.english import plural_of
from qlf.compile.inference.entities import USER

if TYPE_CHECKING:
    from collections.abc import Iterable

    from qlf.compile.inference.draft import Draft
    from qlf.model.brief import EntityDecl, FieldDecl, GrantDecl, StatesDecl, Text, TransitionDecl
    from qlf.model.value import Node

Made = dict[str, "EntityDecl"]
_MOMENTS = frozenset({"now", "today"})
_ACCOUNT = frozenset({"id", "email", "role", "active"})
_STAMPS = frozenset({"id", "created_at", "updated_at"})
_VERBS = frozenset({"create", "read", "update", "delete", "all"})


def relax_cycles(made: Made) -> None:
    """Make a reference optional where rows would each have to be there before the other."""
    settled = {
        name: {
            field.target for field in entity.fields if _needs(field) and _is_stated(field) and field.target
        }
        for name, entity in made.items()
    }
    for name, entity in made.items():
        fields: list[FieldDecl] = []
        for field in entity.fields:
            target = field.target or name
            if _needs(field) and not _is_stated(field):
                if target == name or name in _reach(settled, target):
                    fields.append(field.model_copy(update={"required": False}))
                    continue
                settled[name].add(target)
            fields.append(field)
        made[name] = entity.model_copy(update={"fields": tuple(fields)})


def _needs(field: FieldDecl) -> bool:
    return field.required and field.kind == "reference" and not field.many


def _is_stated(node: Node) -> bool:
    return node.origin.kind == "brief"


def _reach(needs: dict[str, set[str]], start: str) -> set[str]:
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        name = waiting.pop()
        for needed in needs.get(name, set()) - seen:
            seen.add(needed)
            waiting.append(needed)
    return seen


def name_inverses(draft: Draft, made: Made) -> None:
    """Name the other side of a reference where the usual name, the plural, is taken there."""
    taken = {name: {field.name for field in entity.fields} for name, entity in made.items()}
    owned = {name for name, entity in draft.entities.items() if entity.stated and entity.stated.owner}
    for name, entity in made.items():
        for field in entity.fields:
            if field.target and _is_stated(field):
                taken.setdefault(field.target, set()).add(field.inverse or _usual(entity))
        if name in owned:
            taken.setdefault(USER, set()).add(_usual(entity))
    for name, entity in made.items():
        usual = _usual(entity)
        owner = entity.owner
        if owner and name not in owned:
            owner = owner if usual not in taken.get(USER, set()) else None
            taken.setdefault(USER, set()).add(usual)
        fields = [_inverse(field, usual, taken) for field in entity.fields]
        made[name] = entity.model_copy(update={"fields": tuple(fields), "owner": owner})


def _usual(entity: EntityDecl) -> str:
    return entity.plural or plural_of(entity.name)


def _inverse(field: FieldDecl, usual: str, taken: dict[str, set[str]]) -> FieldDecl:
    if field.kind != "reference" or not field.target or _is_stated(field):
        return field
    names = taken.setdefault(field.target, set())
    inverse = field.inverse or usual
    inverse = inverse if inverse not in names else f"{field.name}_{usual}"
    names.add(inverse)
    return field.model_copy(update={"inverse": inverse if inverse != usual else field.inverse})


def fit(draft: Draft, made: Made) -> None:
    """Leave clauses of overlays out that name fields, roles or entities which are not as they are there."""
    members = _members(draft, made)
    for name, entity in made.items():
        own = draft.entities[name].entry
        if own and own.declared:
            made[name] = _Fitting(draft, members, entity).done()


def _members(draft: Draft, made: Made) -> dict[str, dict[str, str | None]]:
    """Return for each entity the names that conditions may use, with the entity that each leads to."""
    found: dict[str, dict[str, str | None]] = {name: dict.fromkeys(_STAMPS) for name in made}
    if draft.authentication:
        found.setdefault(USER, {}).update(dict.fromkeys(_ACCOUNT))
    for name, entity in made.items():
        for field in entity.fields:
            if field.kind == "reference" and field.target in found:
                found[name][field.name] = field.target
                found[field.target][field.inverse or _usual(entity)] = name
            elif field.origin.kind == "overlay":
                found[name][field.name] = None
        if entity.owner and USER in found:
            found[name][entity.owner] = USER
            found[USER][_usual(entity)] = name
    return found


class _Fitting:
    """One entity, and what its clauses may name."""

    def __init__(self, draft: Draft, members: dict[str, dict[str, str | None]], entity: EntityDecl) -> None:
        self._draft = draft
        self._members = members
        self._entity = entity
        self._columns = {*members[entity.name], *(field.name for field in entity.fields)}
        roles = {role.name for role in draft.brief.roles} or set(draft.roles)
        self._roles = {*roles, "user", "anyone"} if draft.authentication else set()

    def done(self) -> EntityDecl:
        """Return the entity with the clauses that fit."""
        entity = self._entity
        states = tuple(one for machine in entity.states if (one := self._machine(machine)))
        derived = tuple(one for one in entity.derived if self._holds(one.name, one, one.value))
        actions = tuple(one for one in entity.actions if _is_stated(one) or one.relation in self._columns)
        moves = {move.name for machine in states for move in machine.transitions}
        moves |= {action.name for action in actions} | {*_VERBS}
        stated = self._draft.entities[entity.name].stated
        fits = entity.slug_from in {None, *self._columns} or bool(stated and stated.key)
        key = entity.key if fits else None
        return entity.model_copy(
            update={
                "fields": tuple(self._field(field) for field in entity.fields),
                "unique": self._lists(entity.unique, stated.unique if stated else ()),
                "indexes": self._lists(entity.indexes, stated.indexes if stated else ()),
                "list_omits": self._omits(entity.list_omits, stated.list_omits if stated else ()),
                "checks": tuple(one for one in entity.checks if self._holds(one.name, one, one.condition)),
                "states": states,
                "derived": derived,
                "actions": actions,
                "access": entity.access if self._grants(entity.access, moves) else (),
                "key": key,
                "slug_from": entity.slug_from if key else None,
            }
        )

    def _lists(
        self, lists: Iterable[tuple[str, ...]], stated: tuple[tuple[str, ...], ...]
    ) -> tuple[tuple[str, ...], ...]:
        kept = (names for names in lists if names in stated or self._columns.issuperset(names))
        return tuple(dict.fromkeys(kept))

    def _omits(self, names: tuple[str, ...], stated: tuple[str, ...]) -> tuple[str, ...]:
        derived = {each.name for each in self._entity.derived}
        kept = (name for name in names if name in {*stated, *derived, *self._columns})
        return tuple(dict.fromkeys(kept))

    def _field(self, field: FieldDecl) -> FieldDecl:
        if field.computed is None or self._holds(field.name, field, field.computed):
            return field
        return field.model_copy(update={"computed": None})

    def _machine(self, machine: StatesDecl) -> StatesDecl | None:
        """Return the moves of a field that has their states, by the roles that there are."""
        if _is_stated(machine):
            return machine
        field = next((one for one in self._entity.fields if one.name == machine.field), None)
        values = set(field.values) if field and field.default is not None else set()
        moves = [
            move.model_copy(update={"roles": tuple(role for role in move.roles if role in self._roles)})
            for move in machine.transitions
            if values.issuperset({*move.sources, move.target}) and self._moves(move)
        ]
        return machine.model_copy(update={"transitions": tuple(moves)}) if moves else None

    def _moves(self, move: TransitionDecl) -> bool:
        return move.condition is None or self._holds(move.name, move, move.condition)

    def _grants(self, grants: tuple[GrantDecl, ...], moves: set[str]) -> bool:
        if not grants or _is_stated(grants[0]):
            return True
        fits = all(
            grant.role in self._roles
            and grant.action in moves
            and (grant.where is None or self._resolves(grant.where))
            for grant in grants
        )
        if not fits:
            self._left_out("access", grants[0])
        return fits

    def _holds(self, name: str, clause: Node, condition: Text) -> bool:
        """Tell whether a clause is the brief's own, or names only what is there."""
        if _is_stated(clause) or self._resolves(condition):
            return True
        self._left_out(name, clause)
        return False

    def _left_out(self, name: str, clause: Node) -> None:
        holds = "left out: it names what this application does not have"
        self._draft.assume(f"entities.{self._entity.name}.{name}", holds, clause.origin)

    def _resolves(self, condition: Text) -> bool:
        """Tell whether each path of a condition leads to what is there."""
        read = paths(condition)
        heads = {"this": self._entity.name} | ({"viewer": USER} if self._draft.authentication else {})
        return read is not None and all(self._leads(heads, path) for path in read)

    def _leads(self, heads: dict[str, str], path: tuple[str, ...]) -> bool:
        if path[0] in _MOMENTS:
            return len(path) == 1
        return path[0] in heads and self._follow(heads[path[0]], path[1:])

    def _follow(self, start: str, names: tuple[str, ...]) -> bool:
        """Tell whether a path leads from an entity to another, or to a field of it."""
        here: str | None = start
        for name in names:
            if here is None or name not in self._members.get(here, {}):
                return False
            here = self._members[here][name]
        return True
