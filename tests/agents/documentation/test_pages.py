"""Every page is read with a Markdown parser, every example held against the contract."""

from __future__ import annotations

import json
import posixpath
import re
import shlex
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from markdown_it import MarkdownIt

from qlf.agents.documentation.agent import AGENT
from qlf.agents.documentation.markdown import anchor
from qlf.agents.documentation.samples import Samples
from qlf.brief.read import read_brief
from qlf.compile.compile import compile_brief
from qlf.model.brief import Assumption, Brief, Question
from qlf.model.spec import ANYONE, AuditLog, Mask, OverlayUse, Safeguards, Spec
from qlf.soc.apply import apply
from qlf.soc.parse import parse

if TYPE_CHECKING:
    from markdown_it.token import Token

    from qlf.model.spec import Property, Route, Shape

PARSER = MarkdownIt("commonmark").enable("table")
OTHERS = {"api/openapi.json", "backend", "database/migrations", "tests"}
ROOT = Path(__file__).parents[3]
BRIEFS = ("ecommerce-mvp", "fintech-api", "healthcare-app")


def pages_of(spec: Spec) -> dict[str, str]:
    patches = parse(AGENT.write(spec), "documentation.soc", AGENT.owns)
    assert not isinstance(patches, list), patches
    pages = apply(patches, {})
    assert not isinstance(pages, list), pages
    return dict(sorted(pages.items()))


@pytest.fixture(params=["shop", "notes", *BRIEFS])
def spec(request: pytest.FixtureRequest) -> Spec:
    if request.param in BRIEFS:
        brief = read_brief(ROOT / "briefs" / f"{request.param}.md")
        assert isinstance(brief, Brief), brief
        compiled = compile_brief(brief)
        assert isinstance(compiled, Spec), compiled
        return compiled
    found: Spec = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def pages(spec: Spec) -> dict[str, str]:
    return pages_of(spec)


def headings(text: str) -> list[tuple[str, str]]:
    tokens = PARSER.parse(text)
    return [
        (token.tag, tokens[place + 1].content)
        for place, token in enumerate(tokens)
        if token.type == "heading_open"
    ]


def blocks(text: str, language: str) -> list[str]:
    return [token.content for token in PARSER.parse(text) if token.type == "fence" and token.info == language]


def test_the_pages_are_readme_and_three_guides(pages: dict[str, str]) -> None:
    guides = ["docs/api.md", "docs/data-model.md", "docs/extensions.md", "docs/operations.md"]
    assert list(pages) == ["README.md", *guides]


def test_each_page_has_one_title_and_no_heading_twice(pages: dict[str, str]) -> None:
    for text in pages.values():
        found = headings(text)
        assert [tag for tag, _ in found].count("h1") == 1
        assert found[0][0] == "h1"
        anchors = Counter(anchor(content) for _, content in found)
        assert [name for name, count in anchors.items() if count > 1] == []


def test_no_heading_jumps_a_level(pages: dict[str, str]) -> None:
    for text in pages.values():
        levels = [int(tag[1]) for tag, _ in headings(text)]
        assert all(after <= before + 1 for before, after in pairwise(levels))


def test_blocks_stand_apart_and_no_line_ends_in_blanks(pages: dict[str, str]) -> None:
    for path, text in pages.items():
        lines = text.splitlines()
        assert text.endswith("\n")
        assert not text.endswith("\n\n")
        assert [line for line in lines if line != line.rstrip()] == []
        for token in PARSER.parse(text):
            if token.level == 0 and token.map and token.nesting >= 0:
                first, end = token.map
                assert first == 0 or lines[first - 1] == "", (path, lines[first])
                assert end == len(lines) or lines[end] == "" or lines[end - 1] == "", (path, lines[end - 1])
        assert "\n\n\n" not in re.sub(r"(?s)```python\n.*?```", "code", text)


def test_tables_are_tables(pages: dict[str, str]) -> None:
    for path, text in pages.items():
        counted = sum(1 for line in text.splitlines() if re.fullmatch(r"\|( --- \|)+", line))
        tokens = PARSER.parse(text)
        assert counted == sum(token.type == "table_open" for token in tokens), path
        for line in text.splitlines():
            assert not line.startswith("|") or line.endswith("|")
        assert _ragged(text) == []


