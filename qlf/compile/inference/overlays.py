"""Domains and regulations: taken when the prose names them, asked about when it only hints at one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qlf.compile.inference import catalogue
from qlf.compile.inference.files import load

if TYPE_CHECKING:
    from qlf.compile.inference.draft import Draft
    from qlf.model.value import Origin


def infer_overlays(draft: Draft) -> None:
    """Take domains by their words and regulations by their names.

    A regulation that is only hinted at becomes a question, and so does one that the front matter leaves out.
    """
    found = _found(draft)
    regulations: dict[str, Any] = load("overlays")["compliance"]
    stated = draft.brief.overlays
    for kind, name, origin in found:
        if kind == "names" and stated:
            _ask(draft, name, regulations[name]["title"], origin)
        elif kind == "names" and name not in draft.overlays:
            for domain in regulations[name]["implies"]:
                _take(draft, domain, draft.ruled(f"{origin.because} is about {domain}", origin))
            _take(draft, name, origin)
        elif kind == "domain" and not stated:
            _take(draft, name, origin)
    for kind, name, origin in found:
        if kind == "hints" and name not in draft.overlays and name not in stated:
            _ask(draft, name, regulations[name]["title"], origin)


def _take(draft: Draft, name: str, origin: Origin) -> None:
    if name not in draft.overlays:
        draft.overlays[name] = origin
        draft.assume(f"overlays.{name}", "takes part", origin)


def _ask(draft: Draft, name: str, title: str, origin: Origin) -> None:
    if name not in draft.brief.overlays:
        asks = f"Must the application comply with {title}?"
        draft.ask(f"overlays.{name}", asks, f"{name} does not take part", origin)


def _found(draft: Draft) -> list[tuple[str, str, Origin]]:
    found: list[tuple[str, str, Origin]] = []
    refused: set[str] = set()
    for sentence in draft.reading.sentences:
        for match in catalogue.overlay_words().find(sentence.lemmas):
            denied = sentence.denied[match.start]
            refused |= {sense.name for sense in match.senses if denied and sense.kind != "hints"}
            if not denied:
                origin = draft.origin(sentence, match.start, match.end)
                found += [(sense.kind, sense.name, origin) for sense in match.senses]
    return [one for one in found if one[1] not in refused]
