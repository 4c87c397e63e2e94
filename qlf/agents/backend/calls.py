"""Calls of the application: who may call a route, what it refers to, how it calls an operation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qlf.agents.backend import access, operations
from qlf.agents.backend.columns import key_attribute
from qlf.agents.backend.names import attribute, called, docstring, quoted, variable
from qlf.agents.backend.safeguards import shown_to, watched
from qlf.agents.backend.schemas import class_names, envelope_name, schema_name
from qlf.model.spec import ANYONE, SIGNED_IN
from qlf.python_names import identifier, is_taken, local, member

if TYPE_CHECKING:
    from qlf.agents.backend.safeguards import MaskedView
    from qlf.model.spec import Entity, Property, Route, Shape, Spec


@dataclass(frozen=True)
class Parameter:
    """A parameter of the path."""

    name: str
    annotation: str


@dataclass(frozen=True)
class RouteView:
    """What the template of a route shows."""

    kind: str
    method: str
    path: str
    function: str
    docstring: str
    success: int
    body: str | None
    answer: str
    response: bool
    viewer: str | None
    dependencies: str
    path_parameters: tuple[Parameter, ...]
    if_match: bool
    may: str | None
    select: str
    operation: str = ""
    where: str = ""
    references: tuple[str, ...] = ()
    values: tuple[tuple[str, str], ...] = ()
    excluded: str = ""
    may_after: str | None = None
    rule: str = ""
    guarded: bool = False
    table: str = ""
    here: str = ""
    there: str = ""
    other: str = ""
    call: tuple[str, ...] = ()
    context: str = ""
    audited: bool = False
    masked: tuple[MaskedView, ...] = ()


def select_call(entity: Entity, viewer: str | None) -> str:
    """Return the call that starts a statement over an entity's rows."""
    if not any(one.viewer_dependent for one in entity.derived):
        return f"select_{entity.plural}()"
    return f"select_{entity.plural}({'viewer' if viewer else 'None'})"


@dataclass(frozen=True)
class OperationCall:
    """A call of an operation's function."""

    view: operations.OperationView

    @property
    def parameters_by_name(self) -> tuple[str, ...]:
        """The names of the function's parameters in their order."""
        return tuple(parameter.partition(":")[0] for parameter in self.view.parameters)


