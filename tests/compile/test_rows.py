"""Fields, relations, enumerations, operations: what the brief's words become."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qlf.agents.documentation.conditions import cel
from qlf.model.expression import Binary, Literal, Member
from qlf.model.types import Type

if TYPE_CHECKING:
    from collections.abc import Callable

    from qlf.model.spec import Property, Spec

    Compiled = Callable[[str], Spec]
    Refused = Callable[[str], list[str]]


def members(spec: Spec, name: str) -> dict[str, Property]:
    assert spec.api
    found = next(shape for shape in spec.api.shapes if shape.name == name)
    return {one.wire: one for one in found.properties}


def test_two_references_to_one_entity_are_told_apart(compiled: Compiled) -> None:
    spec = compiled("""
entities:
  Match: {fields: {home: Team! inverse=home_matches, away: Team! inverse=away_matches}}
  Team: {fields: {name: text!}}
""")
    assert [one.name for one in spec.entity("Team").relations] == ["home_matches", "away_matches"]


def test_inverse_that_is_taken_gets_a_longer_name(compiled: Compiled) -> None:
    spec = compiled("""
entities:
  Player: {fields: {team: Team!}}
  Team: {fields: {players: int!}}
""")
    assert [one.name for one in spec.entity("Team").relations] == ["players_as_team"]
    assert spec.assumptions[0].holds == "Team calls Player.team players_as_team"


def test_owner_and_reference_to_a_user_are_told_apart(compiled: Compiled) -> None:
    spec = compiled("entities: {Task: {owner: author, fields: {assignee: User inverse=assigned_tasks}}}")
    assert [(one.name, one.via) for one in spec.entity("User").relations] == [
        ("tasks", "author"),
        ("assigned_tasks", "assignee"),
    ]


def test_many_to_many_has_one_table_with_two_columns(compiled: Compiled) -> None:
    spec = compiled("""
entities:
  Article: {fields: {title: text!, tags: "Tag[]"}}
  Tag: {fields: {name: text!}}
  Person: {fields: {friends: "Person[] inverse=befriended_by"}}
""")
    tags = spec.entity("Article").relations[0]
    assert (tags.table, tags.here, tags.there, tags.owning, tags.writable) == (
        "article_tags", "article_id", "tag_id", True, True,
    )  # fmt: skip
    back = spec.entity("Tag").relations[0]
    assert (back.name, back.table, back.here, back.there, back.owning) == (
        "articles", "article_tags", "tag_id", "article_id", False,
    )  # fmt: skip
    friends, befriended = spec.entity("Person").relations
    assert (friends.here, friends.there) == ("person_id", "other_person_id")
    assert (befriended.here, befriended.there) == ("other_person_id", "person_id")
    assert members(spec, "ArticleCreate")["tag_ids"].type == Type(kind="reference", entity="Tag", many=True)


def test_relations_with_an_action_are_changed_by_it_alone(compiled: Compiled) -> None:
    spec = compiled("""
auth: true
entities:
  Task:
    fields: {title: text!, watchers: "User[] inverse=watched", helpers: "User[] inverse=helped"}
    actions: {watch: viewer in watchers, help: row in helpers}
""")
    assert [one.writable for one in spec.entity("Task").relations] == [False, False]
    assert list(members(spec, "TaskCreate")) == ["title"]
    read = members(spec, "Task")
    assert "helper_ids" in read
    assert "watcher_ids" not in read
    assert spec.api
    assert [(route.method, route.path) for route in spec.api.routes if route.kind in {"add", "remove"}] == [
        ("POST", "/api/v1/tasks/{id}/watch"),
        ("DELETE", "/api/v1/tasks/{id}/watch"),
        ("POST", "/api/v1/tasks/{id}/help/{user_id}"),
        ("DELETE", "/api/v1/tasks/{id}/help/{user_id}"),
    ]


def test_derived_fields_build_on_one_another_in_any_order(compiled: Compiled) -> None:
    spec = compiled("""
auth: true
entities:
  Customer: {fields: {name: text!}, derived: {total: sum(this.orders.total)}}
  Order:
    fields: {customer: Customer!, fans: "User[] inverse=liked"}
    derived:
      total: sum(this.lines.total)
      dear: this.total > 100
      mine: viewer in this.fans
      both: this.mine && this.dear
      first: min(this.lines.price)
  Line:
    fields: {order: Order!, price: money!, pieces: int!}
    derived: {total: this.price * this.pieces}
""")
    found = {one.name: one for one in spec.entity("Order").derived}
    assert list(found) == ["total", "dear", "mine", "both", "first"]
    assert [one.type.kind for one in found.values()] == ["money", "bool", "bool", "bool", "money"]
    assert [name for name, one in found.items() if one.viewer_dependent] == ["mine", "both"]
    assert [name for name, one in members(spec, "Order").items() if one.nullable] == ["first"]
    assert spec.entity("Customer").derived[0].type.kind == "money"


def test_computed_fields_are_required_if_what_they_read_is(compiled: Compiled) -> None:
    spec = compiled("""
