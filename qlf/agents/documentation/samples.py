"""Example bodies and requests that the contract allows."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qlf.agents.documentation.wording import values
from qlf.model.spec import ANYONE
from qlf.model.types import TEXTUAL
from qlf.samples import sample_value

if TYPE_CHECKING:
    from qlf.model.spec import Property, Route, Shape, Spec
    from qlf.model.types import Type

UUIDS = ("5f0c2a34-9d1e-4b57-8a6f-3c2b1d0e4f71", "b7d9e1c2-3f48-4a60-9c15-7e8a2d4b6c90")
PASSWORD = "correct horse battery staple"  # noqa: S105 - an example, known from xkcd.com/936
MIXED_PASSWORD = f"{PASSWORD} 1"
_UNDER_ENVELOPE = frozenset({"read", "create", "update"})
_TOKENS = frozenset({"access_token", "refresh_token"})
_BORN = re.compile(r"birth|born")
_PARAMETER = re.compile(r"\{(\w+)\}")


def snake(name: str) -> str:
    """Return a PascalCase name in snake_case."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def camel(name: str) -> str:
    """Return a snake_case name in camelCase."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


@dataclass(frozen=True, slots=True)
class Samples:
    """Makes examples for one application."""

    spec: Spec

    def shape(self, name: str | None) -> Shape | None:
        """Return the shape of that name, None for an empty body."""
        shapes = self.spec.api.shapes if self.spec.api else ()
        return next((shape for shape in shapes if shape.name == name), None)

    def wrapper(self, shape: Shape) -> str | None:
        """Return the member that a single row stands in, None where rows stand alone."""
        api = self.spec.api
        if not api or not api.envelope or shape.purpose not in _UNDER_ENVELOPE or not shape.entity:
            return None
        return self._cased(snake(shape.entity))

    def answer(self, shape: Shape) -> object:
        """Return an example of a body that is answered, whole."""
        if shape.purpose == "page":
            return self._page(shape)
        content = {each.wire: self._answered(each, place) for place, each in enumerate(shape.properties)}
        return self._wrapped(shape, content)

    def body(self, shape: Shape, *, members: tuple[str, ...] = ()) -> object:
        """Return an example of a body that is sent: what must be said, or exactly `members`."""
        asked = [each for each in shape.properties if each.wire in members]
        needed = [each for each in shape.properties if each.required]
        chosen = asked or needed or list(shape.properties)
        content = {each.wire: self.value(each, place) for place, each in enumerate(chosen)}
        return self._wrapped(shape, content)

    def value(self, value: Property, place: int = 0) -> object:
        """Return an example of a member; `place` lets times of one body follow each other."""
        kind = value.type
        if kind.many:
            return [self.key(kind.entity)]
        if kind.entity:
            return self.key(kind.entity)
        if kind.kind == "enum":
            return value.default or values(kind, self.spec.enums)[0]
        if kind.kind == "bool":
            return value.default if isinstance(value.default, bool) else True
        if kind.kind in {"int", "decimal", "money"}:
            return sample_value(self.spec, value)
        if kind.kind == "datetime":
            return f"2030-01-15T{9 + place % 12:02}:00:00Z"
        if kind.kind == "date":
            return "1990-05-17" if _BORN.search(value.wire.lower()) else f"2030-01-{10 + place % 12}"
        if kind.kind == "uuid":
            return UUIDS[0]
        if kind.kind == "json":
            return {"key": "value"}
        if value.secret:
            mixed = self.spec.auth is not None and self.spec.auth.password_mixed
            return _secret(value.wire, value.type, MIXED_PASSWORD if mixed else PASSWORD)
        return "an-example" if value.source == "key" else sample_value(self.spec, value)

    def key(self, entity: str | None) -> object:
        """Return an example of an entity's key."""
        kind = next((each.key.kind for each in self.spec.entities if each.name == entity), "uuid")
        if kind == "uuid":
            return UUIDS[sum((entity or "").encode()) % len(UUIDS)]
        return 42 if kind == "int" else "an-example"

    def path(self, route: Route) -> str:
        """Return the route's path below the base path, its parameters filled in."""
        targets = [route.entity, self._subject(route)]

        def fill(_: re.Match[str]) -> str:
            return str(self.key(targets.pop(0) if targets else None))

        return _PARAMETER.sub(fill, self.below(route))

    def below(self, route: Route) -> str:
        """Return the route's path below the base path, with its parameters by name."""
        return route.path.removeprefix(self.spec.api.base_path if self.spec.api else "")

    def curl(self, route: Route, *, query: str = "", members: tuple[str, ...] = ()) -> str:
        """Return a curl command for a route, its body an example with `members` or what must be said."""
        flags = " --include" if route.kind == "read" and route.conditional else ""
        method = "" if route.method == "GET" else f" --request {route.method}"
        lines = [f'curl{flags}{method} "$API{self.path(route)}{query}"']
        if ANYONE not in route.roles and self.spec.auth:
            lines.append(f'--header "Authorization: {self.spec.auth.token_scheme} $TOKEN"')
        if route.conditional and route.method != "GET":
            lines.append("--header 'If-Match: \"1\"'")
        shape = self.shape(route.body)
        if shape:
            lines.append('--header "Content-Type: application/json"')
            lines.append(f"--data {_quoted(self.body(shape, members=members))}")
        return " \\\n  ".join(lines)

    def _cased(self, name: str) -> str:
        return camel(name) if self.spec.api and self.spec.api.field_case == "camel" else name

    def _page(self, shape: Shape) -> object:
        item = self.shape(shape.item)
        rows = [self.answer(item)] if item else []
        content: dict[str, object] = {}
        for each in shape.properties:
            content[each.wire] = rows if each.type.many else "..." if each.nullable else 1
        if content or not self.spec.api:
            return content or {"items": rows}
        positions: dict[str, dict[str, object]] = {
            "cursor": {"next_cursor": "..."},
            "offset": {"total": 1},
            "page": {"total": 1, "pages": 1},
        }
        members = {self._plural(shape): rows} | positions[self.spec.api.pagination.style]
        return {self._cased(name): value for name, value in members.items()}

    def _plural(self, page: Shape) -> str:
        plurals = {each.name: each.plural for each in self.spec.entities}
        return (
            plurals.get(page.entity or "", "items") if self.spec.api and self.spec.api.envelope else "items"
        )

    def _wrapped(self, shape: Shape, content: dict[str, object]) -> object:
        wrapper = self.wrapper(shape)
        return {wrapper: content} if wrapper else content

    def _answered(self, value: Property, place: int) -> object:
        if value.secret or value.name in _TOKENS:
            return ["..."] if value.type.many else "..."
        if value.name == "expires_in" and self.spec.auth:
            return self.spec.auth.access_seconds
        if value.name == "token_type" and self.spec.auth:
            return self.spec.auth.token_scheme
        example = self.value(value, place)
        return value.mask.hide(str(example)) if value.mask else example

    def _subject(self, route: Route) -> str | None:
        """Return the entity that the second parameter of a relation action names."""
        entity = next((each for each in self.spec.entities if each.name == route.entity), None)
        action = (
            next((each for each in entity.actions if each.name == route.action), None) if entity else None
        )
        relations = entity.relations if entity and action else ()
        return next((each.entity for each in relations if action and each.name == action.relation), None)


def dumped(value: object) -> str:
    """Return a value as JSON to be read by people."""
    return json.dumps(value, ensure_ascii=False, indent=2)


def _quoted(value: object) -> str:
    """Return JSON as one shell word, in which a text `$NAME` stands for that variable."""
    text = dumped(value).replace("\n", "\n  ").replace("'", "'\\''")
    return "'" + re.sub(r'"(\$[A-Z_]+)"', r'''"'"\1"'"''', text) + "'"


def _secret(wire: str, kind: Type, password: str) -> str:
    if "token" in wire.lower():
        return "$REFRESH_TOKEN" if "refresh" in wire.lower() else "$TOKEN"
    if wire == "code":
        return "123456"
    return password if kind.kind in TEXTUAL else "..."
