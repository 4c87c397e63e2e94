"""What the names in an expression stand for."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from qlf.model.types import Type

if TYPE_CHECKING:
    from collections.abc import Mapping

_MOMENTS = {"now": Type(kind="datetime"), "today": Type(kind="date")}


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The members of each entity (fields, derived fields, relations) and the values of each enumeration.

    `broken` are members, by entity and name, about which a problem has been noted elsewhere: what reads
    them cannot be typed, and there is nothing more to say about it.
    """

    entities: Mapping[str, Mapping[str, Type]]
    enums: Mapping[str, tuple[str, ...]]
    broken: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Scope:
    """The names that an expression may use.

    `names` are rows and moments by name, `inputs` the members of `input` (None: there is no input).
    `advice` says what to do about a name that is known elsewhere but not here.
    """

    catalogue: Catalogue
    names: Mapping[str, Type]
    inputs: Mapping[str, Type] | None = None
    advice: Mapping[str, str] = field(default_factory=dict)

    def bind(self, name: str, kind: Type) -> Scope:
        """Return the scope with one more name, or with another meaning for it."""
        return replace(self, names={**self.names, name: kind})

    def known(self) -> list[str]:
        """Return every name, for advice."""
        return [*self.names, *(["input"] if self.inputs is not None else [])]


def row_scope(catalogue: Catalogue, entity: str | None, *, viewer: str | None = None) -> Scope:
    """Return a scope in which `this` is a row of the entity and `viewer` one of the entity `viewer`."""
    names = dict(_MOMENTS)
    if entity is not None:
        names = {"this": Type(kind="reference", entity=entity), **names}
    if viewer is not None:
        names["viewer"] = Type(kind="reference", entity=viewer)
    return Scope(catalogue, names)
