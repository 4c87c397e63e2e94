"""How rows are listed: which query parameters choose them, and what they can be sorted by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qlf.compile.draft import Draft, assumption
from qlf.compile.spelling import keys_name, property_name, wire
from qlf.model.spec import Filter, Listing
from qlf.model.types import NUMERIC, TEXTUAL
from qlf.model.value import default

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qlf.model.brief import Assumption
    from qlf.model.spec import Entity, Field

_RANGES = NUMERIC | {"date", "datetime"}
_ORDERED = _RANGES | {"text", "email", "time", "duration"}
_UNFILTERED = frozenset({"longtext", "json", "file", "duration"})
_UNSEEN = "pan"
_SORT = "sort"


def listing(draft: Draft) -> Draft:
    """Say of every entity how its rows are listed."""
    assumed: list[Assumption] = []
    entities = []
    for declared, entity in draft.declared():
        names = {field.name: property_name(field) for field in entity.fields}
        names |= {relation.name: keys_name(relation.name) for relation in entity.relations}
        filters, dropped = _filters(draft, entity)
        sorts = tuple(_sorts(entity))
        made = Listing(
            filters=filters,
            sorts=sorts,
            default_sort="-created_at" if entity.timestamps else sorts[0],
            omits=tuple(names.get(name, name) for name in declared.list_omits),
            origin=default("lists can be filtered and sorted by every field that is fit for it"),
        )
        for name in dropped:
            because = "a parameter that every list has is called so"
            holds = f"{entity.name} cannot be filtered by {name}"
            assumed.append(assumption(f"lists of {entity.name}", holds, because))
        entities.append(entity.model_copy(update={"listing": made}))
    return draft.with_entities(entities).assuming(*assumed)


def _filters(draft: Draft, entity: Entity) -> tuple[tuple[Filter, ...], tuple[str, ...]]:
    """Return the filters, and those whose parameter has another meaning already."""
    paging = draft.brief.api.pagination
    taken = {_SORT, paging.limit, paging.position or paging.style}
    kept: list[Filter] = []
    dropped = []
    for one in _all_filters(draft, entity):
        if one.wire in taken:
            dropped.append(one.wire)
        else:
            taken.add(one.wire)
            kept.append(one)
    return tuple(kept), tuple(dropped)


def _all_filters(draft: Draft, entity: Entity) -> Iterator[Filter]:
    for field in entity.fields:
        if field.hidden or field.name in {"id", "version"} or not _shown(field):
            continue
        name, kind = property_name(field), field.type.kind
        if kind in _UNFILTERED:
            continue
        stamp = field.system and kind == "datetime"
        if not stamp:
            yield Filter(
                wire=wire(draft, name), property=name, operator="eq", type=field.type, origin=field.origin
            )
        if kind in TEXTUAL:
            yield Filter(
                wire=wire(draft, f"{name}_contains"),
                property=name,
                operator="contains",
                type=field.type,
                origin=field.origin,
            )
        if kind in _RANGES:
            for operator in ("min", "max"):
                yield Filter(
                    wire=wire(draft, f"{name}_{operator}"),
                    property=name,
                    operator=operator,
                    type=field.type,
                    origin=field.origin,
                )


def _sorts(entity: Entity) -> Iterator[str]:
    if not entity.timestamps:
        yield "id" if entity.key.kind != "slug" else "slug"
    for field in entity.fields:
        plain = not field.hidden and field.name not in {"id", "slug", "version"} and _shown(field)
        if plain and field.required and field.type.kind in _ORDERED:
            yield field.name


def _shown(field: Field) -> bool:
    """Tell whether lists may be chosen and sorted by a field: that would tell what is hidden."""
    return _UNSEEN not in field.classes and not field.encrypted and field.mask is None
