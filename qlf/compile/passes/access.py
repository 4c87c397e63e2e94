"""Who may do what on which rows, every grant spelt out.

Afterwards `Entity.access` is complete: `all` is written as each action, `own` as a condition, and
whoever a `by` names has a grant of their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from qlf.cel.check import condition
from qlf.compile.draft import Draft, assumption, problem
from qlf.compile.ownership import Ambiguous, owned_by
from qlf.compile.scopes import on_row
from qlf.model.brief import Text
from qlf.model.expression import Binary, Name
from qlf.model.spec import ANYONE, SIGNED_IN, Grant
from qlf.model.types import Type
from qlf.model.value import default
from qlf.words import article

if TYPE_CHECKING:
    from qlf.errors import Problem
    from qlf.model.brief import Assumption, EntityDecl, GrantDecl
    from qlf.model.expression import Expression
    from qlf.model.spec import Entity
    from qlf.model.value import Origin

VERBS = ("create", "read", "update", "delete")


def access(draft: Draft) -> Draft:
    """Spell out the access of every entity."""
    problems: list[Problem] = []
    assumed: list[Assumption] = []
    entities = [
        _Access(draft, declared, entity, problems, assumed).spelt_out()
        for declared, entity in draft.declared()
    ]
    return draft.with_entities(entities).assuming(*dict.fromkeys(assumed)).with_problems(problems)


class _Access:
    """The grants of one entity in the making."""

    def __init__(
        self,
        draft: Draft,
        declared: EntityDecl,
        entity: Entity,
        problems: list[Problem],
        assumed: list[Assumption],
    ) -> None:
        self._draft = draft
        self._declared = declared
        self._entity = entity
        self._problems = problems
        self._assumed = assumed
        self._named = _named_roles(draft, declared)
        self._actions = (*VERBS, *self._named)

    def spelt_out(self) -> Entity:
        """Return the entity with its access, actions in the order of verbs, transitions and so on."""
        grants = self._stated() if self._declared.access else self._by_default()
        grants += self._fallbacks(grants)
        order = {action: place for place, action in enumerate(self._actions)}
        roles = {role: place for place, role in enumerate(dict.fromkeys(one.role for one in grants))}
        grants.sort(key=lambda one: (roles[one.role], order.get(one.action, len(order))))
        return self._entity.model_copy(update={"access": _without_repeats(grants)})

    def _stated(self) -> list[Grant]:
        made = []
        for one in self._declared.access:
            covered = self._condition(one)
            if isinstance(covered, list):
                self._problems += covered
                continue
            actions = self._actions if one.action == "all" else (one.action,)
            made += [self._grant(one.role, action, covered, one.origin) for action in actions]
        return made

    def _grant(self, role: str, action: str, covered: Expression | None, origin: Origin) -> Grant:
        return Grant(role=role, action=action, condition=covered, origin=origin)

    def _condition(self, one: GrantDecl) -> Expression | list[Problem] | None:
        parts = []
        if one.own:
            own = self._own(one)
            if isinstance(own, list):
                return own
            if not (one.action == "create" and self._entity.owner):
                parts.append(own)
        if one.where is not None:
            where = condition(one.where, on_row(self._draft, self._entity.name))
            if isinstance(where, list):
                return where
            parts.append(where)
        if len(parts) > 1:
            return Binary(operator="&&", left=parts[0], right=parts[1], type=Type(kind="bool"))
        return parts[0] if parts else None

    def _own(self, one: GrantDecl) -> Expression | list[Problem]:
        if one.role == ANYONE:
            advice = "give it to a role, or leave own out"
            return [problem(one.origin, "whoever is not signed in has no rows", advice)]
        path = owned_by(self._draft, self._entity.name, one.role)
        if isinstance(path, Ambiguous):
            shown = " or ".join(f"this.{candidate} == viewer" for candidate in path.candidates)
            if not shown:
                what = f"{self._entity.name} has no owner, and refers to nothing that has one"
                return [problem(one.origin, what, "add owner: user, or write where CEL instead of own")]
            what = (
                f"it is not clear which rows of {self._entity.name} are {article(one.role)} {one.role}'s own"
            )
            return [problem(one.origin, what, f"write where {shown}")]
        text = f"this.{path} == viewer" if path else "this == viewer"
        found = condition(Text(text=text, origin=one.origin), on_row(self._draft, self._entity.name))
        if not self._entity.owner and path:
            because = "the entity has no owner, so that of a row it refers to counts"
            holds = f"for {one.role}, a row of {self._entity.name} is their own if {text}"
            self._assumed.append(assumption(f"own rows of {self._entity.name}", holds, because))
        return found

    def _by_default(self) -> list[Grant]:
        origin = default("the brief says nothing about access")
        if self._entity.name == self._draft.viewer:
            return self._users(origin)
        role = SIGNED_IN if self._draft.auth else ANYONE
        who = "every signed-in person" if self._draft.auth else "anyone"
        because = "there is no access clause"
        self._assumed.append(
            assumption(f"access to {self._entity.name}", f"{who} may do everything with its rows", because)
        )
        free = [action for action in self._actions if not self._named.get(action)]
        return [self._grant(role, action, None, origin) for action in free]

    def _users(self, origin: Origin) -> list[Grant]:
        """People see and change themselves; administrators see all."""
        row = Type(kind="reference", entity=self._entity.name)
        myself = Binary(
            operator="==",
            left=Name(name="this", type=row),
            right=Name(name="viewer", type=row),
            type=Type(kind="bool"),
        )
        made = [self._grant(SIGNED_IN, action, myself, origin) for action in ("read", "update")]
        free = [action for action in self._actions if action not in VERBS and not self._named.get(action)]
        made += [self._grant(SIGNED_IN, action, myself, origin) for action in free]
        return made + [self._grant(role, "read", None, origin) for role in self._draft.administrators]

    def _fallbacks(self, grants: list[Grant]) -> list[Grant]:
        """Give what `by` names to the roles whose access does not list it."""
        made: list[Grant] = []
        for action, roles in self._named.items():
            for role in roles:
                if any(one.role == role and one.action == action for one in grants):
                    continue
                found = self._rows_of(role, action, grants)
                if not found:
                    what = f"{role} may {action}, but neither update nor read {self._entity.name}"
                    advice = f"give {role} read under access"
                    self._problems.append(problem(self._place(action), what, advice))
                made += [self._grant(role, action, one.condition, self._place(action)) for one in found]
        return made

    def _rows_of(self, role: str, action: str, grants: list[Grant]) -> list[Grant]:
        """Return the grants of the rows on which a role may act: those to update, or else to read."""
        stands_for = [role, SIGNED_IN, ANYONE] if role != ANYONE else [ANYONE]
        only_read = any(one.name == action and one.subject == "viewer" for one in self._declared.actions)
        for verb in ("read",) if only_read else ("update", "read"):
            found = [one for one in grants if one.action == verb and one.role in stands_for]
            if found:
                return found
        return []

    def _place(self, action: str) -> Origin:
        moves = [move for machine in self._declared.states for move in machine.transitions]
        places = {one.name: one.origin for one in self._draft.brief.operations}
        places |= {one.name: one.origin for one in self._declared.actions}
        places |= {one.name: one.origin for one in moves}
        return places.get(action, self._declared.origin)


def _named_roles(draft: Draft, declared: EntityDecl) -> dict[str, tuple[str, ...]]:
    """Return the roles that `by` names for each transition, relation action and operation."""
    found = {move.name: move.roles for machine in declared.states for move in machine.transitions}
    found |= {action.name: action.roles for action in declared.actions}
    return found | {one.name: one.roles for one in draft.brief.operations if one.entity == declared.name}


def _without_repeats(grants: list[Grant]) -> tuple[Grant, ...]:
    """Leave out grants that another of the same role and action makes idle."""
    whole = {(one.role, one.action) for one in grants if one.condition is None}
    kept: list[Grant] = []
    for one in grants:
        idle = one.condition is not None and (one.role, one.action) in whole
        same = any((one.role, one.action, one.condition) == (k.role, k.action, k.condition) for k in kept)
        if not idle and not same:
            kept.append(one)
    return tuple(kept)
