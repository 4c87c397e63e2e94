"""The tables of what guards the sign-in: sessions, failures, second factors, access in emergencies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qlf.sql.schema import (
    Column,
    ForeignKey,
    Index,
    PrimaryKey,
    StoredType,
    Table,
    Unique,
)

if TYPE_CHECKING:
    from qlf.model.spec import Entity, Spec
    from qlf.sql.names import ConstraintNames

_MOMENT = StoredType("datetime")
_NUMBER = StoredType("bigint")
_UUID = StoredType("uuid")


def sign_in_tables(spec: Spec, names: ConstraintNames) -> tuple[Table, ...]:
    """Return the tables that the safeguards of a spec keep about the people who sign in."""
    auth = spec.auth
    if auth is None:
        return ()
    tables = _PerUser(spec.entity(auth.entity), names)
    found = []
    if auth.idle_seconds:
        found.append(
            tables.many("user_sessions", Column("started_at", _MOMENT), Column("last_seen_at", _MOMENT))
        )
    if auth.lock_attempts:
        found.append(
            tables.one(
                "sign_in_failures",
                Column("number", _NUMBER),
                Column("locked_until", _MOMENT, required=False),
            )
        )
    if auth.second_factor:
        secret = StoredType("varchar", length=255)
        digest = Column("code_hash", StoredType("char", length=64))
        found += [
            tables.one(
                "second_factors",
                Column("secret", secret, required=False),
                Column("pending_secret", secret, required=False),
                Column("last_step", _NUMBER),
            ),
            tables.many("recovery_codes", digest, unique="code_hash"),
        ]
    if spec.safeguards.emergency:
        found.append(
            tables.many(
                "emergency_grants",
                Column("reason", StoredType("varchar", length=500)),
                Column("began_at", _MOMENT),
                Column("ends_at", _MOMENT),
            )
        )
    return tuple(found)


class _PerUser:
    """Makes tables that refer to the user."""

    def __init__(self, user: Entity, names: ConstraintNames) -> None:
        self._user = user.table
        self._key = StoredType("bigint") if user.field("id").type.kind == "int" else _UUID
        self._names = names

    def one(self, table: str, *columns: Column) -> Table:
        """Return a table with at most one row for each user."""
        return Table(
            name=table,
            columns=(Column("user_id", self._key), *columns),
            primary_key=PrimaryKey(self._names.take("pk", table), ("user_id",)),
            foreign_keys=(self._to_user(table),),
        )

    def many(self, table: str, *columns: Column, unique: str = "") -> Table:
        """Return a table with any number of rows for each user."""
        return Table(
            name=table,
            columns=(Column("id", _UUID), Column("user_id", self._key), *columns),
            primary_key=PrimaryKey(self._names.take("pk", table), ("id",)),
            uniques=(Unique(self._names.take("uq", table, unique), (unique,)),) if unique else (),
            foreign_keys=(self._to_user(table),),
            indexes=(Index(self._names.take("ix", table, "user_id"), ("user_id",)),),
        )

    def _to_user(self, table: str) -> ForeignKey:
        return ForeignKey(self._names.take("fk", table, "user_id"), "user_id", self._user, "cascade")
