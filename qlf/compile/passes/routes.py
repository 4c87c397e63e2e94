"""The routes of entities and operations: who may call, what goes in and out, what can go wrong."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from qlf.compile.draft import Draft, problem
from qlf.compile.failures import Failures
from qlf.compile.spelling import segment
from qlf.model.spec import ANYONE, SIGNED_IN, Route
from qlf.words import article, label, snake

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qlf.errors import Problem
    from qlf.model.brief import OperationDecl
    from qlf.model.spec import Entity, Operation, RelationAction, RouteKind, Shape
    from qlf.model.value import Origin

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]


def routes(draft: Draft) -> Draft:
    """Add the routes of every entity, then those of operations that are on no row."""
    made: list[Route] = []
    for entity in draft.entities:
        if entity.name != draft.viewer:
            made += _Routes(draft, entity).all()
        else:
            made += _Routes(draft, entity).of_users()
    made += [
        _free(draft, one, declared)
        for one, declared in zip(draft.operations, draft.brief.operations, strict=True)
        if one.entity is None
    ]
    return replace(draft, routes=(*draft.routes, *made)).with_problems(_collisions((*draft.routes, *made)))


def base(draft: Draft) -> str:
    """Return the base path without a slash at its end."""
    return draft.brief.api.base_path.rstrip("/")


def _collisions(made: tuple[Route, ...]) -> Iterator[Problem]:
    seen: dict[tuple[str, str], Route] = {}
    for route in made:
        pattern = "/".join("{}" if part.startswith("{") else part for part in route.path.split("/"))
        first = seen.setdefault((route.method, pattern), route)
        if first is not route:
            what = f"{route.method} {route.path} is the route of {first.id} already"
            yield problem(route.origin, what, "choose another name or route")


class _Routes:
    """The routes of one entity."""

    def __init__(self, draft: Draft, entity: Entity) -> None:
        self._draft = draft
        self._entity = entity
        self._shapes: dict[str, Shape] = {
            shape.purpose: shape
            for shape in draft.shapes
            if shape.entity == entity.name and shape.purpose not in {"input", "auth"}
        }
        self._failures = Failures(draft, entity)
        self._rows = f"{base(draft)}/{segment(draft, entity.plural)}"
        self._row = f"{self._rows}/{{{'slug' if entity.key.kind == 'slug' else 'id'}}}"

    def all(self) -> Iterator[Route]:
        """Yield every route that somebody may call."""
        yield from self.reading()
        yield from self._writing()
        yield from self._acting()

    def of_users(self) -> Iterator[Route]:
        """Yield what there is on other people's accounts: looking at them, and acting on them."""
        yield from self.reading()
        yield from self._acting()

    def reading(self) -> Iterator[Route]:
        """Yield the list and the row."""
        one, many = self._names()
        roles = self._readers()
        if not roles:
            return
        yield self._route(
            "list", "GET", self._rows, f"list_{self._entity.plural}", f"List {many}", roles, "read", "page"
        )
        yield self._route(
            "read", "GET", self._row, f"read_{self._snake()}", f"Read {one}", roles, "read", "read"
        )

    def _writing(self) -> Iterator[Route]:
        one, _ = self._names()
        name = self._snake()
        api = self._draft.brief.api
        if roles := self._roles("create"):
            yield self._route(
                "create",
                "POST",
                self._rows,
                f"create_{name}",
                f"Create {one}",
                roles,
                "create",
                "read",
                "create",
            ).model_copy(update={"success": api.create_status})
        if (roles := self._roles("update")) and self._shapes["update"].properties:
            yield self._route(
                "update",
                "PATCH",
                self._row,
                f"update_{name}",
                f"Change {one}",
                roles,
                "update",
                "read",
                "update",
            )
        if roles := self._roles("delete"):
            yield self._route(
                "delete", "DELETE", self._row, f"delete_{name}", f"Delete {one}", roles, "delete"
            ).model_copy(update={"success": api.delete_status})

    def _acting(self) -> Iterator[Route]:
        for machine in self._entity.states:
            for move in machine.transitions:
                if roles := self._roles(move.name):
                    yield self._action("transition", "POST", move.name, roles, move.origin, move.description)
        for action in self._entity.actions:
            if roles := self._roles(action.name):
                yield from self._relation(action, roles)
        for operation, declared in zip(self._draft.operations, self._draft.brief.operations, strict=True):
            roles = self._roles(operation.name)
            if operation.entity == self._entity.name and roles:
                yield self._operation(operation, declared, roles)

    def _action(  # noqa: PLR0913, PLR0917 - what the routes of actions differ in
        self,
        kind: RouteKind,
        method: Method,
        name: str,
        roles: tuple[str, ...],
        origin: Origin,
        description: str,
    ) -> Route:
        one, _ = self._names()
        path = f"{self._row}/{segment(self._draft, name)}"
        undo = kind == "remove"
        return self._route(
            kind,
            method,
            path,
            f"{'undo_' if undo else ''}{name}_{self._snake()}",
            _summary(name, one, undo=undo),
            roles,
            name,
            "read",
        ).model_copy(update={"origin": origin, "description": description})

    def _relation(self, action: RelationAction, roles: tuple[str, ...]) -> Iterator[Route]:
        for kind, method in _PAIR:
            route = self._action(kind, method, action.name, roles, action.origin, action.description)
            if action.subject == "row":
                relation = next(one for one in self._entity.relations if one.name == action.relation)
                other = self._draft.entity(relation.entity)
                same = other.name == self._entity.name
                key = "slug" if other.key.kind == "slug" else "id"
                parameter = f"{'other_' if same else ''}{snake(other.name)}_{key}"
                route = route.model_copy(update={"path": f"{route.path}/{{{parameter}}}"})
            yield route

    def _operation(self, operation: Operation, declared: OperationDecl, roles: tuple[str, ...]) -> Route:
        key = "slug" if self._entity.key.kind == "slug" else "id"
        if declared.path:
            path = base(self._draft) + declared.path.replace("{id}", f"{{{key}}}")
        else:
            path = f"{self._row}/{segment(self._draft, operation.name)}"
        return operation_route(self._draft, operation, declared, path, roles, self._entity)

    def _route(  # noqa: PLR0913, PLR0917 - a route is that many things
        self,
        kind: RouteKind,
        method: Method,
        path: str,
        name: str,
        summary: str,
        roles: tuple[str, ...],
        action: str,
        result: str = "",
        body: str = "",
    ) -> Route:
        entity = self._entity
        return Route(
            id=name,
            kind=kind,
            method=method,
            path=path,
            summary=summary,
            tag=entity.plural,
            entity=entity.name,
            action=action,
            roles=roles,
            body=self._shapes[body].name if body else None,
            result=self._shapes[result].name if result else None,
            conditional=entity.versioned and kind in {"read", "update", "delete"},
            problems=self._failures.of(kind, roles, action),
            origin=entity.origin,
        )

    def _roles(self, action: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(one.role for one in self._entity.access if one.action == action))

    def _readers(self) -> tuple[str, ...]:
        """Return who may read; of users, only who may read others than themselves."""
        if self._entity.name != self._draft.viewer:
            return self._roles("read")
        others = (
            one.role for one in self._entity.access if one.action == "read" and not _is_oneself(one.condition)
        )
        return tuple(dict.fromkeys(others))

    def _names(self) -> tuple[str, str]:
        one = _inside(self._entity.label)
        return f"{article(one)} {one}", _inside(self._entity.label_plural)

    def _snake(self) -> str:
        return snake(self._entity.name)


