"""What guards the sign-in of an application: modules and models that only some have."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qlf.model.spec import Spec


def modules(spec: Spec) -> tuple[str, ...]:
    """Return the files that the spec's safeguards of the sign-in take."""
    auth = spec.auth
    if auth is None:
        return ()
    found = []
    if auth.idle_seconds:
        found.append("app/user_sessions.py")
    if auth.lock_attempts:
        found.append("app/lock_out.py")
    if auth.second_factor:
        found.append("app/second_factor.py")
    if spec.safeguards.emergency:
        found += ["app/emergency.py", "app/routes/emergency.py"]
    return (*found, *(f"app/models/{module}.py" for module, _ in models(spec)))


def models(spec: Spec) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the modules of models that these safeguards keep, each with its classes."""
    auth = spec.auth
    if auth is None:
        return ()
    there = {
        ("emergency_grant", ("EmergencyGrant",)): spec.safeguards.emergency,
        ("second_factor", ("RecoveryCode", "SecondFactor")): auth.second_factor,
        ("sign_in_failures", ("SignInFailures",)): auth.lock_attempts,
        ("user_session", ("UserSession",)): auth.idle_seconds,
    }
    return tuple(model for model, wanted in there.items() if wanted)


def model_names(spec: Spec) -> tuple[str, ...]:
    """Return the classes of what is kept about sign-in."""
    if spec.auth is None:
        return ()
    return ("RefreshToken", *(name for _, names in models(spec) for name in names))
