"""Encrypted and masked fields: nothing may have to read the one in the database, or show the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qlf.compile.draft import Draft, problem
from qlf.model.reading import adds_up, stored_read
from qlf.model.types import TEXTUAL

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from qlf.errors import Problem
    from qlf.model.expression import Expression
    from qlf.model.spec import Derived, Effect, Entity
    from qlf.model.value import Origin

_IN_PYTHON = "the database has only its ciphertext; {}, or leave the field as it is"


def encrypted(draft: Draft) -> Draft:
    """Refuse what would have to read, in the database, a field of which that has the ciphertext alone."""
    return draft.with_problems(_problems(_Reads(draft)))


class _Reads:
    """Finds the encrypted fields that a condition or a value on rows reads."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.entities = {entity.name: entity for entity in draft.entities}

    def of(self, expression: Expression | None) -> str:
        """Return the first encrypted field that is read as ENTITY.FIELD, "" if none is."""
        found = stored_read(expression, self.entities) if expression else ()
        return next((f"{entity.name}.{field.name}" for entity, field in found if field.encrypted), "")

    def masked(self, expression: Expression) -> str:
        """Return the first masked field that is read as ENTITY.FIELD, "" if none is."""
        found = stored_read(expression, self.entities)
        return next((f"{entity.name}.{field.name}" for entity, field in found if field.mask is not None), "")


def _problems(reads: _Reads) -> Iterator[Problem]:
    for entity in reads.draft.entities:
        yield from _stored(entity)
        for grant in entity.access:
            if name := reads.of(grant.condition):
                what = (
                    f"the rows that {grant.role} may {grant.action} are chosen by {name}, which is encrypted"
                )
                yield _refused(grant.origin, what, "choose them by another field")
        for one in entity.derived:
            yield from _derived(reads, entity, one)
    for operation in reads.draft.operations:
        yield from _found(reads, operation.effects)


def _stored(entity: Entity) -> Iterator[Problem]:
    columns = [field.column for field in entity.fields]
    for field in (field for field in entity.fields if field.encrypted):
        place = f"{entity.name}.{field.name} is encrypted"
        if entity.key.kind == "int":
            what = f"{place}, and its ciphertext is bound to a key that rows get too late"
            yield problem(entity.origin, what, f"write id: uuid in {entity.name}")
        if entity.retention and entity.retention.since == field.name:
            what = f"{place}, and rows that are old enough to go are chosen by it"
            yield problem(entity.retention.origin, what, "keep rows from another date on")
        if entity.key.kind == "slug" and entity.key.source == field.name:
            what = (
                f"{entity.name}.{field.name} is encrypted, and the names of its rows in paths would show it"
            )
            yield problem(entity.origin, what, "make the slug of another field, or write id: uuid")
        for taken in {field.stored, field.compared} & set(columns):
            what = f"{place}, and {taken} is what belongs to it in the database"
            yield problem(field.origin, what, f"call the field {taken} otherwise")


def _derived(reads: _Reads, entity: Entity, one: Derived) -> Iterator[Problem]:
    if one.type.kind in TEXTUAL and (name := reads.masked(one.value)):
        what = f"{entity.name}.{one.name} would show {name}, which is masked"
        yield problem(one.origin, what, "leave it out: answers have the field itself, masked")
    name = reads.of(one.value)
    if name and (one.viewer_dependent or adds_up(one.value, reads.entities)):
        what = f"{entity.name}.{one.name} is worked out in the database of {name}, which is encrypted"
        yield _refused(one.origin, what, "derive it of fields of the row alone, without its viewer")


def _found(reads: _Reads, effects: Iterable[Effect]) -> Iterator[Problem]:
    for effect in effects:
        if effect.kind == "find" and (name := reads.of(effect.condition)):
            what = f"{effect.binding} is found by {name}, which is encrypted"
            yield _refused(effect.origin, what, "find it by another field")
        yield from _found(reads, effect.steps)


def _refused(origin: Origin, what: str, instead: str) -> Problem:
    return problem(origin, what, _IN_PYTHON.format(instead))
