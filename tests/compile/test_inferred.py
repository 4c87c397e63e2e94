"""Briefs that no reader has checked: what they name must be there all the same."""

from __future__ import annotations

import pytest

from qlf.compile.compile import compile_brief
from qlf.model.brief import (
    ActionDecl,
    Brief,
    EffectDecl,
    EntityDecl,
    FieldDecl,
    GrantDecl,
    OperationDecl,
    RoleDecl,
    StatesDecl,
    Text,
    TransitionDecl,
)
from qlf.model.spec import Spec

TEXT = FieldDecl(name="text", kind="text")
STATE = FieldDecl(name="state", kind="enum", values=("new", "old"), default="new")
AGE = TransitionDecl(name="age", sources=("new",), target="odl")
CASES: list[tuple[EntityDecl, str]] = [
    (
        EntityDecl(name="Note", fields=(FieldDecl(name="book", kind="reference", target="Bok"),)),
        "there is no entity Bok; did you mean Book?",
    ),
    (EntityDecl(name="Note", fields=(TEXT, TEXT)), "Note has a field text already; rename one of them"),
    (
        EntityDecl(name="Note", fields=(TEXT,), unique=(("txt",),)),
        "Note has no field txt; did you mean text?",
    ),
    (
        EntityDecl(name="Note", fields=(TEXT,), states=(StatesDecl(field="text", transitions=()),)),
        "Note.text is no enum with a default, its initial state; write text: enum(a, b) = a",
    ),
    (
        EntityDecl(name="Note", fields=(STATE,), states=(StatesDecl(field="state", transitions=(AGE,)),)),
        "there is no state odl; did you mean old?",
    ),
    (
        EntityDecl(name="Note", fields=(TEXT,), access=(GrantDecl(role="clrk", action="read"),)),
        "there is no role clrk; did you mean clerk?",
    ),
    (
        EntityDecl(name="Note", fields=(TEXT,), access=(GrantDecl(role="clerk", action="raed"),)),
        "Note has no action raed; did you mean read?",
    ),
    (
        EntityDecl(
            name="Note", fields=(TEXT,), actions=(ActionDecl(name="add", relation="books", subject="row"),)
        ),
        "books is no many-to-many of Note; there are none",
    ),
    (EntityDecl(name="Book", fields=(TEXT,)), "the entity Book is there twice; rename one of them"),
]


@pytest.mark.parametrize(("entity", "message"), CASES, ids=[message for _, message in CASES])
def test_what_is_named_must_be_there(entity: EntityDecl, message: str) -> None:
    found = compile_brief(
        Brief(
            name="notes",
            file="notes.md",
            title="Notes",
            roles=(RoleDecl(name="clerk"),),
            entities=(EntityDecl(name="Book", fields=(TEXT,)), entity),
        )
    )
    assert isinstance(found, list)
    assert [str(problem) for problem in found] == [f":0:0: {message}"]


def test_operations_on_and_of_unknown_entities_are_refused() -> None:
    operation = OperationDecl(name="add", entity="Bok", effects=(EffectDecl(kind="create", target="Nota"),))
    book = EntityDecl(name="Book", fields=(TEXT,))
    found = compile_brief(Brief(name="n", file="n.md", title="N", entities=(book,), operations=(operation,)))
    assert isinstance(found, list)
    assert [problem.what for problem in found] == ["there is no entity Bok", "there is no entity Nota"]


def test_each_operation_takes_its_own_input() -> None:
    book = EntityDecl(name="Book", fields=(TEXT,))
    operations = tuple(
        OperationDecl(
            name=name,
            entity="Book",
            inputs=inputs,
            effects=(EffectDecl(kind="delete", row=Text(text="this")),),
        )
        for name, inputs in (("burn", ()), ("lend", (TEXT,)), ("sell", (TEXT,)))
    )
    found = compile_brief(Brief(name="n", file="n.md", title="N", entities=(book,), operations=operations))
    assert isinstance(found, Spec)
    assert found.api
    bodies = {route.action: route.body for route in found.api.routes if route.kind == "operation"}
    assert bodies == {"burn": None, "lend": "LendInput", "sell": "SellInput"}


def test_a_brief_without_entities_is_an_application_all_the_same() -> None:
    found = compile_brief(Brief(name="empty", file="empty.md", title="Empty"))
    assert isinstance(found, Spec)
    assert found.api
    assert found.api.routes == ()
