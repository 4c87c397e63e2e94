"""Two applications written down as specs: a shop with everything, and notes with next to nothing."""

from __future__ import annotations

from typing import Any

import pytest

from qlf.model.expression import Aggregate, Binary, Expression, Literal, Member, Name, Unary
from qlf.model.spec import (
    Api,
    Auth,
    Check,
    Derived,
    Effect,
    Entity,
    Enum,
    Field,
    Filter,
    Grant,
    Key,
    Listing,
    Operation,
    Pagination,
    Property,
    Relation,
    RelationAction,
    Role,
    Route,
    Shape,
    Spec,
    StateMachine,
    Transition,
)
from qlf.model.types import Type

UUID, TEXT, LONG, INT = Type(kind="uuid"), Type(kind="text"), Type(kind="longtext"), Type(kind="int")
BOOL, MONEY, MOMENT = Type(kind="bool"), Type(kind="money"), Type(kind="datetime")
STATUS = Type(kind="enum", enum="OrderStatus")
PROBLEMS = (401, 403, 404, 409, 412, 422, 428)


def refers(entity: str, *, many: bool = False) -> Type:
    return Type(kind="reference", entity=entity, many=many)


def field(name: str, kind: Type, **rest: object) -> Field:
    column = f"{name}_id" if kind.entity else name
    return Field.model_validate({"name": name, "column": column, "label": name, "type": kind, **rest})


def member(name: str, kind: Type, *, wire: str = "", **rest: object) -> Property:
    given = {"required": False, "nullable": False, "source": "field", "of": name, **rest}
    return Property.model_validate({"name": name, "wire": wire or name, "type": kind, **given})


def of(row: str, *path: str, kind: Type = TEXT) -> Expression:
    found: Expression = Name(name=row, type=None)
    for step in path:
        found = Member(of=found, name=step, type=kind)
    return found


def same(left: Expression, right: Expression) -> Expression:
    return Binary(operator="==", left=left, right=right, type=BOOL)


VIEWER = Name(name="viewer", type=refers("User"))
OWN = same(of("this", "customer", kind=refers("User")), VIEWER)

KEY = field("id", UUID, required=True, system=True)
USER = Entity(
    name="User",
    plural="users",
    table="users",
    label="User",
    label_plural="Users",
    key=Key(kind="uuid"),
    fields=(
        KEY,
        field("email", Type(kind="email"), required=True, unique=True, classes=("pii",), maximum=254),
        field("password_hash", TEXT, required=True, hidden=True, system=True),
    ),
    relations=(
        Relation(
            name="orders",
            label="Orders",
            entity="Order",
            kind="one-to-many",
            inverse="customer",
            via="customer",
        ),
        Relation(
            name="favorites",
            label="Favorites",
            entity="Order",
            kind="many-to-many",
            inverse="favorited_by",
            table="order_favorited_by",
            here="user_id",
            there="order_id",
        ),
    ),
    listing=Listing(filters=(), sorts=(), default_sort="created_at"),
)
ORDER = Entity(
    name="Order",
    plural="orders",
    table="orders",
    label="Order",
    label_plural="Orders",
    description="What a customer buys | at once.",
    key=Key(kind="uuid"),
    owner="customer",
    fields=(
        KEY,
        field("number", TEXT, required=True, unique=True, pattern=r"[A-Z]{2} \d+", maximum=20),
        field("customer", refers("User"), required=True, system=True, indexed=True),
        field("total", MONEY, required=True, minimum=0, description="with tax"),
        field("note", LONG, classes=("pii",), maximum=500),
        field("status", STATUS, required=True, default="open", managed=True),
        field("created_at", MOMENT, required=True, system=True),
        field("version", INT, required=True, system=True, default=1),
    ),
    relations=(
        Relation(
            name="favorited_by",
            label="Favorited by",
            entity="User",
            kind="many-to-many",
            inverse="favorites",
            table="order_favorited_by",
            here="order_id",
            there="user_id",
            owning=True,
        ),
    ),
    derived=(
        Derived(
            name="favorites_count",
            label="Favorites",
            value=Aggregate(function="count", source=of("this", "favorited_by"), type=INT),
            type=INT,
        ),
    ),
    checks=(
        Check(
            name="total_or_note",
            condition=Binary(
                operator="||",
                left=Binary(
                    operator=">", left=of("this", "total"), right=Literal(value="0", type=MONEY), type=BOOL
                ),
                right=Binary(
                    operator="!=", left=of("this", "note"), right=Literal(value=None, type=None), type=BOOL
                ),
                type=BOOL,
            ),
            message="An order without a price needs a note",
            fields=("total", "note"),
        ),
    ),
    unique=(("customer", "number"),),
    states=(
        StateMachine(
            field="status",
            initial="open",
            transitions=(
                Transition(name="pay", label="Pay", sources=("open",), target="paid"),
                Transition(name="close", label="Close", sources=("open", "paid"), target="end-of-life"),
            ),
        ),
    ),
    access=(
        Grant(role="customer", action="create"),
        Grant(role="customer", action="read", condition=OWN),
        Grant(role="customer", action="update", condition=OWN),
        Grant(role="customer", action="pay", condition=OWN),
        Grant(role="admin", action="read"),
        Grant(role="admin", action="close"),
    ),
    actions=(RelationAction(name="favorite", relation="favorited_by", subject="viewer"),),
    listing=Listing(
        filters=(
            Filter(wire="status", property="status", operator="eq", type=STATUS),
            Filter(wire="total_min", property="total", operator="min", type=MONEY),
        ),
        sorts=("created_at", "total"),
        default_sort="-created_at",
    ),
)
CHECKOUT = Operation(
    name="checkout",
    label="Checkout",
    entity="Order",
    inputs=(field("address", TEXT, required=True, maximum=500),),
    guards=(
        Check(
            name="not_empty",
            condition=Unary(
                operator="!", operand=same(of("this", "total"), of("input", "address")), type=BOOL
            ),
            message="The order is empty",
        ),
    ),
    effects=(
        Effect(
            kind="each",
            binding="line",
            row=of("this", "favorited_by"),
            steps=(
                Effect(
                    kind="require",
                    binding="in_stock",
                    message="Not enough in stock",
                    condition=same(of("line", "email"), of("input", "address")),
                ),
                Effect(
                    kind="adjust",
                    row=of("line", "product"),
                    target="stock",
                    by=Unary(operator="-", operand=of("line", "quantity"), type=INT),
                ),
            ),
        ),
        Effect(kind="create", entity="Order", binding="copy", values=(("note", of("input", "address")),)),
        Effect(kind="move", row=of("this"), target="pay"),
        Effect(kind="delete", row=of("this", "favorited_by")),
    ),
    result="copy",
    result_entity="Order",
)

