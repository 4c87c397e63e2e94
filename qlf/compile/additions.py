"""What overlays add to the nodes of a spec: which of their clauses win, and where they contradict."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from qlf.compile.draft import problem
from qlf.model.spec import Applied
from qlf.model.value import Node

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from qlf.errors import Problem
    from qlf.model.addition import Addition, Mode, Said, Setting, Target
    from qlf.model.overlay import Overlay

N = TypeVar("N", bound=Node)


@dataclass(frozen=True, slots=True)
class Place:
    """A node that additions may select: its path in the spec, and its words for each condition.

    `refuses` are the members that cannot be set, each with the reason.
    """

    path: str
    node: Node
    words: Mapping[str, frozenset[str]] = field(default_factory=dict)
    refuses: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Claim:
    """What one overlay says of one path."""

    overlay: Overlay
    setting: Setting


@dataclass(frozen=True, slots=True)
class Outcome:
    """The nodes as they have become, in their order, what was applied to them or not, and what is wrong.

    `refused` has a path and the reason for each.
    """

    nodes: tuple[Node, ...]
    applied: tuple[Applied, ...]
    refused: tuple[tuple[str, str], ...]
    problems: tuple[Problem, ...]


def apply(overlays: Iterable[Overlay], target: Target, places: tuple[Place, ...]) -> Outcome:
    """Apply what overlays, in the order in which they apply, add to nodes of a kind."""
    claims: dict[str, dict[str, list[Claim]]] = {place.path: defaultdict(list) for place in places}
    problems: list[Problem] = []
    refused: dict[str, str] = {}
    for overlay, addition, place in _selections(overlays, target, places):
        if addition.forbid:
            problems.append(_forbidden(overlay, addition, place))
        for setting in addition.settings:
            member = setting.path.split(".", maxsplit=1)[0]
            if member in place.refuses:
                refused[f"{place.path}.{member}"] = place.refuses[member]
            else:
                claims[place.path][setting.path].append(Claim(overlay, setting))
    nodes, applied = [], []
    for place in places:
        won = dict(_settled(place, claims[place.path], problems))
        nodes.append(_with(place.node, won))
        applied += [_applied(place, path, claim, value) for path, (claim, value) in won.items()]
    return Outcome(tuple(nodes), tuple(applied), tuple(refused.items()), tuple(problems))


def _selections(
    overlays: Iterable[Overlay], target: Target, places: tuple[Place, ...]
) -> Iterator[tuple[Overlay, Addition, Place]]:
    for overlay in overlays:
        for addition in overlay.additions:
            selector = addition.selector
            for place in places if selector.target == target else ():
                if _fits(place, selector.where) and not (selector.unless and _fits(place, selector.unless)):
                    yield overlay, addition, place


def _fits(place: Place, conditions: Mapping[str, tuple[str, ...]]) -> bool:
    return all(not place.words[name].isdisjoint(words) for name, words in conditions.items())


def _forbidden(overlay: Overlay, addition: Addition, place: Place) -> Problem:
    what = f"{overlay.name} forbids {place.path}: {addition.forbid} ({_at(addition)})"
    return problem(place.node.origin, what, "remove it, or take what it is for out of the application")


def _settled(
    place: Place, claims: Mapping[str, list[Claim]], problems: list[Problem]
) -> Iterator[tuple[str, tuple[Claim, Said]]]:
    """Yield the value of each path, with the clause that it is from; contradictions are problems."""
    for path, said in claims.items():
        now = _value(place.node, path)
        lists = [claim for claim in said if claim.setting.mode == "add"]
        winner = _winner(place, path, said, "set", problems)
        if winner is None and not _stated(place.node, path, now):
            winner = _winner(place, path, said, "default", problems)
        if lists:
            first = winner or lists[0]
            value: Any = winner.setting.value if winner else now or ()
            added = (one for claim in lists for one in _names(claim))
            yield path, (first, tuple(dict.fromkeys((*value, *added))))
        elif winner is not None and winner.setting.value != now:
            yield path, (winner, winner.setting.value)


def _names(claim: Claim) -> tuple[str, ...]:
    return claim.setting.value if isinstance(claim.setting.value, tuple) else ()


def _winner(place: Place, path: str, said: list[Claim], mode: Mode, problems: list[Problem]) -> Claim | None:
    """Return the claim of the highest priority; two of it must say the same."""
    found = [claim for claim in said if claim.setting.mode == mode]
    if not found:
        return None
    highest = max(claim.overlay.priority for claim in found)
    best = [claim for claim in found if claim.overlay.priority == highest]
    other = next((claim for claim in best if claim.setting.value != best[0].setting.value), None)
    if other is not None:
        problems.append(_contradiction(f"{place.path}.{path}".removeprefix("application."), best[0], other))
    return best[-1]


def _contradiction(path: str, one: Claim, other: Claim) -> Problem:
    said = [
        f"{claim.overlay.name} says {_shown(claim.setting.value)} ({_at(claim.setting)})"
        for claim in (one, other)
    ]
    what = f"{path}: {said[0]}, and {said[1]}"
    return problem(other.setting.origin, what, "give one of the overlays a higher priority")


def _shown(value: Said) -> str:
    if isinstance(value, tuple):
        return ", ".join(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _at(node: Node) -> str:
    return f"{node.origin.file}:{node.origin.line}:{node.origin.column}"


def _value(node: Node, path: str) -> Any:  # noqa: ANN401 - whatever is there
    value: Any = node
    for name in path.split("."):
        value = getattr(value, name, None)
    return value


def _stated(node: Node, path: str, now: object) -> bool:
    """Tell whether a value is there that is not just what the factory puts in."""
    member = type(node).model_fields.get(path.split(".", maxsplit=1)[0])
    return now is not None and not (member is not None and now == member.default)


def _applied(place: Place, path: str, claim: Claim, value: Said) -> Applied:
    whole = f"{place.path}.{path}".removeprefix("application.")
    return Applied(overlay=claim.overlay.name, path=whole, value=value, origin=claim.setting.origin)


def _with(node: N, won: Mapping[str, tuple[Claim, Said]]) -> N:
    """Return a node with values at paths; what is made anew has the origin of its last clause."""
    if not won:
        return node
    changed: dict[str, Any] = {}
    inner: dict[str, dict[str, tuple[Claim, Said]]] = defaultdict(dict)
    for path, claimed in won.items():
        name, _, rest = path.partition(".")
        if rest:
            inner[name][rest] = claimed
        else:
            changed[name] = claimed[1]
    for name, below in inner.items():
        there = getattr(node, name)
        if there is not None:
            changed[name] = _with(there, below)
        else:
            origin = [claim.setting.origin for claim, _ in below.values()][-1]
            changed[name] = {path: value for path, (_, value) in below.items()} | {"origin": origin}
    members = {name: getattr(node, name) for name in type(node).model_fields}
    return type(node).model_validate(members | changed)
