from __future__ import annotations

from typing import Literal

import pytest

from qlf.model.expression import Literal as Constant
from qlf.model.spec import (
    Api,
    Auth,
    Derived,
    Entity,
    Enum,
    Field,
    Filter,
    Key,
    Listing,
    Pagination,
    Property,
    Relation,
    RelationAction,
    Route,
    Shape,
    Spec,
    StateMachine,
    Transition,
)
from qlf.model.types import Kind, Type

KeyKind = Literal["uuid", "int", "slug"]
COMMON = (400, 422)
PROTECTED = (400, 401, 403, 404, 422, 429)


class Conventions:
    """The dimensions in which two contracts of the same application differ."""

    def __init__(self, **said: object) -> None:
        self.key: KeyKind = said.pop("key", "uuid")  # type: ignore[assignment]
        self.style: Literal["cursor", "offset", "page"] = said.pop("style", "cursor")  # type: ignore[assignment]
        self.camel = bool(said.pop("camel", False))
        self.envelope = bool(said.pop("envelope", False))
        self.errors: Literal["problem", "map"] = said.pop("errors", "problem")  # type: ignore[assignment]
        self.scheme: str | None = said.pop("scheme", "Bearer")  # type: ignore[assignment]
        assert not said

    def wire(self, name: str) -> str:
        head, *rest = name.split("_")
        return head + "".join(map(str.capitalize, rest)) if self.camel else name


def prop(style: Conventions, name: str, kind: Kind, source: str = "field", **rest: object) -> Property:
    shape = {
        part: rest.pop(part) for part in ("entity", "enum", "precision", "scale", "many") if part in rest
    }
    values = {
        "name": name,
        "wire": style.wire(name),
        "source": source,
        "of": name,
        "type": Type.model_validate({"kind": kind, **shape}),
        "required": True,
        "nullable": False,
    }
    return Property.model_validate(values | rest)


def article(style: Conventions) -> Entity:
    fields = (Field(name="id", column="id", label="Id", type=Type(kind="uuid"), required=True, system=True),)
    return Entity(
        name="NewsArticle",
        plural="news_articles",
        table="news_articles",
        label="News article",
        label_plural="News articles",
        key=Key(kind=style.key),
        fields=fields,
        relations=(
            Relation(
                name="fans",
                label="Fans",
                entity="User",
                kind="many-to-many",
                inverse="favorites",
                table="favorites",
                here="article_id",
                there="user_id",
                owning=True,
            ),
        ),
        derived=(
            Derived(
                name="favorited",
                label="Favorited",
                value=Constant(value=True, type=Type(kind="bool")),
                type=Type(kind="bool"),
                viewer_dependent=True,
            ),
        ),
        states=(
            StateMachine(
                field="state",
                initial="draft",
                transitions=(Transition(name="publish", label="Publish", sources=("draft",), target="done"),),
            ),
        ),
        actions=(RelationAction(name="assign", relation="fans", subject="row"),),
        listing=Listing(
            filters=(
                Filter(wire="state", property="state", operator="eq", type=Type(kind="enum", enum="State")),
                Filter(
                    wire=f"{style.wire('created_at')}_min",
                    property="created_at",
                    operator="min",
                    type=Type(kind="datetime"),
                ),
                Filter(wire="title", property="title", operator="contains", type=Type(kind="text")),
                Filter(
                    wire=style.wire("author_id"),
                    property="author_id",
                    operator="eq",
                    type=Type(kind="reference", entity="User"),
                ),
            ),
            sorts=("created_at", "title"),
            default_sort="-created_at",
        ),
        description="What the desk writes.",
    )


def person() -> Entity:
    fields = (Field(name="id", column="id", label="Id", type=Type(kind="uuid"), required=True, system=True),)
    return Entity(
        name="User",
        plural="users",
        table="users",
        label="User",
        label_plural="Users",
        key=Key(kind="uuid"),
        fields=fields,
        listing=Listing(filters=(), sorts=(), default_sort="id"),
    )


