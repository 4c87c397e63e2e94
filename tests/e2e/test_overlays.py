"""Applications from one sentence whose entities come from overlays: every gate is green."""

from __future__ import annotations

import pytest

from qlf.agents.registry import AGENTS
from qlf.cli.drafting import Drafted, draft
from qlf.config import Cache, Gates, Settings
from qlf.model.finding import Outcome
from qlf.pipeline import ASSEMBLE, COMPILE, GATES, GENERATE, VERIFY, Step
from qlf.repository import Repository
from qlf.stages import spec_of
from qlf.store import cache_folder

pytestmark = pytest.mark.slow

TEXTS = {
    "healthcare": (
        (
            "A clinic with patients, doctors, appointments and lab results. Doctors release lab results, "
            "patients cancel appointments. Prescriptions and allergies are kept too."
        ),
        {"Patient", "Doctor", "Appointment", "LabResult", "Prescription", "Allergy"},
    ),
    "fintech": (
        (
            "Online banking where customers hold accounts, make transfers to beneficiaries and see account "
            "statements. Officers approve loans with repayments. Fraud alerts are raised on payments."
        ),
        {"Customer", "Account", "Transfer", "Beneficiary", "Statement", "Loan", "Repayment", "Payment"},
    ),
    "ecommerce": (
        (
            "An online shop with products, product variants, categories, carts, orders, coupons and return "
            "requests. Customers write reviews and keep wishlists. Stock levels are kept for each warehouse."
        ),
        {"Product", "ProductVariant", "Category", "Cart", "Order", "Coupon", "Review", "Wishlist"},
    ),
}


@pytest.fixture(scope="module", params=TEXTS)
def application(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, postgres_url: str
) -> tuple[Repository, str]:
    """Give the repository in which the application of a sentence has been assembled, and its domain."""
    domain: str = request.param
    root = tmp_path_factory.mktemp(domain)
    (root / "briefs").mkdir()
    settings = Settings(cache=Cache(folder=str(cache_folder())), gates=Gates(postgres_url=postgres_url))
    repository = Repository(root, settings)
    drafted = draft(repository, TEXTS[domain][0].encode(), domain, ())
    assert isinstance(drafted, Drafted), drafted
    (root / "briefs" / f"{domain}.md").write_text(drafted.content, encoding="utf-8")
    for step in (
        Step(COMPILE, domain),
        *(Step(GENERATE, domain, agent) for agent in AGENTS),
        Step(ASSEMBLE, domain),
    ):
        assert step.run(repository).problems == (), step.name
    return repository, domain


def test_the_entities_are_those_of_the_overlay(application: tuple[Repository, str]) -> None:
    repository, domain = application
    spec = spec_of(repository, domain)
    assert [one.name for one in spec.overlays] == [domain]
    assert TEXTS[domain][1] <= {entity.name for entity in spec.entities}
    known = [entity for entity in spec.entities if entity.name in TEXTS[domain][1]]
    origins = {field.origin.file for entity in known for field in entity.fields if field.origin.line}
    assert f"overlays/domains/{domain}.yaml" in origins


@pytest.mark.parametrize("gate", GATES)
def test_every_gate_is_green(application: tuple[Repository, str], gate: str) -> None:
    repository, domain = application
    verdict = Step(VERIFY, domain, gate).run(repository).verdict
    assert verdict is not None
    assert [finding for finding in verdict.findings if finding.level != "note"] == []
    assert {run.tool: run.outcome for run in verdict.runs} == dict.fromkeys(
        (run.tool for run in verdict.runs), Outcome.GREEN
    )
