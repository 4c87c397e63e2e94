from __future__ import annotations

import pytest

from qlf.brief.expand import expand
from qlf.model.brief import Brief, EntityDecl, FieldDecl, OverlayDecl, RoleDecl
from qlf.model.value import Origin

INFERRED = Origin(kind="inferred")
ITEM = EntityDecl(name="Item", fields=(FieldDecl(name="name", kind="text"),), origin=INFERRED)


def brief(**more: tuple[object, ...]) -> Brief:
    return Brief(name="app", file="app.md", title="T", **more)


ITEM_LINES = "entities:\n  Item:\n    fields:\n      name: text\n"
FLOW = "entities:\n    Item: # one\n        fields: {'name': \"text\", n: int} # kept\n# last\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# T\n\nProse.\n", f"---\nroles: [clerk]\n{ITEM_LINES}---\n# T\n\nProse.\n"),
        (
            "\ufeff---\r\nroles: [boss] # mine\r\n---\r\n# T\r\n",
            f"\ufeff---\nroles: [boss, clerk] # mine\n{ITEM_LINES}---\n# T\n".replace("\n", "\r\n"),
        ),
        (f"---\n{FLOW}---\n", f"---\n{FLOW}roles: [clerk]\n---\n"),
        (
            "---\nroles:\n  boss: {signup: false}  # b\n---\n",
            f"---\nroles:\n  boss: {{signup: false}}  # b\n  clerk:\n{ITEM_LINES}---\n",
        ),
        ("---\n# nothing\n---\n", f"---\n# nothing\nroles: [clerk]\n{ITEM_LINES}---\n"),
    ],
)
def test_front_matter_is_added_to(text: str, expected: str) -> None:
    inferred = brief(roles=(RoleDecl(name="clerk", origin=INFERRED),), entities=(ITEM,))
    assert expand(text, inferred) == expected


def test_what_an_overlay_adds_is_left_out() -> None:
    overlay = Origin(kind="overlay", file="overlays/x.yaml", line=1, column=1)
    field = FieldDecl(name="added", kind="text", origin=overlay)
    item = ITEM.model_copy(update={"fields": (*ITEM.fields, field)})
    other = ITEM.model_copy(update={"name": "Other", "origin": overlay})
    expanded = expand("# T\n", brief(entities=(item, other)))
    assert expanded == "---\nentities:\n  Item:\n    fields:\n      name: text\n---\n# T\n"


def test_a_yaml_brief_is_expanded_as_a_whole() -> None:
    inferred = Brief(name="app", file="app.yaml", title="T", entities=(ITEM,))
    assert expand("title: T # t\n", inferred) == (
        "title: T # t\nentities:\n  Item:\n    fields:\n      name: text\n"
    )


def test_a_brief_that_lacks_nothing_keeps_its_bytes() -> None:
    text = "---\nentities:   {Item:   {fields: {name: text}}}\n\n\n---\n\n# T"
    assert expand(text, brief(entities=(ITEM,))) == text


def test_of_an_entity_from_an_overlay_only_what_is_not_from_there_is_written() -> None:
    there = Origin(kind="overlay", file="overlays/domains/zoo.yaml", line=9, column=3)
    animal = EntityDecl(
        name="Animal",
        taken=OverlayDecl(name="zoo", origin=there),
        description="What is kept.",
        plural="beasts",
        owner="keeper",
        fields=(
            FieldDecl(name="name", kind="text", origin=there),
            FieldDecl(name="legs", kind="int", origin=INFERRED),
        ),
        unique=(("name",),),
        origin=there,
    )
    bare = animal.model_copy(update={"name": "Cage", "owner": None, "fields": animal.fields[:1]})
    other = EntityDecl(name="Gone", fields=animal.fields, origin=there)
    assert expand("# T\n", brief(entities=(animal, bare, other))) == (
        "---\nentities:\n  Animal:\n    from: zoo\n    owner: keeper\n    fields:\n      legs: int\n"
        "  Cage:\n    from: zoo\n---\n# T\n"
    )
