"""Check what overlays say of each other: that every name is known, and that none requires itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qlf.errors import Problem
from qlf.structure import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from qlf.model.overlay import Overlay, OverlayName


def check_references(overlays: Sequence[Overlay], known: Sequence[str]) -> list[Problem]:
    """Return the problems of names in `requires` and `conflicts`.

    `known` are the names of all overlays, those that cannot be read included.
    """
    problems = [problem for overlay in overlays for problem in _of_names(overlay, known)]
    by_name = {overlay.name: overlay for overlay in overlays}
    return problems + [problem for overlay in overlays for problem in _of_cycle(overlay, by_name)]


def check_rules(
    overlays: Sequence[Overlay], policies: Collection[str], catalogues: Collection[str]
) -> list[Problem]:
    """Return a problem for each policy and each catalogue that an overlay names and that is not there."""
    named = [
        (one, kind, known)
        for overlay in overlays
        for names, kind, known in (
            (overlay.policies, "policy", policies),
            (overlay.controls, "catalogue of controls", catalogues),
        )
        for one in names
    ]
    return sorted(
        _at(one, f"there is no {kind} {one.name}", did_you_mean(one.name, sorted(known)))
        for one, kind, known in named
        if one.name not in known
    )


def _of_names(overlay: Overlay, known: Sequence[str]) -> Iterator[Problem]:
    for one in (*overlay.requires, *overlay.conflicts):
        if one.name not in known:
            others = sorted(name for name in known if name != overlay.name)
            yield _at(one, f"there is no overlay {one.name}", did_you_mean(one.name, others))
    for text in overlay.prompts:
        for name in text.replaces:
            if name not in known or name == overlay.name:
                at, others = text.origin, sorted(each for each in known if each != overlay.name)
                what = f"there is no other overlay {name} whose text this could replace"
                yield Problem(at.file, at.line, at.column, what, did_you_mean(name, others))
    for one in overlay.conflicts:
        if one.name == overlay.name:
            yield _at(one, f"{overlay.name} conflicts with itself", "take it out of conflicts")


def _of_cycle(start: Overlay, by_name: dict[str, Overlay]) -> Iterator[Problem]:
    """Yield the shortest way from an overlay back to itself, if no name on it comes before its own."""
    ways: list[tuple[OverlayName, ...]] = [(one,) for one in start.requires]
    seen: set[str] = set()
    for way in ways:  # grows while it is walked
        name = way[-1].name
        if name == start.name:
            names = [start.name, *(one.name for one in way)]
            if min(names) == start.name:
                what = f"{start.name} requires itself: {' -> '.join(names)}"
                yield _at(way[0], what, "take one of them out of requires")
            return
        if name not in seen and name in by_name:
            seen.add(name)
            ways += [(*way, one) for one in by_name[name].requires]


def _at(one: OverlayName, what: str, advice: str) -> Problem:
    return Problem(one.origin.file, one.origin.line, one.origin.column, what, advice)