NUMBER = member("number", TEXT, pattern=r"[A-Z]{2} \d+", maximum=20, required=True)
TOTAL = member("total", MONEY, minimum=0, required=True)
NOTE = member("note", LONG, nullable=True, maximum=500, classes=("pii",))
ROW = (
    member("id", UUID, source="key", required=True),
    NUMBER,
    member("customer_id", refers("User"), required=True),
    TOTAL,
    NOTE,
    member("status", STATUS, required=True),
    member("created_at", MOMENT, source="system", required=True),
    member("version", INT, source="system", required=True),
)
TOKENS = (
    member("access_token", TEXT, required=True, secret=True),
    member("refresh_token", TEXT, required=True, secret=True),
    member("token_type", TEXT, required=True, default="Bearer"),
    member("expires_in", INT, required=True),
)
CREDENTIALS = (
    member("email", Type(kind="email"), required=True, maximum=254),
    member("password", TEXT, required=True, secret=True, minimum=12),
)


def shape(name: str, purpose: str, properties: tuple[Property, ...] = (), **rest: object) -> Shape:
    return Shape.model_validate({"name": name, "purpose": purpose, "properties": properties, **rest})


SHAPES = (
    shape("Order", "read", ROW, entity="Order"),
    shape("OrderItem", "item", tuple(p for p in ROW if p is not NOTE), entity="Order"),
    shape("OrderPage", "page", entity="Order", item="OrderItem"),
    shape("OrderCreate", "create", (NUMBER, TOTAL, NOTE), entity="Order"),
    shape("OrderUpdate", "update", (TOTAL.model_copy(update={"required": False}), NOTE), entity="Order"),
    shape("CheckoutInput", "input", (member("address", TEXT, required=True, maximum=500, source="input"),)),
    shape("User", "read", (ROW[0], CREDENTIALS[0]), entity="User"),
    shape("Registration", "auth", CREDENTIALS),
    shape("Login", "auth", CREDENTIALS),
    shape("Tokens", "auth", TOKENS),
    shape("RefreshRequest", "auth", (TOKENS[1],)),
)


def route(method: str, path: str, kind: str, summary: str, **rest: object) -> Route:
    given = {"problems": PROBLEMS, "tag": "orders", "roles": ("customer", "admin"), **rest}
    base = {"id": f"{kind}_{path.count('/')}", "method": method, "path": f"/api/v1{path}", "kind": kind}
    return Route.model_validate({**base, "summary": summary, **given})


