"""Diagrams are held to the part of Mermaid's grammar that the pages use.

The words that need quoting were found by giving each to the parser of Mermaid 11.
"""

from __future__ import annotations

import re

import pytest

from qlf.agents.documentation.tables import Model
from qlf.model.spec import Entity, Enum, Field, Key, Listing, Spec, StateMachine, Transition
from qlf.model.types import Type

ENTITY = r'(?:"\w+"|(?!(?:class|classdef|end|many|one|style|subgraph|to)\b)[A-Za-z_]\w*)'
ER = [
    r"erDiagram",
    rf"    {ENTITY} \{{",
    r"        \w+ (?!(?:pk|fk|uk)\b)[A-Za-z_]\w*( (PK|FK|UK)(, (FK|UK))*)?",
    r"    \}",
    rf'    {ENTITY} (\|\||\|o)--(o\||o\{{) {ENTITY} : "\w+"',
    rf'    {ENTITY} \}}o--o\{{ {ENTITY} : "\w+"',
]
STATE = r"(?!(?:accdescr|acctitle|class|classdef|click|default|href|note|scale|state|style)\b)[A-Za-z_]\w*"
STATES = [
    r"stateDiagram-v2",
    rf'    state "[^"]+" as {STATE}',
    rf"    \[\*\] --> {STATE}",
    rf"    {STATE} --> \[\*\]",
    rf"    {STATE} --> {STATE}: \w+( \([\w, ]+\))?",
]


def unknown(diagram: str) -> list[str]:
    forms = ER if diagram.startswith("erDiagram") else STATES
    return [
        line
        for line in diagram.splitlines()
        if not any(re.fullmatch(form, line, re.ASCII | re.IGNORECASE) for form in forms)
    ]


def field(name: str, kind: Type, *, required: bool = True, unique: bool = False) -> Field:
    column = f"{name}_id" if kind.entity else name
    return Field(name=name, column=column, label=name, type=kind, required=required, unique=unique)


def entity(name: str, *fields: Field, states: tuple[StateMachine, ...] = ()) -> Entity:
    return Entity(
        name=name,
        plural=name.lower(),
        table=name.lower(),
        label=name,
        label_plural=name,
        key=Key(kind="uuid"),
        fields=(field("id", Type(kind="uuid")), *fields),
        states=states,
        listing=Listing(filters=(), sorts=(), default_sort="id"),
    )


def drawn(spec: Spec) -> list[str]:
    from qlf.agents.documentation.agent import AGENT  # noqa: PLC0415 - the pages are what is tested

    text = "\n".join(line[1:] for line in AGENT.write(spec).splitlines() if line.startswith("+"))
    return re.findall(r"^```mermaid\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def test_the_diagrams_of_an_application_are_well_formed(shop: Spec) -> None:
    found = drawn(shop)
    assert [diagram.split("\n")[0] for diagram in found] == ["erDiagram", "stateDiagram-v2"]
    assert [unknown(diagram) for diagram in found] == [[], []]
    assert '    User ||--o{ Order : "customer"\n' in found[0]
    assert '    Order }o--o{ User : "favorited_by"\n' in found[0]
    assert "    open --> paid: pay (customer)\n" in found[1]


@pytest.mark.parametrize("name", ["Class", "ClassDef", "End", "Many", "One", "Style", "Subgraph", "To"])
def test_an_entity_that_mermaid_has_a_use_for_is_quoted(name: str) -> None:
    target = entity(name, field("pk", Type(kind="text")))
    other = entity("Other", field("one", Type(kind="reference", entity=name), required=False, unique=True))
    model = Model(Spec(name="x", title="X", version="1.0.0", entities=(target, other)))
    assert model.box(name) == f'"{name}"'
    assert model.attributes(target) == ["uuid id PK", "text pk_"]
    assert model.edges(other) == [f'"{name}" |o--o| Other : "one"']


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("note", "state_note"),
        ("end", "end"),
        ("in-transit", "state_in_transit"),
        ("2fa", "state_2fa"),
        ("noted", "noted"),
    ],
)
def test_a_state_that_mermaid_has_a_use_for_gets_another_name(value: str, name: str) -> None:
    machine = StateMachine(
        field="status",
        initial="new",
        transitions=(Transition(name="go", label="Go", sources=("new",), target=value),),
    )
    row = entity("Row", field("status", Type(kind="enum", enum="S")), states=(machine,))
    spec = Spec(
        name="x",
        title="X",
        version="1.0.0",
        entities=(row,),
        enums=(Enum(name="S", values=("new", value)),),
    )
    alias = [f'state "{value}" as {name}'] if value != name else []
    assert Model(spec).states(row, machine) == [
        *alias,
        "[*] --> new",
        f"new --> {name}: go",
        f"{name} --> [*]",
    ]
