"""Briefs that read without problems are written and read again, whole and in part."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from qlf.brief.expand import expand
from qlf.brief.read import read_brief
from qlf.brief.render import brief_form, field_form
from qlf.declarations.patterns import normalised, pattern_trouble
from qlf.declarations.short_forms import Form, parse
from qlf.model.brief import (
    ActionDecl,
    ApiDecl,
    Brief,
    CheckDecl,
    DerivedDecl,
    EffectDecl,
    EntityDecl,
    FieldDecl,
    GrantDecl,
    OperationDecl,
    OverlayDecl,
    PaginationDecl,
    RoleDecl,
    StackDecl,
    StatesDecl,
    Text,
    TransitionDecl,
)
from qlf.model.types import KINDS, Kind

if TYPE_CHECKING:
    from collections.abc import Callable

SLOW = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=40)
FORMS: tuple[Form, ...] = ("field", "type", "access", "transition", "relation_action", "roles")

VALUES = ("draft", "in_progress", "no", "unique", "Done-2")
ROLES = ("clerk", "boss")
cel = st.sampled_from(
    [
        "this.a > 1",
        'this.name == "x: #y"',
        "null",
        "1",
        "size(this.a) > 0 ? true : false",
        "'it''s'",
        "true && !x",
    ]
).map(lambda text: Text(text=text))
sentences = st.sampled_from(
    ["", "One sentence.", "no", "It's: # a\u00fcb \U0001f600", '"quoted"', "- dash", "12"]
)
texts = st.text(
    st.characters(codec="utf-8", exclude_categories=("C", "Zl", "Zp")), max_size=12
) | st.sampled_from(["true", "12", "now", 'a "b" \\', " lead", "x # y", "a: b", "=", "/", "@x", "null", "~"])
patterns = (
    st.text(alphabet=r"ab0.*+?{},()[]|^$\-/ #:'", min_size=1, max_size=10)
    .filter(lambda pattern: pattern_trouble(pattern) is None)
    .map(normalised)
)
numbers = st.integers(0, 10**12) | st.decimals(0, 99999, places=2).map(float).map(
    lambda number: int(number) if number.is_integer() else number
)


def _constants(kind: Kind) -> st.SearchStrategy[Any]:
    found: dict[str, st.SearchStrategy[Any]] = {
        "text": texts,
        "longtext": texts | st.just("two\nlines"),
        "int": st.integers(-(10**15), 10**15),
        "decimal": st.sampled_from([0, 1, -2, 0.25, 1e-06, 12345.5]),
        "money": st.sampled_from([0, 9.9, -0.01, 10**12]),
        "bool": st.booleans(),
        "date": st.sampled_from(["today", "2030-12-31"]),
        "datetime": st.sampled_from(["now", "2030-12-31T09:00:00Z"]),
        "time": st.just("09:00:00"),
        "duration": st.sampled_from(["PT1H30M", "P1D"]),
        "email": st.just("a@example.org"),
        "url": st.just("https://example.org/#x"),
        "phone": st.just("+493012345"),
        "uuid": st.just("00000000-0000-4000-8000-000000000000"),
    }
    return st.none() | found[kind] if kind in found else st.none()


@st.composite
def fields(draw: st.DrawFn, name: str, *, is_input: bool = False) -> FieldDecl:
    """Draw a field that is sound by itself."""
    kind: Kind = draw(st.sampled_from(KINDS))
    many = kind == "reference" and not is_input and draw(st.booleans())
    said: dict[str, Any] = {"name": name, "kind": kind, "required": draw(st.booleans())}
    if kind == "reference":
        said |= {"target": draw(st.sampled_from(["User", "Item"])), "many": many}
        said["inverse"] = None if is_input else f"inverse_of_{name}"
    if kind == "enum":
        said["values"] = draw(st.lists(st.sampled_from(VALUES), min_size=1, unique=True).map(tuple))
    if kind == "decimal" and draw(st.booleans()):
        said |= {"precision": 20, "scale": draw(st.integers(6, 10))}
    if kind in {"text", "longtext", "email", "url", "phone", "file"}:
        said["pattern"] = draw(st.none() | patterns)
    draws: dict[str, Callable[[], Any]] = {
        "default": lambda: draw(st.sampled_from(said["values"]) if kind == "enum" else _constants(kind)),
        "computed": lambda: None if kind in {"json", "file", "reference"} else draw(cel),
        "bounds": lambda: draw(numbers if kind in {"decimal", "money"} else st.integers(0, 300)),
    }
    choice = draw(st.sampled_from(["default", "nothing", "bounds"] + ([] if is_input else ["computed"])))
    if choice == "bounds" and kind in {"text", "longtext", "int", "decimal", "money", "email", "file"}:
        low, high = sorted((draws["bounds"](), draws["bounds"]()))
        said |= {"minimum": draw(st.sampled_from([None, low])), "maximum": high}
    elif choice in {"default", "computed"} and not many:
        said[choice] = draws[choice]()
    if not is_input:
        if kind not in {"json", "longtext", "bool"} and not many:
            said |= {"unique": draw(st.booleans()), "indexed": draw(st.booleans())}
        if choice != "computed":
            said |= draw(st.sampled_from([{}, {"immutable": True}, {"readonly": True}]))
        said["hidden"] = draw(st.booleans())
        said["renamed_from"] = draw(st.sampled_from([None, None, None, "former"]))
    said["classes"] = draw(st.lists(st.sampled_from(["pii", "phi", "pan"]), unique=True).map(tuple))
    said["description"] = draw(sentences)
    return FieldDecl(**said)


roles = st.lists(st.sampled_from(ROLES), unique=True, max_size=2).map(tuple)
checks = st.builds(CheckDecl, name=st.just("check"), condition=cel, message=sentences).map(lambda one: (one,))


@st.composite
def grants(draw: st.DrawFn) -> tuple[GrantDecl, ...]:
    """Draw grants, role by role."""
    found = []
    for role in draw(roles):
        seen = set()
        for _ in range(draw(st.integers(1, 4))):
            own = draw(st.booleans())
            where = None if own else draw(st.none() | cel)
            action = draw(st.sampled_from(["create", "read", "update", "all", "go", "like"]))
            if (action, own, where) not in seen:
                found.append(GrantDecl(role=role, action=action, own=own, where=where))
            seen.add((action, own, where))
    return tuple(found)


transitions = st.builds(
    TransitionDecl,
    name=st.just("go"),
    sources=st.sampled_from([("a",), ("a", "b")]),
    target=st.just("b"),
    roles=roles,
    condition=st.none() | cel,
    description=sentences,
)
state_field = FieldDecl(name="state", kind="enum", values=("a", "b"), default="a")
fans = FieldDecl(name="fans", kind="reference", target="User", many=True, inverse="liked")


@st.composite
def entities(draw: st.DrawFn, name: str) -> EntityDecl:
    """Draw an entity with a state field, a many-to-many and other fields."""
    more = tuple(draw(fields(f"{name.lower()}_{index}")) for index in range(draw(st.integers(0, 4))))
    text = FieldDecl(name="name", kind="text", required=True)
    with_action = draw(st.booleans())
    derived = st.builds(DerivedDecl, name=st.just("worked"), value=cel, description=sentences)
    actions = st.builds(
        ActionDecl,
        name=st.just("like"),
        relation=st.just("fans"),
        subject=st.sampled_from(["viewer", "row"]),
        roles=roles,
        description=sentences,
    )
    inverse = fans.model_copy(update={"inverse": f"liked_{name.lower()}"})
    return EntityDecl(
        name=name,
        taken=draw(st.sampled_from([None, OverlayDecl(name="zoo")])),
        plural=draw(st.sampled_from([None, "things"])),
        description=draw(sentences),
        owner=draw(st.sampled_from([None, "owner"])),
        **draw(st.sampled_from([{}, {"key": "uuid"}, {"key": "int"}, {"key": "slug", "slug_from": "name"}])),
        fields=(text, state_field, inverse, *more),
        unique=draw(st.sampled_from([(), (("name",), ("name", "state"))])),
        indexes=draw(st.sampled_from([(), (("state", "name"),)])),
        checks=draw(st.just(()) | checks),
        states=(StatesDecl(field="state", transitions=(draw(transitions),)),),
        access=draw(grants()) if with_action else (),
        derived=(draw(derived),),
        actions=(draw(actions),),
        soft_delete=draw(st.booleans()),
        timestamps=draw(st.booleans()),
        versioned=draw(st.booleans()),
        list_omits=draw(st.sampled_from([(), ("state",)])),
        renamed_from=draw(st.sampled_from([None, "Former"])),
    )


steps = st.recursive(
    st.sampled_from(
        [
            EffectDecl(kind="require", target="r", condition=Text(text="x"), message="m"),
            EffectDecl(kind="require", target="r", condition=Text(text="true")),
            EffectDecl(kind="update", row=Text(text="x"), values=(("name", Text(text="'no'")),)),
            EffectDecl(kind="delete", row=Text(text="this.lines")),
            EffectDecl(kind="move", row=Text(text="x"), target="go"),
            EffectDecl(kind="adjust", row=Text(text="a.b"), target="stock", by=Text(text="-1")),
            EffectDecl(kind="create", target="Item"),
            EffectDecl(kind="create", target="Item", values=(("name", Text(text="null")),)),
        ]
    ),
    lambda inner: st.builds(
        EffectDecl,
        kind=st.just("each"),
        binding=st.sampled_from([f"row_{letter}" for letter in "abcdefgh"]),
        row=cel,
        steps=st.lists(inner, min_size=1, max_size=2).map(tuple),
    ),
    max_leaves=3,
).filter(lambda step: len(_bindings(step)) == len(set(_bindings(step))))


def _bindings(step: EffectDecl) -> list[str]:
    inner = [name for one in step.steps for name in _bindings(one)]
    return [step.binding, *inner] if step.binding else inner


@st.composite
def operations(draw: st.DrawFn) -> OperationDecl:
    """Draw an operation on Item."""
    found = EffectDecl(kind="find", target="Item", binding="found", condition=draw(cel))
    return OperationDecl(
        name="settle",
        method=draw(st.sampled_from(["POST", "PUT"]))
        if (path := draw(st.sampled_from([None, "/a/{id}"])))
        else "POST",
        path=path,
        entity="Item",
        roles=draw(roles),
        inputs=(draw(fields("amount", is_input=True)),),
        guards=draw(st.just(()) | checks),
        effects=(found, *draw(st.lists(steps, max_size=2))),
        result=draw(st.sampled_from([None, "this", "found"])),
        description=draw(sentences),
    )


@st.composite
def briefs(draw: st.DrawFn) -> Brief:
    """Draw a whole brief with roles clerk and boss and entity Item."""
    described = st.builds(
        lambda signup, first, second: (
            RoleDecl(name="clerk", signup=signup, description=first),
            RoleDecl(name="boss", description=second),
        ),
        st.none() | st.booleans(),
        sentences,
        sentences,
    )
    pages = st.sampled_from([PaginationDecl(), PaginationDecl(style="page", limit="size", max_limit=50)])
    return Brief(
        name="app",
        file="briefs/app.md",
        title="App",
        prose="# App\n\nProse.",
        version=draw(st.sampled_from(["0.1.0", "1.2.0", "1.0.0-rc.1"])),
        stack=draw(st.sampled_from([StackDecl(), StackDecl(backend="fastapi", frontend="none")])),
        overlays=draw(st.sampled_from([(), (OverlayDecl(name="hipaa"), OverlayDecl(name="pci-dss"))])),
        authentication=draw(st.sampled_from([None, True])),
        roles=draw(described),
        entities=(draw(entities("Item")), *((draw(entities("Other")),) if draw(st.booleans()) else ())),
        operations=(draw(operations()),) if draw(st.booleans()) else (),
        features=draw(st.sampled_from([(), ("search",)])),
        api=ApiDecl(
            envelope=draw(st.booleans()), key=draw(st.sampled_from(["uuid", "int"])), pagination=draw(pages)
        ),
    )


def plain(value: object) -> object:
    """Leave out origins and where the prose begins."""
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items() if name not in {"origin", "prose_line"}}
    return [plain(one) for one in value] if isinstance(value, list | tuple) else value


@SLOW
@given(briefs())
def test_what_is_rendered_reads_as_before(brief: Brief) -> None:
    # JSON is YAML: quoting is not what is tested here.
    text = f"---\n{json.dumps(brief_form(brief), ensure_ascii=False)}\n---\n{brief.prose}\n"
    again = read_brief(Path(brief.file), text.encode())
    assert isinstance(again, Brief), [str(problem) for problem in again]
    assert plain(again.model_dump()) == plain(brief.model_dump())


@given(fields("some").filter(lambda field: not field.description and not field.renamed_from))
def test_fields_have_a_short_form(field: FieldDecl) -> None:
    form = field_form(field)
    if "\n" not in f"{field.default}":
        assert isinstance(form, str)
        assert isinstance(parse("field", form), tuple)


@given(st.sampled_from(FORMS), st.text(max_size=20))
def test_any_text_is_taken_apart_or_refused_inside_it(form: Form, text: str) -> None:
    parts = parse(form, text)
    offsets = [part.offset for part in parts] if isinstance(parts, tuple) else [parts.offset]
    assert all(0 <= offset <= len(text) for offset in offsets)


def part_of(draw: st.DrawFn, form: object, depth: int = 0) -> object:
    """Leave clauses out: any of an entity's, the last ones where order counts."""
    if not isinstance(form, dict) or depth > 3:
        return form
    names = list(form)
    if depth in {1, 3}:
        kept = names[: draw(st.integers(1, len(names)))]
    else:
        kept = [name for name in names if draw(st.booleans())] or names
    return {name: part_of(draw, form[name], depth + 1) for name in kept}


