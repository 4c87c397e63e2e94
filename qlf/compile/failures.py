"""Which error statuses a route can answer with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qlf.model.spec import ANYONE, SIGNED_IN

if TYPE_CHECKING:
    from collections.abc import Iterable

    from qlf.compile.draft import Draft
    from qlf.model.spec import Effect, Entity, Operation, RouteKind

UNAUTHORIZED, FORBIDDEN, NOT_FOUND, CONFLICT = 401, 403, 404, 409
PRECONDITION_FAILED, UNPROCESSABLE, PRECONDITION_REQUIRED, TOO_MANY = 412, 422, 428, 429


class Failures:
    """The failures of the routes of one entity, or of operations on none."""

    def __init__(self, draft: Draft, entity: Entity | None) -> None:
        self._draft = draft
        self._entity = entity

    def of(self, kind: RouteKind, roles: tuple[str, ...], action: str) -> tuple[int, ...]:
        """Return the error statuses of a route on rows, in ascending order."""
        entity = self._entity
        found = set(self.at_the_door(roles))
        if kind not in {"create", "list"}:
            found.add(NOT_FOUND)
        if kind in {"list", "create", "update"} or (entity is not None and entity.key.kind != "slug"):
            found.add(UNPROCESSABLE)
        if entity is None:
            return tuple(sorted(found))
        if kind in {"create", "update"} and self._draft.auth and self._conditional(action):
            found.add(FORBIDDEN)
        if kind in {"create", "update"} and has_unique(entity):
            found.add(CONFLICT)
        if kind == "transition" or (kind == "delete" and self._referred_to(entity)):
            found.add(CONFLICT)
        if entity.versioned and kind in {"update", "delete", "transition"}:
            found.add(PRECONDITION_FAILED)
        if entity.versioned and kind in {"update", "delete"}:
            found.add(PRECONDITION_REQUIRED)
        return tuple(sorted(found))

    def of_operation(self, operation: Operation, roles: tuple[str, ...]) -> tuple[int, ...]:
        """Return the error statuses of an operation, in ascending order."""
        found = set(self.at_the_door(roles))
        steps = list(_all(operation.effects))
        if operation.entity or any(step.kind == "find" for step in steps):
            found.add(NOT_FOUND)
        if operation.entity or operation.inputs:
            found.add(UNPROCESSABLE)
        if operation.guards or any(self._can_conflict(step) for step in steps):
            found.add(CONFLICT)
        if any(step.kind in {"create", "update", "move", "adjust"} and self._checked(step) for step in steps):
            found.add(UNPROCESSABLE)
        return tuple(sorted(found))

    def at_the_door(self, roles: tuple[str, ...]) -> tuple[int, ...]:
        """Return what can go wrong before anything is looked at."""
        if self._draft.auth is None or set(roles) == {ANYONE}:
            return ()
        if ANYONE in roles:
            return (UNAUTHORIZED,)
        everybody = SIGNED_IN in roles or {role.name for role in self._draft.roles} <= set(roles)
        return (UNAUTHORIZED,) if everybody else (UNAUTHORIZED, FORBIDDEN)

    def _conditional(self, action: str) -> bool:
        entity = self._entity
        return entity is not None and any(
            one.action == action and one.condition is not None for one in entity.access
        )

    def _referred_to(self, entity: Entity) -> bool:
        if entity.soft_delete:
            return False
        return any(
            field.required and field.type.kind == "reference" and field.type.entity == entity.name
            for other in self._draft.entities
            for field in other.fields
        )

    def _can_conflict(self, step: Effect) -> bool:
        entity = self._draft.entity(step.entity) if step.entity else None
        match step.kind:
            case "require" | "move" | "adjust":
                return True
            case "create" | "update":
                return entity is not None and has_unique(entity)
            case "delete":
                return entity is not None and self._referred_to(entity)
            case _:
                return False

    def _checked(self, step: Effect) -> bool:
        return bool(step.entity and self._draft.entity(step.entity).checks)


def has_unique(entity: Entity) -> bool:
    """Tell whether two rows can get into each other's way."""
    return bool(entity.unique) or any(field.unique for field in entity.fields)


def _all(steps: Iterable[Effect]) -> Iterable[Effect]:
    for step in steps:
        yield step
        yield from _all(step.steps)
