"""OSCAL documents: a reader of the standard's own models takes them."""

from __future__ import annotations

import json
import warnings
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from tests.evidence.application import NAME, evidence, said

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from qlf.repository import Repository

COMPONENTS, RESULTS = "component-definition.json", "assessment-results.json"
PLAN = "plan-of-action-and-milestones.json"


def accepted(file: Path) -> dict[str, Any]:
    """Return a document as compliance-trestle reads it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from trestle.oscal import assessment_results, component, poam  # noqa: PLC0415

        kinds = {
            COMPONENTS: component.ComponentDefinition,
            RESULTS: assessment_results.AssessmentResults,
            PLAN: poam.PlanOfActionAndMilestones,
        }
        assert kinds[file.name].oscal_read(file) is not None
    (document,) = json.loads(file.read_bytes()).values()
    return dict(document)


def members(value: object, name: str) -> Iterator[Any]:
    if isinstance(value, dict):
        if name in value:
            yield value[name]
        for each in value.values():
            yield from members(each, name)
    elif isinstance(value, list):
        for each in value:
            yield from members(each, name)


@pytest.fixture
def oscal(vault: Repository) -> Path:
    evidence(vault)
    return vault.build(NAME) / "oscal"


def test_they_are_accepted(oscal: Path, vault: Repository) -> None:
    name = min(each.name for each in evidence(vault).check("masking").tests)
    said(vault, failing=[f"test_masking.{name}"])
    found = evidence(vault)
    components, results, plan = (accepted(oscal / name) for name in (COMPONENTS, RESULTS, PLAN))

    assert "pci-3.5.1" in set(members(components, "control-id"))
    states = {
        each["target"]["target-id"]: each["target"]["status"]["state"]
        for result in results["results"]
        for each in result["findings"]
    }
    for catalogue in found.catalogues:
        for control in catalogue.controls:
            expected = control.status if control.status in {"satisfied", "not-satisfied"} else None
            assert states.get(control.id) == expected, control.id
    red = [one.id for each in found.catalogues for one in each.controls if one.status == "not-satisfied"]
    assert [each["target"]["target-id"] for each in plan["findings"]] == red
    assert "pci-3.4.1" in red


def test_identifiers_are_given_once_and_those_referred_to_are_there(oscal: Path) -> None:
    for file in sorted(oscal.iterdir()):
        document = json.loads(file.read_bytes())
        given = Counter(members(document, "uuid"))
        assert [name for name, count in given.items() if count > 1] == []
        referred = {*members(document, "observation-uuid"), *members(document, "finding-uuid")}
        assert referred <= given.keys()
        links = {each for each in members(document, "href") if each.startswith("#")}
        assert {each[1:] for each in (*links, *members(document, "source"))} <= given.keys()


def test_no_time_is_told_but_the_epoch(oscal: Path) -> None:
    for file in oscal.iterdir():
        document = json.loads(file.read_bytes())
        times = {
            each
            for name in ("last-modified", "start", "end", "collected")
            for each in members(document, name)
        }
        assert times == {"1970-01-01T00:00:00+00:00"}


def test_without_red_there_is_no_plan(vault: Repository) -> None:
    found = evidence(vault)
    red = [one.id for each in found.catalogues for one in each.controls if one.status == "not-satisfied"]
    assert (vault.build(NAME) / "oscal" / PLAN).is_file() == bool(red)
