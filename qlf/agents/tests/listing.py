"""Tests of lists: what they show, in which pages, filtered and sorted how."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from qlf.agents.tests.cases import Case, Subject, compose, population, who
from qlf.agents.tests.names import json_value, quoted, snake
from qlf.agents.tests.reading import row_script
from qlf.agents.tests.solve import Wish, arrange
from qlf.agents.tests.world import Row
from qlf.samples import enum_values, parsed, sample_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from qlf.agents.tests.script import Script
    from qlf.agents.tests.stage import Scene
    from qlf.model.spec import Field, Filter, Property, Route

GONE = 404


def listed(subject: Subject, route: Route) -> Iterator[Case]:
    """Yield what lists show, page by page, filtered and sorted."""
    for role in subject.stages.callers(route):
        scene = subject.stages.on_row(subject.entity, "read", role)
        if scene and subject.stages.condition(subject.entity, "read", role) is not True:
            yield _own_rows(subject, route, scene)
    yield from _pages(subject, route)
    for one in subject.entity.listing.filters:
        case = _filtered(subject, route, one)
        if case:
            yield case
    for name in subject.entity.listing.sorts:
        yield from _sorted(subject, route, name)


def _keys(script: Script, rows: Iterable[Row]) -> str:
    return ", ".join(script.key(row, json=True) for row in rows)


def _item_key(subject: Subject) -> str:
    shape = subject.stages.shape(subject.entity, "item") or subject.stages.shape(subject.entity, "read")
    return (subject.key(shape.properties) if shape else None) or "id"


def _own_rows(subject: Subject, route: Route, scene: Scene) -> Case:
    hidden = scene.world.add(subject.entity)
    condition = subject.stages.condition(subject.entity, "read", scene.role)
    if condition is not None and not isinstance(condition, bool):
        arrange(scene.world, lambda: [Wish(condition, hidden.names(), want=False)])
    shown = population(scene, subject.stages)
    script = row_script(subject, scene, *shown, hidden)
    key = quoted(_item_key(subject))
    found = f"[row[{key}] for row in response.json()[{quoted(subject.items)}]]"
    expected = f"[{_keys(script, shown)}]"
    if len(shown) > 1:
        found, expected = f"sorted({found})", f"sorted({expected})"
    return compose(
        script,
        name=f"{who(scene.role)}_lists_no_other_{subject.entity.plural}",
        requests=(subject.call(route, script.path(route), *subject.headers(scene, script)),),
        asserts=("assert response.status_code == 200", f"assert {found} == {expected}"),
    )


def several(subject: Subject, number: int, values: Iterable[dict[str, Any]] = ()) -> Scene | None:
    """Return a scene with some rows that one viewer can read; `values` are said about the first ones."""
    route = subject.route("list")
    roles = subject.stages.callers(route) if route else ()
    said = [*values, *({} for _ in range(number))][:number]
    free = [role for role in roles if subject.stages.condition(subject.entity, "read", role) is True]
    for role in [*free, *(role for role in roles if role not in free)]:
        scene = subject.stages.on_row(subject.entity, "read", role, values=said[0])
        if scene is None:
            continue
        rows = [scene.row, *(scene.world.add(subject.entity, one) for one in said[1:])]
        for row, one in zip(rows, said, strict=True):
            row.pinned.update(one)
        condition = subject.stages.condition(subject.entity, "read", role)
        wanted: list[Wish] = []
        if condition is not None and not isinstance(condition, bool):
            wanted = [Wish(condition, row.names()) for row in rows]
        if arrange(scene.world, partial(list, wanted)):
            return scene
    return None


def _pages(subject: Subject, route: Route) -> Iterator[Case]:
    scene = several(subject, 3)
    if scene is None or subject.spec.api is None:
        return
    shown = population(scene, subject.stages)
    script = row_script(subject, scene, *shown)
    style = subject.spec.api.pagination
    limit = len(shown) - 1
    size = f"{quoted(style.limit)}: {limit}"
    cursor = quoted(subject.cased("next_cursor"))
    position = {"cursor": f"first[{cursor}]", "offset": str(limit), "page": "2"}[style.style]
    headers = subject.headers(scene, script)
    yield compose(
        script,
        kind="pages",
        name=f"{subject.entity.plural}_come_in_pages",
        path=script.path(route),
        headers=f", {headers[0]}" if headers else "",
        first=size,
        second=f"{size}, {quoted(style.position)}: {position}",
        items=subject.items,
        limit=limit,
        key=_item_key(subject),
        expected=_keys(script, shown),
        asserts={
            "cursor": (f"assert second[{cursor}] is None",),
            "offset": (f'assert first["total"] == {len(shown)}',),
            "page": (f'assert first["total"] == {len(shown)}', 'assert first["pages"] == 2'),
        }[style.style],
    )


def _property(subject: Subject, name: str) -> Property | None:
    for purpose in ("read", "item"):
        shape = subject.stages.shape(subject.entity, purpose)
        for prop in shape.properties if shape else ():
            if prop.name == name:
                return prop
    return None


def _two_values(subject: Subject, known: Field) -> list[Any]:
    if known.type.kind == "enum":
        return list(enum_values(subject.spec, known.type)[:2])
    if known.type.kind == "bool":
        return [False, True]
    return [parsed(known.type, sample_value(subject.spec, known, variant)) for variant in (5, 8)]


def _distinct(subject: Subject, name: str) -> tuple[Scene, Field] | None:
    """Return a scene with two rows that differ in a stored field."""
    prop = _property(subject, name)
    known = next((one for one in subject.entity.fields if prop and one.name == prop.of), None)
    if known is None or known.system or known.computed is not None:
        return None
    if known.type.kind == "reference":
        scene = several(subject, 2)
        return (scene, known) if scene else None
    values = [{known.name: value} for value in _two_values(subject, known)]
    scene = several(subject, 2, values)
    return (scene, known) if scene else None


def _filtered(subject: Subject, route: Route, one: Filter) -> Case | None:
    found = _distinct(subject, one.property)
    if found is None:
        return None
    scene, known = found
    shown = population(scene, subject.stages)
    values = [row[known.name] for row in shown]
    present = [value for value in values if value is not None]
    if not present:
        return None
    wanted = present[0] if isinstance(present[0], Row) or one.operator != "min" else max(present)
    if one.operator == "max":
        wanted = min(present)
    kept = [row for row, value in zip(shown, values, strict=True) if _passes(one, value, wanted)]
    if len(kept) == len(shown):
        return None
    script = row_script(subject, scene, *shown, *(value for value in values if isinstance(value, Row)))
    text = script.key(wanted, json=True) if isinstance(wanted, Row) else json_value(wanted)
    items = f"response.json()[{quoted(subject.items)}]"
    key = quoted(_item_key(subject))
    result = f"[row[{key}] for row in {items}]"
    expected = f"[{_keys(script, kept)}]"
    if len(kept) > 1:
        result, expected = f"sorted({result})", f"sorted({expected})"
    params = f"params={{{quoted(one.wire)}: {text}}}"
    return compose(
        script,
        name=f"{subject.entity.plural}_are_filtered_by_{snake(one.wire)}",
        requests=(subject.call(route, script.path(route), params, *subject.headers(scene, script)),),
        asserts=("assert response.status_code == 200", f"assert {result} == {expected}"),
    )


def _passes(one: Filter, value: Any, wanted: Any) -> bool:  # noqa: ANN401
    if value is None:
        return False
    match one.operator:
        case "eq":
            return bool(value == wanted)
        case "min":
            return bool(value >= wanted)
        case "max":
            return bool(value <= wanted)
        case "contains":
            return str(wanted).lower() in str(value).lower()


def _sorted(subject: Subject, route: Route, name: str) -> Iterator[Case]:
    found = _distinct(subject, name)
    prop = _property(subject, name)
    if found is None or prop is None or found[1].type.kind in {"reference", "bool", "uuid", "enum"}:
        return
    scene, known = found
    shown = population(scene, subject.stages)
    values = [row[known.name] for row in shown]
    if None in values or len(set(values)) != len(values) or len(shown) < 2:  # noqa: PLR2004
        return
    shown.sort(key=lambda row: row[known.name])
    script = row_script(subject, scene, *shown)
    key = quoted(_item_key(subject))
    rows = f"response.json()[{quoted(subject.items)}]"
    yield compose(
        script,
        name=f"{subject.entity.plural}_are_sorted_by_{snake(name)}",
        decorators=(
            f'@pytest.mark.parametrize(("sort", "step"), [({quoted(name)}, 1), ({quoted("-" + name)}, -1)])',
        ),
        parameters=("sort: str", "step: int"),
        requests=(
            subject.call(route, script.path(route), 'params={"sort": sort}', *subject.headers(scene, script)),
        ),
        asserts=(
            "assert response.status_code == 200",
            f"assert [row[{key}] for row in {rows}] == [{_keys(script, shown)}][::step]",
        ),
    )
