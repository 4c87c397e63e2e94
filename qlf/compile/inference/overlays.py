"""Domains and regulations: taken when the prose names them, asked about when it only hints at one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from qlf.compile.inference.lexicon import Lexicon
from qlf.compile.inference.prose import split
from qlf.model.overlay import CERTAIN, Word

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from qlf.compile.inference.draft import Draft
    from qlf.model.overlay import Overlay
    from qlf.model.value import Origin

Outcome = Literal["taken", "asked", "refused", "left out"]
TAKEN = {"domain": 60, "compliance": CERTAIN}  # scores from which an overlay is taken
ASKED = 30  # the score from which a regulation is asked about


@dataclass(frozen=True, slots=True)
class Found:
    """Words of the prose that speak for an overlay where they first stand, and their weight."""

    quote: str
    weight: int
    origin: Origin


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An overlay that the prose speaks for, with its words in their order, and what comes of it."""

    overlay: Overlay
    score: int
    words: tuple[Found, ...]
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class _Detection:
    lexicon: Lexicon
    weights: Mapping[tuple[str, tuple[str, ...]], int]


def infer_overlays(draft: Draft) -> None:
    """Take domains by their words and regulations by their names.

    A regulation that is only hinted at becomes a question, and so does one that the front matter leaves out.
    """
    stated = {one.name for one in draft.brief.overlays}
    for one in suggest(draft):
        name = one.overlay.name
        if one.outcome == "taken" and not stated:
            origin = max(one.words, key=lambda word: word.weight).origin
            for required in _required(one.overlay, draft.library):
                _take(draft, required, draft.ruled(f"{origin.because}: {name} requires {required}", origin))
            _take(draft, name, origin)
        elif one.outcome in {"taken", "asked"} and one.overlay.kind == "compliance" and name not in stated:
            asks = f"Must the application comply with {one.overlay.title}?"
            draft.ask(f"overlays.{name}", asks, f"{name} does not take part", one.words[0].origin)


def taking_part(draft: Draft) -> tuple[Overlay, ...]:
    """Return the overlays that take part and are there, those that win last."""
    by_name = {each.name: each for each in draft.library}
    named = [one.name for one in draft.brief.overlays] or list(draft.overlays)
    found = {name: by_name[name] for name in named if name in by_name}
    for overlay in tuple(found.values()):
        found |= {name: by_name[name] for name in _required(overlay, draft.library)}
    return tuple(sorted(found.values(), key=lambda each: (each.priority, each.name)))


def _required(overlay: Overlay, library: tuple[Overlay, ...]) -> tuple[str, ...]:
    """Return the names of what an overlay requires, directly or not; what is required comes first."""
    by_name = {each.name: each for each in library}
    found: dict[str, None] = {}
    for one in overlay.requires:
        found.update(dict.fromkeys((*_required(by_name[one.name], library), one.name)))
    return tuple(found)


def _take(draft: Draft, name: str, origin: Origin) -> None:
    if name not in draft.overlays:
        draft.overlays[name] = origin
        draft.assume(f"overlays.{name}", "takes part", origin)


def suggest(draft: Draft) -> tuple[Suggestion, ...]:
    """Return the overlays that the prose speaks for, in the order of their first words.

    The score is the sum of the weights of different words, less than CERTAIN unless one of them is. Words
    that would do alone, and are denied, refuse their overlay.
    """
    found, refused = _found(draft)
    made = []
    for name, words in found.items():
        overlay = next(each for each in draft.library if each.name == name)
        total = sum(word.weight for word in words)
        certain = any(word.weight == CERTAIN for word in words)
        score = CERTAIN if certain else min(total, CERTAIN - 1)
        outcome: Outcome = "refused" if name in refused else _outcome(overlay, score)
        made.append(Suggestion(overlay, score, words, outcome))
    return tuple(made)


def _outcome(overlay: Overlay, score: int) -> Outcome:
    if score >= TAKEN[overlay.kind]:
        return "taken"
    return "asked" if overlay.kind == "compliance" and score >= ASKED else "left out"


def overlay_words(overlays: tuple[Overlay, ...]) -> Collection[str]:
    """Return the single words of all phrases: none of them is misspelt."""
    return _detection(_words(overlays)).lexicon.words | _entity_words(
        tuple(each.words for overlay in overlays for each in overlay.entities)
    )


@lru_cache(maxsize=4)
def _entity_words(said: tuple[tuple[str, ...], ...]) -> frozenset[str]:
    return frozenset(word for phrases in said for phrase in phrases for word in split(phrase))


def _found(draft: Draft) -> tuple[dict[str, tuple[Found, ...]], set[str]]:
    """Return the different words that speak for each overlay, and the overlays that the prose refuses."""
    detection = _detection(_words(draft.library))
    kinds = {overlay.name: overlay.kind for overlay in draft.library}
    found: dict[str, dict[tuple[str, ...], Found]] = {}
    refused: set[str] = set()
    for sentence in draft.reading.sentences:
        for match in detection.lexicon.find(sentence.lemmas):
            phrase = sentence.lemmas[match.start : match.end]
            for name in match.names("overlay"):
                weight = detection.weights[name, phrase]
                if not sentence.denied[match.start]:
                    origin = draft.origin(sentence, match.start, match.end)
                    quote = sentence.quote(match.start, match.end)
                    found.setdefault(name, {}).setdefault(phrase, Found(quote, weight, origin))
                elif weight >= TAKEN[kinds[name]]:
                    refused.add(name)
    return {name: tuple(words.values()) for name, words in found.items()}, refused


_Words = tuple[tuple[str, tuple[Word, ...]], ...]


def _words(overlays: tuple[Overlay, ...]) -> _Words:
    return tuple((overlay.name, overlay.words) for overlay in overlays)


@lru_cache(maxsize=4)
def _detection(overlays: _Words) -> _Detection:
    lexicon = Lexicon()
    weights: dict[tuple[str, tuple[str, ...]], int] = {}
    for name, words in overlays:
        lexicon.add("overlay", name, [word.phrase for word in words])
        for word in words:
            key = name, split(word.phrase)
            weights[key] = max(word.weight, weights.get(key, 0))
    return _Detection(lexicon, weights)
