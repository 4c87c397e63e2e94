from __future__ import annotations

import base64
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from qlf.gates.rules import SignIn
from qlf.gates.sign_in import authorization

if TYPE_CHECKING:
    from collections.abc import Iterator

RULE = SignIn(
    login="/login",
    register_path="/register",
    accounts=(
        {"email": "a@example.com", "password": "password-1234"},
        {"email": "b@example.com", "password": "p"},
    ),
)


class Server(BaseHTTPRequestHandler):
    """Keeps accounts in a dictionary; `envelope` wraps bodies in `user`."""

    accounts: ClassVar[dict[str, str]] = {}
    envelope = False
    answer: Any = None
    secret = "JBSWY3DPEHPK3PXP"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        given = body["user"] if self.envelope else body
        if self.path.endswith("/second-factor"):
            right = self.headers["Authorization"] == "Bearer t0ken" and given == {"currentPassword": "p"}
            self._answer(200 if right else 422, {"secret": self.secret})
        elif self.path.endswith("/confirm"):
            right = self.headers["Authorization"] == "Bearer t0ken" and given["code"] == _totp(self.secret)
            self._answer(200 if right else 422, {"accessToken": "whole"})
        elif self.path.endswith("/register"):
            self.accounts[given["email"]] = given["password"]
            self._answer(201, {})
        elif self.accounts.get(given["email"]) == given["password"]:
            made = {"user": {"token": "t0ken"}} if self.envelope else {"accessToken": "t0ken"}
            self._answer(200, self.answer or made)
        else:
            self._answer(401, {})

    def _answer(self, status: int, content: object) -> None:
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(content).encode())

    def log_message(self, *_: object) -> None: ...


def _totp(secret: str) -> str:
    totp = TOTP(base64.b32decode(secret), 6, SHA1(), 30, enforce_key_length=False)  # noqa: S303
    return totp.generate(int(time.time())).decode()


@pytest.fixture
def served() -> Iterator[tuple[str, type[Server]]]:
    handler = type("Fresh", (Server,), {"accounts": {}})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", handler
        server.shutdown()


def _contract(schema: dict[str, Any], scheme: dict[str, Any] | None = None) -> dict[str, Any]:
    body = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/In"}}}}
    operation = {"post": {"requestBody": body}}
    return {
        "paths": {"/api/login": operation, "/api/register": operation},
        "components": {"schemas": {"In": schema}, "securitySchemes": {"s": scheme} if scheme else {}},
    }


PLAIN: dict[str, Any] = {"properties": {"email": {}, "password": {}}}
WRAPPED: dict[str, Any] = {"properties": {"user": {"$ref": "#/components/schemas/In2"}}}


def test_whoever_is_seeded_signs_in(served: tuple[str, type[Server]]) -> None:
    url, handler = served
    handler.accounts["a@example.com"] = "password-1234"
    assert authorization(_contract(PLAIN), url, RULE) == ("Authorization", "Bearer t0ken")


def test_accounts_are_tried_in_their_order(served: tuple[str, type[Server]]) -> None:
    url, handler = served
    handler.accounts["b@example.com"] = "p"
    assert authorization(_contract(PLAIN), url, RULE) == ("Authorization", "Bearer t0ken")
    assert handler.accounts == {"b@example.com": "p"}


def test_whoever_is_not_registers_first(served: tuple[str, type[Server]]) -> None:
    url, handler = served
    assert authorization(_contract(PLAIN), url, RULE) == ("Authorization", "Bearer t0ken")
    assert handler.accounts == {"a@example.com": "password-1234"}


def test_without_a_way_to_register_there_is_a_reason(served: tuple[str, type[Server]]) -> None:
    contract = _contract(PLAIN)
    del contract["paths"]["/api/register"]
    assert authorization(contract, served[0], RULE) == "POST /api/login answered 401"


def test_envelopes_and_other_schemes(served: tuple[str, type[Server]]) -> None:
    url, handler = served
    handler.envelope = True
    scheme = {"type": "apiKey", "in": "header", "name": "Authorization", "x-token-scheme": "Token"}
    contract = _contract(WRAPPED, scheme)
    contract["components"]["schemas"]["In2"] = PLAIN
    assert authorization(contract, url, RULE) == ("Authorization", "Token t0ken")
    contract["components"]["securitySchemes"]["s"] = {"type": "http", "scheme": "bearer"}
    assert authorization(contract, url, RULE) == ("Authorization", "Bearer t0ken")


def test_second_factor_is_set_up_where_there_is_one(served: tuple[str, type[Server]]) -> None:
    url, handler = served
    handler.accounts["b@example.com"] = "p"
    rule = RULE.model_copy(update={"second_factor": "/second-factor", "confirm": "/confirm"})
    contract = _contract(PLAIN)
    for path, names in (("second-factor", ("currentPassword", "code")), ("confirm", ("code",))):
        schema: dict[str, Any] = {"properties": {name: {} for name in names}}
        content = {"application/json": {"schema": schema}}
        contract["paths"][f"/api/{path}"] = {"post": {"requestBody": {"content": content}}}

    assert authorization(contract, url, rule) == ("Authorization", "Bearer whole")
    assert authorization(contract, url, RULE) == ("Authorization", "Bearer t0ken")


def test_no_sign_in_in_the_contract_is_no_failure() -> None:
    assert authorization({"paths": {"/api/items": {"get": {}}}}, "http://127.0.0.1:1", RULE) is None


def test_an_answer_without_a_token_is_a_reason(served: tuple[str, type[Server]]) -> None:
    url, handler = served
    handler.answer = {"hello": ["token"]}
    assert authorization(_contract(PLAIN), url, RULE) == "signing in answered without a token"
    handler.answer = "token"
    assert authorization(_contract(PLAIN), url, RULE) == "signing in answered with a mere text"


def test_schemas_that_refer_to_themselves_end(served: tuple[str, type[Server]]) -> None:
    schema = {"properties": {"email": {}, "password": {}, "inner": {"$ref": "#/components/schemas/In"}}}
    assert authorization(_contract(schema), served[0], RULE) == ("Authorization", "Bearer t0ken")


def test_nobody_at_home_is_a_reason() -> None:
    reason = authorization(_contract(PLAIN), "http://127.0.0.1:1", RULE)
    assert isinstance(reason, str)
    assert reason.startswith("POST /api/login failed: ")
