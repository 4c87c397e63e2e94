"""Signing in to a running application by the routes that its contract describes."""

from __future__ import annotations

import base64
import json
import re
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING

from qlf.gates.server import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qlf.gates.rules import SignIn

Json = dict[str, "object"]
_DEPTH = 8


def authorization(contract: Json, url: str, rule: SignIn) -> tuple[str, str] | str | None:
    """Return name and value of the header of a signed-in user.

    None if the contract has no route to sign in, a text that says why if signing in failed.
    """
    if (login := _operation(contract, rule.login)) is None:
        return None
    register = _operation(contract, rule.register_path) if rule.register_path else None
    attempts: list[tuple[dict[str, str], tuple[str, Json] | None]] = [
        (account, None) for account in rule.accounts
    ]
    attempts += [(account, register) for account in rule.accounts if register]
    answer: object = ""
    for account, before in attempts:
        if before:
            _post(url, before, contract, account)
        answer = _post(url, login, contract, account)
        if not isinstance(answer, str):
            answer = _completed(answer, url, contract, account, rule)
            token = _token(answer, rule.tokens)
            return answer if isinstance(answer, str) else _signed_in(contract, token)
    return str(answer)


def _signed_in(contract: Json, token: str | None) -> tuple[str, str] | str:
    return _header(contract, token) if token else "signing in answered without a token"


def _completed(answer: object, url: str, contract: Json, account: Mapping[str, str], rule: SignIn) -> object:
    """Return the answer with which signing in is complete: that to a code, if one is needed."""
    start, confirm = (
        _operation(contract, ending) if ending else None for ending in (rule.second_factor, rule.confirm)
    )
    token = _token(answer, rule.tokens)
    if start is None or confirm is None or token is None:
        return answer
    header = _header(contract, token)
    known = {**account, "current_password": account.get("password", "")}
    answer = _post(url, start, contract, known, header)
    secret = _token(answer, ("secret",))
    if secret is None:
        return answer if isinstance(answer, str) else "setting up a second factor answered without a secret"
    return _post(url, confirm, contract, {"code": _code(secret)}, header)


def _code(secret: str) -> str:
    """Return the one-time password of this moment, with the usual parameters (RFC 6238, section 1.2)."""
    from cryptography.hazmat.primitives.hashes import SHA1  # noqa: PLC0415 - few contracts need it
    from cryptography.hazmat.primitives.twofactor.totp import TOTP  # noqa: PLC0415

    key = base64.b32decode(secret)
    return TOTP(key, 6, SHA1(), 30, enforce_key_length=False).generate(int(time.time())).decode()  # noqa: S303


def _operation(contract: Json, ending: str) -> tuple[str, Json] | None:
    for path, item in _member(contract, "paths").items():
        if path.endswith(ending) and isinstance(item, dict) and isinstance(item.get("post"), dict):
            return path, item["post"]
    return None


def _post(
    url: str,
    operation: tuple[str, Json],
    contract: Json,
    account: Mapping[str, str],
    header: tuple[str, str] | None = None,
) -> object:
    """Return the answer's JSON, or a text if it is not a success."""
    path, described = operation
    content = _member(_resolve(contract, described.get("requestBody")), "content")
    schema = _member(content, "application/json").get("schema")
    body = json.dumps(_body(contract, schema, account)).encode()
    headers = {"Content-Type": "application/json", **dict([header] if header else [])}
    request = urllib.request.Request(url + path, body, headers)  # noqa: S310 - loopback
    try:
        with LOOPBACK.open(request, timeout=10) as answer:
            made = json.loads(answer.read(1 << 20) or b"null")
    except urllib.error.HTTPError as error:
        return f"POST {path} answered {error.code}"
    except (OSError, ValueError) as error:
        return f"POST {path} failed: {error}"
    return "signing in answered with a mere text" if isinstance(made, str) else made


def _body(contract: Json, schema: object, account: Mapping[str, str], depth: int = _DEPTH) -> Json:
    """Return an object of the schema with what is known of the account in it, also inside an envelope."""
    made: Json = {}
    known = {_plain(name): value for name, value in account.items()}
    for name, described in _member(_resolve(contract, schema), "properties").items():
        if _plain(name) in known:
            made[name] = known[_plain(name)]
        elif depth and (inner := _body(contract, described, account, depth - 1)):
            made[name] = inner
    return made


def _token(answer: object, names: tuple[str, ...], depth: int = _DEPTH) -> str | None:
    if not isinstance(answer, dict) or not depth:
        return None
    wanted = {_plain(name) for name in names}
    for name, value in answer.items():
        if _plain(name) in wanted and isinstance(value, str):
            return value
    found = (_token(value, names, depth - 1) for value in answer.values())
    return next((token for token in found if token), None)


def _header(contract: Json, token: str) -> tuple[str, str]:
    """Return the header that the first security scheme asks for: HTTP (RFC 7235), or a key in a header.

    For keys, the extension `x-token-scheme` names the word before the token, if there is one.
    """
    schemes = _member(_member(contract, "components"), "securitySchemes")
    for name in schemes:
        scheme = _resolve(contract, schemes[name])
        if scheme.get("type") == "apiKey" and scheme.get("in") == "header":
            word = scheme.get("x-token-scheme")
            return str(scheme.get("name")), f"{word} {token}" if word else token
        if scheme.get("type") == "http":
            return "Authorization", f"{str(scheme.get('scheme', 'bearer')).capitalize()} {token}"
    return "Authorization", f"Bearer {token}"


def _resolve(contract: Json, node: object) -> Json:
    """Follow `$ref` within the document."""
    for _ in range(_DEPTH):
        reference = node.get("$ref") if isinstance(node, dict) else None
        if not isinstance(reference, str):
            break
        node = contract
        for step in reference.removeprefix("#/").split("/"):
            node = _member(node, step.replace("~1", "/").replace("~0", "~"))
    return node if isinstance(node, dict) else {}


def _member(node: object, name: str) -> Json:
    value = node.get(name) if isinstance(node, dict) else None
    return value if isinstance(value, dict) else {}


def _plain(name: str) -> str:
    return re.sub(r"[_-]", "", name).lower()