ORDERS = {"entity": "Order"}
ROUTES = (
    route(
        "POST",
        "/auth/register",
        "register",
        "Register",
        body="Registration",
        result="User",
        roles=("anyone",),
    ),
    route("POST", "/auth/login", "login", "Sign in", body="Login", result="Tokens", roles=("anyone",)),
    route(
        "POST", "/auth/refresh", "refresh", "Renew", body="RefreshRequest", result="Tokens", roles=("anyone",)
    ),
    route("GET", "/auth/me", "me", "Who am I", result="User", roles=("user",)),
    route("GET", "/orders", "list", "List orders", result="OrderPage", **ORDERS),
    route("POST", "/orders", "create", "Create", body="OrderCreate", result="Order", success=201, **ORDERS),
    route("GET", "/orders/{id}", "read", "Read an order", result="Order", conditional=True, **ORDERS),
    route(
        "PATCH",
        "/orders/{id}",
        "update",
        "Change an order",
        body="OrderUpdate",
        result="Order",
        conditional=True,
        **ORDERS,
    ),
    route("POST", "/orders/{id}/pay", "transition", "Pay", result="Order", action="pay", **ORDERS),
    route("POST", "/orders/{id}/favorite", "add", "Favour", result="Order", action="favorite", **ORDERS),
    route(
        "POST",
        "/orders/{id}/checkout",
        "operation",
        "Check out",
        body="CheckoutInput",
        result="Order",
        action="checkout",
        **ORDERS,
    ),
)


@pytest.fixture
def shop() -> Spec:
    """An application with sign-in, states, an operation, money and data classes."""
    return Spec(
        name="shop",
        title="Shop",
        version="1.0.0",
        prose="# Shop\n\nPeople buy things.  \n\n# Later\n\nReturns.\n",
        auth=Auth(signup_role="customer"),
        roles=(
            Role(name="customer", signup=True, description="Buys."),
            Role(name="admin", administrator=True),
        ),
        enums=(Enum(name="OrderStatus", values=("open", "paid", "end-of-life")),),
        entities=(USER, ORDER),
        operations=(CHECKOUT,),
        api=Api(
            base_path="/api/v1",
            path_case="kebab",
            field_case="snake",
            envelope=False,
            errors="problem",
            create_status=201,
            delete_status=204,
            pagination=Pagination(
                style="cursor", limit="limit", position="cursor", default_limit=20, max_limit=100
            ),
            shapes=SHAPES,
            routes=ROUTES,
        ),
    )


@pytest.fixture
def notes() -> Spec:
    """An application without sign-in, in camelCase, with envelopes, pages and whole-number keys."""
    note = Entity(
        name="StickyNote",
        plural="sticky_notes",
        table="sticky_notes",
        label="Sticky note",
        label_plural="Sticky notes",
        key=Key(kind="int"),
        fields=(
            field("id", INT, required=True, system=True),
            field("title", TEXT, required=True, maximum=80),
        ),
        versioned=False,
        timestamps=False,
        listing=Listing(filters=(), sorts=("noteTitle",), default_sort="noteTitle"),
    )
    key = member("id", INT, source="key", required=True)
    title = member("title", TEXT, required=True, maximum=80, wire="noteTitle")
    named: dict[str, Any] = {"entity": "StickyNote"}
    common = {"roles": ("anyone",), "tag": "notes", "problems": (404, 422), **named}
    return Spec(
        name="notes",
        title="Notes",
        version="0.1.0",
        entities=(note,),
        api=Api(
            base_path="",
            path_case="kebab",
            field_case="camel",
            envelope=True,
            errors="map",
            create_status=201,
            delete_status=204,
            pagination=Pagination(
                style="page", limit="size", position="page", default_limit=20, max_limit=50
            ),
            shapes=(
                shape("StickyNote", "read", (key, title), **named),
                shape("StickyNoteItem", "item", (key, title), **named),
                shape("StickyNotePage", "page", item="StickyNoteItem", **named),
                shape("StickyNoteCreate", "create", (title,), **named),
            ),
            routes=tuple(
                Route.model_validate({**common, **own})
                for own in (
                    {
                        "id": "a",
                        "kind": "list",
                        "method": "GET",
                        "path": "/sticky-notes",
                        "summary": "List",
                        "result": "StickyNotePage",
                    },
                    {
                        "id": "b",
                        "kind": "create",
                        "method": "POST",
                        "path": "/sticky-notes",
                        "summary": "Add",
                        "body": "StickyNoteCreate",
                        "result": "StickyNote",
                        "success": 201,
                    },
                    {
                        "id": "c",
                        "kind": "read",
                        "method": "GET",
                        "path": "/sticky-notes/{id}",
                        "summary": "Read",
                        "result": "StickyNote",
                    },
                )
            ),
        ),
    )
