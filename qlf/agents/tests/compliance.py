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


def _encrypts(spec: Spec) -> bool:
    return any(field.encrypted for entity in spec.entities for field in entity.fields)


def _masks(spec: Spec) -> bool:
    return any(field.mask is not None for entity in spec.entities for field in entity.fields)


def _audits(spec: Spec) -> bool:
    return spec.safeguards.audit is not None


CHECKS: tuple[Check, ...] = (
    Check("encryption", _encrypts),
    Check("key_rotation", _encrypts),
    Check("masking", _masks),
    Check("audit_events", _audits),
    Check("audit_chain", _audits),
    Check("audit_retention", _audits),
    Check("unique_users", lambda spec: spec.auth is not None),
    Check("idle_sessions", lambda spec: bool(spec.auth and spec.auth.idle_seconds)),
    Check("lock_out", lambda spec: bool(spec.auth and spec.auth.lock_attempts)),
    Check("second_factor", lambda spec: bool(spec.auth and spec.auth.second_factor)),
    Check("passwords", lambda spec: spec.auth is not None),
    Check("transport", lambda spec: spec.safeguards.transport),
    Check("headers", lambda spec: spec.safeguards.transport),
    Check("secrets", lambda spec: bool(spec.controls)),
    Check("emergency_access", lambda spec: bool(spec.auth and spec.safeguards.emergency)),
)


def features(spec: Spec) -> tuple[str, ...]:
    """Return the features of an application that are checked; none if it is under no controls."""
    return tuple(check.feature for check in CHECKS if spec.controls and check.present(spec))
