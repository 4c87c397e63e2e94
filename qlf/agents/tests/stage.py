"""Scenes for tests: a viewer with a role, a row, and everything around them that a rule asks for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from qlf.agents.tests.solve import Wish, arrange, consistent
from qlf.agents.tests.world import Defaults, Kinds, Link, Row, World
from qlf.evaluation import holds
from qlf.model.expression import Binary
from qlf.model.spec import ANYONE, SIGNED_IN
from qlf.model.types import Type

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from qlf.model.expression import Expression
    from qlf.model.spec import Entity, Property, Route, Shape, Spec

BOOL = Type(kind="bool")
NOTHING = Defaults({}, {})
ALWAYS: tuple[Expression, ...] = ()


@dataclass(frozen=True)
class Scene:
    """A world that is arranged, the row that the request is about, and whom it comes from."""

    world: World
    row: Row
    role: str

    @property
    def anonymous(self) -> bool:
        """Whether the request carries no token."""
        return self.world.viewer is None


class Stages:
    """Makes scenes for one application."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self._kinds = Kinds(spec)
        self._defaults: dict[str, Defaults] = {}
        self._shapes = {shape.name: shape for shape in spec.api.shapes} if spec.api else {}

    # Roles and grants

    def roles(self) -> tuple[str, ...]:
        """Return the roles that a user can have."""
        if self.spec.auth is None:
            return ()
        kind = self.spec.entity(self.spec.auth.entity).field("role").type.enum
        return next((enum.values for enum in self.spec.enums if enum.name == kind), ())

    def may(self, route: Route, role: str) -> bool:
        """Tell whether a role may call a route at all."""
        return bool({role, ANYONE} & set(route.roles)) or (role != ANYONE and SIGNED_IN in route.roles)

    def callers(self, route: Route) -> tuple[str, ...]:
        """Return who may call a route: roles, or `anyone` alone where no token is needed."""
        if self.spec.auth is None:
            return (ANYONE,)
        roles = tuple(role for role in self.roles() if self.may(route, role))
        return (ANYONE, *roles) if ANYONE in route.roles else roles

    def condition(self, entity: Entity, action: str, role: str) -> Expression | bool | None:
        """Return when a role may act on a row: True always, None never, else the condition."""
        if self.spec.auth is None:
            return True
        stands_for = {role, ANYONE} if role == ANYONE else {role, SIGNED_IN, ANYONE}
        grants = [one for one in entity.access if one.action == action and one.role in stands_for]
        if not grants:
            return None
        if any(grant.condition is None for grant in grants):
            return True
        conditions = [grant.condition for grant in grants if grant.condition is not None]
        return reduce(
            lambda left, right: Binary(operator="||", left=left, right=right, type=BOOL), conditions
        )

    def visible(self, row: Row, role: str) -> bool:
        """Tell whether the viewer may read a row."""
        if row.entity is None:
            return True
        condition = self.condition(row.entity, "read", role)
        return condition is True or (
            condition is not None and not isinstance(condition, bool) and holds(condition, row.names())
        )

    # Worlds

    def nobody(self) -> World:
        """Return a world without any row."""
        return World(self._kinds, self.defaults)

    def world(self, role: str) -> World:
        """Return a world with nobody but a viewer of that role, nobody at all for `anyone`."""
        world = self.nobody()
        if self.spec.auth and role != ANYONE:
            world.viewer = world.add(self.spec.entity(self.spec.auth.entity), {"role": role})
            world.viewer.pinned.add("role")
        return world

    def defaults(self, entity: Entity) -> Defaults:
        """Return how the factory of an entity makes a row that satisfies all checks."""
        if entity.name not in self._defaults:
            self._defaults[entity.name] = NOTHING
            self._defaults[entity.name] = self._work_out(entity)
        return self._defaults[entity.name]

    def _work_out(self, entity: Entity) -> Defaults:
        world = self.nobody()
        row = world.add(entity)
        if not entity.checks or not arrange(world, list):
            return NOTHING
        plain = {name: row.values[name] for name in row.explicit if not isinstance(row.values[name], Row)}
        links: dict[str, tuple[Link, ...]] = {}
        for known in entity.fields:
            child = row.values.get(known.name)
            if isinstance(child, Row):
                links[known.name] = tuple(_link(row, child, name) for name in sorted(child.explicit))
        return Defaults(plain, {name: found for name, found in links.items() if found})

    # Scenes

    def on_row(  # noqa: PLR0913 - a whole scene
        self,
        entity: Entity,
        action: str,
        role: str,
        *,
        allowed: bool = True,
        wishes: Callable[[Row], list[Wish]] = lambda _: [],
        values: Mapping[str, Any] = MappingProxyType({}),
    ) -> Scene | None:
        """Return a scene in which the role may, or may not, act on a stored row; None if none is found."""
        condition = self.condition(entity, action, role)
        if (condition is None) or (condition is True and not allowed):
            return None
        for of_viewer in (False, True):
            world = self.world(role)
            if of_viewer and (world.viewer is None or world.viewer.entity is not entity or not allowed):
                continue
            row = world.viewer if of_viewer and world.viewer else world.add(entity, values)
            row.pinned.update(values)
            found = self._arranged(world, row, condition, allowed=allowed, wishes=wishes)
            if found:
                return Scene(world, row, role)
        return None

    def _arranged(
        self,
        world: World,
        row: Row,
        condition: Expression | bool,
        *,
        allowed: bool,
        wishes: Callable[[Row], list[Wish]],
    ) -> bool:
        def all_wishes() -> list[Wish]:
            own = [] if isinstance(condition, bool) else [Wish(condition, row.names(), want=allowed)]
            return [*own, *wishes(row)]

        return arrange(world, all_wishes)

    def on_body(
        self,
        route: Route,
        role: str,
        *,
        allowed: bool = True,
        seeing: bool = True,
        wishes: Callable[[Row], list[Wish]] = lambda _: [],
    ) -> Scene | None:
        """Return a scene in which the row that a role is about to create may, or may not, be created.

        `seeing` says whether the role must see the rows that the new one refers to.
        """
        entity = self.spec.entity(str(route.entity))
        condition = self.condition(entity, route.action or "create", role)
        if condition is None or (condition is True and not allowed):
            return None
        world = self.world(role)
        row = self.body(world, entity, route)
        properties = self.properties(route)

        def with_references(row: Row) -> list[Wish]:
            return [*wishes(row), *(self.reading(row, properties, role) if seeing else [])]

        if self._arranged(world, row, condition, allowed=allowed, wishes=with_references):
            return Scene(world, row, role)
        return None

    def body(self, world: World, entity: Entity, route: Route) -> Row:
        """Add the row that a request is to create: what the body does not carry has its default."""
        row = world.add(entity, stored=False)
        carried = {prop.of for prop in self.properties(route)}
        row.pinned.update(one.name for one in row.fields if one.name not in carried)
        for prop in self.properties(route):
            relation = next((one for one in entity.relations if one.name == prop.of), None)
            if prop.type.many and prop.required and relation:
                world.link(row, relation, world.add(self.spec.entity(relation.entity)))
        return row

    def reading(self, row: Row, properties: tuple[Property, ...], role: str) -> list[Wish]:
        """Return the wishes that the viewer may read what a body refers to."""
        found = []
        for prop in properties:
            known = row.field(prop.of)
            other = row.peek(known) if known is not None and known.type.kind == "reference" else None
            if isinstance(other, Row) and other.entity is not None:
                condition = self.condition(other.entity, "read", role)
                if condition is not None and not isinstance(condition, bool):
                    found.append(Wish(condition, other.names()))
        return found

    def unseen(self, scene: Scene, route: Route) -> list[Property]:
        """Return the members of a body that refer to rows which the viewer does not see.

        Where some caller of the route may not read such rows at all, nobody has to see them.
        """
        found = []
        for prop in self.properties(route):
            known = scene.row.field(prop.of)
            other = scene.row.peek(known) if known is not None and known.type.kind == "reference" else None
            if isinstance(other, Row) and other.entity is not None:
                readers = (self.condition(other.entity, "read", role) for role in self.callers(route))
                if all(readers) and not self.visible(other, scene.role):
                    found.append(prop)
        return found

    def properties(self, route: Route) -> tuple[Property, ...]:
        """Return the members of a route's body."""
        return self._shapes[route.body].properties if route.body else ()

    def answered(self, route: Route) -> tuple[Property, ...]:
        """Return the members of a route's answer that look the same to every caller: masked ones do not."""
        shown = self._shapes[route.result].properties if route.result else ()
        return tuple(prop for prop in shown if prop.mask is None)

    def shape(self, entity: Entity, purpose: str) -> Shape | None:
        """Return the shape of an entity for a purpose."""
        shapes = self._shapes.values()
        return next((one for one in shapes if one.entity == entity.name and one.purpose == purpose), None)

    @staticmethod
    def possible(scene: Scene) -> bool:
        """Tell whether the rows of a scene can stand side by side."""
        return consistent(scene.world, [])


def _link(row: Row, child: Row, name: str) -> Link:
    value = child.values[name]
    if not isinstance(value, Row):
        return Link(name, value=value)
    for own, other in row.values.items():
        if other is value:
            return Link(name, (own,))
    for own, other in row.values.items():
        if isinstance(other, Row) and other is not child:
            for inner, further in other.values.items():
                if further is value:
                    return Link(name, (own, inner))
    return Link(name, value=value)
