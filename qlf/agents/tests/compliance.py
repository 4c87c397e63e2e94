"""Which checks of controls an application has: a module of tests for each feature that carries some."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from qlf.agents.tests import probing
from qlf.agents.tests.consent import consent
from qlf.agents.tests.emergency import hidden_rows
from qlf.agents.tests.people import people

if TYPE_CHECKING:
    from collections.abc import Callable

    from qlf.agents.tests.stage import Stages
    from qlf.model.spec import Spec

SENSITIVE = "sad"  # sensitive authentication data: codes and PINs of cards (PCI DSS 3.3.1)


@dataclass(frozen=True, slots=True)
class Check:
    """The check of a feature: `tests/compliance/test_FEATURE.py`, and in which applications it is."""

    feature: str
    present: Callable[[Spec], bool]


def _always(_: Spec) -> bool:
    return True


def _signed_in(spec: Spec) -> bool:
    return spec.auth is not None


def _with_rights(spec: Spec) -> bool:
    return any(route.kind == "export" for route in (spec.api.routes if spec.api else ()))


def _classified(spec: Spec) -> bool:
    return any(field.classes for entity in spec.entities for field in entity.fields)


def _kept(spec: Spec) -> bool:
    return any(entity.retention for entity in spec.entities)


def _encrypts(spec: Spec) -> bool:
    return any(field.encrypted for entity in spec.entities for field in entity.fields)


def _masks(spec: Spec) -> bool:
    return any(field.mask and not field.hidden for entity in spec.entities for field in entity.fields)


def _audits(spec: Spec) -> bool:
    return spec.safeguards.audit is not None


CHECKS: tuple[Check, ...] = (
    Check("audit_chain", _audits),
    Check("audit_events", _audits),
    Check("audit_retention", _audits),
    Check("consent", lambda spec: consent(spec) is not None),
    Check("emergency_access", lambda spec: bool(spec.auth and spec.safeguards.emergency)),
    Check("encryption", _encrypts),
    Check("fixtures", _always),
    Check("headers", lambda spec: spec.safeguards.transport),
    Check("idle_sessions", lambda spec: bool(spec.auth and spec.auth.idle_seconds)),
    Check("key_rotation", _encrypts),
    Check("lock_file", _always),
    Check("lock_out", lambda spec: bool(spec.auth and spec.auth.lock_attempts)),
    Check("masking", _masks),
    Check("minimal_fields", _always),
    Check("ownership", _signed_in),
    Check("parameterised_queries", _always),
    Check("processing_record", _classified),
    Check("retention", _kept),
    Check("passwords", _signed_in),
    Check("roles", _signed_in),
    Check("second_factor", lambda spec: bool(spec.auth and spec.auth.second_factor)),
    Check("secrets", _always),
    Check("security_codes", _always),
    Check("subject_erasure", _with_rights),
    Check("subject_export", _with_rights),
    Check("transport", lambda spec: spec.safeguards.transport),
    Check("unique_users", _signed_in),
)


def features(spec: Spec) -> tuple[str, ...]:
    """Return the features of an application that are checked; none if it is under no controls."""
    return tuple(check.feature for check in CHECKS if spec.controls and check.present(spec))


def view(spec: Spec, stages: Stages) -> dict[str, Any]:
    """Return what the templates of the checks go through."""
    inputs = [field for operation in spec.operations for field in operation.inputs]
    return {
        **people(spec),
        "spec": spec,
        "consent": consent(spec),
        "emergency": hidden_rows(spec, stages),
        "doors": probing.doors(spec, stages),
        "rows": probing.others_rows(spec, stages),
        "shown": probing.shown_rows(spec, stages),
        "searches": list(probing.searches(spec, stages)),
        "lists": probing.lists(spec),
        "table": spec.entities[0].table,
        "sad": [field.name for field in inputs if SENSITIVE in field.classes],
    }
