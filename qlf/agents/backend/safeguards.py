"""Which safeguards of the spec a backend is written with."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qlf.model.spec import Spec


def guarded(spec: Spec) -> bool:
    """Tell whether the application needs a library for ciphers or for one-time passwords."""
    return (
        any(field.encrypted for entity in spec.entities for field in entity.fields)
        or bool(spec.auth and spec.auth.second_factor)
        or spec.safeguards.audit is not None
    )
