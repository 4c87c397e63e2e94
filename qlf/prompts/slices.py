"""The part of a spec that an agent is shown, in pieces that can be left out one by one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from qlf.prompts.conditions import cel

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from qlf.model.prompt import PromptAgent
    from qlf.model.spec import Spec

_WHOLE = ("application", "entities", "operations", "routes", "prose", "assumptions")
READS: dict[PromptAgent, tuple[str, ...]] = {
    "backend": _WHOLE,
    "frontend": ("application", "entities", "routes", "prose", "assumptions"),
    "database": ("application", "entities", "prose"),
    "devops": ("application", "prose"),
    "security-review": _WHOLE,
}
_APPLICATION = ("name", "title", "version", "stack", "auth", "roles", "features", "enums", "safeguards")


# Origins are for people, and labels follow from names.
_UNSAID = frozenset({"origin", "label", "label_plural"})
_NOTHING: tuple[object, ...] = (None, "", [], {})


class Piece(NamedTuple):
    """A piece of a spec: its section, its name there, and its text in JSON."""

    section: str
    name: str
    text: str


def pieces(spec: Spec, agent: PromptAgent) -> list[Piece]:
    """Return what an agent is shown of a spec: without origins and what is not so, conditions as CEL."""
    plain: dict[str, Any] = _plain(spec.model_dump(mode="json"))
    found = []
    for section in READS[agent]:
        found += [Piece(section, name, text) for name, text in _of(section, plain)]
    return found


def _of(section: str, plain: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if section == "application":
        about = {name: plain[name] for name in _APPLICATION if name in plain}
        api = {
            name: value for name, value in plain.get("api", {}).items() if name not in {"routes", "shapes"}
        }
        yield "", _json({**about, "api": api})
    elif section == "prose":
        yield from [("", plain["prose"])] if plain.get("prose", "").strip() else []
    elif section == "routes":
        tags: dict[str, list[str]] = {}
        for route in plain.get("api", {}).get("routes", ()):
            tags.setdefault(route["tag"], []).append(_json(route))
        yield from ((tag, "\n".join(lines)) for tag, lines in tags.items())
    elif section == "assumptions":
        lines = [_json(one) for one in (*plain.get("assumptions", ()), *plain.get("questions", ()))]
        yield from [("", "\n".join(lines))] if lines else []
    else:
        yield from ((one["name"], _json(one)) for one in plain.get(section, ()))


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever JSON can say
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if not isinstance(value, dict):
        return value
    if "node" in value:
        return cel(value)
    if "wire" in value and "operator" in value:
        return value["wire"]
    kept = {name: _plain(inner) for name, inner in value.items() if name not in _UNSAID}
    said = {name: inner for name, inner in kept.items() if inner is not False and inner not in _NOTHING}
    return said["kind"] if set(said) == {"kind"} else said


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(", ", ": "))


def names(found: Iterable[Piece]) -> list[str]:
    """Return what each piece is called in a prompt."""
    return ["/".join(filter(None, ("spec", piece.section, piece.name))) for piece in found]
