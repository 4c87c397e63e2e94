"""The API's conventions, resolved, with the shapes that its routes use and no others."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from qlf.compile.passes.routes import base
from qlf.model.spec import Api, Pagination
from qlf.words import snake

if TYPE_CHECKING:
    from qlf.compile.draft import Draft
    from qlf.model.spec import Route


def api(draft: Draft) -> Draft:
    """Put the contract together."""
    stated = draft.brief.api
    used = {name for route in draft.routes for name in (route.body, route.result)}
    used |= {shape.item for shape in draft.shapes if shape.name in used}
    used |= _exported(draft)
    made = Api(
        base_path=base(draft),
        path_case=stated.path_case,
        field_case=stated.field_case,
        envelope=stated.envelope,
        errors=stated.errors,
        create_status=stated.create_status,
        delete_status=stated.delete_status,
        pagination=Pagination(
            style=stated.pagination.style,
            limit=stated.pagination.limit,
            position=stated.pagination.position or stated.pagination.style,
            default_limit=stated.pagination.default_limit,
            max_limit=stated.pagination.max_limit,
            origin=stated.pagination.origin,
        ),
        shapes=tuple(shape for shape in draft.shapes if shape.name in used),
        routes=_with_own_ids(draft),
        origin=stated.origin,
    )
    return replace(draft, api=made)


def _exported(draft: Draft) -> set[str]:
    """Return the names of the shapes of rows that stand in what people get about themselves."""
    own = {shape.entity: shape.name for shape in draft.shapes if shape.purpose == "exported"}
    read = {shape.entity: shape.name for shape in draft.shapes if shape.purpose == "read"}
    rows = read | own
    return {
        rows[member.type.entity]
        for shape in draft.shapes
        if shape.purpose == "export"
        for member in shape.properties
    }


def _with_own_ids(draft: Draft) -> tuple[Route, ...]:
    """Give each route an id that no other has: what comes later gets its entity's name, or a number."""
    taken: set[str] = set()
    made = []
    for route in draft.routes:
        name = route.id
        if name in taken and route.entity:
            name = f"{name}_{snake(route.entity)}"
        number = 2
        while name in taken:
            name, number = f"{route.id}_{number}", number + 1
        taken.add(name)
        made.append(route.model_copy(update={"id": name}))
    return tuple(made)
