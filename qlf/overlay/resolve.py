"""From the overlays that a brief names to those that take part, in the order in which they apply."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qlf.errors import Problem
from qlf.model.spec import OverlayUse
from qlf.structure import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qlf.model.brief import OverlayDecl
    from qlf.model.overlay import Overlay
    from qlf.model.value import Origin


def resolve(
    wanted: Sequence[OverlayDecl], overlays: Sequence[Overlay]
) -> tuple[OverlayUse, ...] | list[Problem]:
    """Return the overlays that take part, or all problems.

    Args:
        wanted: The overlays that a brief names, or that were inferred from its prose.
        overlays: All that there are, with sound references.

    Returns:
        Those that are wanted and those that they require, directly or not, each with the origin of the first
        mention. What an overlay requires comes before it; else lower priorities come first, and equal ones in
        the order of their names, so that neither the order in the brief nor that of files counts.
    """
    by_name = {overlay.name: overlay for overlay in overlays}
    problems = []
    origins: dict[str, Origin] = {}
    for one in wanted:
        if one.name not in by_name:
            advice = did_you_mean(one.name, sorted(by_name))
            problems.append(_at(one.origin, f"there is no overlay {one.name}", advice))
        else:
            origins.setdefault(one.name, one.origin)
    _add_required(origins, by_name)
    problems += _conflicts(origins, by_name)
    return sorted(problems) or tuple(_use(by_name[name], origins[name]) for name in _order(origins, by_name))


def _add_required(origins: dict[str, Origin], by_name: dict[str, Overlay]) -> None:
    waiting = list(origins)
    for name in waiting:  # grows while it is walked
        for one in by_name[name].requires:
            if one.name not in origins:
                origins[one.name] = one.origin.model_copy(update={"because": f"{name} requires it"})
                waiting.append(one.name)


def _conflicts(origins: dict[str, Origin], by_name: dict[str, Overlay]) -> list[Problem]:
    """Return a problem for each pair, at the place that brought the overlay that says so in."""
    problems = []
    told: set[frozenset[str]] = set()
    for name in sorted(origins):
        for one in by_name[name].conflicts:
            pair = frozenset({name, one.name})
            if one.name in origins and pair not in told:
                told.add(pair)
                what = (
                    f"{name} ({_why(origins[name])}) and {one.name} ({_why(origins[one.name])}) conflict: "
                    f"{_place(one.origin)} says so"
                )
                problems.append(_at(origins[name], what, "leave one of them out"))
    return problems


def _order(origins: dict[str, Origin], by_name: dict[str, Overlay]) -> list[str]:
    left = sorted(origins, key=lambda name: (by_name[name].priority, name))
    ordered: list[str] = []
    while left:
        ready = next(name for name in left if all(one.name in ordered for one in by_name[name].requires))
        ordered.append(ready)
        left.remove(ready)
    return ordered


def _use(overlay: Overlay, origin: Origin) -> OverlayUse:
    return OverlayUse(name=overlay.name, version=overlay.version, digest=overlay.digest, origin=origin)


def _why(origin: Origin) -> str:
    return ", ".join(filter(None, (_place(origin), origin.because)))


def _place(origin: Origin) -> str:
    return f"{origin.file}:{origin.line}:{origin.column}" if origin.line else origin.file


def _at(origin: Origin, what: str, advice: str) -> Problem:
    return Problem(origin.file, origin.line, origin.column, what, advice)