entities:
  Line:
    fields:
      price: money!
      pieces: int!
      rebate: money
      amount: money := this.price * this.pieces
      net: money := this.amount - this.rebate
""")
    line = spec.entity("Line")
    assert [line.field(name).required for name in ("amount", "net")] == [True, False]
    assert list(members(spec, "LineCreate")) == ["price", "pieces", "rebate"]


def test_values_of_one_field_share_their_name_but_states_do_not(compiled: Compiled) -> None:
    spec = compiled("""
entities:
  Shipment:
    fields:
      carrier: enum(post, courier)!
      status: enum(open, done) = open
    states: {status: {finish: open -> done}}
  Parcel:
    fields:
      carrier: enum(post, courier)!
      status: enum(open, done) = open
    states: {status: {finish: open -> done}}
  OrderStatus: {fields: {name: text!}}
  Order: {fields: {status: "enum(a, b)"}}
operations:
  ship:
    input: {carrier: "enum(post, courier)!"}
    effects: [{create: Parcel, set: {carrier: input.carrier}}]
""")
    assert [enum.name for enum in spec.enums] == [
        "ShipmentCarrier", "ShipmentStatus", "ParcelStatus", "OrderStatusValue",
    ]  # fmt: skip
    assert spec.operations[0].inputs[0].type.enum == "ShipmentCarrier"


def test_item_shape_never_takes_an_entity_s_name(compiled: Compiled) -> None:
    spec = compiled("entities: {Order: {fields: {a: text}}, OrderPage: {fields: {b: text}}}")
    assert spec.api
    assert [shape.name for shape in spec.api.shapes if shape.purpose == "page"] == [
        "OrderPageBody",
        "OrderPagePage",
    ]


def test_operation_is_typed_step_by_step(compiled: Compiled) -> None:
    spec = compiled("""
roles: [customer, admin]
entities:
  Customer: {owner: user, fields: {name: text!}}
  Product: {fields: {name: text!, price: money!, stock: int! min=0 = 0}, access: {user: read}}
  Cart: {fields: {customer: Customer!}, access: {customer: "read own"}}
  CartLine: {fields: {cart: Cart! inverse=lines, product: Product!, quantity: int!}}
  Order:
    fields: {customer: Customer!, state: "enum(open, paid) = open", gift: bool! = false}
    states: {state: {pay: open -> paid}}
    access: {customer: "read own"}
  OrderLine: {fields: {order: Order! inverse=lines, product: Product!, price: money!}}
operations:
  checkout:
    on: Cart
    by: customer
    input: {gift: bool!}
    guard: {not_empty: count(this.lines) > 0}
    effects:
      - create: Order
        as: order
        set: {customer: this.customer, gift: input.gift}
      - each: this.lines
        as: line
        do:
          - require: line.product.stock >= line.quantity
            name: in_stock
            message: Not enough
          - adjust: line.product.stock
            by: -line.quantity
          - create: OrderLine
            set: {order: order, product: line.product, price: line.product.price}
      - delete: this.lines
      - move: order
        to: pay
    result: order
""")
    checkout = spec.operations[0]
    order, each, delete, move = checkout.effects
    assert (order.kind, order.entity, order.binding) == ("create", "Order", "order")
    assert [(name, cel(value)) for name, value in order.values] == [
        ("customer", "this.customer"),
        ("gift", "input.gift"),
    ]
    require, adjust, line = each.steps
    assert (require.binding, require.message) == ("in_stock", "Not enough")
    assert adjust.row is not None
    assert adjust.by is not None
    assert (cel(adjust.row), adjust.entity, adjust.target, cel(adjust.by)) == (
        "line.product", "Product", "stock", "-line.quantity",
    )  # fmt: skip
    assert [name for name, _ in line.values] == ["order", "product", "price"]
    assert delete.row is not None
    assert delete.row.type == Type(kind="reference", entity="CartLine", many=True)
    assert (move.entity, move.target) == ("Order", "pay")
    assert (checkout.result, checkout.result_entity) == ("order", "Order")
    assert spec.api
    route = next(one for one in spec.api.routes if one.id == "checkout")
    assert (route.method, route.path, route.roles) == ("POST", "/api/v1/carts/{id}/checkout", ("customer",))
    assert (route.body, route.result, route.success) == ("CheckoutInput", "Order", 200)
    assert route.problems == (401, 403, 404, 409, 422)


def test_constants_in_set_take_the_field_s_type(compiled: Compiled) -> None:
    spec = compiled("""