def _ragged(text: str) -> list[str]:
    """Return rows that have another number of cells than the header above them."""
    wrong, width = [], 0
    for line in text.splitlines():
        cells = len(re.findall(r"(?<!\\)\|", line)) - 1 if line.startswith("|") else 0
        if width and cells and cells != width:
            wrong.append(line)
        width = cells
    return wrong


def test_links_and_anchors_lead_somewhere(pages: dict[str, str]) -> None:
    anchors = {path: {anchor(content) for _, content in headings(text)} for path, text in pages.items()}
    for path, text in pages.items():
        for link in _links(PARSER.parse(text)):
            if link.startswith(("https://", "http://127.0.0.1")):
                continue
            file, _, fragment = link.partition("#")
            target = posixpath.normpath(posixpath.join(posixpath.dirname(path), file)) if file else path
            assert target in pages.keys() | OTHERS, (path, link)
            assert not fragment or fragment in anchors[target], (path, link)


def _links(tokens: list[Token]) -> list[str]:
    inner = [child for token in tokens for child in token.children or ()]
    return [str(child.attrs["href"]) for child in inner if child.type == "link_open"]


def test_json_blocks_are_json(pages: dict[str, str]) -> None:
    for text in pages.values():
        for block in blocks(text, "json"):
            json.loads(block)


def test_every_curl_command_keeps_the_contract(spec: Spec, pages: dict[str, str]) -> None:
    commands = [block for block in blocks(pages["docs/api.md"], "sh") if block.startswith("curl")]
    assert commands
    for command in commands:
        _check_command(spec, command)


def _check_command(spec: Spec, command: str) -> None:
    words = shlex.split(command.replace("\\\n", " "))
    headers, method, body, url = {}, "GET", None, ""
    rest = iter(words[1:])
    for word in rest:
        match word:
            case "--request":
                method = next(rest)
            case "--header":
                name, _, value = next(rest).partition(": ")
                headers[name] = value
            case "--data":
                body = json.loads(next(rest))
            case "--include":
                pass
            case _:
                url = word
    route = _route(spec, method, url)
    signed = bool(spec.auth) and ANYONE not in route.roles
    scheme = spec.auth.token_scheme if spec.auth else ""
    assert headers.get("Authorization") == (f"{scheme} $TOKEN" if signed else None)
    assert ("If-Match" in headers) == (route.conditional and method != "GET")
    assert ("Content-Type" in headers) == (body is not None) == bool(route.body)
    shape = Samples(spec).shape(route.body)
    if shape:
        _check_body(spec, shape, body)


def _route(spec: Spec, method: str, url: str) -> Route:
    assert spec.api
    path = url.split("?", maxsplit=1)[0].replace("$API", spec.api.base_path)
    found = [
        route
        for route in spec.api.routes
        if route.method == method and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", route.path), path)
    ]
    assert found, (method, url)
    return found[0]


def _check_body(spec: Spec, shape: Shape, body: Any) -> None:  # noqa: ANN401
    wrapper = Samples(spec).wrapper(shape)
    content = body[wrapper] if wrapper else body
    known = {each.wire: each for each in shape.properties}
    assert content.keys() <= known.keys()
    assert {each.wire for each in shape.properties if each.required} <= content.keys()
    for wire, value in content.items():
        _check_value(known[wire], value)


def _check_value(each: Property, value: Any) -> None:  # noqa: ANN401
    if isinstance(value, str) and each.type.kind in {"text", "longtext"} and not value.startswith("$"):
        assert (each.minimum or 0) <= len(value) <= (each.maximum or len(value))
        assert not each.pattern or re.fullmatch(each.pattern, value)
    if each.type.kind in {"int", "money", "decimal"}:
        number = float(value)
        assert each.minimum is None or number >= each.minimum
        assert each.maximum is None or number <= each.maximum
        assert isinstance(value, str) == (each.type.kind != "int")


def test_every_route_is_described(spec: Spec, pages: dict[str, str]) -> None:
    assert spec.api
    for route in spec.api.routes:
        below = route.path.removeprefix(spec.api.base_path)
        assert f"| `{route.method} {below}` |" in pages["docs/api.md"]


