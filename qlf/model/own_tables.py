"""The tables that an application has of its own, beside those of its entities and their relations."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qlf.model.spec import Auth, Safeguards

# SQLite keeps names that begin so for itself (sqlite.org/lang_createtable.html).
RESERVED_PREFIX = "sqlite_"


def own_tables(auth: Auth | None, safeguards: Safeguards) -> dict[str, str]:
    """Return these tables, each with what it is for."""
    found = {"schema_migrations": "its migrations"}
    if auth is not None:
        found["refresh_tokens"] = "signing in"
        if auth.idle_seconds:
            found["user_sessions"] = "sessions that end by themselves"
        if auth.lock_attempts:
            found["sign_in_failures"] = "locking accounts"
        if auth.second_factor:
            found |= dict.fromkeys(("second_factors", "recovery_codes"), "the second factor")
        if safeguards.emergency:
            found["emergency_grants"] = "access in an emergency"
    if safeguards.audit:
        found |= dict.fromkeys(("audit_events", "audit_head"), "the audit log")
    return found
