"""The shipped shop, black box: what its brief promises, over HTTP, on both databases."""

from __future__ import annotations

import json
import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    import httpx

    from qlf.repository import Repository
    from tests.e2e.conftest import Server

pytestmark = pytest.mark.slow
NUMBERS = count(1)


def sold(shop: Server, stock: int) -> dict[str, Any]:
    """Put a new product on sale, and return its variant."""
    number = next(NUMBERS)
    category = shop.make("/categories", "staff", name=f"Shelf {number}")
    product = shop.make("/products", "staff", name=f"Lamp {number}", category_id=category["slug"])
    variant: dict[str, Any] = shop.make(
        "/variants",
        "staff",
        product_id=product["slug"],
        sku=f"LAMP-{number}",
        name="Brass",
        price="19.99",
        stock=stock,
    )
    assert shop.request("POST", f"/products/{product['slug']}/publish", by="staff").status_code == 200
    return variant


def customer(shop: Server, variant: dict[str, Any], quantity: int) -> dict[str, Any]:
    """Register somebody with an address and a cart that holds so many of a variant."""
    email = f"{uuid4().hex}@example.com"
    body = {"email": email, "password": "development-only-password"}
    assert shop.request("POST", "/auth/register", json=body).status_code == 201
    person = shop.make("/customers", email, name="Ada Lovelace")
    address = shop.make(
        "/addresses",
        email,
        customer_id=person["id"],
        label="home",
        recipient="Ada Lovelace",
        street="Mill Lane 3",
        postal_code="LS1",
        city="Leeds",
        country="GB",
    )
    cart = shop.make("/carts", email, customer_id=person["id"])
    shop.make("/cart-lines", email, cart_id=cart["id"], variant_id=variant["id"], quantity=quantity)
    return {"email": email, "address": address["id"], "cart": cart["id"]}


def check_out(shop: Server, who: dict[str, Any]) -> httpx.Response:
    path = f"/carts/{who['cart']}/checkout"
    return shop.request("POST", path, by=who["email"], json={"address_id": who["address"]})


def everything(shop: Server, who: dict[str, Any], variant: dict[str, Any]) -> dict[str, Any]:
    """Return whatever a checkout could change."""
    return {
        "stock": shop.get(f"/variants/{variant['id']}", "staff"),
        "cart": shop.get(f"/carts/{who['cart']}", who["email"]),
        "lines": shop.get("/cart-lines", who["email"]),
        "orders": shop.get("/orders", who["email"]),
    }


def test_checkout_takes_stock_empties_the_cart_and_leaves_an_order(shop: Server) -> None:
    variant = sold(shop, stock=5)
    who = customer(shop, variant, quantity=2)

    answer = check_out(shop, who)

    assert answer.status_code == 200, answer.text
    after = everything(shop, who, variant)
    assert after["stock"]["stock"] == 3
    assert after["lines"]["items"] == []
    assert (after["cart"]["line_count"], after["cart"]["subtotal"]) == (0, "0.00")
    (order,) = after["orders"]["items"]
    assert order == answer.json()
    assert (order["status"], order["total"], order["line_count"]) == ("placed", "39.98", 1)
    assert (order["recipient"], order["city"]) == ("Ada Lovelace", "Leeds")


def test_checkout_without_enough_stock_changes_nothing_at_all(shop: Server) -> None:
    plenty, scarce = sold(shop, stock=9), sold(shop, stock=1)
    who = customer(shop, plenty, quantity=1)
    shop.make("/cart-lines", who["email"], cart_id=who["cart"], variant_id=scarce["id"], quantity=2)
    before = [everything(shop, who, variant) for variant in (plenty, scarce)]

    answer = check_out(shop, who)

    assert (answer.status_code, answer.json()["detail"]) == (409, "Not enough in stock.")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert [everything(shop, who, variant) for variant in (plenty, scarce)] == before


def test_of_two_who_want_the_last_piece_one_gets_it(shop: Server) -> None:
    for _ in range(3):
        variant = sold(shop, stock=1)
        both = [customer(shop, variant, quantity=1) for _ in range(2)]

        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(lambda who: check_out(shop, who), both))

        assert sorted(answer.status_code for answer in answers) == [200, 409]
        assert shop.get(f"/variants/{variant['id']}", "staff")["stock"] == 0
        assert sum(shop.get("/orders", who["email"])["total"] for who in both) == 1


def test_a_cart_that_is_checked_out_twice_at_once_is_one_order(shop: Server) -> None:
    variant = sold(shop, stock=9)
    who = customer(shop, variant, quantity=2)

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda _: check_out(shop, who), range(2)))

    assert sorted(answer.status_code for answer in answers) == [200, 409]
    after = everything(shop, who, variant)
    assert (after["stock"]["stock"], after["orders"]["total"]) == (7, 1)