@st.composite
def cases(draw: st.DrawFn) -> tuple[str, Brief]:
    whole = draw(briefs())
    # Of an entity from an overlay only what the brief says itself is written.
    own = tuple(entity.model_copy(update={"taken": None}) for entity in whole.entities)
    brief = whole.model_copy(update={"entities": own})
    out = io.StringIO()
    yaml = YAML()
    yaml.width = 1 << 16
    yaml.indent(mapping=draw(st.sampled_from([2, 4])), sequence=4, offset=2)
    form = brief_form(brief)
    partial = {name: part_of(draw, form[name], 1) for name in form if draw(st.booleans())}
    if partial:
        yaml.dump(partial, out)
    lines = [
        f"{line}  # note {number}" if re.fullmatch(r" *\w+:", line) else line
        for number, line in enumerate(out.getvalue().split("\n"))
    ]
    return "---\n# About this brief\n" + "\n".join(lines) + f"---\n{brief.prose}\n", brief


@SLOW
@given(cases())
def test_what_is_expanded_reads_as_inferred(case: tuple[str, Brief]) -> None:
    text, brief = case
    again = read_brief(Path(brief.file), expand(text, brief).encode())
    assert isinstance(again, Brief), [str(problem) for problem in again]
    assert plain(again.model_dump()) == plain(brief.model_dump())


@SLOW
@given(cases())
def test_no_line_of_the_author_is_touched(case: tuple[str, Brief]) -> None:
    text, brief = case
    expanded = iter(expand(text, brief).split("\n"))
    lost = [line for line in text.split("\n") if line not in expanded]
    assert lost == []


@SLOW
@given(cases())
def test_a_second_time_changes_nothing(case: tuple[str, Brief]) -> None:
    text, brief = case
    once = expand(text, brief)
    assert expand(once, brief) == once
