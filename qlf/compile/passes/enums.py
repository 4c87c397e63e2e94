"""Name each set of values: `AppointmentStatus`.

Fields of one name with the same values share their enumeration, so that they can be compared and
assigned, except states: each machine has its own.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from qlf.model.spec import Enum
from qlf.words import pascal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qlf.compile.draft import Draft
    from qlf.model.brief import FieldDecl


def enums(draft: Draft) -> Draft:
    """Collect the enumerations of fields, then those of inputs."""
    taken = {entity.name for entity in draft.brief.entities}
    found: dict[str, Enum] = {}
    names: dict[tuple[str, str], str] = {}
    shared: dict[tuple[str, tuple[str, ...]], str] = {}
    for owner, place, field, own in _fields(draft):
        known = None if own else _about(draft, names, place, field) or shared.get((field.name, field.values))
        if known is None:
            known = _free(pascal(owner) + pascal(field.name), taken)
            found[known] = Enum(name=known, values=field.values, origin=field.origin)
            shared.setdefault((field.name, field.values), known)
        names[place] = known
    return replace(draft, enums=tuple(found.values()), enum_names=names)


def _fields(draft: Draft) -> Iterator[tuple[str, tuple[str, str], FieldDecl, bool]]:
    """Yield each enumeration's owner, its key, the field, and whether it must have a name of its own."""
    for entity in draft.brief.entities:
        machines = {states.field for states in entity.states}
        for field in entity.fields:
            if field.kind == "enum":
                yield entity.name, (entity.name, field.name), field, field.name in machines
    for operation in draft.brief.operations:
        for field in operation.inputs:
            if field.kind == "enum":
                yield operation.name, (input_of(operation.name), field.name), field, False


def _about(
    draft: Draft, names: dict[tuple[str, str], str], place: tuple[str, str], field: FieldDecl
) -> str | None:
    """Return the enumeration that an input shares with the rows that its operation is on or creates."""
    for operation in draft.brief.operations:
        if place[0] == input_of(operation.name):
            rows = [operation.entity, *(step.target for step in operation.effects if step.kind == "create")]
            for entity in draft.brief.entities:
                same = any((one.name, one.values) == (field.name, field.values) for one in entity.fields)
                if entity.name in rows and same:
                    return names[entity.name, field.name]
    return None


def input_of(operation: str) -> str:
    """Return the key under which an operation's input has its enumerations."""
    return f"operation {operation}"


def _free(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "Value"
    taken.add(name)
    return name
