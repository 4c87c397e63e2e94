"""What holds of every spec: the shipped briefs', and of whatever Hypothesis thinks of."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qlf.compile.compile import compile_brief
from qlf.model.brief import Brief, DerivedDecl, EntityDecl, FieldDecl, GrantDecl, RoleDecl, StatesDecl, Text
from qlf.model.brief import TransitionDecl as Move
from qlf.model.canonical import canonical, digest
from qlf.model.spec import Spec

ROOT = Path(__file__).parents[2]
NAMES = ("Author", "Book", "Copy", "Reader")
PLAIN = ("text", "longtext", "int", "money", "bool", "date", "datetime", "email", "uuid", "json", "duration")


def check_whole(spec: Spec) -> None:
    """Every name in the contract leads somewhere, and every id and route is there once."""
    assert spec.api
    assert Spec.model_validate_json(canonical(spec)) == spec
    shapes = {shape.name: shape for shape in spec.api.shapes}
    assert len(shapes) == len(spec.api.shapes)
    assert not set(shapes) & {enum.name for enum in spec.enums}
    entities = {entity.name: entity for entity in spec.entities}
    ids = [route.id for route in spec.api.routes]
    assert len(ids) == len(set(ids))
    for route in spec.api.routes:
        assert {route.body, route.result} <= {*shapes, None}
        assert route.roles
        assert list(route.problems) == sorted(set(route.problems))
    used = {name for route in spec.api.routes for name in (route.body, route.result)}
    assert {shape.name for shape in spec.api.shapes} <= used | {shape.item for shape in spec.api.shapes}
    for shape in spec.api.shapes:
        wires = [one.wire for one in shape.properties]
        assert len(wires) == len(set(wires))
        assert shape.item is None or shapes[shape.item].purpose == "item"
    for entity in spec.entities:
        fields = [field.name for field in entity.fields]
        others = [relation.name for relation in entity.relations]
        others += [derived.name for derived in entity.derived]
        assert len({*fields, *others}) == len(fields) + len(others)
        for relation in entity.relations:
            other = entities[relation.entity]
            if relation.kind == "one-to-many":
                assert other.field(relation.via or "").type.entity == entity.name
            else:
                back = next(one for one in other.relations if one.name == relation.inverse)
                assert (back.table, back.here, back.there) == (relation.table, relation.there, relation.here)
                assert back.owning != relation.owning
        sortable = {*fields, "id"}
        assert {
            one.removeprefix("-") for one in (*entity.listing.sorts, entity.listing.default_sort)
        } <= sortable


def test_shipped_briefs_are_whole(shipped: Spec) -> None:
    check_whole(shipped)


@st.composite
def briefs(draw: st.DrawFn) -> Brief:
    """Draw a brief that the reader could have made."""
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=4, unique=True))
    roles = draw(st.lists(st.sampled_from(("clerk", "customer", "admin")), max_size=3, unique=True))
    signed = bool(roles) or draw(st.booleans())
    return Brief(
        name="library",
        file="library.md",
        title="Library",
        authentication=signed,
        roles=tuple(RoleDecl(name=role) for role in roles),
        entities=tuple(draw(entities(name, names, roles, signed=signed)) for name in names),
    )


@st.composite
def entities(draw: st.DrawFn, name: str, names: list[str], roles: list[str], *, signed: bool) -> EntityDecl:
    kinds = draw(st.lists(st.sampled_from(PLAIN), min_size=1, max_size=4))
    flag = st.booleans()
    fields = [
        FieldDecl.model_validate(
            {"name": f"field_{place}", "kind": kind, "required": draw(flag), "unique": draw(flag)}
        )
        for place, kind in enumerate(kinds)
    ]
    for place, target in enumerate(draw(st.lists(st.sampled_from(names), max_size=3))):
        many = draw(flag)
        fields.append(
            FieldDecl(
                name=f"{'all' if many else 'one'}_{place}",
                kind="reference",
                target=target,
                many=many,
                required=draw(flag),
                inverse=f"{name.lower()}_{place}" if many or draw(flag) else None,
            )
        )
    states = ("new", "old")
    fields.append(FieldDecl(name="state", kind="enum", values=states, default="new"))
    by = tuple(roles[:1]) if signed else ()
    moves = (Move(name="age", sources=("new",), target="old", roles=by),)
    actions = draw(
        st.lists(st.sampled_from(("create", "read", "update", "delete", "age", "all")), max_size=3)
    )
    granted = [*roles, *(["user"] if signed else []), "anyone"]
    access = [
        GrantDecl(role=role, action=action, where=Text(text="this.state == 'new'") if draw(flag) else None)
        for action in actions
        for role in draw(st.lists(st.sampled_from(granted), max_size=2, unique=True))
    ]
    access += [GrantDecl(role=role, action="read") for role in by]
    return EntityDecl(
        name=name,
        owner="owner" if signed and draw(flag) else None,
        key=draw(st.sampled_from((None, "uuid", "int"))),
        fields=tuple(fields),
        states=(StatesDecl(field="state", transitions=moves),),
        access=tuple(access),
        derived=(DerivedDecl(name="is_new", value=Text(text="this.state == 'new'")),),
        soft_delete=draw(flag),
        timestamps=draw(flag),
        versioned=draw(flag),
    )


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(briefs())
def test_every_brief_has_one_whole_spec(brief: Brief) -> None:
    spec = compile_brief(brief)
    assert isinstance(spec, Spec), [str(problem) for problem in spec]
    check_whole(spec)
    again = compile_brief(Brief.model_validate_json(brief.model_dump_json()))
    assert isinstance(again, Spec)
    assert canonical(again) == canonical(spec)


def test_bytes_do_not_depend_on_the_process(shipped: Spec) -> None:
    source = (
        "import sys; from pathlib import Path; from qlf.brief.read import read_brief;"
        "from qlf.compile.compile import compile_brief; from qlf.model.canonical import canonical, digest;"
        "print(digest(canonical(compile_brief(read_brief(Path(sys.argv[1])))))) "
    )
    path = ROOT / "briefs" / f"{shipped.name}.md"
    environment = {**os.environ, "PYTHONHASHSEED": "12345", "PYTHONPATH": str(ROOT)}
    found = subprocess.run(
        [sys.executable, "-c", source, str(path)], capture_output=True, text=True, env=environment, check=True
    )
    assert found.stdout.strip() == digest(canonical(shipped))
    assert json.loads(canonical(shipped))["name"] == shipped.name
