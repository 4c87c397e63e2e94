"""What the API guide says about each resource: routes, rights, members, parameters, examples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qlf.agents.documentation.conditions import cel
from qlf.agents.documentation.markdown import code, codes, plain, table
from qlf.agents.documentation.members import Members
from qlf.agents.documentation.samples import Samples, dumped
from qlf.agents.documentation.wording import (
    movers,
    rights,
    values,
    who,
)
from qlf.model.spec import ANYONE, SIGNED_IN

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from qlf.model.spec import Check, Entity, Operation, Route, Spec

AUTH_KINDS = (
    *("register", "login", "refresh", "logout", "password", "second_factor", "me", "role"),
    *("export", "erase"),
)
_COMPARISONS = {"eq": "equals", "min": "is at least", "max": "is at most", "contains": "contains"}


@dataclass(frozen=True, slots=True)
class Guide:
    """The parts of the API guide that are worked out; the template puts them in order."""

    spec: Spec

    @property
    def samples(self) -> Samples:
        """Return the maker of examples."""
        return Samples(self.spec)

    @property
    def members(self) -> Members:
        """Return the tables of members."""
        return Members(self.spec)

    def routes(self) -> tuple[Route, ...]:
        """Return every route of the contract."""
        return self.spec.api.routes if self.spec.api else ()

    def of(self, entity: Entity | None) -> list[Route]:
        """Return the routes of an entity, or those that belong to none; signing in is apart."""
        name = entity.name if entity else None
        return [r for r in self.routes() if r.kind not in AUTH_KINDS and r.entity == name]

    def resources(self) -> list[Entity]:
        """Return the entities that have routes."""
        return [entity for entity in self.spec.entities if self.of(entity)]

    def route(self, kind: str, entity: Entity | None = None) -> Route | None:
        """Return the first route of that kind, of the entity if one is given."""
        return next(
            (r for r in self.routes() if r.kind == kind and (not entity or r.entity == entity.name)), None
        )

    def leading(self, *kinds: str) -> Entity | None:
        """Return the first entity, other than the users, that has routes of all these kinds."""
        users = self.spec.auth.entity if self.spec.auth else None
        found = [e for e in self.spec.entities if all(self.route(kind, e) for kind in kinds)]
        return next((e for e in found if e.name != users), found[0] if found else None)

    def signing_in(self) -> list[Route]:
        """Return the routes for signing in and out, and for roles."""
        return [route for route in self.routes() if route.kind in AUTH_KINDS]

    def audited(self) -> str:
        """Return the routes whose calls leave an event."""
        rows = [(code(r.id), code(f"{r.method} {r.path}")) for r in self.routes() if self.spec.audits(r)]
        return table(rows, "Action", "Route")

    def second_factor(self, step: str) -> Route:
        """Return the route that starts, or confirms, the setting up of a second factor."""
        routes = (route for route in self.routes() if route.kind == "second_factor")
        return next(route for route in routes if route.path.endswith("/confirm") is (step == "confirm"))

    def shared_rights(self) -> bool:
        """Tell whether anything is allowed to more than a role."""
        return any(grant.role in {ANYONE, SIGNED_IN} for e in self.spec.entities for grant in e.access)

    def token(self, name: str) -> str:
        """Return what the API calls a member of the answer to signing in; empty if there is none."""
        login = self.route("login")
        shape = self.samples.shape(login.result) if login else None
        return next((each.wire for each in shape.properties if each.name == name), "") if shape else ""

    def first_protected(self) -> Route:
        """Return the first route that wants a token and no body; any but the first if there is none."""
        bare = (r for r in self.routes() if ANYONE not in r.roles and r.method == "GET")
        return next(bare, self.routes()[-1])

    def conditional(self) -> Entity | None:
        """Return the first entity whose rows are changed with If-Match."""
        found = [e for e in self.spec.entities if (r := self.route("update", e)) and r.conditional]
        return next((e for e in found if self.route("create", e)), found[0] if found else None)

    def changing(self, entity: Entity) -> tuple[str, ...]:
        """Return the one member that an example of a partial update changes."""
        shape = self.members.bodies(entity).get("update")
        found = [each for each in shape.properties if not each.type.entity] if shape else []
        return tuple(each.wire for each in found[:1])

    def query(self, entity: Entity) -> str:
        """Return the query of an example of a list: a filter, an order, a limit."""
        parts = []
        chosen = next((f for f in entity.listing.filters if f.type.kind in {"enum", "bool"}), None)
        if chosen:
            options = values(chosen.type, self.spec.enums) or ("true",)
            parts.append(f"{chosen.wire}={options[0]}")
        if entity.listing.sorts:
            parts.append(f"sort=-{entity.listing.sorts[0]}")
        if self.spec.api:
            parts.append(f"{self.spec.api.pagination.limit}=10")
        return "?" + "&".join(parts)

    def actions(self, entity: Entity) -> str:
        """Return the relation actions of an entity."""
        subjects = {"viewer": "the caller", "row": "the row named in the path"}
        rows = [
            (code(each.name), f"{subjects[each.subject]}, in {code(each.relation)}", plain(each.description))
            for each in entity.actions
        ]
        return table(rows, "Action", "Adds or removes", "Meaning")

    def route_table(self, routes: Iterable[Route]) -> str:
        """Return a table of routes."""
        rows = [
            (
                code(f"{route.method} {self.samples.below(route)}"),
                plain(route.summary),
                who(route.roles) if self.spec.auth else "",
                str(route.success),
                ", ".join(map(str, sorted(route.problems))),
            )
            for route in routes
        ]
        return table(rows, "Route", "What it does", "Who", "Success", "Errors")

    def rights_table(self, entity: Entity) -> str:
        """Return who may do what on which rows."""
        return table(rights(entity, self.spec.roles), "Who", "May", "On which rows")

    def filter_table(self, entity: Entity) -> str:
        """Return the query parameters that choose rows."""
        rows = []
        for each in entity.listing.filters:
            member = code(self.members.wire_of(entity, each.property))
            rows.append((code(each.wire), f"{member} {_COMPARISONS[each.operator]} the value"))
        return table(rows, "Parameter", "Chooses rows where")

    def sorted(self) -> bool:
        """Tell whether any list can be ordered."""
        return any(bool(self.route("list", entity) and entity.listing.sorts) for entity in self.spec.entities)

    def filtered(self) -> bool:
        """Tell whether any list can be filtered."""
        return any(
            bool(self.route("list", entity) and entity.listing.filters) for entity in self.spec.entities
        )

    def sorts(self, entity: Entity) -> str:
        """Return the values of `sort`."""
        return codes(entity.listing.sorts)

    def transition_table(self, entity: Entity) -> str:
        """Return the transitions of an entity."""
        rows = [
            (
                code(each.name),
                code(machine.field) if len(entity.states) > 1 else "",
                codes(each.sources),
                code(each.target),
                code(cel(each.guard)) if each.guard else "",
                movers(entity, each) if self.spec.auth else "",
                plain(each.description),
            )
            for machine in entity.states
            for each in machine.transitions
        ]
        return table(rows, "Transition", "Member", "From", "To", "If", "Who", "Meaning")

    def conditions_table(self, checks: Sequence[Check]) -> str:
        """Return conditions with what is said when they do not hold."""
        rows = [(code(each.name), code(cel(each.condition)), plain(each.message)) for each in checks]
        return table(rows, "Name", "Must hold", "Message")

    def operations(self, entity: Entity | None) -> list[tuple[Operation, Route]]:
        """Return the operations on an entity's rows, or on none, each with its route."""
        name = entity.name if entity else None
        named = {each.name: each for each in self.spec.operations}
        routes = [r for r in self.routes() if r.kind == "operation" and r.action in named]
        return [(named[r.action], r) for r in routes if named[r.action].entity == name]

    def answer(self, route: Route) -> str:
        """Return an example of what a route answers; empty when it answers nothing."""
        shape = self.samples.shape(route.result)
        return dumped(self.samples.answer(shape)) if shape else ""
