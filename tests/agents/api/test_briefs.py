"""The contracts of the shipped briefs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from openapi_spec_validator import OpenAPIV31SpecValidator

from qlf.agents.api.agent import AGENT
from qlf.agents.api.document import document
from qlf.brief.read import read_brief
from qlf.compile.compile import compile_brief
from qlf.compile.slices import slice_spec
from qlf.model.brief import Brief
from qlf.model.spec import Spec

if TYPE_CHECKING:
    from collections.abc import Iterator

BRIEFS = sorted((Path(__file__).parents[3] / "briefs").glob("*.md"))


def compiled(path: Path) -> Spec:
    brief = read_brief(path)
    assert isinstance(brief, Brief), brief
    spec = compile_brief(brief)
    assert isinstance(spec, Spec), spec
    return spec


@pytest.fixture(params=BRIEFS, ids=[path.stem for path in BRIEFS], scope="module")
def spec(request: pytest.FixtureRequest) -> Spec:
    return compiled(request.param)


def nodes(node: object) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
        for child in node.values():
            yield from nodes(child)
    elif isinstance(node, list):
        for child in node:
            yield from nodes(child)


def test_the_contract_is_valid(spec: Spec) -> None:
    assert list(OpenAPIV31SpecValidator(document(spec)).iter_errors()) == []


def test_every_shape_has_an_example_that_it_accepts(spec: Spec) -> None:
    assert spec.api
    contract = document(spec)
    used = contract["components"]["schemas"]
    for shape in spec.api.shapes:
        if shape.purpose == "page" or shape.name not in used:
            continue
        schema = {**used[shape.name], "components": contract["components"]}
        checker = Draft202012Validator(schema, format_checker=FormatChecker())
        for example in used[shape.name]["examples"]:
            assert [error.message for error in checker.iter_errors(example)] == []


def test_every_route_is_there(spec: Spec) -> None:
    assert spec.api
    paths = document(spec)["paths"]
    for route in spec.api.routes:
        operation = paths[route.path][route.method.lower()]
        assert operation["operationId"] == route.id
        assert set(operation["responses"]) == {str(route.success), *map(str, route.problems)}


def test_every_reference_leads_somewhere(spec: Spec) -> None:
    contract = document(spec)
    for node in nodes(contract):
        if isinstance(node.get("$ref"), str):
            _, _, section, name = node["$ref"].split("/")
            assert name in contract["components"][section]


def test_what_the_agent_does_not_read_changes_nothing(spec: Spec) -> None:
    assert AGENT.write(slice_spec(spec, AGENT.reads)) == AGENT.write(spec)
