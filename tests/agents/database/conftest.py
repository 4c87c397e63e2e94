from __future__ import annotations

import psycopg
import pytest

from qlf.model.expression import Binary, BinaryOperator, Expression, Literal, Member, Name
from qlf.model.spec import (
    Auth,
    Check,
    Entity,
    Enum,
    Field,
    Key,
    Listing,
    Relation,
    Spec,
)
from qlf.model.types import Kind, Type

LISTING = Listing(filters=(), sorts=(), default_sort="id")


def field(name: str, kind: Kind, **rest: object) -> Field:
    shape = {key: rest.pop(key) for key in ("entity", "enum", "precision", "scale") if key in rest}
    column = f"{name}_id" if kind == "reference" else name
    return Field.model_validate(
        {"name": name, "column": column, "label": name, "type": Type.model_validate({"kind": kind, **shape})}
        | rest
    )


def key(kind: Kind = "uuid") -> Field:
    return field("id", kind, required=True, system=True)


def entity(name: str, table: str, *fields: Field, **rest: object) -> Entity:
    named = {"name": name, "plural": table, "table": table, "label": name, "label_plural": table}
    keyed = {"key": Key(kind="int" if fields[0].type.kind == "int" else "uuid"), "listing": LISTING}
    return Entity.model_validate({**named, **keyed, "fields": fields, **rest})


def this(name: str, kind: Kind) -> Member:
    return Member(of=Name(name="this", type=None), name=name, type=Type(kind=kind))


def compare(left: Expression, operator: BinaryOperator, right: Expression) -> Binary:
    return Binary(operator=operator, left=left, right=right, type=Type(kind="bool"))


def shop() -> Spec:
    """Every kind of column and constraint at least once, with reserved words and references in a circle."""
    user = entity(
        "User",
        "users",
        key(),
        field("email", "email", required=True, unique=True, maximum=254),
        field("role", "enum", enum="UserRole", required=True, default="customer"),
        field("active", "bool", required=True, default=True),
        field("password_hash", "text", required=True, hidden=True, maximum=255),
    )
    team = entity(
        "Team",
        "teams",
        key("int"),
        field("name", "text", required=True, unique=True, maximum=40, minimum=2),
        field("captain", "reference", entity="Player"),
    )
    player = entity(
        "Player",
        "players",
        key("int"),
        field("team", "reference", entity="Team", required=True),
        field("mentor", "reference", entity="Player"),
        field("nick", "text", unique=True),
        field("deleted_at", "datetime", system=True),
        soft_delete=True,
    )
    order = entity(
        "Order",
        "order",
        key(),
        field("user", "reference", entity="User", required=True, indexed=True),
        field("number", "int", required=True),
        field("group", "text", indexed=True, default="it's new"),
        field("price", "money", required=True, minimum=0, maximum=1000.5),
        field("rate", "decimal", precision=7, scale=4, minimum=0.01, default=0.25),
        field("status", "enum", enum="OrderStatus", required=True, default="open"),
        field("starts_at", "datetime", required=True),
        field("ends_at", "datetime"),
        field("day", "date"),
        field("at", "time"),
        field("span", "duration"),
        field("ticket", "uuid"),
        field("link", "url", maximum=2048),
        field("phone", "phone"),
        field("extra", "json"),
        field("scan", "file"),
        field("body", "longtext", minimum=3, maximum=100),
        field("version", "int", required=True, default=1, system=True),
        relations=(
            Relation(
                name="teams",
                label="Teams",
                entity="Team",
                kind="many-to-many",
                inverse="orders",
                table="order_teams",
                here="order_id",
                there="team_id",
                owning=True,
            ),
        ),
        unique=(("user", "number"),),
        indexes=(("status", "starts_at"),),
        checks=(
            Check(
                name="ends_after_start",
                condition=compare(this("ends_at", "datetime"), ">", this("starts_at", "datetime")),
                message="must end after it starts",
            ),
            Check(
                name="group",
                condition=compare(this("group", "text"), "!=", Literal(value="none", type=Type(kind="text"))),
                message="is not a group",
            ),
        ),
    )
    return Spec(
        name="shop",
        title="Shop",
        version="1.0.0",
        auth=Auth(),
        enums=(
            Enum(name="UserRole", values=("customer", "admin")),
            Enum(name="OrderStatus", values=("open", "paid", "sent")),
        ),
        entities=(order, player, team, user),
    )


@pytest.fixture(name="shop")
def _shop() -> Spec:
    return shop()


@pytest.fixture(scope="session")
def postgres(postgres_url: str) -> str:
    """Give the URL of a database that these tests have for themselves."""
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("create database agents_database")
    return postgres_url.removesuffix("/postgres") + "/agents_database"
