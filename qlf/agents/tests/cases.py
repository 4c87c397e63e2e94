"""What a test of the application is made of, and what all writers of tests share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from qlf.agents.tests.names import camel, member, quoted, snake
from qlf.model.spec import ANYONE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from qlf.agents.tests.script import Script
    from qlf.agents.tests.stage import Scene, Stages
    from qlf.agents.tests.world import Row
    from qlf.model.spec import Entity, Property, Route, Spec

COMPARABLE = frozenset(
    {
        "text",
        "longtext",
        "int",
        "bool",
        "decimal",
        "money",
        "date",
        "datetime",
        "uuid",
        "email",
        "url",
        "phone",
    }
    | {"json", "enum", "file", "reference"}
)
MISSING = {"uuid": quoted("00000000-0000-0000-0000-000000000000"), "int": "1", "slug": quoted("missing")}


@dataclass(frozen=True)
class Request:
    """One call of the test's client; the last one's answer is looked at."""

    method: str
    arguments: tuple[str, ...]
    answer: bool = True


@dataclass(frozen=True)
class Case:
    """One test function, as the template `cases/KIND.py.jinja` shows it."""

    name: str
    kind: str = "exchange"
    arrange: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    body: str = ""
    requests: tuple[Request, ...] = ()
    asserts: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    decorators: tuple[str, ...] = ()
    path: str = ""
    headers: str = ""
    first: str = ""
    second: str = ""
    items: str = "items"
    limit: int = 0
    key: str = "id"
    expected: str = ""


@dataclass
class Subject:
    """One entity under test: its routes, and how rows of it are spelt in tests.

    `free` are the operations that are on no row; the entity has no part in their tests.
    """

    spec: Spec
    stages: Stages
    entity: Entity
    free: bool = False
    cases: list[Case] = field(default_factory=list)

    @property
    def noun(self) -> str:
        """The entity as part of a test's name."""
        return snake(self.entity.name)

    def routes(self, *kinds: str) -> list[Route]:
        """Return the entity's routes of these kinds."""
        routes = self.spec.api.routes if self.spec.api else ()
        return [one for one in routes if one.entity == self.entity.name and one.kind in kinds]

    def route(self, kind: str) -> Route | None:
        """Return the entity's only route of a kind, None if there is none."""
        return next(iter(self.routes(kind)), None)

    @property
    def versioned(self) -> bool:
        """Whether writing needs If-Match."""
        return self.entity.versioned

    def add(self, cases: Iterable[Case]) -> None:
        """Take in tests, of each name the first."""
        for case in cases:
            if all(one.name != case.name for one in self.cases):
                self.cases.append(case)

    # How requests and answers are spelt

    def headers(self, scene: Scene, script: Script, *, match: bool | str = False) -> tuple[str, ...]:
        """Return the argument with the headers of a request, if there are any."""
        parts = []
        if not scene.anonymous:
            parts.append("as_user(viewer)")
        if match and self.versioned:
            tag = match if isinstance(match, str) else f"etag({script.name(scene.row)})"
            parts.append(f'{{"If-Match": {tag}}}')
        return (f"headers={' | '.join(parts)}",) if parts else ()

    def sent(self, text: str, entity: Entity | None = None) -> str:
        """Return the argument with the body of a request."""
        if not self.enveloped:
            return f"json={text}"
        return f"json={{{quoted(self.cased(self.spoken(entity)))}: {text}}}"

    def answer(self, entity: Entity | None = None) -> str:
        """Return the expression of the row that was answered."""
        if not self.enveloped:
            return "response.json()"
        return f"response.json()[{quoted(self.cased(self.spoken(entity)))}]"

    def spoken(self, entity: Entity | None) -> str:
        """Return what the brief calls one row, in snake_case."""
        return "_".join((entity or self.entity).label.lower().split())

    @property
    def enveloped(self) -> bool:
        """Whether rows stand under the name of their entity."""
        return bool(self.spec.api and self.spec.api.envelope)

    @property
    def named_problems(self) -> bool:
        """Whether the answer to a refused request says which kind of problem it is."""
        return bool(self.spec.api and self.spec.api.errors == "problem")

    @property
    def items(self) -> str:
        """The member of a list that holds the rows."""
        return self.cased(self.entity.plural) if self.enveloped else "items"

    def cased(self, name: str) -> str:
        """Return a member's name in the API's case."""
        return camel(name) if self.spec.api and self.spec.api.field_case == "camel" else name

    def pointer(self, wire: str, entity: Entity | None = None) -> str:
        """Return where an answer says that a member of a body is wrong."""
        if self.enveloped and self.spec.api and self.spec.api.errors == "problem":
            return f"/{self.cased(snake((entity or self.entity).name))}/{wire}"
        return f"/{wire}"

    def key(self, properties: Iterable[Property]) -> str | None:
        """Return the member of an answer that names the row."""
        wanted = "slug" if self.entity.key.kind == "slug" else "id"
        return next((prop.wire for prop in properties if prop.name == wanted), None)

    def call(self, route: Route, path: str, *rest: str) -> Request:
        """Return the request of a route."""
        return Request(route.method.lower(), (path, *rest))


def role_member(spec: Spec, role: str) -> str:
    """Return a role as a member of the enumeration of roles."""
    kind = spec.entity(spec.auth.entity).field("role").type.enum if spec.auth else ""
    return f"{kind}.{member(role)}"


def parametrize(names: str | tuple[str, ...], values: Iterable[str]) -> str:
    """Return the decorator that repeats a test for values written in Python."""
    shown = quoted(names) if isinstance(names, str) else f"({', '.join(quoted(name) for name in names)})"
    return f"@pytest.mark.parametrize({shown}, [{', '.join(values)}])"


def who(role: str) -> str:
    """Return a role as the beginning of a test's name."""
    return "anyone" if role == ANYONE else role


def population(scene: Scene, stages: Stages) -> list[Row]:
    """Return the rows of the scene's entity that its viewer can read, everything worked out."""
    world = scene.world
    world.complete()
    return [
        row
        for row in world.rows
        if row.stored and row.entity is scene.row.entity and stages.visible(row, scene.role)
    ]


def compose(script: Script, **parts: Any) -> Case:  # noqa: ANN401
    """Return a case whose arrangement names only the rows that the rest mentions."""
    case = Case(**parts)
    rest = " ".join(
        [
            case.body,
            *case.before,
            *(argument for request in case.requests for argument in request.arguments),
            *case.asserts,
            case.path,
            case.headers,
            case.expected,
            case.first,
            case.second,
        ]
    )
    return Case(**{**parts, "arrange": tuple(script.lines(rest))})
