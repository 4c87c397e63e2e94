"""A brief's words with what they mean, and which of them are denied."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from qlf.compile.inference import catalogue
from qlf.compile.inference.english import is_plural
from qlf.compile.inference.prose import Word, sentences

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from qlf.compile.inference.lexicon import Lexicon, Match
    from qlf.model.brief import Brief

MARKS = frozenset(",:()/&+|\u2014\u2013-")
_CLAUSE_MARKS = frozenset(",:()|\u2014\u2013-")
_LIST_WORDS = frozenset({"and", "or", "nor", "&", "/"})
_MODALS = frozenset(
    {"can", "may", "must", "should", "will", "could", "might", "cannot", "shall", "can't", "to", "let"}
)
_OBJECTS = frozenset({"them", "it", "him", "her", "us"})
_PRONOUNS = frozenset({"they", "we", "i", "you", "who", "people", "everyone", "anyone", "he", "she"})


@dataclass(slots=True, weakref_slot=True)
class Sentence:
    """The words of a sentence. `denied[i]` tells whether word i is under a negation."""

    words: tuple[Word, ...]
    lemmas: tuple[str, ...]
    denied: tuple[bool, ...]
    matches: list[Match] = field(default_factory=list)

    def lower(self, index: int) -> str:
        """Return a word in lower case, `` outside of the sentence."""
        return self.words[index].lower if 0 <= index < len(self.words) else ""

    def quote(self, start: int, end: int) -> str:
        """Return words as they are written."""
        text = ""
        for word in self.words[start:end]:
            close = word.text in {",", ":", ")"} or not text
            text += word.text if close else f"-{word.text}" if word.hyphenated else f" {word.text}"
        return text.replace("( ", "(")

    def is_verb(self, index: int) -> bool:
        """Tell whether a word that is also a noun is used as a verb here: `patients book rooms`."""
        word = self.words[index]
        if word.lower != word.lemma:
            return False
        before, after = self.lower(index - 1), self.lower(index + 1)
        opens = (
            after in _OBJECTS or after in catalogue.words("determiners") or (after != "" and is_plural(after))
        )
        if before in _MODALS or before in _PRONOUNS:
            return before != "to" or self.lower(index - 2) not in {"access", "due", "similar"}
        if index == 0 or before in {"and", ","} or before in _CLAUSE_MARKS:
            return opens and word.lemma != "order"
        if is_plural(before) and word.lemma in catalogue.words("verbs") and after.isalpha():
            return opens or self.lemmas[index - 1] in catalogue.role_words().words | {"user"}
        return is_plural(before) and (opens or after in {"on", "for", "to", "with", ""})


@dataclass(slots=True, weakref_slot=True)
class Reading:
    """The whole prose."""

    sentences: list[Sentence]

    @property
    def vocabulary(self) -> frozenset[str]:
        """Return every word that is not denied, and every pair of them."""
        found: set[str] = set()
        for sentence in self.sentences:
            for index, lemma in enumerate(sentence.lemmas):
                if not sentence.denied[index]:
                    found.add(lemma)
                    found.add(
                        f"{lemma} {sentence.lemmas[index + 1]}" if index + 1 < len(sentence.lemmas) else lemma
                    )
        return frozenset(found)

    def each(self, kind: str) -> Iterator[tuple[Sentence, Match]]:
        """Yield the matches that have a sense of a kind."""
        for sentence in self.sentences:
            for match in sentence.matches:
                if match.names(kind):
                    yield sentence, match


def read(brief: Brief, spelt: Collection[str]) -> Reading:
    """Return a brief's title and prose, read; words that are `spelt` so are not taken for misspelt ones."""
    found = sentences(brief.prose, brief.prose_line)
    if not _starts_with(found, brief.title):
        found = sentences(brief.title, 1) + found
    return Reading([_sentence(words, spelt) for words in found])


def _starts_with(found: list[tuple[Word, ...]], title: str) -> bool:
    heading = [word.lower for word in found[0]] if found else []
    return heading == [word.lower for words in sentences(title, 1) for word in words]


def _sentence(words: tuple[Word, ...], spelt: Collection[str]) -> Sentence:
    lemmas = tuple(word.lemma if word.lemma in spelt else catalogue.corrected(word.lemma) for word in words)
    sentence = Sentence(words, lemmas, (False,) * len(words))
    sentence.matches = catalogue.meanings().find(lemmas)
    sentence.denied = denied(sentence)
    return sentence


def denied(sentence: Sentence) -> tuple[bool, ...]:
    """Return for each word whether a negation reaches it.

    A negation reaches to the end of its clause, or over a list that is closed by `or` or `nor`.
    """
    flags = [False] * len(sentence.words)
    skipped = _spans(catalogue.phrases("negation", "idioms"), sentence)
    for match in catalogue.phrases("negation", "before").find(sentence.lemmas):
        if match.start not in skipped:
            for index in range(match.end, _reach(sentence, match.end)):
                flags[index] = True
    for match in catalogue.phrases("negation", "after").find(sentence.lemmas):
        _deny_before(sentence, match.start, flags)
        if sentence.lower(match.end) == ":":
            flags[match.end :] = [True] * (len(flags) - match.end)
    return tuple(flags)


def _spans(lexicon: Lexicon, sentence: Sentence) -> set[int]:
    return {index for match in lexicon.find(sentence.lemmas) for index in range(match.start, match.end)}


def _reach(sentence: Sentence, start: int) -> int:
    ends = catalogue.words("negation_ends")
    last = start
    while last < len(sentence.words):
        lower = sentence.lower(last)
        if lower in ends and last > start:
            return last
        if lower in _CLAUSE_MARKS and not (lower == "," and _listed_on(sentence, last)):
            return last
        last += 1
    return last


def _listed_on(sentence: Sentence, comma: int) -> bool:
    """Tell whether a comma stands in a list that ends in `or` or `nor`: `no carts, orders or payments`."""
    short = 0
    for index in range(comma + 1, len(sentence.words)):
        lower = sentence.lower(index)
        if lower in {"or", "nor"}:
            return True
        short = 0 if lower == "," else short + 1
        if short > 3 or lower in catalogue.words("stops") or lower in _CLAUSE_MARKS - {","}:  # noqa: PLR2004
            return False
    return False


def _deny_before(sentence: Sentence, start: int, flags: list[bool]) -> None:
    for index in range(start - 1, -1, -1):
        lower = sentence.lower(index)
        if lower in _CLAUSE_MARKS or lower in {"but", "that", "because", "while"}:
            return
        flags[index] = True