def test_orders_of_others_are_not_there(shop: Server) -> None:
    variant = sold(shop, stock=5)
    buyer, other = (customer(shop, variant, quantity=1) for _ in range(2))
    order = check_out(shop, buyer).json()["id"]

    assert shop.request("GET", f"/orders/{order}", by=buyer["email"]).status_code == 200
    assert shop.request("GET", f"/orders/{order}", by=other["email"]).status_code == 404
    assert shop.request("POST", f"/orders/{order}/cancel", by=other["email"]).status_code == 404
    assert shop.request("GET", f"/orders/{order}").status_code == 401
    assert shop.get("/orders", other["email"])["items"] == []


def test_orders_do_not_go_to_addresses_of_others(shop: Server) -> None:
    variant = sold(shop, stock=5)
    buyer, other = (customer(shop, variant, quantity=1) for _ in range(2))

    answer = check_out(shop, {**buyer, "address": other["address"]})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/address_id"


def test_drafts_are_not_in_the_shop_window(shop: Server) -> None:
    category = shop.make("/categories", "staff", name=f"Shelf {next(NUMBERS)}")
    draft = shop.make("/products", "staff", name=f"Secret {next(NUMBERS)}", category_id=category["slug"])[
        "slug"
    ]

    assert shop.request("GET", f"/products/{draft}").status_code == 404
    assert draft not in {row["slug"] for row in shop.get("/products?limit=120")["items"]}
    assert shop.request("POST", f"/products/{draft}/publish", by="staff").status_code == 409


def test_a_stale_change_is_refused(shop: Server) -> None:
    path = f"/variants/{sold(shop, stock=5)['id']}"
    tag = shop.request("GET", path, by="staff").headers["ETag"]

    first = shop.request("PATCH", path, by="staff", json={"stock": 6}, match=tag)
    stale = shop.request("PATCH", path, by="staff", json={"stock": 7}, match=tag)
    blind = shop.request("PATCH", path, by="staff", json={"stock": 8})

    assert [answer.status_code for answer in (first, stale, blind)] == [200, 412, 428]
    assert first.headers["ETag"] != tag
    assert shop.get(path, "staff")["stock"] == 6


def test_requests_are_counted_and_logged_as_json_with_their_id(shop: Server) -> None:
    answer = shop.request("GET", "/categories", **{"X-Request-ID": "asked-by-a-test"})
    assert answer.headers["X-Request-ID"] == "asked-by-a-test"

    shop.request("GET", "/products/00000000-0000-4000-8000-000000000000")
    metrics = shop.request("GET", "/metrics")
    assert metrics.headers["Content-Type"].startswith("text/plain")
    assert 'http_requests_total{method="GET",route="/health/ready",status="200"}' in metrics.text
    route = "/api/v1/products/{product_slug}"
    assert f'http_requests_total{{method="GET",route="{route}",status="404"}}' in metrics.text

    # A line is written when all is put back that the request took, which may be after the answer.
    lines = [json.loads(line) for line in shop.logged_when("asked-by-a-test", route).splitlines()]
    assert route in {line.get("route") for line in lines}
    (entry,) = [line for line in lines if line.get("request_id") == "asked-by-a-test"]
    assert (entry["method"], entry["status"], entry["level"]) == ("GET", 200, "info")
    assert "development-only-password" not in shop.logged()


def test_a_server_that_is_told_to_end_answers_what_it_was_asked(
    generated: Callable[[str], Repository],
    serving: Callable[[Path, str, Path], AbstractContextManager[Server]],
    tmp_path: Path,
) -> None:
    tree = generated("ecommerce-mvp").build("ecommerce-mvp") / "app"
    with serving(tree, f"sqlite:///{tmp_path}/shop.db", tmp_path) as server:
        body = b'{"email": "nobody@example.com", "password": "development-only-password"}'
        port = int(server.url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=20) as caller:
            head = f"POST /api/v1/auth/login HTTP/1.1\r\nHost: shop\r\nContent-Length: {len(body)}\r\n"
            caller.sendall(f"{head}Content-Type: application/json\r\n\r\n".encode() + body[:10])
            time.sleep(0.5)
            server.process.send_signal(signal.SIGTERM)
            time.sleep(0.5)
            assert server.process.poll() is None
            caller.sendall(body[10:])
            assert caller.recv(4096).startswith(b"HTTP/1.1 401 ")
        server.process.wait(timeout=20)

    assert server.process.returncode in {0, -signal.SIGTERM}
    assert "Traceback" not in server.logged()
