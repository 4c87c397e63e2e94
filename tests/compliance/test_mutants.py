"""Every safeguard has a check that fails without it: all mutants are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from qlf.agents.tests.compliance import CHECKS
from tests.compliance.mutants import HERE, Application, generated, score

if TYPE_CHECKING:
    from pathlib import Path

FEATURES = [one.feature for one in CHECKS]


@pytest.fixture(scope="module")
def application(tmp_path_factory: pytest.TempPathFactory) -> Application:
    root: Path = tmp_path_factory.mktemp("vault")
    return generated(root)


def test_every_feature_has_mutants_and_no_other_has() -> None:
    assert sorted(FEATURES) == sorted(path.stem for path in (HERE / "mutants").glob("*.yaml"))


@pytest.mark.slow
@pytest.mark.parametrize("feature", FEATURES)
def test_all_mutants_of_a_feature_are_refused(application: Application, feature: str) -> None:
    count, escaped = score(application, feature)

    print(f"{feature}: {count - len(escaped)} of {count}")  # noqa: T201 - the score
    assert count
    assert escaped == []
