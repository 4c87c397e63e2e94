"""One entity as the templates of its modules want it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qlf.agents.backend import access, columns, listing, operations, safeguards
from qlf.agents.backend.names import called, collection, docstring, quoted, sentence, variable
from qlf.agents.backend.python_values import PythonValues
from qlf.agents.backend.routes import RouteViews
from qlf.agents.backend.schemas import (
    Attribute,
    Schema,
    class_names,
    envelope_name,
    page_members,
    page_schema,
    schema,
    schema_name,
)
from qlf.model.types import Type
from qlf.python_names import free, identifier, member

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qlf.agents.backend.access import Rule
    from qlf.agents.backend.calls import RouteView
    from qlf.agents.backend.columns import Column, KeyList, Relationship
    from qlf.agents.backend.listing import DerivedView, FilterView, SortView, WorkedOutView
    from qlf.agents.backend.safeguards import MaskView, SealedView
    from qlf.model.expression import Expression
    from qlf.model.spec import Check, Entity, Field, Shape, Spec, StateMachine, Transition


@dataclass(frozen=True)
class Computed:
    """A field and the value that follows from others."""

    attribute: str
    value: str


@dataclass(frozen=True)
class CheckView:
    """A rule of a row: when it is broken, and what is said then."""

    broken: str
    pointer: str
    message: str


@dataclass(frozen=True)
class TransitionView:
    """A move of a state field as a function."""

    function: str
    docstring: str
    label: str
    attribute: str
    test: str
    guard: str
    message: str
    target: str
    viewer: str


@dataclass(frozen=True)
class Alias:
    """A dependency that lets only some roles through, under a name."""

    name: str
    roles: tuple[str, ...]


@dataclass(frozen=True)
class EntityView:
    """Everything that the modules of one entity show."""

    name: str
    module: str
    plural: str
    collection: str
    variable: str
    table: str
    label: str
    label_plural: str
    docstring: str
    key: str
    is_user: bool
    selected: bool
    versioned: bool
    soft_delete: bool
    columns: tuple[Column, ...]
    relationships: tuple[Relationship, ...]
    related: tuple[tuple[str, str], ...]
    key_lists: tuple[KeyList, ...]
    derived: tuple[DerivedView, ...]
    sealed: tuple[SealedView, ...]
    worked_out: tuple[WorkedOutView, ...]
    masks: tuple[MaskView, ...]
    viewer_dependent: bool
    options: tuple[str, ...]
    filters: tuple[FilterView, ...]
    sorts: tuple[SortView, ...]
    sort_values: tuple[str, ...]
    default_sort: str
    listed: bool
    schemas: tuple[Schema, ...]
    access: tuple[Rule, ...]
    computed: tuple[Computed, ...]
    checks: tuple[CheckView, ...]
    transitions: tuple[TransitionView, ...]
    settles: bool
    routes: tuple[RouteView, ...]
    aliases: tuple[Alias, ...]
    prefix: str
    location: str
    envelope: str
    read: str
    item: str
    page: str
    page_items: str
    page_members: tuple[tuple[str, str], ...]
    query_class: str
    envelope_class: str
    envelope_member: str
    operations: tuple[str, ...]

    @property
    def reread(self) -> bool:
        """Whether answers show what only the statement of a list loads or works out."""
        return bool(self.options)


def entity_view(spec: Spec, entity: Entity) -> EntityView:
    """Return the view of one entity."""
    routes = RouteViews(spec, entity)
    route_views = tuple(routes.views())
    shapes = _own_shapes(spec, entity)
    loaded = _loaded(shapes.get("read"))
    prefix = routes.prefix()
    is_user = bool(spec.auth and spec.auth.entity == entity.name)
    return EntityView(
        name=entity.name,
        module=columns.module(entity),
        plural=entity.plural,
        collection=collection(entity),
        variable=variable(entity),
        table=entity.table,
        label=entity.label,
        label_plural=entity.label_plural,
        docstring=docstring(entity.label, entity.description),
        key=columns.key_attribute(entity.key),
        is_user=is_user,
        selected=bool(route_views) or is_user or exported(spec, entity),
        versioned=entity.versioned,
        soft_delete=entity.soft_delete,
        columns=tuple(columns.columns(spec, entity)),
        relationships=tuple(columns.relationships(spec, entity)),
        related=_related(spec, entity),
        key_lists=tuple(listing.key_lists(spec, shapes.get("read"), shapes.get("exported"))),
        derived=tuple(listing.derived(spec, entity)),
        sealed=tuple(safeguards.sealed(spec, entity)),
        worked_out=tuple(listing.worked_out(spec, entity)),
        masks=tuple(safeguards.masks_of(spec, entity)),
        viewer_dependent=any(one.viewer_dependent for one in entity.derived),
        options=tuple(listing.options(spec, entity, read=loaded)),
        filters=tuple(listing.filters(spec, entity)),
        sorts=tuple(listing.sorts(entity)),
        sort_values=tuple(quoted(sign + one) for one in entity.listing.sorts for sign in ("", "-")),
        default_sort=entity.listing.default_sort,
        listed=any(one.kind == "list" for one in route_views),
        schemas=tuple(_schemas(spec, entity, shapes)),
        access=tuple(_rules(spec, entity, route_views)),
        computed=tuple(_computed(spec, entity)),
        checks=tuple(_check(spec, entity, one) for one in entity.checks),
        transitions=tuple(_transitions(spec, entity)),
        settles=operations.settles(entity),
        routes=route_views,
        aliases=tuple(Alias(name, roles) for name, roles in routes.aliases.items()),
        prefix=prefix,
        location=(spec.api.base_path if spec.api else "") + prefix,
        envelope=_cased(spec, called(entity)),
        read=_read(spec, shapes),
        item=_item(spec, shapes),
        page=shapes["page"].name if "page" in shapes else "",
        page_items=entity.plural if spec.api and spec.api.envelope else "items",
        page_members=page_members(spec) if "page" in shapes else (),
        query_class=free(f"{entity.name}Query", "Params", class_names(spec)),
        envelope_class=envelope_name(spec, entity),
        envelope_member=identifier(called(entity)),
        operations=tuple(one.name for one in spec.operations if one.entity == entity.name),
    )


def _own_shapes(spec: Spec, entity: Entity) -> dict[str, Shape]:
    """Return the shapes of an entity's rows by their purpose."""
    return {
        shape.purpose: shape
        for shape in (spec.api.shapes if spec.api else ())
        if shape.entity == entity.name and shape.purpose not in {"input", "auth"}
    }