entities:
  Note: {fields: {kind: "enum(good, bad)!", price: money!, text: text}}
operations:
  add:
    effects:
      - create: Note
        set: {kind: "'bad'", price: "0", text: "null"}
""")
    values = dict(spec.operations[0].effects[0].values)
    assert values["kind"] == Literal(value="bad", type=Type(kind="enum", enum="NoteKind"))
    assert values["price"] == Literal(value="0", type=Type(kind="money", precision=18, scale=2))
    assert values["text"] == Literal(value=None, type=None)


def test_rows_named_by_a_slug(compiled: Compiled) -> None:
    spec = compiled("""
entities:
  Page: {id: slug(title), fields: {title: text!}}
  Link: {fields: {page: Page!}}
""")
    page = spec.entity("Page")
    assert (page.key.kind, page.key.source) == ("slug", "title")
    assert [field.name for field in page.fields][:2] == ["id", "slug"]
    assert next((one.name, one.source) for one in members(spec, "Page").values()) == ("slug", "key")
    assert "id" not in members(spec, "Page")
    assert spec.api
    assert next(one.path for one in spec.api.routes if one.id == "read_page") == "/api/v1/pages/{slug}"


def test_conventions_reach_every_name(compiled: Compiled) -> None:
    spec = compiled("""
api:
  base_path: /v2
  path_case: camel
  field_case: camel
  create_status: 200
  pagination: {style: page, limit: size}
entities:
  OrderLine:
    fields: {unit_price: money!, sold_to: Buyer!}
    list: {omit: [sold_to]}
  Buyer: {fields: {size: int!, name: text!}}
""")
    assert spec.api
    create = next(one for one in spec.api.routes if one.id == "create_order_line")
    assert (create.path, create.success) == ("/v2/orderLines", 200)
    assert list(members(spec, "OrderLineCreate")) == ["unitPrice", "soldToId"]
    assert "soldToId" in members(spec, "OrderLine")
    assert "soldToId" not in members(spec, "OrderLineListItem")
    assert [one.wire for one in spec.entity("OrderLine").listing.filters][:3] == [
        "unitPrice", "unitPriceMin", "unitPriceMax",
    ]  # fmt: skip
    assert (spec.api.pagination.style, spec.api.pagination.position) == ("page", "page")
    assert "size" not in [one.wire for one in spec.entity("Buyer").listing.filters]
    assert "Buyer cannot be filtered by size" in [one.holds for one in spec.assumptions]


def test_long_and_secret_fields_are_no_filters(compiled: Compiled) -> None:
    spec = compiled("""
entities:
  Card:
    timestamps: false
    fields: {number: text! @pan, story: longtext, extra: json, name: text! max=20}
""")
    listing = spec.entity("Card").listing
    assert [one.wire for one in listing.filters] == ["name", "name_contains"]
    assert (listing.sorts, listing.default_sort) == (("id", "name"), "id")


def test_soft_delete_leaves_a_hidden_mark(compiled: Compiled) -> None:
    spec = compiled("entities: {Note: {soft_delete: true, fields: {text: text!}}}")
    assert spec.entity("Note").field("deleted_at").hidden
    assert "deleted_at" not in members(spec, "Note")


def test_update_body_tells_absent_from_null(compiled: Compiled) -> None:
    spec = compiled("entities: {Note: {fields: {a: text!, b: int = 3, c: text immutable, d: bool! = true}}}")
    create, update = members(spec, "NoteCreate"), members(spec, "NoteUpdate")
    assert [(one.wire, one.required, one.nullable, one.default) for one in create.values()] == [
        ("a", True, False, None),
        ("b", False, True, 3),
        ("c", False, True, None),
        ("d", False, False, True),
    ]
    assert [(one.wire, one.required, one.nullable, one.default) for one in update.values()] == [
        ("a", False, False, None),
        ("b", False, True, None),
        ("d", False, False, None),
    ]


def test_where_find_looks_the_operation_s_own_row_has_its_entity_s_name(
    compiled: Compiled, refused: Refused
) -> None:
    front = """
entities:
  GiftCard: {fields: {code: text!}}
  Voucher: {fields: {code: text!}}
operations:
  redeem:
    on: GiftCard
    effects:
      - find: Voucher
        as: voucher
        where: this.code == gift_card.code
      - delete: voucher
"""
    found = compiled(front).operations[0].effects[0].condition
    assert found is not None
    assert cel(found) == "this.code == gift_card.code"
    assert isinstance(found, Binary)
    roots = [side.of.type for side in (found.left, found.right) if isinstance(side, Member)]
    assert [one and one.entity for one in roots] == ["Voucher", "GiftCard"]
    elsewhere = front.replace("delete: voucher", "delete: gift_card")
    assert refused(elsewhere)[0].startswith("shop.md:12:17: there is nothing called gift_card here")
