"""What is said of controls: satisfied only by what ran on exactly these bytes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from qlf.agents.tests.compliance import CHECKS
from qlf.controls.conditions import Conditions
from qlf.evidence.lines import lines_of
from qlf.evidence.products import PRODUCTS
from qlf.model.canonical import digest
from qlf.model.finding import Finding
from qlf.stages import controls, spec_of
from tests.evidence.application import BRIEF, NAME, control, evidence, said

if TYPE_CHECKING:
    from qlf.repository import Repository

STALE = "it ran on other files, by other rules, or with other tools than these"


def test_what_is_carried_and_proven_is_satisfied(vault: Repository) -> None:
    found = control(evidence(vault), "pci-3.5.1")
    tests = [each.name for each in evidence(vault).check("encryption").tests]

    assert found.status == "satisfied"
    assert len(tests) > 3
    rows = BRIEF.read_text(encoding="utf-8").splitlines()
    number = next(line for line, row in enumerate(rows, 1) if row.startswith("      number:"))
    assert ("briefs/vault.md", number) in {(each.file, each.line) for each in found.origins}
    assert "Card.number.encrypted: true" in [each.what for each in found.origins]
    assert "Person.born_on.encrypted: true" not in [each.what for each in found.origins]
    tree = vault.build(NAME) / "app"
    for line in found.lines:
        assert line.digest == digest((tree / line.file).read_bytes())
        row = (tree / line.file).read_text(encoding="utf-8").splitlines()[line.line - 1]
        assert row.strip() == line.text
    assert {line.file for line in found.lines} >= {"backend/app/encryption.py", "backend/app/models/card.py"}


def test_the_overlay_that_brought_a_catalogue_in_is_named(vault: Repository) -> None:
    pci = next(each for each in evidence(vault).catalogues if each.catalogue == "pci-dss-4.0.1")
    assert [(each.what, each.file) for each in pci.origins] == [
        ("overlay pci 1.0.0", "briefs/vault.md"),
        ("controls pci-dss-4.0.1", "overlays/compliance/pci.yaml"),
    ]


def test_what_organisations_do_is_never_satisfied(vault: Repository) -> None:
    library, found = controls(vault), evidence(vault)
    assert not isinstance(library, list)
    left = [
        one.id
        for each in library.catalogues
        for one in each.controls
        if one.organisational or one.not_assessed
    ]
    assert left
    assert {control(found, name).status for name in left} == {"not-assessed"}


def test_a_test_that_fails_makes_its_controls_unsatisfied_and_no_others(vault: Repository) -> None:
    name = min(each.name for each in evidence(vault).check("masking").tests)
    said(vault, failing=[f"test_masking.{name}"])
    found = evidence(vault)

    assert control(found, "pci-3.4.1").status == "not-satisfied"
    assert control(found, "pci-3.4.1").reason == f"masking: 1 of its tests failed: {name}"
    assert control(found, "pci-3.5.1").status == "satisfied"
    assert next(run for run in found.gates if run.gate == "compliance").outcome == "red"


def test_a_verdict_on_other_bytes_is_stale(vault: Repository) -> None:
    file = vault.build(NAME) / "app" / "backend/app/headers.py"
    file.write_text(f"{file.read_text(encoding='utf-8')}\n", encoding="utf-8")
    found = evidence(vault)

    assert control(found, "asvs-3.4.3").status == "not-assessed"
    assert control(found, "asvs-3.4.3").reason == f"headers: the gate compliance: {STALE}"
    assert "satisfied" not in {each.status for one in found.catalogues for each in one.controls}


def test_a_gate_that_did_not_run_proves_nothing(vault: Repository) -> None:
    (vault.build(NAME) / "gates" / "compliance.json").unlink()
    found = control(evidence(vault), "pci-7.3.3")
    assert (found.status, found.reason) == ("not-assessed", "roles: the gate compliance: it did not run")


def test_a_gate_that_is_not_proven_proves_nothing(vault: Repository) -> None:
    said(vault, unproven="it crashed")
    found = control(evidence(vault), "pci-7.3.3")
    assert found.status == "not-assessed"
    assert (
        found.reason == "roles: the gate compliance: it is not proven (pytest-sqlite: it crashed; "
        "pytest-postgres: not given)"
    )


@pytest.mark.parametrize("how", ["skipped", "left_out"])
def test_tests_that_did_not_run_prove_nothing(vault: Repository, how: str) -> None:
    name = min(each.name for each in evidence(vault).check("lock_out").tests)
    said(vault, **{how: [f"test_lock_out.{name}"]})  # type: ignore[arg-type]
    found = control(evidence(vault), "pci-8.3.4")
    assert (found.status, found.reason) == ("not-assessed", f"lock_out: pytest-sqlite did not run {name}")


def test_a_report_that_was_changed_since_proves_nothing(vault: Repository) -> None:
    name = min(each.name for each in evidence(vault).check("masking").tests)
    said(vault, failing=[f"test_masking.{name}"])
    report = vault.build(NAME) / "gates" / "compliance.pytest-sqlite.junit.xml"
    changed = report.read_text(encoding="utf-8").replace('<failure message="no" />', "")
    report.write_text(changed, encoding="utf-8")
    found = control(evidence(vault), "pci-3.4.1")
    assert found.status == "not-assessed"
    assert "its report is not the one that the verdict is about" in found.reason


@pytest.mark.parametrize(
    "path", ["tests/compliance/test_roles.py", "tests/conftest.py", "backend/pyproject.toml"]
)
@pytest.mark.parametrize("how", [{"owner": "custom"}, {"patches": ["001-tests.soc"]}])
def test_a_check_that_its_owner_changed_proves_nothing(
    vault: Repository, path: str, how: dict[str, object]
) -> None:
    record = vault.build(NAME) / "assembled.json"
    made = json.loads(record.read_bytes())
    made["files"][path] |= how
    record.write_text(json.dumps(made), encoding="utf-8")
    found = control(evidence(vault), "pci-7.3.3")
    assert (found.status, found.reason) == ("not-assessed", f"roles: its check was changed by hand: {path}")


def test_a_tool_that_found_something_makes_its_controls_unsatisfied(vault: Repository) -> None:
    bad = Finding(tool="bandit", rule="B608", level="error", message="a query as text", path="x.py")
    said(vault, "static", findings=[bad])
    found = control(evidence(vault), "pci-6.2.4")
    assert (found.status, found.reason) == (
        "not-satisfied",
        "static/bandit: bandit found: a query as text",
    )


def test_a_policy_that_does_not_hold_makes_its_controls_unsatisfied(vault: Repository) -> None:
    rule = "card-numbers-are-masked"
    bad = Finding(tool="policies", rule=rule, level="error", message="Card.number shows whole numbers")
    said(vault, "policy", findings=[bad])
    found = evidence(vault)
    assert control(found, "pci-3.4.1").status == "not-satisfied"
    assert control(found, "pci-3.5.1").status == "satisfied"


def test_an_application_that_is_built_without_a_feature_does_not_satisfy(vault: Repository) -> None:
    file = vault.build(NAME) / "spec.json"
    spec = json.loads(file.read_bytes())
    spec["auth"]["second_factor"] = False
    file.write_text(json.dumps(spec), encoding="utf-8")
    found = control(evidence(vault), "pci-8.4.2")
    assert (found.status, found.reason) == ("not-satisfied", "the application is built without second_factor")


def test_what_a_control_is_not_about_is_not_applicable(vault: Repository) -> None:
    file = vault.build(NAME) / "spec.json"
    spec = json.loads(file.read_bytes())
    for entity in spec["entities"]:
        for field in entity["fields"]:
            field["classes"] = [name for name in field["classes"] if name != "pan"]
    file.write_text(json.dumps(spec), encoding="utf-8")
    found = control(evidence(vault), "pci-3.5.1")
    assert (found.status, found.lines, found.checks) == ("not-applicable", (), ())


def test_every_feature_that_the_application_has_is_found_in_some_line(vault: Repository) -> None:
    library, spec = controls(vault), spec_of(vault, NAME)
    assert not isinstance(library, list)
    app = vault.build(NAME) / "app"
    tree = {path.relative_to(app).as_posix(): path.read_bytes() for path in app.rglob("*") if path.is_file()}
    present = Conditions(spec.model_dump(mode="json"))
    for check in CHECKS:
        feature = library.features[check.feature]
        assert present.holds(feature.present) is check.present(spec), feature.name
        assert lines_of(feature, spec.stack.backend, tree), feature.name


def test_the_same_evidence_is_the_same_bytes(vault: Repository) -> None:
    evidence(vault)
    folder = vault.build(NAME)
    first = {name: (folder / name).read_bytes() for name in PRODUCTS if (folder / name).is_file()}
    for path in first:
        (folder / path).unlink()
    evidence(vault)
    assert {name: (folder / name).read_bytes() for name in first} == first


def test_an_application_under_no_controls_has_a_word_and_no_pages(vault: Repository) -> None:
    evidence(vault)
    folder = vault.build(NAME)
    spec = json.loads((folder / "spec.json").read_bytes())
    (folder / "spec.json").write_text(json.dumps({**spec, "controls": []}), encoding="utf-8")
    found = evidence(vault)
    assert (found.catalogues, found.checks, found.tree) == ((), (), "")
    assert [name for name in PRODUCTS if (folder / name).is_file()] == ["evidence.json"]
