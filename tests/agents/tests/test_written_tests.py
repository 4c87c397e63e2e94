from __future__ import annotations

import ast
import subprocess
from functools import cache
from pathlib import Path

import pytest
from ruff import find_ruff_bin

from qlf.agents.tests.agent import AGENT
from qlf.brief.read import read_brief
from qlf.compile.compile import compile_brief
from qlf.compile.slices import slice_spec
from qlf.model.brief import Brief
from qlf.model.spec import Spec

BRIEFS = sorted((Path(__file__).parents[3] / "briefs").glob("*.md"))
EVERY = pytest.mark.parametrize("path", BRIEFS, ids=lambda path: path.stem)


@cache
def compiled(path: Path, text: str | None = None) -> Spec:
    brief = read_brief(path, text.encode() if text else None)
    assert isinstance(brief, Brief)
    spec = compile_brief(brief)
    assert isinstance(spec, Spec)
    return spec


def written(spec: Spec) -> dict[str, str]:
    files: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in AGENT.write(slice_spec(spec, AGENT.reads)).splitlines():
        if line.startswith("+++ b/"):
            lines = files.setdefault(line.removeprefix("+++ b/"), [])
        elif line.startswith("+"):
            lines.append(line[1:])
    return {path: "\n".join(found) + "\n" for path, found in files.items()}


