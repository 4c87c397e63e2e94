"""The OpenAPI 3.1 document as a value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qlf.agents.api.bodies import Bodies
from qlf.agents.api.operations import SCHEME, Operations, headers
from qlf.agents.api.parameters import Parameters
from qlf.agents.api.problems import Problems
from qlf.agents.api.wording import introduction, several

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qlf.agents.api.schemas import Json
    from qlf.model.spec import Api, Route, Spec

_SIGNING_IN = frozenset({"register", "login", "refresh", "logout", "password", "me", "second_factor"})
_BEARER = "Bearer"


def document(spec: Spec) -> Json:
    """Return the whole contract; components that nothing refers to are left out."""
    if spec.api is None:
        message = "a contract needs the API's conventions"
        raise ValueError(message)
    return _Contract(spec, spec.api).whole()


@dataclass(frozen=True, slots=True)
class _Contract:
    spec: Spec
    api: Api

    def whole(self) -> Json:
        bodies = Bodies(self.spec, self.api)
        problems = Problems(self.api, bodies.free(self._problem_name()), self._member())
        parameters = Parameters(self.spec, self.api)
        operations = Operations(self.spec, bodies, parameters, problems)
        paths: Json = {}
        for route in self.api.routes:
            item = paths.setdefault(route.path, self._path_item(parameters, route))
            item[route.method.lower()] = operations.of(route)
        schemas = {**bodies.components(), problems.schema: problems.body_schema()}
        components: Json = {
            "schemas": dict(sorted(schemas.items())),
            "responses": problems.components(),
            "parameters": parameters.components(),
            "headers": headers(self.spec.auth.token_scheme if self.spec.auth else _BEARER),
        }
        return {
            "openapi": "3.1.0",
            "info": self._info(),
            "servers": [{"url": "/", "description": "The host that serves this document."}],
            "tags": [{"name": tag, "description": self._tag_words(tag)} for tag in self._tags()],
            "paths": paths,
            "components": {**_used(paths, components), **self._security_schemes()},
        }

    def _info(self) -> Json:
        return {
            "title": self.spec.title,
            "version": self.spec.version,
            "description": introduction(self.spec.prose, self.spec.title),
            "contact": {"name": f"The maintainers of {self.spec.title}"},
            "license": {"name": "All rights reserved", "identifier": "LicenseRef-Proprietary"},
        }

    def _problem_name(self) -> str:
        return "Problem" if self.api.errors == "problem" else "Errors"

    def _member(self) -> str:
        shapes = [shape for shape in self.api.shapes if shape.purpose == "create" and shape.properties]
        return shapes[0].properties[0].wire if shapes else "name"

    def _path_item(self, parameters: Parameters, route: Route) -> Json:
        found = parameters.of_path(route)
        return {"parameters": found} if found else {}

    def _tags(self) -> list[str]:
        return list(dict.fromkeys(route.tag for route in self.api.routes))

    def _tag_words(self, tag: str) -> str:
        routes = [route for route in self.api.routes if route.tag == tag]
        if any(route.kind in _SIGNING_IN for route in routes):
            return "Accounts, sign-in and tokens."
        if any(route.kind == "emergency" for route in routes):
            return "Access in emergencies."
        entity = next((self.spec.entity(route.entity) for route in routes if route.entity), None)
        if entity is None:
            return "Operations across rows."
        return entity.description or f"Reading and changing {several(entity)}."

    def _security_schemes(self) -> Json:
        auth = self.spec.auth
        if auth is None:
            return {}
        if auth.token_scheme == _BEARER:
            scheme = {
                "type": "http",
                "scheme": "bearer",
                "bearerFormat": "JWT",
                "description": f"An access token, valid for {auth.access_seconds} seconds.",
            }
        else:
            scheme = {
                "type": "apiKey",
                "in": "header",
                "name": "Authorization",
                "description": (
                    f"The word `{auth.token_scheme}`, a space and an access token, which is a JWT valid for "
                    f"{auth.access_seconds} seconds."
                ),
            }
        return {"securitySchemes": {SCHEME: scheme}}


def _used(paths: Json, components: Json) -> Json:
    """Return the components that the paths refer to, directly or by way of others."""
    reached: set[tuple[str, str]] = set()
    waiting = list(_references(paths))
    while waiting:
        section, name = waiting.pop()
        if (section, name) not in reached:
            reached.add((section, name))
            waiting.extend(_references(components[section][name]))
    kept = {
        section: {name: part for name, part in parts.items() if (section, name) in reached}
        for section, parts in components.items()
    }
    return {section: parts for section, parts in kept.items() if parts}


def _references(node: object) -> Iterator[tuple[str, str]]:
    if isinstance(node, dict):
        target = node.get("$ref")
        if isinstance(target, str):
            section, name = target.removeprefix("#/components/").split("/")
            yield section, name
        for child in node.values():
            yield from _references(child)
    elif isinstance(node, list):
        for child in node:
            yield from _references(child)
