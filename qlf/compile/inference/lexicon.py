"""Phrases and what they mean, found in a sentence longest first."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from qlf.compile.inference.prose import split

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


@dataclass(frozen=True, slots=True)
class Sense:
    """What a phrase may mean: a kind (`entity`, `backend`, ...) and a name within it."""

    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Match:
    """A phrase found in a sentence, from word `start` up to `end`, and all that it may mean."""

    start: int
    end: int
    senses: tuple[Sense, ...]

    def names(self, kind: str) -> tuple[str, ...]:
        """Return the names that the phrase has within one kind."""
        return tuple(sense.name for sense in self.senses if sense.kind == kind)


@dataclass(slots=True)
class _Branch:
    senses: list[Sense] = field(default_factory=list)
    following: dict[str, _Branch] = field(default_factory=dict)


class Lexicon:
    """A set of phrases with their senses."""

    def __init__(self) -> None:
        self._root = _Branch()
        self.words: set[str] = set()

    def add(self, kind: str, name: str, phrases: Iterable[str]) -> None:
        """Add phrases that mean the same."""
        sense = Sense(kind, name)
        for phrase in phrases:
            words = split(phrase)
            branch = self._root
            for word in words:
                branch = branch.following.setdefault(word, _Branch())
            if sense not in branch.senses:
                branch.senses.append(sense)
            self.words.update(words)

    def at(self, lemmas: Sequence[str], start: int) -> Match | None:
        """Return the longest phrase that starts at a word."""
        branch = self._root
        best: Match | None = None
        for position in range(start, len(lemmas)):
            following = branch.following.get(lemmas[position])
            if following is None:
                break
            branch = following
            if branch.senses:
                best = Match(start, position + 1, tuple(branch.senses))
        return best

    def exact(self, lemmas: Sequence[str]) -> tuple[Sense, ...]:
        """Return what a whole phrase means."""
        match = self.at(lemmas, 0)
        return match.senses if match and match.end == len(lemmas) else ()

    def find(self, lemmas: Sequence[str]) -> list[Match]:
        """Return a sentence's phrases from left to right; of two that overlap, the one that starts first."""
        found: list[Match] = []
        position = 0
        while position < len(lemmas):
            match = self.at(lemmas, position)
            if match:
                found.append(match)
                position = match.end
            else:
                position += 1
        return found