def article_values(style: Conventions) -> tuple[Property, ...]:
    state = prop(style, "state", "enum", enum="State", default="draft", required=False)
    return (
        prop(style, "title", "text", minimum=1, maximum=120, description="What it is called"),
        prop(style, "code", "text", pattern="[A-Z]{3}-\\d{4}", required=False, nullable=True),
        prop(style, "either", "text", pattern="^(?:draft|final)$", required=False),
        prop(style, "body", "longtext"),
        prop(style, "price", "money", minimum=0, default=1.5, required=False),
        prop(style, "ratio", "decimal", precision=7, scale=4, minimum=-1, maximum=1, nullable=True),
        prop(style, "rank", "int", minimum=5, maximum=10),
        state,
        state.model_copy(update={"name": "last_state", "wire": style.wire("last_state"), "nullable": True}),
        prop(style, "author_id", "reference", entity="User"),
        prop(style, "fan_ids", "reference", "relation", entity="User", many=True, minimum=1),
        prop(style, "published_on", "date", nullable=True),
        prop(style, "starts_at", "datetime", default="now", required=False),
        prop(style, "at", "time"),
        prop(style, "length", "duration"),
        prop(style, "trace", "uuid"),
        prop(style, "contact", "email", maximum=254),
        prop(style, "link", "url", nullable=True),
        prop(style, "phone", "phone"),
        prop(style, "extra", "json", nullable=True),
        prop(style, "scan", "file"),
        prop(style, "active", "bool", default=False),
    )


def shapes(style: Conventions) -> tuple[Shape, ...]:
    values = article_values(style)
    key_type: Kind = {"uuid": "uuid", "int": "int", "slug": "text"}[style.key]  # type: ignore[assignment]
    answered = (
        prop(style, "id", key_type, "key"),
        *(value.model_copy(update={"required": True}) for value in values),
        prop(style, "favorited", "bool", "derived"),
        prop(style, "created_at", "datetime", "system"),
    )
    optional = tuple(value.model_copy(update={"required": False}) for value in values)
    email = prop(style, "email", "email")
    password = prop(style, "password", "text", "input", minimum=12, maximum=128, secret=True)
    entity = "NewsArticle"
    made = [
        Shape(name="NewsArticle", purpose="read", entity=entity, properties=answered),
        Shape(name="NewsArticleItem", purpose="item", entity=entity, properties=answered[:4]),
        Shape(name="NewsArticlePage", purpose="page", entity=entity, item="NewsArticleItem"),
        Shape(name="NewsArticleCreate", purpose="create", entity=entity, properties=values),
        Shape(name="NewsArticleUpdate", purpose="update", entity=entity, properties=optional),
        Shape(name="PublishInput", purpose="input", properties=(prop(style, "note", "text", "input"),)),
    ]
    if style.scheme:
        made += [
            Shape(
                name="User",
                purpose="read",
                entity="User",
                properties=(prop(style, "id", "uuid", "key"), email),
            ),
            Shape(name="Registration", purpose="auth", entity="User", properties=(email, password)),
            Shape(name="Tokens", purpose="auth", properties=(prop(style, "access_token", "text", "system"),)),
        ]
    return tuple(made)


