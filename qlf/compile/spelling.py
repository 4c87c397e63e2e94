"""How names are spelt in the API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qlf.words import singular

if TYPE_CHECKING:
    from qlf.compile.draft import Draft
    from qlf.model.brief import Case
    from qlf.model.spec import Field


def cased(name: str, case: Case) -> str:
    """Return a snake_case name in another case."""
    if case == "kebab":
        return name.replace("_", "-")
    if case == "camel":
        head, *rest = name.split("_")
        return head + "".join(part[:1].upper() + part[1:] for part in rest)
    return name


def wire(draft: Draft, name: str) -> str:
    """Return a property's or parameter's name as the API spells it."""
    return cased(name, draft.brief.api.field_case)


def segment(draft: Draft, name: str) -> str:
    """Return a part of a path as the API spells it."""
    return cased(name, draft.brief.api.path_case)


def property_name(field: Field) -> str:
    """Return the name of the property that carries a field: for references that of their column."""
    return field.column if field.type.kind == "reference" else field.name


def keys_name(relation: str) -> str:
    """Return the name of the property that carries the keys of related rows: `tag_ids`."""
    return f"{singular(relation)}_ids"
