"""The tests that the factory writes: green on what it writes, red once that is broken."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING, NamedTuple

import pytest

from qlf.environment import Environment, provide
from qlf.model.finding import Outcome
from qlf.pipeline import VERIFY, Step
from qlf.store import cache_folder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from qlf.repository import Repository

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(("name", "tests"), [("conduit", 150), ("plant", 150), ("clash", 1000)])
def test_odd_briefs_are_green_on_every_database(
    generated: Callable[[str], Repository], name: str, tests: int
) -> None:
    verdict = Step(VERIFY, name, "unit").run(generated(name)).verdict

    assert verdict is not None
    assert verdict.findings == ()
    assert [run.tool for run in verdict.runs] == ["pytest-sqlite", "pytest-postgres"]
    for run in verdict.runs:
        assert (run.outcome, run.reason) == (Outcome.GREEN, "")
        assert run.executed >= tests


@pytest.mark.parametrize("gate", ["static", "contract"])
@pytest.mark.parametrize("name", ["conduit", "plant", "clash"])
def test_odd_briefs_pass(generated: Callable[[str], Repository], name: str, gate: str) -> None:
    verdict = Step(VERIFY, name, gate).run(generated(name)).verdict

    assert verdict is not None
    assert [finding for finding in verdict.findings if finding.level != "note"] == []
    assert {run.outcome for run in verdict.runs} == {Outcome.GREEN}


class Break(NamedTuple):
    """One place of the shop, what is done to it, and a written test that must notice."""

    path: str
    old: str
    new: str
    test: str


BREAKS = {
    "everybody sees all orders": Break(
        "app/access/orders.py",
        "return Order.customer.has(Customer.user_id == viewer.id)",
        "return true()",
        "test_order.py::test_customer_does_not_see_other_orders",
    ),
    "everybody deletes variants": Break(
        "app/routes/variants.py",
        "    dependencies=[Depends(require(UserRole.ADMIN))],\n",
        "",
        "test_variant.py::test_variants_are_closed_to_roles_without_access",
    ),
    "no check": Break(
        "app/rules/discount_code.py",
        "discount_code.minimum_order < discount_code.amount_off",
        "not discount_code",
        "test_discount_code.py::test_new_discount_code_must_keep_never_below_zero",
    ),
    "stale changes are taken": Break(
        "app/routes/variants.py",
        "    require_version(variant, if_match)\n",
        "",
        "test_variant.py::test_stale_change_of_variant_is_refused",
    ),
    "changes are not kept": Break(
        "app/routes/variants.py",
        "hooks.after_delete_variant.run(session, variant)\n    session.commit()\n",
        "hooks.after_delete_variant.run(session, variant)\n",
        "test_variant.py::test_admin_deletes_variant",
    ),
    "more is sold than there is": Break(
        "app/operations/checkout.py",
        'raise conflict("in-stock", "Not enough in stock.")',
        "pass",
        "test_cart.py::test_checkout_needs_in_stock",
    ),
    "stock stays": Break(
        "app/operations/checkout.py",
        "line.variant.stock -= line.quantity",
        "line.variant.stock -= 0",
        "test_cart.py::test_customer_can_checkout",
    ),
    "cart stays": Break(
        "app/operations/checkout.py",
        "session.delete(cart_line)",
        "pass",
        "test_cart.py::test_customer_can_checkout",
    ),
    "any state will do": Break(
        "app/rules/product.py",
        'raise illegal_transition("Publish", product.status)',
        "pass",
        "test_product.py::test_publish_is_refused_for_product_in_another_state",
    ),
    "nothing to sell": Break(
        "app/rules/product.py",
        "if not product.variants:",
        "if product is None:",
        "test_product.py::test_publish_of_product_has_a_condition",
    ),
    "wrong sum": Break(
        "app/rules/order_line.py",
        "order_line.unit_price * order_line.quantity",
        "order_line.unit_price + order_line.quantity",
        "test_cart.py::test_customer_can_checkout",
    ),
}


def environment(tree: Path) -> Environment:
    made = provide("app", (tree / "backend/requirements-dev.lock").read_bytes(), cache_folder())
    assert isinstance(made, Environment), made
    return made


def run_tests(environment: Environment, tree: Path, *tests: str) -> subprocess.CompletedProcess[str]:
    command = [str(environment.python), "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests]
    variables = {"PATH": os.defpath, "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        command, cwd=tree / "tests", env=variables, capture_output=True, text=True, check=False, timeout=120
    )


@pytest.fixture(scope="module")
def tree(generated: Callable[[str], Repository], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a copy of the shop that may be spoiled, as long as it is mended again."""
    copy = tmp_path_factory.mktemp("broken") / "app"
    shutil.copytree(generated("ecommerce-mvp").build("ecommerce-mvp") / "app", copy)
    return copy


def test_written_tests_pass_on_what_is_not_broken(tree: Path) -> None:
    tests = {one.test for one in BREAKS.values()}

    done = run_tests(environment(tree), tree, *tests)

    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", BREAKS)
def test_written_tests_notice_what_is_broken(tree: Path, name: str) -> None:
    broken = BREAKS[name]
    file = tree / "backend" / broken.path
    whole = file.read_text(encoding="utf-8")
    assert broken.old in whole
    file.write_text(whole.replace(broken.old, broken.new), encoding="utf-8")
    try:
        done = run_tests(environment(tree), tree, broken.test)
    finally:
        file.write_text(whole, encoding="utf-8")

    assert done.returncode == 1, done.stdout
    assert f"FAILED {broken.test}" in done.stdout
