"""The contract says what the spec says, validly, under every convention."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from openapi_spec_validator import OpenAPIV31SpecValidator

from qlf.agents.api.agent import AGENT
from qlf.agents.api.document import document
from qlf.compile.slices import slice_spec
from qlf.model.spec import Enum, Shape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qlf.model.spec import Spec

GOLDEN = Path(__file__).parents[2] / "golden" / "api"


def schemas(contract: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = contract["components"]["schemas"]
    return found


def validator(contract: dict[str, Any], schema: dict[str, Any]) -> Draft202012Validator:
    whole = {**schema, "components": contract["components"]}
    return Draft202012Validator(whole, format_checker=FormatChecker())


def nodes(node: object) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
        for child in node.values():
            yield from nodes(child)
    elif isinstance(node, list):
        for child in node:
            yield from nodes(child)


def test_the_document_is_valid_openapi(spec: Spec) -> None:
    assert list(OpenAPIV31SpecValidator(document(spec)).iter_errors()) == []


def test_every_schema_is_valid(spec: Spec) -> None:
    for schema in schemas(document(spec)).values():
        Draft202012Validator.check_schema(schema)


def test_every_example_satisfies_its_schema(spec: Spec) -> None:
    contract = document(spec)
    count = 0
    for node in nodes(contract):
        for example in [*node.get("examples", []), *([node["example"]] if "example" in node else [])]:
            schema = node if "examples" in node else node["schema"]
            errors = [error.message for error in validator(contract, schema).iter_errors(example)]
            assert errors == []
            count += 1
    assert count > 10


def test_every_default_satisfies_its_schema(spec: Spec) -> None:
    contract = document(spec)
    for node in nodes(contract["components"]["schemas"]):
        if "default" in node:
            assert validator(contract, node).is_valid(node["default"])


def test_every_shape_of_objects_has_an_example(spec: Spec) -> None:
    assert spec.api
    found = schemas(document(spec))
    for shape in spec.api.shapes:
        assert ("examples" in found[shape.name]) == (shape.purpose != "page")


def test_every_route_is_there_once(spec: Spec) -> None:
    assert spec.api
    paths = document(spec)["paths"]
    found = {
        operation["operationId"]: (path, method.upper())
        for path, item in paths.items()
        for method, operation in item.items()
        if method != "parameters"
    }
    assert found == {route.id: (route.path, route.method) for route in spec.api.routes}


def test_every_status_of_a_route_is_there(spec: Spec) -> None:
    assert spec.api
    paths = document(spec)["paths"]
    for route in spec.api.routes:
        responses = paths[route.path][route.method.lower()]["responses"]
        assert set(responses) == {str(status) for status in (route.success, *route.problems)}


def test_every_parameter_of_a_path_is_declared(spec: Spec) -> None:
    for path, item in document(spec)["paths"].items():
        declared = [parameter["name"] for parameter in item.get("parameters", [])]
        assert declared == re.findall(r"\{(\w+)\}", path)


def test_no_component_is_idle(spec: Spec) -> None:
    contract = document(spec)
    referred = {node["$ref"] for node in nodes(contract) if isinstance(node.get("$ref"), str)}
    declared = {
        f"#/components/{section}/{name}"
        for section, parts in contract["components"].items()
        for name in parts
        if section != "securitySchemes"
    }
    assert referred == declared


def test_requests_refuse_members_that_nobody_knows(spec: Spec) -> None:
    found = schemas(document(spec))
    for name in ("NewsArticleCreate", "NewsArticleUpdate", "PublishInput"):
        assert found[name]["additionalProperties"] is False
    assert "additionalProperties" not in found["NewsArticle"]


def test_an_update_tells_nothing_of_defaults(usual: Spec) -> None:
    found = schemas(document(usual))
    assert found["NewsArticleCreate"]["properties"]["price"]["default"] == "1.5"
    assert "default" not in found["NewsArticleUpdate"]["properties"]["price"]
    assert "required" not in found["NewsArticleUpdate"]


def test_properties_say_all_that_their_field_says(usual: Spec) -> None:
    members = schemas(document(usual))["NewsArticleCreate"]["properties"]
    assert members["title"] == {
        "description": "What it is called.",
        "type": "string",
        "minLength": 1,
        "maxLength": 120,
        "pattern": r"^[^\x00-\x1f\x7f]*$",
    }
    assert members["code"]["type"] == ["string", "null"]
    assert members["code"]["pattern"] == r"^(?:[A-Z]{3}-\d{4})$"
    assert members["body"]["maxLength"] == 65_535
    assert members["price"]["pattern"] == r"^\d{1,16}(\.\d{1,2})?$"
    assert members["price"]["description"] == "At least 0."
    assert members["ratio"]["pattern"] == r"^-?\d{1,3}(\.\d{1,4})?$"
    assert members["rank"] == {"type": "integer", "format": "int64", "minimum": 5, "maximum": 10}
    assert members["state"] == {"$ref": "#/components/schemas/State", "default": "draft"}
    assert members["last_state"]["anyOf"] == [{"$ref": "#/components/schemas/State"}, {"type": "null"}]
    assert members["fan_ids"] == {
        "type": "array",
        "items": {"type": "string", "format": "uuid"},
        "minItems": 1,
    }
    assert members["extra"] == {"type": ["object", "null"]}
    assert "default" not in members["starts_at"]


def test_an_answer_has_all_digits_of_a_decimal(usual: Spec) -> None:
    members = schemas(document(usual))["NewsArticle"]["properties"]
    assert members["price"]["pattern"] == r"^\d{1,16}\.\d{2}$"
    assert members["fan_ids"]["uniqueItems"] is True
    assert "pattern" not in members["title"]


@pytest.mark.parametrize(
    ("fixture", "expected"),
    [
        ("usual", {"type": "string", "format": "uuid"}),
        ("numbered", {"type": "integer", "format": "int64", "minimum": 1}),
        ("realworld", {"type": "string", "minLength": 1, "maxLength": 255}),
    ],
)
def test_a_path_names_a_row_by_its_kind_of_key(
    fixture: str, expected: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    paths = document(request.getfixturevalue(fixture))["paths"]
    own, member = paths["/api/v1/news-articles/{id}/assign/{user_id}"]["parameters"]
    assert own["schema"] == expected
    assert member["schema"] == {"type": "string", "format": "uuid"}


def test_pages_follow_the_style(usual: Spec, numbered: Spec, realworld: Spec) -> None:
    pages = [schemas(document(spec))["NewsArticlePage"] for spec in (usual, numbered, realworld)]
    assert [list(page["properties"]) for page in pages] == [
        ["items", "next_cursor"],
        ["items", "total"],
        ["newsArticles", "total", "pages"],
    ]
    assert pages[0]["properties"]["items"] == {
        "type": "array",
        "items": {"$ref": "#/components/schemas/NewsArticleItem"},
    }
    assert pages[0]["properties"]["next_cursor"]["type"] == ["string", "null"]


def test_paging_has_its_bounds(usual: Spec, numbered: Spec, realworld: Spec) -> None:
    shared = document(usual)["components"]["parameters"]
    assert shared["Limit"]["schema"] == {"type": "integer", "minimum": 1, "maximum": 100, "default": 20}
    assert shared["Position"]["name"] == "cursor"
    offset = document(numbered)["components"]["parameters"]["Position"]
    assert offset["schema"] == {"type": "integer", "minimum": 0, "maximum": 10**9, "default": 0}
    page = document(realworld)["components"]["parameters"]["Position"]
    assert page["schema"] == {"type": "integer", "minimum": 1, "maximum": 10**6, "default": 1}


def test_filters_and_sorting_are_parameters(realworld: Spec) -> None:
    parameters = document(realworld)["paths"]["/api/v1/news-articles"]["get"]["parameters"]
    assert [parameter.get("name") for parameter in parameters] == [
        "state",
        "createdAt_min",
        "title",
        "authorId",
        "sort",
        None,
        None,
    ]
    assert parameters[4]["schema"]["enum"] == ["created_at", "-created_at", "title", "-title"]
    assert parameters[4]["schema"]["default"] == "-created_at"
    assert parameters[1]["description"] == "Only news articles whose `createdAt` is at least this."


def test_an_envelope_holds_a_row_under_its_name(realworld: Spec) -> None:
    contract = document(realworld)
    create = contract["paths"]["/api/v1/news-articles"]["post"]
    sent = create["requestBody"]["content"]["application/json"]["schema"]
    assert sent == {"$ref": "#/components/schemas/NewsArticleCreateEnvelope"}
    assert schemas(contract)["NewsArticleCreateEnvelope"] == {
        "type": "object",
        "description": "The news article under its name.",
        "properties": {"newsArticle": {"$ref": "#/components/schemas/NewsArticleCreate"}},
        "required": ["newsArticle"],
        "additionalProperties": False,
    }


def test_failures_have_the_shape_of_the_brief(usual: Spec, realworld: Spec) -> None:
    problem = document(usual)["components"]["responses"]["UnprocessableContent"]["content"]
    assert problem["application/problem+json"]["example"]["type"] == "/problems/validation-failed"
    mapped = document(realworld)["components"]["responses"]["NotUnique"]["content"]
    assert mapped["application/json"]["example"] == {"errors": {"title": ["is already taken"]}}


def test_each_conflict_says_what_it_can_be(usual: Spec) -> None:
    paths = document(usual)["paths"]
    found = {
        operation["operationId"]: operation["responses"]["409"]["$ref"].rsplit("/", 1)[1]
        for item in paths.values()
        for method, operation in item.items()
        if method != "parameters" and "409" in operation["responses"]
    }
    assert found == {
        "create_article": "NotUnique",
        "update_article": "NotUnique",
        "delete_article": "StillReferenced",
        "publish_article": "IllegalTransition",
        "sweep": "Conflict",
        "register": "NotUnique",
    }


def test_only_conditional_routes_want_a_version(usual: Spec) -> None:
    for item in document(usual)["paths"].values():
        for method, operation in item.items():
            if method != "parameters":
                wanted = {"$ref": "#/components/parameters/IfMatch"} in operation.get("parameters", [])
                assert wanted == ("428" in operation["responses"])


def test_headers_go_with_answers(usual: Spec) -> None:
    contract = document(usual)
    created = contract["paths"]["/api/v1/news-articles"]["post"]["responses"]["201"]
    assert list(created["headers"]) == ["ETag", "Location"]
    unauthorized = contract["components"]["responses"]["Unauthorized"]
    assert unauthorized["headers"] == {
        "WWW-Authenticate": {"$ref": "#/components/headers/WWW-Authenticate"},
    }


def test_an_answer_of_nothing_is_an_empty_object_or_no_content(usual: Spec) -> None:
    assert usual.api
    delete = document(usual)["paths"]["/api/v1/news-articles/{id}"]["delete"]["responses"]
    assert "content" not in delete["204"]
    routes = tuple(
        route.model_copy(update={"success": 200}) if route.kind == "delete" else route
        for route in usual.api.routes
    )
    changed = usual.model_copy(update={"api": usual.api.model_copy(update={"routes": routes})})
    delete = document(changed)["paths"]["/api/v1/news-articles/{id}"]["delete"]["responses"]
    assert delete["200"]["content"]["application/json"]["schema"] == {"type": "object", "maxProperties": 0}


def test_security_follows_the_roles(usual: Spec, realworld: Spec, open_spec: Spec) -> None:
    paths = document(usual)["paths"]
    assert paths["/api/v1/auth/login"]["post"]["security"] == []
    assert paths["/api/v1/auth/me"]["get"]["security"] == [{"accessToken": []}]
    # Who is signed in sees which articles are favorites; everybody sees the articles.
    assert paths["/api/v1/news-articles"]["get"]["security"] == [{}, {"accessToken": []}]
    bearer = document(usual)["components"]["securitySchemes"]["accessToken"]
    assert (bearer["type"], bearer["scheme"]) == ("http", "bearer")
    token = document(realworld)["components"]["securitySchemes"]["accessToken"]
    assert (token["type"], token["in"], token["name"]) == ("apiKey", "header", "Authorization")
    assert token["description"].startswith("The word `Token`, a space and an access token")
    contract = document(open_spec)
    assert "securitySchemes" not in contract["components"]
    assert all(
        operation["security"] == []
        for item in contract["paths"].values()
        for method, operation in item.items()
        if method != "parameters"
    )


def test_descriptions_read_as_sentences(usual: Spec) -> None:
    paths = document(usual)["paths"]
    one = "/api/v1/news-articles/{id}"
    only = "For editor and chief editor only."
    assert [
        paths[one]["patch"]["description"],
        paths[f"{one}/publish"]["post"]["description"],
        paths[f"{one}/assign/{{user_id}}"]["post"]["description"],
        paths[f"{one}/assign/{{user_id}}"]["delete"]["description"],
    ] == [
        f"Changes what is sent. {only}",
        f"Moves a news article from draft to done. {only}",
        f"Adds a user to the fans of a news article; repeating it changes nothing. {only}",
        f"Removes a user from the fans of a news article; repeating it changes nothing. {only}",
    ]


def test_the_prose_introduces_without_its_title(usual: Spec) -> None:
    info = document(usual)["info"]
    assert (info["title"], info["version"]) == ("News desk", "1.2.3")
    assert info["description"] == "Editors write, readers read."
    assert document(usual.model_copy(update={"prose": ""}))["info"]["description"] == "The API of News desk."


def test_an_entity_called_problem_keeps_its_name(usual: Spec) -> None:
    assert usual.api
    clash = Shape(name="Problem", purpose="auth")
    named = usual.api.model_copy(update={"shapes": (*usual.api.shapes, clash)})
    contract = document(
        usual.model_copy(update={"api": named, "enums": (*usual.enums, Enum(name="X", values=("a",)))})
    )
    assert schemas(contract)["ProblemBody"]["description"] == "What went wrong (RFC 9457)."


def test_a_pattern_without_a_sample_leaves_the_example_out(usual: Spec) -> None:
    assert usual.api
    shapes = tuple(
        shape.model_copy(
            update={
                "properties": tuple(
                    member.model_copy(update={"pattern": "(?=x)y"}) for member in shape.properties
                )
            }
        )
        if shape.name == "PublishInput"
        else shape
        for shape in usual.api.shapes
    )
    contract = document(usual.model_copy(update={"api": usual.api.model_copy(update={"shapes": shapes})}))
    assert "examples" not in schemas(contract)["PublishInput"]


def test_what_the_agent_does_not_read_changes_nothing(spec: Spec) -> None:
    assert AGENT.write(slice_spec(spec, AGENT.reads)) == AGENT.write(spec)


def test_the_golden_contract(realworld: Spec) -> None:
    text = json.dumps(document(realworld), indent=2, ensure_ascii=False) + "\n"
    assert text == (GOLDEN / "news.json").read_text(encoding="utf-8")
    assert "+++ b/api/openapi.json\n" in AGENT.write(realworld)