def cases_in(files: dict[str, str], name: str) -> dict[str, str]:
    text = files[f"tests/{name}"]
    return {
        node.name.removeprefix("test_"): ast.get_source_segment(text, node) or ""
        for node in ast.parse(text).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


@EVERY
def test_every_file_lies_in_the_agents_folder_and_parses(path: Path) -> None:
    for name, text in written(compiled(path)).items():
        assert name.startswith("tests/")
        if name.endswith(".py"):
            compile(text, name, "exec")


@EVERY
def test_every_test_asserts_something(path: Path) -> None:
    files = written(compiled(path))
    for name in files:
        if name.startswith("tests/test_"):
            for title, text in cases_in(files, name.removeprefix("tests/")).items():
                assert "assert " in text or "pytest.raises" in text, f"{name}: {title}"


@EVERY
def test_every_row_route_is_called_in_some_test(path: Path) -> None:
    spec = compiled(path)
    text = "".join(text for name, text in written(spec).items() if name.startswith("tests/test_"))
    assert spec.api is not None
    for route in spec.api.routes:
        start = route.path.split("{")[0].rstrip("/")
        assert start in text, route.id


def test_each_rule_of_the_payment_api_has_a_test_with_its_name() -> None:
    tests = cases_in(written(compiled(BRIEFS[1])), "test_payment.py")

    assert {
        "new_payment_must_keep_currency_of_account",
        "merchant_and_reference_of_payment_must_be_unique",
        "merchant_does_not_see_other_payments",
        "acquirer_can_authorise",
        "authorise_needs_payment_created",
        "merchant_can_capture",
        "capture_needs_within_authorised",
        "capture_needs_more_than_the_fee",
        "capture_needs_merchant_active",
        "refund_needs_covered",
        "refund_needs_not_in_dispute",
        "in_dispute_of_payment_is_true",
        "payments_are_closed_to_strangers",
        "payments_are_closed_to_roles_without_access",
        "payments_come_in_pages",
    } <= tests.keys()


def test_refused_operation_must_change_nothing() -> None:
    test = cases_in(written(compiled(BRIEFS[1])), "test_payment.py")["capture_needs_within_authorised"]

    assert "assert response.status_code == 409" in test
    assert "assert contents(session) == before" in test


def test_row_that_fulfils_a_wish_already_is_not_made_again() -> None:
    test = cases_in(written(compiled(BRIEFS[2])), "test_prescription.py")["doctor_creates_prescription"]

    assert test.count("make_doctor(") == 1
    assert "care_team=[doctor]" in test


def test_arrangement_gives_rows_only_what_the_rule_is_about() -> None:
    test = cases_in(written(compiled(BRIEFS[1])), "test_payment.py")["merchant_does_not_see_other_payments"]

    assert test.splitlines()[3:] == [
        "    payment = make_payment(session)",
        "    viewer = make_user(session, role=UserRole.MERCHANT)",
        "",
        '    response = client.get(f"/api/v1/payments/{payment.id}", headers=as_user(viewer))',
        "",
        "    assert response.status_code == 404",
    ]


PLAIN = """---
auth: false
entities:
  Note:
    fields: {title: text! max=80 unique, done: bool! = false}
---
# Notes
"""


def test_application_without_sign_in_has_no_word_about_it() -> None:
    files = written(compiled(Path("briefs/notes.md"), PLAIN))

    assert "tests/test_auth.py" not in files
    assert not any("as_user" in text or "PASSWORD" in text for text in files.values())
    assert "title_of_note_must_be_unique" in cases_in(files, "test_note.py")


@pytest.mark.parametrize("name", ["in_stock", "cart_not_empty", "everything_on_sale", "code_in_its_period"])
def test_refused_operation_says_which_demand_was_not_met(name: str) -> None:
    test = cases_in(written(compiled(BRIEFS[0])), "test_cart.py")[f"checkout_needs_{name}"]

    assert f'assert response.json()["type"] == "/problems/{name.replace("_", "-")}"' in test
    assert "assert contents(session) == before" in test


def test_what_an_operation_makes_has_its_computed_fields() -> None:
    test = cases_in(written(compiled(BRIEFS[0])), "test_cart.py")["customer_can_checkout"]

    assert "order_line.amount" in test


ODD = """---
auth: false
api: {envelope: true}
entities:
  Class:
    plural: classes
    fields:
      name: text! unique max=40
      from: time!
      vat: decimal(4, 3)! = 0.19
      price: money!
      gross: money := this.price * (1 + this.vat)
---
# Classes
"""


def test_entity_called_like_a_keyword_has_factories_under_its_own_name() -> None:
    files = written(compiled(Path("briefs/classes.md"), ODD))

    assert "from factories import class_body, make_class" in files["tests/test_class.py"]
    assert "def make_class(" in files["tests/factories.py"]
    assert "def class_body(" in files["tests/factories.py"]
    assert "from app.rules.class_ import settle as settle_class" in files["tests/factories.py"]


def test_default_that_another_field_follows_from_is_given_by_the_factory() -> None:
    factories = written(compiled(Path("briefs/classes.md"), ODD))["tests/factories.py"]

    assert '"vat": Decimal("0.19")' in factories


def test_row_that_only_a_text_mentions_gets_no_variable() -> None:
    brief = PLAIN.replace("auth: false", "auth: false\napi: {envelope: true}")
    test = cases_in(written(compiled(Path("briefs/notes.md"), brief)), "test_note.py")

    assert '{"note": body}' in test["title_of_note_must_be_unique"]
    assert "    make_note(session, title=" in test["title_of_note_must_be_unique"]
    assert " = make_note(" not in test["title_of_note_must_be_unique"]


def test_a_factory_counts_only_where_a_value_has_its_number() -> None:
    text = (
        "---\nentities:\n  Payee: {fields: {account_number: text!}}\n  Book: {fields: {isbn: text! unique}}\n"
    )
    factories = written(compiled(Path("payees.md"), f"{text}---\n# Payees\n"))["tests/factories.py"]
    made = {
        node.name: ast.get_source_segment(factories, node) or ""
        for node in ast.parse(factories).body
        if isinstance(node, ast.FunctionDef)
    }
    assert "number = next(numbers)" not in made["make_payee"]
    assert "number = next(numbers)" in made["make_book"]


@pytest.mark.parametrize("entity", ["Item", "Row", "Answer", "Entry", "Page", "Response"])
def test_what_a_test_calls_its_own_hides_no_row(entity: str, tmp_path: Path) -> None:
    text = (
        f"title: Names\nroles: [admin]\nentities:\n  {entity}:\n"
        "    fields: {name: text!, size: int min=0}\n"
        "    access: {admin: all}\n"
    )
    for name, content in written(compiled(Path("names.yaml"), text)).items():
        if name.endswith(".py"):
            (tmp_path / name.replace("/", "_")).write_text(content, encoding="utf-8")
    checked = subprocess.run(
        [find_ruff_bin(), "check", "--isolated", "--select", "F,PLW0642,B020", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout
