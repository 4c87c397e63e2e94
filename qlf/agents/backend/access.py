"""Who may: roles at the door of a route, conditions on rows in its query."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qlf.agents.backend.names import called
from qlf.agents.backend.sql_values import SqlValues, roots
from qlf.model.spec import ANYONE, SIGNED_IN
from qlf.python_names import member

if TYPE_CHECKING:
    from qlf.model.expression import Expression
    from qlf.model.spec import Entity, Grant, Spec

_ALL: tuple[Expression, ...] = ()


@dataclass(frozen=True)
class Case:
    """Some roles for which the same condition holds."""

    pattern: str
    condition: str


@dataclass(frozen=True)
class Rule:
    """A function that gives the condition on rows for one action."""

    action: str
    function: str
    verb: str
    viewer: str
    optional: bool
    anonymous: str
    cases: tuple[Case, ...]
    otherwise: str
    exhaustive: bool

    @property
    def parameter(self) -> str:
        """Return what the viewer is called; all rules take one, and some do not look at it."""
        looks = self.optional or self.cases or "viewer" in self.otherwise
        return "viewer" if looks else "_viewer"


def role_enum(spec: Spec) -> str:
    """Return the name of the enumeration of roles."""
    user = spec.entity(spec.auth.entity) if spec.auth else None
    return str(user.field("role").type.enum) if user else ""


def role_names(spec: Spec) -> tuple[str, ...]:
    """Return the roles that a signed-in user can have."""
    name = role_enum(spec)
    return next((enum.values for enum in spec.enums if enum.name == name), ())


def granted(entity: Entity, action: str, role: str) -> tuple[Expression, ...] | None:
    """Return the conditions under which a role may act: none of them needed if empty, None if it may not.

    What any signed-in person or anyone may do, every role may do too.
    """
    stands_for = {role, ANYONE} if role == ANYONE else {role, SIGNED_IN, ANYONE}
    grants = [one for one in entity.access if one.action == action and one.role in stands_for]
    if not grants:
        return None
    if any(grant.condition is None for grant in grants):
        return _ALL
    return tuple(grant.condition for grant in _distinct(grants) if grant.condition is not None)


def _distinct(grants: list[Grant]) -> list[Grant]:
    seen: list[Grant] = []
    for grant in grants:
        if all(grant.condition != other.condition for other in seen):
            seen.append(grant)
    return seen


def function_name(entity: Entity, action: str) -> str:
    """Return the name of the function with the condition of an action."""
    return f"may_{action}" if action.endswith(called(entity)) else f"may_{action}_{entity.plural}"


def needs_rule(spec: Spec, entity: Entity, action: str) -> bool:
    """Tell whether an action depends on the row, for some role that may call it."""
    callers = [*role_names(spec), ANYONE] if is_public(entity, action) else role_names(spec)
    return any(granted(entity, action, role) for role in callers)


def is_public(entity: Entity, action: str) -> bool:
    """Tell whether people who are not signed in may act at all."""
    return granted(entity, action, ANYONE) is not None


def rule(spec: Spec, entity: Entity, action: str, *, optional: bool) -> Rule:
    """Return the condition of an action as a function of the viewer, who may be None if `optional`."""
    conditions = {role: _of_role(spec, entity, action, role) for role in role_names(spec)}
    cases = _grouped(role_enum(spec), {role: text for role, text in conditions.items() if text != "false()"})
    user = spec.auth.entity if spec.auth else ""
    uniform = len(set(conditions.values())) == 1
    return Rule(
        action=action,
        function=function_name(entity, action),
        verb=action.replace("_", " "),
        viewer=f"{user} | None" if optional else user,
        optional=optional,
        anonymous=_condition(spec, entity, granted(entity, action, ANYONE)),
        cases=() if uniform else cases,
        otherwise=next(iter(conditions.values())) if uniform else "false()",
        exhaustive="false()" not in conditions.values(),
    )


def _of_role(spec: Spec, entity: Entity, action: str, role: str) -> str:
    """Return the condition for a role; in an emergency, some may read more than theirs."""
    conditions = granted(entity, action, role)
    emergency = spec.safeguards.emergency
    if emergency and action == "read" and role in emergency.roles and conditions:
        return _condition(spec, entity, conditions, "in_emergency(viewer)")
    return _condition(spec, entity, conditions)


def _condition(spec: Spec, entity: Entity, conditions: tuple[Expression, ...] | None, *more: str) -> str:
    if conditions is None:
        return "false()"
    if not conditions:
        return "true()"
    translate = SqlValues(spec, {"this": entity.name}, {"viewer": "viewer"})
    texts = [*(translate.condition(condition) for condition in conditions), *more]
    return texts[0] if len(texts) == 1 else f"or_({', '.join(texts)})"


def _grouped(enum: str, conditions: dict[str, str]) -> tuple[Case, ...]:
    groups: dict[str, list[str]] = {}
    for role, condition in conditions.items():
        groups.setdefault(condition, []).append(f"{enum}.{member(role)}")
    return tuple(Case(" | ".join(roles), condition) for condition, roles in groups.items())


def depends_on_viewer(expression: Expression) -> bool:
    """Tell whether a value differs from caller to caller."""
    return "viewer" in roots(expression)