def exported(spec: Spec, entity: Entity) -> bool:
    """Tell whether rows of an entity are part of what people get about themselves."""
    routes = spec.api.routes if spec.api else ()
    return entity.subject is not None and any(route.kind == "export" for route in routes)


def _item(spec: Spec, shapes: dict[str, Shape]) -> str:
    """Return the model of a row in a list: that of a row, unless lists leave something out."""
    read, item = shapes.get("read"), shapes.get("item")
    if read is None:
        return ""
    shorter = item is not None and item.properties != read.properties
    return schema_name(spec, item.name if shorter and item else read.name)


def _read(spec: Spec, shapes: dict[str, Shape]) -> str:
    """Return the model of a row as it is answered."""
    return schema_name(spec, shapes["read"].name) if "read" in shapes else ""


def _loaded(shape: Shape | None) -> frozenset[str]:
    return frozenset(prop.of for prop in shape.properties if prop.type.many) if shape else frozenset()


def _cased(spec: Spec, name: str) -> str:
    if spec.api and spec.api.field_case == "camel":
        first, *rest = name.split("_")
        return first + "".join(part.capitalize() for part in rest)
    return name


def _related(spec: Spec, entity: Entity) -> tuple[tuple[str, str], ...]:
    found = {field.type.entity for field in entity.fields if field.type.kind == "reference"}
    found |= {relation.entity for relation in entity.relations}
    others = sorted(str(name) for name in found if name != entity.name)
    return tuple((columns.module(spec.entity(name)), name) for name in others)


def _schemas(spec: Spec, entity: Entity, shapes: dict[str, Shape]) -> list[Schema]:
    made = [
        schema(spec, shapes[purpose]) for purpose in ("create", "update", "read", "item") if purpose in shapes
    ]
    if "item" in shapes and _item(spec, shapes) == _read(spec, shapes):
        made.pop()
    if "exported" in shapes:
        made.append(schema(spec, shapes["exported"]))
    read, page = shapes.get("read"), shapes.get("page")
    if read and spec.api and spec.api.envelope:
        made.append(_envelope(spec, entity, schema_name(spec, read.name)))
    if page and read:
        items = entity.plural if spec.api and spec.api.envelope else "items"
        made.append(page_schema(spec, page, entity.label_plural.lower(), items, _item(spec, shapes)))
    for operation in spec.operations:
        if operation.entity == entity.name and operation.inputs:
            made += [schema(spec, shape) for shape in _inputs(spec, operation.name)]
    return made