class Calls:
    """What routes of entities and operations on no entity have in common."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.shapes: dict[str, Shape] = {shape.name: shape for shape in spec.api.shapes} if spec.api else {}
        self.aliases: dict[str, tuple[str, ...]] = {}

    def _local(self, route: Route) -> str:
        return route.path.removeprefix(self.spec.api.base_path if self.spec.api else "")

    def _roles(self, route: Route) -> tuple[str, ...]:
        return tuple(role for role in access.role_names(self.spec) if role in route.roles)

    def _viewer(self, route: Route) -> str | None:
        if self.spec.auth is None:
            return None
        if ANYONE in route.roles:
            return "OptionalViewer"
        roles = self._roles(route)
        if SIGNED_IN in route.roles or len(roles) == len(access.role_names(self.spec)):
            return "Viewer"
        name = "Or".join("".join(part.capitalize() for part in role.split("_")) for role in roles)
        taken = is_taken(f"{name}Viewer") or f"{name}Viewer" in class_names(self.spec)
        return f"{name}RoleViewer" if taken else f"{name}Viewer"

    def _required(self, route: Route) -> tuple[str, ...]:
        return tuple(f"{access.role_enum(self.spec)}.{member(role)}" for role in self._roles(route))

    def _door(self, route: Route) -> str:
        """Return the dependency of a route that must know the caller's role and nothing else of them."""
        viewer = self._viewer(route)
        if viewer in {None, "OptionalViewer"}:
            return ""
        return (
            "Depends(signed_in)"
            if viewer == "Viewer"
            else f"Depends(require({', '.join(self._required(route))}))"
        )

    def _doors(self, route: Route, *, uses_viewer: bool) -> str:
        """Return the dependencies of a route that it takes nothing from."""
        doors = (self._watch(route), "" if uses_viewer else self._door(route))
        return ", ".join(door for door in doors if door)

    def _watch(self, route: Route) -> str:
        """Return the dependency of a route whose refused calls leave a record."""
        return f"Depends({watched(self.spec, route)})" if self.spec.audits(route) else ""

    def _take_viewer(self, route: Route) -> str | None:
        """Return the annotation of a route's viewer, and remember it if it needs a name."""
        viewer = self._viewer(route)
        if viewer not in {None, "Viewer", "OptionalViewer"}:
            self.aliases[str(viewer)] = self._required(route)
        return viewer

    def _referring(self, route: Route) -> bool:
        return any(
            self._reference_rule(route, self.spec.entity(str(prop.type.entity))) is not None
            for prop in self._body(route)
            if prop.type.kind == "reference"
        )

    def _reference_rule(self, route: Route, target: Entity) -> str | None:
        """Return the condition under which rows of `target` may be referred to: callers must see them."""
        callers = self._roles(route) or access.role_names(self.spec)
        if any(access.granted(target, "read", role) is None for role in callers):
            return None
        if ANYONE in route.roles or not access.needs_rule(self.spec, target, "read"):
            return None
        return access.function_name(target, "read")

    # What

    def _body(self, route: Route) -> tuple[Property, ...]:
        return self.shapes[route.body].properties if route.body else ()

    def _answer(self, route: Route) -> str:
        if route.result is None:
            return "None"
        return schema_name(self.spec, route.result)

    def _context(self, route: Route) -> str:
        """Return the argument that says for whom an answer is made, where that matters."""
        return ", context=viewer" if self._shown_to(route) else ""

    def _shown_to(self, route: Route) -> bool:
        shape = self.shapes.get(route.result or "")
        return self.spec.auth is not None and shown_to(self.spec, shape)

    def _reference(self, route: Route, prop: Property, source: str) -> str:
        """Return the expression that finds what one property refers to."""
        target = self.spec.entity(str(prop.type.entity))
        rule = self._reference_rule(route, target)
        pointer = quoted(f"/{prop.wire}")
        key = f"{target.name}.{key_attribute(target.key)}"
        if prop.type.many:
            arguments = [f"{target.name}", key, source]
            allowed = f", {rule}(viewer)" if rule else ""
            return f"find_references(session, {', '.join(arguments)}{allowed}, pointer={pointer})"
        condition = f"{key} == {source}"
        if rule:
            condition = f"and_({condition}, {rule}(viewer))"
        return f"find_reference(session, {target.name}, {condition}, pointer={pointer})"

    def _given(self, route: Route, prop: Property) -> str:
        """Return the variable that holds what a property refers to; never that of the route's own row."""
        name = local(prop.of)
        if route.kind != "operation":
            return name
        return operations.input_variable(self.spec.entity(route.entity) if route.entity else None, name)

    def _reference_properties(self, route: Route) -> list[Property]:
        return [prop for prop in self._body(route) if prop.type.kind == "reference"]

    def _references(self, route: Route) -> tuple[str, ...]:
        lines = []
        for prop in self._reference_properties(route):
            name = self._given(route, prop)
            found = self._reference(route, prop, f"body.{attribute(prop)}")
            if not prop.required and not prop.type.many:
                found = f"None if body.{attribute(prop)} is None else {found}"
            lines.append(f"    {name} = {found}")
        return tuple(lines)

    def _operation(self, route: Route) -> OperationCall:
        operation = next(one for one in self.spec.operations if one.name == route.action)
        return OperationCall(operations.view(self.spec, operation))

    def _call(self, route: Route, viewer: str | None) -> tuple[str, ...]:
        call = self._operation(route)
        arguments = ", ".join(call.parameters_by_name)
        text = f"{call.view.function}({arguments})"
        operation = next(one for one in self.spec.operations if one.name == route.action)
        row = f", {variable(self.spec.entity(route.entity))}" if route.entity else ""
        recorded = [f"hooks.after_{local(route.id)}.run(session{row})"]
        recorded += ["record_event(session)"] if self.spec.audits(route) else []
        if route.result is None or operation.result_entity is None:
            return (text, *recorded, "session.commit()")
        result = self.spec.entity(operation.result_entity)
        name = variable(result)
        lines = [
            f"{name} = {text}",
            "session.flush()",
            f"{name} = reread(session, {select_call(result, viewer)}.where({result.name}.id == {name}.id))",
            *recorded,
            "session.commit()",
        ]
        if result.versioned:
            lines.append(f"set_etag(response, {name})")
        answer = f"{self._answer(route)}.model_validate({name}{self._context(route)})"
        if self.spec.api and self.spec.api.envelope:
            answer = f"{envelope_name(self.spec, result)}({identifier(called(result))}={answer})"
        return (*lines, f"return {answer}")


class FreeOperations(Calls):
    """The operations that are not about one row."""

    def views(self) -> list[RouteView]:
        """Return their routes in the contract's order."""
        routes = self.spec.api.routes if self.spec.api else ()
        return [self._view(route) for route in routes if route.kind == "operation" and route.entity is None]

    def _view(self, route: Route) -> RouteView:
        call = self._operation(route)
        operation = next(one for one in self.spec.operations if one.name == route.action)
        result = self.spec.entity(operation.result_entity) if operation.result_entity else None
        shown = result is not None and any(one.viewer_dependent for one in result.derived)
        uses_viewer = self.spec.auth is not None and (
            "viewer" in call.parameters_by_name or self._referring(route) or shown or self._shown_to(route)
        )
        viewer = self._take_viewer(route) if uses_viewer else None
        return RouteView(
            kind=route.kind,
            method=route.method,
            path=self._local(route),
            function=local(route.id),
            docstring=docstring(route.summary),
            success=route.success,
            body=route.body,
            answer=self._answer(route),
            response=result is not None and result.versioned,
            viewer=viewer,
            dependencies=self._doors(route, uses_viewer=uses_viewer),
            path_parameters=(),
            if_match=False,
            may=None,
            select="",
            operation=route.action,
            references=self._references(route),
            call=self._call(route, viewer),
        )


def free_inputs(spec: Spec) -> list[Shape]:
    """Return the request bodies of operations that are not about one row."""
    routes = spec.api.routes if spec.api else ()
    names = {route.body for route in routes if route.kind == "operation" and route.entity is None}
    return [shape for shape in (spec.api.shapes if spec.api else ()) if shape.name in names]
