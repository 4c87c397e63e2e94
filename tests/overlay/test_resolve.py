from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING

import pytest

from qlf.model.brief import OverlayDecl, at
from qlf.model.value import Origin
from qlf.overlay.resolve import resolve

if TYPE_CHECKING:
    from collections.abc import Callable

    from qlf.errors import Problem
    from qlf.model.overlay import Overlay
    from qlf.model.spec import OverlayUse

    Library = Callable[..., tuple[Overlay, ...] | list[Problem]]


def wanted(*names: str) -> list[OverlayDecl]:
    return [OverlayDecl(name=name, origin=at("brief.md", 3, 10 + at_)) for at_, name in enumerate(names)]


def sound(found: tuple[Overlay, ...] | list[Problem]) -> tuple[Overlay, ...]:
    assert isinstance(found, tuple), [str(problem) for problem in found]
    return found


def used(found: tuple[OverlayUse, ...] | list[Problem]) -> tuple[OverlayUse, ...]:
    assert isinstance(found, tuple), [str(problem) for problem in found]
    return found


def said(found: object) -> list[str]:
    assert isinstance(found, list)
    return [str(problem) for problem in found]


def test_what_is_required_takes_part_and_says_by_whom(library: Library) -> None:
    overlays = sound(library(a="requires: [b]\n", b="requires: [c]\n", c=""))
    found = used(resolve(wanted("a"), overlays))
    assert [(one.name, one.version, one.origin) for one in found] == [
        (
            "c",
            "1.0.0",
            Origin(
                kind="overlay", file="overlays/domains/b.yaml", line=6, column=12, because="b requires it"
            ),
        ),
        (
            "b",
            "1.0.0",
            Origin(
                kind="overlay", file="overlays/domains/a.yaml", line=6, column=12, because="a requires it"
            ),
        ),
        ("a", "1.0.0", at("brief.md", 3, 10)),
    ]
    assert [one.digest for one in found] == [
        one.digest for name in "cba" for one in overlays if one.name == name
    ]


def test_what_the_brief_names_itself_is_from_the_brief(library: Library) -> None:
    overlays = sound(library(a="requires: [b]\n", b=""))
    assert [one.origin.kind for one in used(resolve(wanted("a", "b"), overlays))] == ["brief", "brief"]


def test_required_comes_first_then_lower_priority_then_the_name(library: Library) -> None:
    overlays = sound(
        library(a="priority: 5\n", b="", c="", d="priority: -1\nrequires: [e]\n", e="priority: 9\n")
    )
    for order in permutations("abcd"):
        found = used(resolve(wanted(*order), overlays))
        assert [one.name for one in found] == ["b", "c", "a", "e", "d"]
        assert len({one.name for one in found}) == len(found)


def test_an_overlay_said_twice_takes_part_once(library: Library) -> None:
    found = used(resolve(wanted("a", "a"), sound(library(a=""))))
    assert [(one.name, one.origin.column) for one in found] == [("a", 10)]


def test_unknown_names_are_all_told_with_what_was_meant(library: Library) -> None:
    overlays = sound(library(clinic="", shop=""))
    assert said(resolve(wanted("clinik", "shop", "zoo"), overlays)) == [
        "brief.md:3:10: there is no overlay clinik; did you mean clinic?",
        "brief.md:3:12: there is no overlay zoo; use one of clinic, shop",
    ]
    assert said(resolve(wanted("zoo"), ())) == ["brief.md:3:10: there is no overlay zoo; remove it"]


def test_a_conflict_shows_where_both_come_from(library: Library) -> None:
    overlays = sound(library(a="requires: [b]\n", b="", c="conflicts: [b]\n", d="conflicts: [c]\n"))
    assert said(resolve(wanted("c", "a"), overlays)) == [
        (
            "brief.md:3:10: c (brief.md:3:10) and b (overlays/domains/a.yaml:6:12, a requires it) conflict: "
            "overlays/domains/c.yaml:6:13 says so; leave one of them out"
        )
    ]
    assert used(resolve(wanted("c"), overlays))
    assert len(said(resolve(wanted("a", "c", "d"), overlays))) == 2


def test_a_conflict_that_both_say_is_told_once(library: Library) -> None:
    overlays = sound(library(a="conflicts: [b]\n", b="conflicts: [a]\n"))
    assert len(said(resolve(wanted("b", "a"), overlays))) == 1


@pytest.mark.parametrize(
    ("own", "ways"),
    [
        ({"a": "requires: [b]\n", "b": "requires: [c]\n", "c": "requires: [a]\n"}, ["a -> b -> c -> a"]),
        ({"a": "requires: [b]\n", "b": "requires: [c]\n", "c": "requires: [b]\n"}, ["b -> c -> b"]),
        ({"a": "requires: [a, b]\n", "b": "requires: [b]\n"}, ["a -> a", "b -> b"]),
    ],
)
def test_cycles_are_named_once_and_whole(library: Library, own: dict[str, str], ways: list[str]) -> None:
    advice = "take one of them out of requires"
    assert said(library(**own)) == [
        f"overlays/domains/{way[0]}.yaml:6:12: {way[0]} requires itself: {way}; {advice}" for way in ways
    ]
