"""Entities of overlays: as they are read, and as those shipped are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from qlf.compile.catalogues import check_catalogue
from qlf.compile.compile import compile_brief
from qlf.compile.inference import infer
from qlf.model.brief import Brief, EntityDecl, OverlayDecl, RoleDecl, at
from qlf.model.spec import OverlayUse, Spec
from qlf.model.value import Origin
from qlf.overlay.catalogue import check_taken
from qlf.overlay.files import Folder
from qlf.overlay.read import read_overlays
from qlf.repository import shipped

if TYPE_CHECKING:
    from collections.abc import Callable

    from qlf.errors import Problem
    from qlf.model.overlay import Overlay

    Library = Callable[..., tuple[Overlay, ...] | list[Problem]]

ZOO = """roles: [keeper]
entities:
  Animal:
    words: [animal, beast]
    fields:
      name: text! max=80 @pii
      keeper: Keeper
    states: {}
  ZooKeeper: {fields: {name: text!}}
  Keeper: {fields: {name: text!}}
"""


def shipped_overlays() -> tuple[Overlay, ...]:
    found = read_overlays((Folder(shipped("overlays"), "overlays", shipped=True),))
    assert isinstance(found, tuple)
    return found


DOMAINS = tuple(each for each in shipped_overlays() if each.kind == "domain")


def one(found: tuple[Overlay, ...] | list[Problem]) -> Overlay:
    assert isinstance(found, tuple), [str(problem) for problem in found]
    return found[0]


def whole(overlay: Overlay) -> Brief:
    """Return a brief that takes every entity of an overlay and has all of its roles."""
    taken = OverlayDecl(name=overlay.name, origin=at("zoo.md", 2, 3))
    entities = (EntityDecl(name=each.entity.name, taken=taken) for each in overlay.entities)
    return Brief(
        name="zoo",
        file="zoo.md",
        title="Zoo",
        authentication=True,
        overlays=(taken,),
        roles=tuple(RoleDecl(name=role.name) for role in overlay.roles),
        entities=tuple(entities),
    )


def test_entities_are_read_with_their_places_and_words(library: Library) -> None:
    zoo = one(library(zoo=ZOO))
    animal, other, _ = zoo.entities
    file = "overlays/domains/zoo.yaml"
    assert animal.origin == Origin(kind="overlay", file=file, line=8, column=3)
    assert [(field.name, field.kind, field.origin.line) for field in animal.entity.fields] == [
        ("name", "text", 11),
        ("keeper", "reference", 12),
    ]
    assert {field.origin.kind for field in animal.entity.fields} == {"overlay"}
    assert animal.entity.fields[0].classes == ("pii",)
    assert (animal.words, other.words) == (("animal", "beast"), ("zoo keeper",))
    assert [role.name for role in zoo.roles] == ["keeper"]


def test_words_and_fields_of_entities_are_part_of_the_digest(library: Library) -> None:
    digests = {
        one(library(zoo=text)).digest
        for text in (ZOO, ZOO.replace("beast", "creature"), ZOO.replace("80", "90"))
    }
    assert len(digests) == 3


@pytest.mark.parametrize("overlay", DOMAINS, ids=lambda each: each.name)
def test_a_shipped_domain_knows_its_entities(overlay: Overlay) -> None:
    assert len(overlay.entities) >= 15
    entities = [each.entity for each in overlay.entities]
    fields = [field for entity in entities for field in entity.fields]
    assert sum(field.kind == "reference" for field in fields) >= 15
    assert sum(bool(entity.states) for entity in entities) >= 8
    assert {name for field in fields for name in field.classes} & {"pii", "phi", "pan"}
    assert any(entity.checks for entity in entities)


@pytest.mark.parametrize("overlay", DOMAINS, ids=lambda each: each.name)
def test_a_shipped_domain_compiles_as_a_whole_and_loses_nothing(overlay: Overlay) -> None:
    inferred = infer(whole(overlay), shipped_overlays())
    assert check_catalogue(overlay) == ()
    left_out = [each.about for each in inferred.assumptions if "left out" in each.holds]
    assert left_out == []
    spec = compile_brief(inferred)
    assert isinstance(spec, Spec), [str(problem) for problem in spec]
    for each in overlay.entities:
        made = next(entity for entity in spec.entities if entity.name == each.entity.name)
        assert {field.name for field in each.entity.fields if not field.many} <= {
            field.name for field in made.fields
        }
        assert {machine.field for machine in each.entity.states} == {machine.field for machine in made.states}
        assert len(made.checks) >= len(each.entity.checks)
        assert set(each.entity.unique) <= set(made.unique)


def test_what_a_brief_takes_must_be_there(library: Library) -> None:
    overlays = library(zoo=ZOO, farm="")
    assert isinstance(overlays, tuple)
    farm, zoo = overlays
    uses = [OverlayUse(name="zoo", version="1.0.0", digest=zoo.digest)]
    takes = [("Animal", "zoo"), ("Animl", "zoo"), ("Cow", "farm"), ("Lion", "zooo")]
    brief = Brief(
        name="b",
        file="b.md",
        title="B",
        entities=tuple(
            EntityDecl(name=name, taken=OverlayDecl(name=source, origin=at("b.md", line, 11)))
            for line, (name, source) in enumerate(takes, 3)
        ),
    )
    assert [str(problem) for problem in check_taken(brief, uses, (farm, zoo))] == [
        "b.md:4:11: zoo has no entity Animl; did you mean Animal?",
        "b.md:5:11: the overlay farm does not take part; add farm to overlays:",
        "b.md:6:11: there is no overlay zooo; did you mean zoo?",
    ]
