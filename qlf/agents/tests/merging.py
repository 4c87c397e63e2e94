"""One test for several roles where all but the role is the same."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from qlf.agents.tests.cases import Case, parametrize, role_member
from qlf.model.spec import ANYONE

if TYPE_CHECKING:
    from qlf.model.spec import Spec

_LONGEST = 48


def merged(spec: Spec, roles: tuple[str, ...], cases: list[Case]) -> list[Case]:
    """Return the tests with those merged that differ in the viewer's role only, in their first order."""
    groups: dict[tuple[object, ...], list[tuple[str, str, Case]]] = {}
    for case in cases:
        role = next((one for one in roles if case.name.startswith(f"{one}_")), None)
        suffix = case.name.removeprefix(f"{role}_") if role and role != ANYONE else case.name
        plain = _without(case, role_member(spec, role)) if role and not case.decorators else case
        key: tuple[object, ...] = (suffix, plain.arrange, plain.requests, plain.asserts, plain.body)
        groups.setdefault(key, []).append((role or "", suffix, plain))
    return [_one(spec, group, cases) for group in groups.values()]


def _without(case: Case, role: str) -> Case:
    arrange = tuple(
        line.replace(f"role={role}", "role=role") if line.startswith("viewer = ") else line
        for line in case.arrange
    )
    return replace(case, arrange=arrange)


def _one(spec: Spec, group: list[tuple[str, str, Case]], cases: list[Case]) -> Case:
    role, suffix, plain = group[0]
    if len(group) == 1:
        name = f"{role}_{suffix}" if role else suffix
        return next(case for case in cases if case.name == name)
    roles = [one for one, _, _ in group]
    who = "_or_".join(roles)
    enum = role_member(spec, role).partition(".")[0]
    return replace(
        plain,
        name=f"{who if len(who) <= _LONGEST else 'several_roles'}_{suffix}",
        parameters=(f"role: {enum}",),
        decorators=(parametrize("role", [role_member(spec, one) for one in roles]),),
    )
