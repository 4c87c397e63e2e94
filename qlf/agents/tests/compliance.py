"""Which checks of controls an application has: a module of tests for each feature that carries some."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from qlf.model.spec import Spec


@dataclass(frozen=True, slots=True)
class Check:
    """The check of a feature: `tests/compliance/test_FEATURE.py`, and in which applications it is."""

    feature: str
    present: Callable[[Spec], bool]


CHECKS: tuple[Check, ...] = (
    Check("unique_users", lambda spec: spec.auth is not None),
)


def features(spec: Spec) -> tuple[str, ...]:
    """Return the features of an application that are checked; none if it is under no controls."""
    return tuple(check.feature for check in CHECKS if spec.controls and check.present(spec))
