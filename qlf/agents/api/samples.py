"""Example values: what a reader of the contract would take for real, and what its schema accepts."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from qlf.agents.api.schemas import default_of, scale_of
from qlf.agents.api.wording import snake
from qlf.samples import fits, sample_value

if TYPE_CHECKING:
    from qlf.model.spec import Property, Shape, Spec
    from qlf.model.types import Kind, Type

_FIXED: dict[Kind, Any] = {
    "bool": True,
    "time": "09:30:00",
    "duration": "PT1H30M",
    "json": {},
    "email": "ada@example.com",
    "url": "https://example.com/about",
    "phone": "+351210000000",
    "file": "uploads/example.pdf",
}
_START = datetime(2026, 1, 15, 9, 0, tzinfo=UTC)
_NAMESPACE = uuid.UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8")


class _NoSampleError(Exception):
    """No value is known that the schema accepts."""


@dataclass(slots=True)
class _Sampler:
    """Makes the values of one shape; moments follow each other, so that ends come after starts."""

    spec: Spec
    entity: str
    moments: int = field(default=0)

    def of(self, member: Property) -> object:
        if member.type.many:
            return [self._value(member)]
        return self._value(member)

    def _value(self, member: Property) -> object:
        auth = self.spec.auth
        if auth and member.source == "input" and member.name in {"token_type", "expires_in"}:
            return auth.token_scheme if member.name == "token_type" else auth.access_seconds
        constant = default_of(member)
        kind = member.type
        match kind.kind:
            case "decimal" | "money":
                return _decimal(member)
            case _ if constant is not None:
                return constant
            case "enum":
                return next(enum.values[0] for enum in self.spec.enums if enum.name == kind.enum)
            case "int":
                return int(_within(member, 1))
            case "date":
                return "1990-04-12" if "birth" in member.name else _START.date().isoformat()
            case "datetime":
                self.moments += 1
                return f"{_START + timedelta(hours=self.moments - 1):%Y-%m-%dT%H:%M:%SZ}"
            case "uuid":
                return str(uuid.uuid5(_NAMESPACE, f"{self.entity}/{member.name}"))
            case "reference":
                return self._key(kind)
            case "text" if member.source == "key" or member.name == "slug":
                return _slug(self.entity)
            case "text" | "longtext" | "email" | "url" | "phone" | "file":
                return _text(self.spec, member)
            case other:
                return _FIXED[other]

    def _key(self, kind: Type) -> object:
        entity = self.spec.entity(kind.entity or "")
        match entity.key.kind:
            case "int":
                return 1
            case "slug":
                return _slug(entity.name)
            case _:
                return str(uuid.uuid5(_NAMESPACE, f"{entity.name}/id"))


def sample(spec: Spec, shape: Shape) -> dict[str, object] | None:
    """Return an example of a shape with every member, None where a pattern gives no way to one."""
    sampler = _Sampler(spec, shape.entity or shape.name)
    try:
        made = {member.wire: sampler.of(member) for member in shape.properties}
    except _NoSampleError:
        return None
    answered = shape.purpose in {"read", "item", "exported"}
    shown = {member.wire: member.mask for member in shape.properties if answered and member.mask}
    return {wire: shown[wire].hide(str(value)) if wire in shown else value for wire, value in made.items()}


def _slug(entity: str) -> str:
    return f"example-{snake(entity).replace('_', '-')}"


def _within(member: Property, wanted: Decimal | int) -> Decimal:
    value = Decimal(wanted)
    if member.minimum is not None:
        value = max(value, Decimal(str(member.minimum)))
    if member.maximum is not None:
        value = min(value, Decimal(str(member.maximum)))
    return value


def _decimal(member: Property) -> str:
    constant = default_of(member)
    digits = (member.type.precision or 18) - scale_of(member.type)
    usual = Decimal("19.99") if digits > 1 else Decimal(1)
    value = _within(member, usual) if constant is None else Decimal(str(constant))
    return f"{value:.{scale_of(member.type)}f}"


def _text(spec: Spec, member: Property) -> str:
    text = str(sample_value(spec, member))
    if not fits(member, text):
        raise _NoSampleError
    return text