def test_every_member_is_described_by_its_wire_name(spec: Spec, pages: dict[str, str]) -> None:
    assert spec.api
    for shape in spec.api.shapes:
        if shape.entity and shape.purpose in {"read", "create", "update"} and shape.name != "User":
            for each in shape.properties:
                assert f"| `{each.wire}` |" in pages["docs/api.md"]


def test_every_column_is_in_the_data_model_and_in_its_diagram(spec: Spec, pages: dict[str, str]) -> None:
    text = pages["docs/data-model.md"]
    for entity in spec.entities:
        for field in entity.fields:
            assert f"| `{field.name}` |" in text
            assert re.search(rf"^        \w+ {field.column}( [A-Z, ]+)?$", text, re.MULTILINE)


def test_without_sign_in_there_is_no_word_of_it(notes: Spec) -> None:
    found = "\n".join(pages_of(notes).values())
    forbidden = (
        r"token|authoriz|sign(?:ed)?[- ]in|password|\brole|secret|if-match|etag|viewer|401|403|decimal"
    )
    assert re.findall(forbidden, re.sub("USER:PASSWORD@HOST|APP_SECRETS_DIR", "", found), re.IGNORECASE) == []


def test_envelopes_names_and_pages_are_those_of_the_application(notes: Spec) -> None:
    text = pages_of(notes)["docs/api.md"]
    answered = [json.loads(block) for block in blocks(text, "json")]
    assert {"errors": {"noteTitle": ["Field required"]}} in answered
    assert {"stickyNote": {"id": 1, "noteTitle": "First steps"}} in answered
    assert {"stickyNotes": [{"id": 1, "noteTitle": "First steps"}], "total": 1, "pages": 1} in answered
    assert '"$API/sticky-notes?sort=-noteTitle&size=10"' in text


def test_the_checkout_reads_as_its_steps(shop: Spec) -> None:
    text = pages_of(shop)["docs/api.md"]
    assert (
        "1. For each `line` in `this.favorited_by`:\n"
        '   1. Require `line.email == input.address` (`in_stock`), else 409: "Not enough in stock".\n'
        "   2. Add `-line.quantity` to `line.product.stock`; 409 if its bounds do not allow it.\n"
        "2. Create Order as `copy` with `note = input.address`.\n"
        "3. Make the transition `pay` on `this`; 409 if it does not start from its state.\n"
        "4. Delete `this.favorited_by`.\n"
    ) in text


def test_classified_columns_are_listed(shop: Spec) -> None:
    text = pages_of(shop)["docs/operations.md"]
    assert "| `pii` | personal data: names or helps to find a person | `users.email`, `orders.note` |" in text


def test_only_what_is_read_changes_the_pages(shop: Spec) -> None:
    changed = shop.model_copy(
        update={
            "overlays": (OverlayUse(name="gdpr", version="1.0.0", digest="0" * 64),),
            "features": ("search",),
            "assumptions": (Assumption(about="a", holds="b"),),
            "questions": (Question(about="a", asks="b", meanwhile="c"),),
        }
    )
    assert not {"overlays", "features", "assumptions", "questions"} & set(AGENT.reads.sections)
    assert AGENT.write(changed) == AGENT.write(shop)


def guarded(spec: Spec) -> Spec:
    """Return a spec with all safeguards on that have settings."""
    assert spec.auth is not None
    auth = spec.auth.model_copy(update={"idle_seconds": 900, "lock_attempts": 10})
    safeguards = Safeguards(audit=AuditLog(keep_days=365), transport=True)
    over = {"encrypted": True, "unique": True, "mask": Mask(last=2, roles=("admin",))}
    entities = tuple(
        entity.model_copy(
            update={
                "fields": tuple(
                    field.model_copy(update=over) if field.type.kind in {"text", "longtext"} else field
                    for field in entity.fields
                )
            }
        )
        for entity in spec.entities
    )
    return spec.model_copy(update={"auth": auth, "safeguards": safeguards, "entities": entities})


def test_every_setting_of_the_backend_is_documented(shop: Spec) -> None:
    template = ROOT / "qlf/agents/backend/templates/fastapi/app/settings.py.jinja"
    names = re.findall(r"^    (\w+): (?:\w|\[)", template.read_text(encoding="utf-8"), re.MULTILINE)
    text = pages_of(guarded(shop))["docs/operations.md"]
    assert names
    assert [name for name in names if f"`APP_{name.upper()}`" not in text] == []
