"""Parameters of routes: keys in the path, filters, sorting and paging in the query, If-Match."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qlf.agents.api.schemas import UNBOUNDED, key_schema, reference, value_schema
from qlf.agents.api.wording import one, several
from qlf.model.types import Type

if TYPE_CHECKING:
    from qlf.agents.api.schemas import Json
    from qlf.model.spec import Api, Entity, Filter, Route, Spec

PLACEHOLDER = re.compile(r"\{(\w+)\}")
_LONGEST_CURSOR = 1024
_FARTHEST_ROW = 1_000_000_000
_FARTHEST_PAGE = 1_000_000
_VERSION_REQUIRED = 428
_VERSION_CHECKED = 412
_COMPARISONS = {"eq": "is", "min": "is at least", "max": "is at most", "contains": "contains"}


@dataclass(frozen=True, slots=True)
class Parameters:
    """The parameters of one application."""

    spec: Spec
    api: Api

    def of_path(self, route: Route) -> list[Json]:
        """Return the parameters that stand in a route's path."""
        return [
            {
                "name": name,
                "in": "path",
                "required": True,
                "description": f"The key of the {one(entity)}." if entity else "The key of the row.",
                "schema": key_schema(entity) if entity else {"type": "string", "minLength": 1},
            }
            for name, entity in self._placeholders(route)
        ]

    def of_route(self, route: Route) -> list[Json]:
        """Return the parameters in a route's query and header."""
        parameters: list[Json] = []
        if route.kind == "list" and route.entity:
            entity = self.spec.entity(route.entity)
            parameters += [self._filter(entity, item) for item in entity.listing.filters]
            if entity.listing.sorts:
                parameters.append(self._sort(entity))
        if route.kind in {"list", "emergencies"}:
            parameters += [reference("parameters", "Limit"), reference("parameters", "Position")]
        if route.method != "GET" and _VERSION_REQUIRED in route.problems:
            parameters.append(reference("parameters", "IfMatch"))
        elif route.method != "GET" and _VERSION_CHECKED in route.problems:
            parameters.append(reference("parameters", "IfMatchOptional"))
        return parameters

    def components(self) -> Json:
        """Return the parameters that routes share, by name."""
        paging = self.api.pagination
        version: Json = {
            "name": "If-Match",
            "in": "header",
            "required": True,
            "description": "The ETag of the version that the change is meant for (RFC 9110, section 13.1.1).",
            "schema": {"type": "string", "minLength": 1},
            "example": '"1"',
        }
        return {
            "IfMatch": version,
            "IfMatchOptional": {
                **version,
                "required": False,
                "description": f"{version['description']} Without it, any version will do.",
            },
            "Limit": {
                "name": paging.limit,
                "in": "query",
                "description": "The most rows on a page.",
                "schema": {
                    "type": "integer",
                    "minimum": 1,
                    "maximum": paging.max_limit,
                    "default": paging.default_limit,
                },
            },
            "Position": {"name": paging.position, "in": "query", **self._position()},
        }

    def _position(self) -> Json:
        match self.api.pagination.style:
            case "offset":
                return {
                    "description": "How many rows to pass over.",
                    "schema": {"type": "integer", "minimum": 0, "maximum": _FARTHEST_ROW, "default": 0},
                }
            case "page":
                return {
                    "description": "The page, counted from 1.",
                    "schema": {"type": "integer", "minimum": 1, "maximum": _FARTHEST_PAGE, "default": 1},
                }
            case _:
                return {
                    "description": "Where to go on, as the page before said; absent on the first one.",
                    "schema": {"type": "string", "minLength": 1, "maxLength": _LONGEST_CURSOR},
                }

    def _placeholders(self, route: Route) -> list[tuple[str, Entity | None]]:
        names = PLACEHOLDER.findall(route.path)
        entities: list[Entity | None] = [self.spec.entity(route.entity) if route.entity else None]
        if route.kind in {"add", "remove"} and route.entity:
            entities.append(self._member_entity(self.spec.entity(route.entity), route.action))
        entities += [None] * len(names)
        return list(zip(names, entities, strict=False))

    def _member_entity(self, entity: Entity, action: str) -> Entity | None:
        for offered in entity.actions:
            if offered.name == action:
                targets = (item.entity for item in entity.relations if item.name == offered.relation)
                return self.spec.entity(next(targets))
        return None

    def _filter(self, entity: Entity, item: Filter) -> Json:
        kind = Type(kind="text") if item.operator == "contains" else item.type
        schema = value_schema(self.spec, kind, UNBOUNDED, answered=False)
        member = self._wires(entity).get(item.property, item.property)
        return {
            "name": item.wire,
            "in": "query",
            "description": f"Only {several(entity)} whose `{member}` {_COMPARISONS[item.operator]} this.",
            "schema": schema,
        }

    def _sort(self, entity: Entity) -> Json:
        return {
            "name": "sort",
            "in": "query",
            "description": "What to sort by; `-` before it turns the order round.",
            "schema": {
                "type": "string",
                "enum": [word for name in entity.listing.sorts for word in (name, f"-{name}")],
                "default": entity.listing.default_sort,
            },
        }

    def _wires(self, entity: Entity) -> dict[str, str]:
        return {
            member.name: member.wire
            for shape in self.api.shapes
            if shape.entity == entity.name and shape.purpose in {"read", "item"}
            for member in shape.properties
        }