def routes(style: Conventions) -> tuple[Route, ...]:
    base, one = "/api/v1/news-articles", "/api/v1/news-articles/{id}"
    named: dict[str, object] = {"entity": "NewsArticle", "tag": "News articles"}
    if style.scheme:
        named |= {"roles": ("editor", "chief_editor"), "problems": PROTECTED}
    else:
        named |= {"problems": (404, 422)}

    def route(id_: str, kind: str, method: str, path: str, **rest: object) -> Route:
        values = {"id": id_, "kind": kind, "method": method, "path": path, "summary": id_.capitalize()}
        return Route.model_validate({**values, **named, **rest})

    public = {"roles": ("anyone",), "problems": COMMON}
    guarded = (401, 404, 409, 412, 422, 428, 500) if style.scheme else (404, 409, 412, 428)
    made = [
        route("list_articles", "list", "GET", base, result="NewsArticlePage", **public),
        route(
            "create_article", "create", "POST", base,
            body="NewsArticleCreate", result="NewsArticle", success=201,
            problems=(*named["problems"], 409, 413, 415),  # type: ignore[misc]
        ),
        route("read_article", "read", "GET", one, result="NewsArticle", problems=(404,), roles=("anyone",)),
        route(
            "update_article", "update", "PATCH", one, body="NewsArticleUpdate", result="NewsArticle",
            conditional=True, problems=guarded, description="Changes what is sent.",
        ),
        route("delete_article", "delete", "DELETE", one, success=204, conditional=True, problems=guarded),
        route(
            "publish_article", "transition", "POST", f"{one}/publish", result="NewsArticle", conditional=True,
            action="publish", problems=guarded,
        ),
        route(
            "assign_article", "add", "POST", f"{one}/assign/{{user_id}}",
            result="NewsArticle", action="assign",
        ),
        route(
            "unassign_article", "remove", "DELETE", f"{one}/assign/{{user_id}}", success=204, action="assign"
        ),
        route(
            "sweep", "operation", "POST", "/api/v1/sweep", entity=None, tag="Operations", body="PublishInput",
            success=204, problems=(409, 422, 503),
        ),
    ]  # fmt: skip
    if style.scheme:
        tag = {"tag": "Authentication", "entity": None}
        made += [
            route("register", "register", "POST", "/api/v1/auth/register", body="Registration", result="User",
                  success=201, **{**tag, **public, "problems": (409, 422, 429)}),
            route("login", "login", "POST", "/api/v1/auth/login", body="Registration", result="Tokens",
                  **{**tag, **public, "problems": (401, 422, 429)}),
            route("me", "me", "GET", "/api/v1/auth/me", result="User", **{**tag, "roles": ("user",)}),
        ]  # fmt: skip
    return tuple(made)


def news(style: Conventions) -> Spec:
    """A desk's articles: every kind of property and most kinds of route, under the conventions given."""
    return Spec(
        name="news",
        title="News desk",
        version="1.2.3",
        prose="# News desk\n\nEditors write, readers read.\n",
        auth=Auth(token_scheme=style.scheme) if style.scheme else None,
        enums=(Enum(name="State", values=("draft", "done")), Enum(name="Unused", values=("x",))),
        entities=(article(style), person()),
        api=Api(
            base_path="/api/v1",
            path_case="kebab",
            field_case="camel" if style.camel else "snake",
            envelope=style.envelope,
            errors=style.errors,
            create_status=201,
            delete_status=204,
            pagination=Pagination(
                style=style.style, limit="limit", position=style.style, default_limit=20, max_limit=100
            ),
            shapes=shapes(style),
            routes=routes(style),
        ),
    )


CONVENTIONS = {
    "usual": Conventions(),
    "realworld": Conventions(
        camel=True, envelope=True, errors="map", scheme="Token", style="page", key="slug"
    ),
    "numbered": Conventions(key="int", style="offset"),
    "open": Conventions(scheme=None),
    "wrapped": Conventions(envelope=True),
}


@pytest.fixture(params=list(CONVENTIONS.values()), ids=list(CONVENTIONS))
def spec(request: pytest.FixtureRequest) -> Spec:
    style: Conventions = request.param
    return news(style)


@pytest.fixture
def usual() -> Spec:
    return news(CONVENTIONS["usual"])


@pytest.fixture
def realworld() -> Spec:
    return news(CONVENTIONS["realworld"])


@pytest.fixture
def numbered() -> Spec:
    return news(CONVENTIONS["numbered"])


@pytest.fixture(name="open_spec")
def _open_spec() -> Spec:
    return news(CONVENTIONS["open"])