_PAIR: tuple[tuple[RouteKind, Method], ...] = (("add", "POST"), ("remove", "DELETE"))


def _inside(words: str) -> str:
    """Return a label as it stands inside a sentence."""
    return words if words[:2].isupper() else words[:1].lower() + words[1:]


def _summary(name: str, one: str, *, undo: bool) -> str:
    """Return what an action does, in words: one verb takes the row as its object."""
    words = label(name)
    said = f"{words} {one}" if "_" not in name else f"{words}, for {one}"
    return f"Take back: {said[:1].lower()}{said[1:]}" if undo else said


def _is_oneself(condition: object) -> bool:
    left, right = getattr(condition, "left", None), getattr(condition, "right", None)
    names = {getattr(left, "name", None), getattr(right, "name", None)}
    return getattr(condition, "operator", "") == "==" and names == {"this", "viewer"}


def operation_route(  # noqa: PLR0913, PLR0917 - an operation, where it is and who may
    draft: Draft,
    operation: Operation,
    declared: OperationDecl,
    path: str,
    roles: tuple[str, ...],
    entity: Entity | None,
) -> Route:
    """Return the route of an operation."""
    bodies = (one.name for one in draft.shapes if one.purpose == "input")
    inputs = dict(zip((one.name for one in draft.operations if one.inputs), bodies, strict=True))
    result = next(
        (one.name for one in draft.shapes if one.purpose == "read" and one.entity == operation.result_entity),
        None,
    )
    return Route(
        id=operation.name,
        kind="operation",
        method=declared.method,
        path=path,
        summary=operation.label,
        tag=entity.plural if entity else "operations",
        entity=entity.name if entity else None,
        action=operation.name,
        roles=roles,
        body=inputs.get(operation.name),
        result=result,
        success=200 if result else 204,
        problems=Failures(draft, entity).of_operation(operation, roles),
        description=operation.description,
        origin=operation.origin,
    )


def _free(draft: Draft, operation: Operation, declared: OperationDecl) -> Route:
    roles = declared.roles or ((SIGNED_IN,) if draft.auth else (ANYONE,))
    path = base(draft) + (declared.path or f"/{segment(draft, operation.name)}")
    return operation_route(draft, operation, declared, path, roles, None)