def _envelope(spec: Spec, entity: Entity, row: str) -> Schema:
    name = identifier(called(entity))
    alias = f"Field(serialization_alias={quoted(_cased(spec, called(entity)))})"
    member = Attribute(name, row, alias if name != called(entity) else "")
    label = docstring(f"{entity.label}, under its name")
    return Schema(envelope_name(spec, entity), "Answer", label, (member,))


def _inputs(spec: Spec, operation: str) -> list[Shape]:
    routes = spec.api.routes if spec.api else ()
    body = next((one.body for one in routes if one.kind == "operation" and one.action == operation), None)
    return [shape for shape in (spec.api.shapes if spec.api else ()) if shape.name == body]


def _rules(spec: Spec, entity: Entity, routes: tuple[RouteView, ...]) -> list[Rule]:
    """Return the conditions that some module asks for: this entity's routes, or references to it."""
    if spec.auth is None:
        return []
    wanted = {"read", *(grant.action for grant in entity.access)}
    public = {view.may for view in routes if view.viewer == "OptionalViewer"}
    return [
        access.rule(spec, entity, action, optional=access.function_name(entity, action) in public)
        for action in sorted(wanted)
        if access.needs_rule(spec, entity, action)
    ]


def _computed(spec: Spec, entity: Entity) -> list[Computed]:
    translate = PythonValues(spec, {"this": variable(entity)})
    return [
        Computed(
            identifier(field.name),
            _or_null(translate, field.computed, _rounded(field, translate.value(field.computed))),
        )
        for field in entity.fields
        if field.computed is not None
    ]


def _or_null(translate: PythonValues, expression: Expression, value: str) -> str:
    """Return a value that is null where one that it is made of is."""
    guards = [] if expression.type == Type(kind="bool") else translate.nulls(expression)
    if not guards or value in guards:
        return value
    return f"{value} if {' and '.join(f'{guard} is not None' for guard in guards)} else None"


def _rounded(field: Field, value: str) -> str:
    if field.type.kind not in {"decimal", "money"}:
        return value
    scale = field.type.scale if field.type.scale is not None else 2
    return f'({value}).quantize(Decimal("{"0." + "0" * (scale - 1) + "1" if scale else "1"}"))'


def _check(spec: Spec, entity: Entity, check: Check) -> CheckView:
    translate = PythonValues(spec, {"this": variable(entity)}, null_holds=True)
    wire = {
        prop.of: prop.wire
        for shape in (spec.api.shapes if spec.api else ())
        if shape.entity == entity.name
        for prop in shape.properties
    }
    place = next((wire[name] for name in check.fields if name in wire), "")
    return CheckView(
        translate.negation(check.condition), f"/{place}" if place else "", sentence(check.message)
    )


def _transitions(spec: Spec, entity: Entity) -> Iterator[TransitionView]:
    for machine in entity.states:
        for one in machine.transitions:
            yield _transition(spec, entity, machine, one)


def _transition(spec: Spec, entity: Entity, machine: StateMachine, one: Transition) -> TransitionView:
    enum = str(entity.field(machine.field).type.enum)
    sources = [f"{enum}.{member(source)}" for source in one.sources]
    row = variable(entity)
    translate = PythonValues(spec, {"this": row, "viewer": "viewer"})
    return TransitionView(
        function=operations.transition_function(entity, one.name),
        docstring=docstring(
            f"Move from {' or '.join(one.sources)} to {one.target}; Problem 409 from elsewhere"
        ),
        label=one.label,
        attribute=identifier(machine.field),
        test=f"is not {sources[0]}" if len(sources) == 1 else f"not in {{{', '.join(sources)}}}",
        guard=translate.negation(one.guard) if one.guard is not None else "",
        message=sentence(one.description or f"{one.label} is not possible yet"),
        target=f"{enum}.{member(one.target)}",
        viewer=spec.auth.entity if spec.auth and operations.guard_asks_viewer(entity, one.name) else "",
    )
