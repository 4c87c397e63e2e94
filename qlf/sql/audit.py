"""The tables of the audit log: its events, and the head of their chain."""

from __future__ import annotations

from qlf.sql.schema import Column, Index, PrimaryKey, StoredType, Table

_DIGEST = StoredType("varchar", length=64)
_WORD = StoredType("varchar", length=64)
_COUNT = StoredType("bigint")
_NOTHING = "0" * 64


def audit_tables(*, reasons: bool) -> tuple[Table, ...]:
    """Return the tables of the log; the head is there from the start, as what appends locks it.

    With `reasons`, events can tell why somebody did something.
    """
    reason = Column("reason", StoredType("varchar", length=500), required=False)
    events = Table(
        name="audit_events",
        columns=(
            Column("number", _COUNT),
            Column("at", StoredType("datetime")),
            Column("actor", StoredType("varchar", length=36), required=False),
            Column("role", _WORD, required=False),
            Column("action", StoredType("varchar", length=128)),
            Column("entity", _WORD),
            Column("rows", StoredType("text")),
            Column("outcome", _COUNT),
            Column("request_id", _WORD),
            Column("address", _WORD),
            *([reason] if reasons else []),
            Column("digest", _DIGEST),
        ),
        primary_key=PrimaryKey("pk_audit_events", ("number",)),
        indexes=(Index("ix_audit_events_at", ("at",)), Index("ix_audit_events_actor", ("actor",))),
    )
    head = Table(
        name="audit_head",
        columns=(
            Column("id", _COUNT),
            Column("purged", _COUNT),
            Column("purged_digest", _DIGEST),
            Column("number", _COUNT),
            Column("digest", _DIGEST),
            Column("seal", _DIGEST),
        ),
        primary_key=PrimaryKey("pk_audit_head", ("id",)),
        rows=(f"1, 0, '{_NOTHING}', 0, '{_NOTHING}', ''",),
    )
    return (events, head)
