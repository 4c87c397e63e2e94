"""Routes of one entity: parameters, what is looked up, what is assigned."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from qlf.agents.backend import access, operations
from qlf.agents.backend.calls import Calls, Parameter, RouteView, select_call
from qlf.agents.backend.columns import default_value, key_annotation, key_attribute
from qlf.agents.backend.names import attribute, called, docstring, quoted, variable
from qlf.agents.backend.safeguards import masked
from qlf.python_names import identifier, local

if TYPE_CHECKING:
    from qlf.model.spec import Entity, Field, Relation, RelationAction, Route, Spec

CREATED, NO_CONTENT = 201, 204
ROW_KINDS = ("list", "create", "read", "update", "delete", "transition", "add", "remove", "operation")


def path_names(path: str) -> list[str]:
    """Return the names of a path's parameters."""
    return [part[1:-1] for part in path.split("/") if part.startswith("{")]


def _in_path(entity: Entity) -> str:
    """Return the type of a parameter that names a row; a number must fit its column."""
    kind = key_annotation(entity.key)
    return "IntegerText" if kind == "int" else kind


def row_parameter(entity: Entity) -> str:
    """Return the parameter of a path that names a row of the entity."""
    return f"{called(entity)}_{key_attribute(entity.key)}"


class RouteViews(Calls):
    """The routes of one entity, as its template wants them."""

    def __init__(self, spec: Spec, entity: Entity) -> None:
        super().__init__(spec)
        self.entity = entity

    def views(self) -> list[RouteView]:
        """Return the entity's routes in the contract's order."""
        return [self._view(route) for route in self._routes() if route.kind in ROW_KINDS]

    def prefix(self) -> str:
        """Return the path that all of the entity's routes start with, without the base path."""
        paths = [self._local(route) for route in self._routes() if route.kind != "operation"]
        return "/" + paths[0].split("/")[1] if paths else ""

    def _routes(self) -> list[Route]:
        routes = self.spec.api.routes if self.spec.api else ()
        kinds = (*ROW_KINDS, "me", "role")
        return [route for route in routes if route.entity == self.entity.name and route.kind in kinds]

    def _view(self, route: Route) -> RouteView:
        may = self._may(route)
        body = route.body
        uses_viewer = may is not None or self._uses_viewer(route)
        viewer = self._take_viewer(route) if uses_viewer else None
        view = RouteView(
            kind=route.kind,
            method=route.method,
            path=self._path(route),
            function=local(route.id),
            docstring=docstring(route.summary),
            success=route.success,
            body=body,
            answer=self._answer(route),
            response=route.kind == "create" or self._gives_etag(route),
            viewer=viewer,
            dependencies=self._doors(route, uses_viewer=uses_viewer),
            path_parameters=self._path_parameters(route),
            if_match=self.entity.versioned and route.kind in {"update", "delete", "transition"},
            may=may,
            select=select_call(self.entity, viewer),
            context=self._context(route),
            audited=self.spec.audits(route),
        )
        return replace(view, **self._details(route, view.viewer))

    def _gives_etag(self, route: Route) -> bool:
        if route.result is None or route.kind == "list":
            return False
        if route.kind != "operation":
            return self.entity.versioned
        shape = self.shapes[route.result]
        return shape.entity is not None and self.spec.entity(shape.entity).versioned

    def _details(self, route: Route, viewer: str | None) -> dict[str, Any]:
        match route.kind:
            case "list":
                return {"where": self._where(route)}
            case "create":
                return {"references": self._references(route), "values": self._values(route)}
            case "update":
                return self._update_details(route)
            case "transition":
                asks = operations.guard_asks_viewer(self.entity, route.action)
                arguments = f"{variable(self.entity)}, viewer" if asks else variable(self.entity)
                return {
                    "rule": f"rules.{operations.transition_function(self.entity, route.action)}({arguments})"
                }
            case "add" | "remove":
                return self._relation_details(route)
            case "operation":
                return {
                    "references": self._references(route),
                    "call": self._call(route, viewer),
                }
            case _:
                return {}

    def _may(self, route: Route) -> str | None:
        action = "read" if route.kind == "list" else route.action or route.kind
        if self.spec.auth is None or not access.needs_rule(self.spec, self.entity, action):
            return None
        return access.function_name(self.entity, action)

    def _uses_viewer(self, route: Route) -> bool:
        if self.spec.auth is None:
            return False
        if any(one.viewer_dependent for one in self.entity.derived) or self._shown_to(route):
            return True
        if route.kind == "transition" and operations.guard_asks_viewer(self.entity, route.action):
            return True
        if route.kind == "create" and (self.entity.owner or self._viewer_defaults(route)):
            return True
        if route.kind in {"add", "remove"}:
            return (
                self._action(route).subject == "viewer"
                or self._reference_rule(route, self._other(route)) is not None
            )
        if route.kind == "operation":
            return "viewer" in self._operation(route).parameters_by_name or self._referring(route)
        return route.kind in {"create", "update"} and self._referring(route)

    def _path_parameters(self, route: Route) -> tuple[Parameter, ...]:
        names = path_names(route.path)
        first = [Parameter(row_parameter(self.entity), _in_path(self.entity))] if names else []
        return (
            *first,
            *(Parameter(identifier(name), _in_path(self._other(route))) for name in names[1:]),
        )

    def _path(self, route: Route) -> str:
        """Return a route's path below the entity's, its first parameter called after the entity."""
        path = self._local(route).removeprefix(self.prefix())
        names = path_names(route.path)
        return path.replace(f"{{{names[0]}}}", f"{{{row_parameter(self.entity)}}}", 1) if names else path

    def _where(self, route: Route) -> str:
        conditions = [f"{self._may(route)}(viewer)"] if self._may(route) else []
        if self.entity.listing.filters:
            conditions.append("*query.conditions()")
        return f".where({', '.join(conditions)})" if conditions else ""

    def _viewer_defaults(self, route: Route) -> list[Field]:
        given = {prop.of for prop in self._body(route)}
        return [one for one in self.entity.fields if one.default == "viewer" and one.name not in given]

    def _values(self, route: Route) -> tuple[tuple[str, str], ...]:
        values = []
        owner = operations.owner_of(self.entity)
        if owner:
            values.append((owner, "viewer"))
        values += [
            (identifier(one.name), "viewer")
            for one in self._viewer_defaults(route)
            if one.name != self.entity.owner
        ]
        values += self._start_values(route)
        if self.entity.key.kind == "slug":
            source = identifier(str(self.entity.key.source))
            values.append(("slug", f"free_slug(session, {self.entity.name}.slug, body.{source})"))
        for prop in self._body(route):
            if prop.type.kind == "reference":
                values.append((identifier(prop.of), self._given(route, prop)))
            else:
                values.append((identifier(prop.of), f"body.{attribute(prop)}"))
        return tuple(values)

    def _start_values(self, route: Route) -> list[tuple[str, str]]:
        """Return what clients do not say and rules may ask for before the row is written: defaults."""
        if not operations.settles(self.entity):
            return []
        given = {prop.of for prop in self._body(route)}
        return [
            (identifier(one.name), default_value(one))
            for one in operations.started(self.entity)
            if one.name not in given
        ]

    def _update_details(self, route: Route) -> dict[str, Any]:
        row = variable(self.entity)
        properties = self._reference_properties(route)
        lines = []
        for prop in properties:
            name = attribute(prop)
            found = self._reference(route, prop, f"body.{name}")
            if prop.nullable and not prop.type.many:
                lines.append(f"    if {quoted(prop.name)} in body.model_fields_set:")
                found = f"None if body.{name} is None else {found}"
            else:
                lines.append(f"    if body.{name} is not None:")
            lines.append(f"        {row}.{identifier(prop.of)} = {found}")
        excluded = ", ".join(quoted(attribute(prop)) for prop in properties)
        rule = self._may(route)
        return {
            "references": tuple(lines),
            "excluded": f"{{{excluded}}}" if excluded else "",
            "may_after": rule if rule and properties else None,
            "masked": masked(self.shapes.get(route.body or "")),
        }

    def _action(self, route: Route) -> RelationAction:
        return next(one for one in self.entity.actions if one.name == route.action)

    def _other(self, route: Route) -> Entity:
        relation = self._relation(route)
        return self.spec.entity(relation.entity)

    def _relation(self, route: Route) -> Relation:
        action = self._action(route)
        return next(one for one in self.entity.relations if one.name == action.relation)

    def _relation_details(self, route: Route) -> dict[str, Any]:
        relation, action = self._relation(route), self._action(route)
        details = {"table": relation.table, "here": relation.here, "there": relation.there}
        if action.subject == "viewer":
            return {**details, "other": "viewer"}
        target = self._other(route)
        parameter = self._path_parameters(route)[1].name
        rule = self._reference_rule(route, target)
        where = f"{target.name}.{key_attribute(target.key)} == {parameter}" + (
            f", {rule}(viewer)" if rule else ""
        )
        line = f"    other = find(session, select({target.name}).where({where}))"
        return {**details, "other": "other", "references": (line,)}
