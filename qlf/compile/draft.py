"""What the passes hand on: the brief, the spec as far as it is known, and the problems so far."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from qlf.errors import Problem
from qlf.model.brief import Assumption
from qlf.model.spec import Safeguards
from qlf.model.value import Origin

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from qlf.model.brief import Brief, EntityDecl, Question
    from qlf.model.overlay import Overlay
    from qlf.model.spec import Api, Applied, Auth, Entity, Enum, Operation, Role, Route, Shape

USER = "User"


@dataclass(frozen=True, slots=True)
class Draft:
    """A spec in the making. Every pass returns a new one.

    `overlays` are those that take part, in the order in which they apply. `enum_names` has the enumeration of
    each field, by entity (or `operation NAME`) and field.
    `broken` are derived fields, by entity and name, that could not be typed.
    """

    brief: Brief
    overlays: tuple[Overlay, ...] = ()
    safeguards: Safeguards = field(default_factory=Safeguards)
    applied: tuple[Applied, ...] = ()
    auth: Auth | None = None
    roles: tuple[Role, ...] = ()
    enums: tuple[Enum, ...] = ()
    enum_names: Mapping[tuple[str, str], str] = field(default_factory=dict)
    broken: frozenset[tuple[str, str]] = frozenset()
    entities: tuple[Entity, ...] = ()
    operations: tuple[Operation, ...] = ()
    shapes: tuple[Shape, ...] = ()
    routes: tuple[Route, ...] = ()
    api: Api | None = None
    assumptions: tuple[Assumption, ...] = ()
    questions: tuple[Question, ...] = ()
    problems: tuple[Problem, ...] = ()

    def entity(self, name: str) -> Entity:
        """Return the entity of that name; a KeyError is a defect of the caller."""
        for entity in self.entities:
            if entity.name == name:
                return entity
        raise KeyError(name)

    def declared(self) -> Iterable[tuple[EntityDecl, Entity]]:
        """Return each entity as the brief has it, beside what it has become so far."""
        return zip(self.brief.entities, self.entities, strict=True)

    @property
    def viewer(self) -> str | None:
        """The entity of the signed-in person, None if nobody signs in."""
        return self.auth.entity if self.auth else None

    @property
    def administrators(self) -> tuple[str, ...]:
        """The names of the roles that look after the others."""
        return tuple(role.name for role in self.roles if role.administrator)

    def with_entities(self, entities: Iterable[Entity]) -> Draft:
        """Return the draft with these entities instead."""
        return replace(self, entities=tuple(entities))

    def with_problems(self, problems: Iterable[Problem]) -> Draft:
        """Return the draft with more problems."""
        return replace(self, problems=(*self.problems, *problems))

    def assuming(self, *more: Assumption) -> Draft:
        """Return the draft with more assumptions."""
        return replace(self, assumptions=(*self.assumptions, *more))


def problem(origin: Origin, what: str, advice: str) -> Problem:
    """Return a problem at the place of a node of the brief."""
    return Problem(origin.file, origin.line, origin.column, what, advice)


def assumption(about: str, holds: str, because: str) -> Assumption:
    """Return an assumption of the compiler's own, with the rule that led to it."""
    return Assumption(about=about, holds=holds, origin=Origin(kind="default", because=because))
