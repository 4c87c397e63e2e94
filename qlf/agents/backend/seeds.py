"""Rows for development: a user for each role, and a few rows of each entity that refer to each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qlf.agents.backend import access
from qlf.agents.backend.columns import constant, module
from qlf.agents.backend.names import quoted
from qlf.agents.backend.operations import owner_of, started
from qlf.python_names import identifier, member, snake
from qlf.samples import creation_order, sample

if TYPE_CHECKING:
    from qlf.model.spec import Entity, Field, Spec
    from qlf.samples import SampleValue

ROWS = 2
# Printed in the documentation of every application, and known to the gate of the contract.
PASSWORD = "development-only-password"  # noqa: S105
MIXED_PASSWORD = "development-only-password-1"  # noqa: S105


@dataclass(frozen=True)
class Seed:
    """One row: `variable = Entity(name=value, ...)`."""

    variable: str
    entity: str
    values: tuple[tuple[str, str], ...]
    rules: str = ""


@dataclass(frozen=True)
class Seeds:
    """All rows, in the order in which they can be created."""

    password: str
    first: str
    users: tuple[Seed, ...]
    rows: tuple[Seed, ...]


def seed_view(spec: Spec) -> Seeds:
    """Return the rows to start development with; an entity in a circle of required references gets none."""
    user = spec.auth.entity if spec.auth else None
    made: dict[str, list[str]] = {}
    users = tuple(_users(spec, made)) if user else ()
    rows = []
    for entity in creation_order(spec):
        if entity.name == user:
            continue
        for number in range(1, ROWS + 1):
            row = _row(spec, entity, number, made)
            if row is not None:
                rows.append(row)
                made.setdefault(entity.name, []).append(row.variable)
    first = user or (spec.entities[0].name if spec.entities else "")
    password = MIXED_PASSWORD if spec.auth and spec.auth.password_mixed else PASSWORD
    return Seeds(password, first, users, tuple(rows))


def _users(spec: Spec, made: dict[str, list[str]]) -> list[Seed]:
    entity = spec.entity(spec.auth.entity if spec.auth else "")
    found = []
    for number, role in enumerate(access.role_names(spec), start=1):
        own = sample(spec, entity, number)
        values = [
            ("email", quoted(f"{role.replace('_', '-')}@example.com")),
            ("password_hash", "password_hash"),
            ("role", f"{access.role_enum(spec)}.{member(role)}"),
            *(
                (identifier(field.name), constant(field.type, own[field.name]))
                for field in entity.fields
                if field.name in own and field.name not in {"email", "role", "active"} and not field.system
            ),
        ]
        name = f"{role}_{snake(entity.name)}" if role != snake(entity.name) else role
        found.append(Seed(identifier(name), entity.name, tuple(values)))
    made[entity.name] = [seed.variable for seed in found]
    return found


def _row(spec: Spec, entity: Entity, number: int, made: dict[str, list[str]]) -> Seed | None:
    values = []
    own = _own_values(spec, entity, number)
    computed = any(field.computed is not None for field in entity.fields)
    for field in entity.fields:
        if field.type.kind == "reference":
            target = _target(spec, entity, field, number, made)
            if target is not None:
                values.append((identifier(field.name), target))
            elif field.required:
                return None
        elif field.name in own and own[field.name] is not None:
            values.append((identifier(field.name), constant(field.type, own[field.name])))
        elif computed and field in started(entity):
            values.append((identifier(field.name), constant(field.type, field.default)))
    if entity.key.kind == "slug":
        values.insert(0, ("slug", quoted(f"{snake(entity.name).replace('_', '-')}-{number}")))
    name = identifier(f"{snake(entity.name)}_{number}")
    return Seed(name, entity.name, tuple(values), module(entity) if computed else "")


def _own_values(spec: Spec, entity: Entity, number: int) -> dict[str, SampleValue]:
    """Return the row's own values; where rules tie fields together, only those that it must have."""
    values = sample(spec, entity, number, optional=not entity.checks)
    return {name: value for name, value in values.items() if entity.field(name).default is None}


def _target(spec: Spec, entity: Entity, field: Field, number: int, made: dict[str, list[str]]) -> str | None:
    rows = made.get(str(field.type.entity), [])
    if not rows or (field.type.entity == entity.name and not field.required):
        return None
    owned = spec.auth is not None and field.type.entity == spec.auth.entity
    if owned and field.name == owner_of(entity):
        return _owner(entity, rows, number, unique=field.unique)
    # Of several references to one entity, each has another row: a check may want them to differ.
    alike = [one.name for one in entity.fields if one.type.entity == field.type.entity]
    return rows[(number - 1 + alike.index(field.name)) % len(rows)]


def _owner(entity: Entity, users: list[str], number: int, *, unique: bool) -> str | None:
    """Return the user that a row belongs to, by choice one whose role is called like the entity."""
    own = [user for user in users if user.startswith(snake(entity.name))]
    if own and number == 1:
        return own[0]
    if unique:
        others = [user for user in users if user not in own]
        return others[number - 2] if 0 <= number - 2 < len(others) else None
    return (own or users)[0]
