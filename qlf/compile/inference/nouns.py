"""Lists of nouns: `a title, an ISBN and several authors`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qlf.compile.inference import catalogue
from qlf.compile.inference.english import is_plural
from qlf.compile.inference.files import load

if TYPE_CHECKING:
    from qlf.compile.inference.reading import Sentence

_MOST_WORDS = 4
_MOST_ITEMS = 40
_MOST_VALUES = 60
_SEPARATORS = frozenset({",", "and", "or", "&", "/", "+", "plus", "nor"})
_MODALS = frozenset({"can", "may", "must", "should", "will", "is", "are", "has", "have", "cannot", "could"})
_TAILS = frozenset({"in", "from", "between", "per", "of", "up", "for"})
_LONGEST_TAIL = 6
_OF = frozenset({"number of", "amount of", "date of"})


@dataclass(frozen=True, slots=True)
class Noun:
    """One noun of a list, from word `start` up to `end`: its lemmas and what stood around them."""

    start: int
    end: int
    lemmas: tuple[str, ...]
    plural: bool
    many: bool = False
    determined: bool = False
    marks: frozenset[str] = frozenset()
    values: tuple[str, ...] = ()
    written: str = ""


def nouns(sentence: Sentence, start: int) -> tuple[list[Noun], int]:
    """Return the nouns that are listed from a word on, and where the list ends."""
    found: list[Noun] = []
    position = start
    while len(found) < _MOST_ITEMS:
        noun, after, clause = _noun(sentence, position)
        if noun is None or (clause and found):
            break
        found.append(noun)
        position = _tail(sentence, after)
        following = _separated(sentence, position)
        if clause or following == position:
            break
        position = following
    return found, position


def _noun(sentence: Sentence, start: int) -> tuple[Noun | None, int, bool]:
    """Return the noun at a word, where it ends, and whether a verb follows of which it is the subject."""
    begin, many, determined, marks = _lead(sentence, start)
    position, clause = _extent(sentence, begin)
    if position == begin:
        return None, start, False
    end = position
    values, position = _values(sentence, position)
    known = {mark for mark, said in load("grammar")["field_marks"].items() if set(values) & set(said)}
    lemmas = tuple(sentence.lemmas[begin:end])
    plural = is_plural(sentence.words[end - 1].lower)
    said = () if known else values
    written = " ".join(word.lower for word in sentence.words[begin:end])
    noun = Noun(begin, end, lemmas, plural, many, determined, marks | known, said, written)
    return noun, position, clause


def _lead(sentence: Sentence, start: int) -> tuple[int, bool, bool, frozenset[str]]:
    marks: set[str] = set()
    many = determined = False
    position = start
    while position < len(sentence.words):
        lower = sentence.lower(position)
        match = catalogue.phrases("many").at(sentence.lemmas, position)
        if catalogue.field_names().at(sentence.lemmas, position) and sentence.lower(position + 1) == "of":
            break
        if match and sentence.lower(match.end) not in {",", "", "and"}:
            many, position = True, match.end
            continue
        for mark, said in load("grammar")["field_marks"].items():
            if lower in said:
                marks.add(mark)
        if lower in catalogue.words("determiners"):
            determined = True
        elif lower not in catalogue.words("adjectives") or _ends_noun(sentence, position + 1):
            break
        position += 1
    return position, many, determined, frozenset(marks)


def _ends_noun(sentence: Sentence, position: int) -> bool:
    lower = sentence.lower(position)
    return lower in catalogue.words("stops") or not lower[:1].isalnum()


def _extent(sentence: Sentence, begin: int) -> tuple[int, bool]:
    known = catalogue.field_names().at(sentence.lemmas, begin)
    position = known.end if known else begin
    if " ".join(sentence.lemmas[begin : begin + 2]) in _OF:
        position = max(position, begin + 2)
    while position < len(sentence.words) and position - begin < _MOST_WORDS:
        lower = sentence.lower(position)
        if lower in {"number", "amount"} and sentence.lower(position + 1) == "of":
            position += 2
            continue
        if lower in _SEPARATORS or _ends_noun(sentence, position) or lower in catalogue.words("determiners"):
            break
        if verb_at(sentence, position) and (position > begin or lower not in catalogue.words("also_nouns")):
            return position, True
        position += 1
    return position, position > begin and _modal(sentence, position)


def _modal(sentence: Sentence, position: int) -> bool:
    return sentence.lower(position) in _MODALS


def verb_at(sentence: Sentence, position: int) -> bool:
    """Tell whether a word is a verb here."""
    word = sentence.words[position]
    if word.lemma not in catalogue.words("verbs"):
        return False
    return word.lemma not in catalogue.words("also_nouns") or sentence.is_verb(position)


def _values(sentence: Sentence, position: int) -> tuple[tuple[str, ...], int]:
    """Return what stands in parentheses after a noun: `status (open, in progress or done)`."""
    if sentence.lower(position) != "(":
        return (), position
    values: list[str] = []
    current: list[str] = []
    for index in range(position + 1, min(position + _MOST_VALUES, len(sentence.words))):
        lower = sentence.lower(index)
        if lower in _SEPARATORS or lower in {"|", ")"}:
            if current:
                values.append("_".join(current))
            current = []
        elif lower.isalnum():
            current.append(lower)
        if lower == ")":
            return tuple(values), index + 1
    return (), position


def _tail(sentence: Sentence, position: int) -> int:
    """Return where a short addition ends: `a weight in kg, ...`, `a rating between 1 and 5, a ...`."""
    if sentence.lower(position) not in _TAILS:
        return position
    for index in range(position + 1, min(position + _LONGEST_TAIL, len(sentence.words))):
        lower, after = sentence.lower(index), sentence.lower(index + 1)
        if lower == "," or (lower in _SEPARATORS and after in catalogue.words("determiners")):
            return index
        if verb_at(sentence, index) or not lower[:1].isalnum():
            break
    return position


def _separated(sentence: Sentence, position: int) -> int:
    while sentence.lower(position) in _SEPARATORS:
        position += 1
    if sentence.lower(position) == "as" and sentence.lower(position + 1) == "well":
        position += 3
    return position
