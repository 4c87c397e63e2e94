"""Markdown to sentences of words with their places. Code, links' targets and comments are left out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from qlf.compile.inference.english import singular

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_CHARACTERS = 200_000
MOST_WORDS = 200  # of one sentence: rules look around within it

_TOKEN = re.compile(
    "w/o\\b|\\.?[^\\W_]+(?:['\u2019.][^\\W_]+)*(?:\\+\\+|#)?|(?<=\\s)[-\u2013\u2014]+(?=\\s)|[,;:()/&+|\u2014\u2013!?.]"
)
_FENCE = re.compile(r"\s*(```+|~~~+)")
_BULLET = re.compile(r"\s*(?:[-*+]|\d{1,3}[.)])\s+")
_HEADING = re.compile(r"\s{0,3}#{1,6}\s+")
_RULE = re.compile(r"\s*(?:=+|-{2,}|\*{3,}|_{3,})\s*$")
_BLANKED = re.compile(r"\]\([^()\s]{0,500}\)|https?://\S+|<[^<>]{1,200}>")
_ABBREVIATIONS = frozenset({"e.g", "i.e", "etc", "incl", "approx", "vs", "eg", "ie"})
_ENDS = frozenset({".", "!", "?", ";"})
_MOST_LISTED = 6


@dataclass(frozen=True, slots=True)
class Word:
    """A word or mark: as written, in lower case, in the singular; its place; whether a hyphen precedes."""

    text: str
    lower: str
    lemma: str
    line: int
    column: int
    hyphenated: bool = False


@dataclass(slots=True)
class _Line:
    """One line of prose: what it is, and from which column its text starts."""

    number: int
    text: str
    start: int = 0
    opens: bool = False
    bullet: bool = False
    closes: bool = False


def sentences(prose: str, first_line: int) -> list[tuple[Word, ...]]:
    """Return the sentences of Markdown text; a list under a line that ends in a colon goes with it."""
    made: list[tuple[Word, ...]] = []
    current: list[Word] = []
    listing = False

    def end() -> None:
        if current:
            made.append(tuple(current))
            current.clear()

    for line in _lines(prose[:MOST_CHARACTERS], first_line):
        words = list(_words(line))
        short = len(words) <= _MOST_LISTED
        listing = line.bullet and short and (listing or bool(current and current[-1].text == ":"))
        if listing:
            if current and current[-1].text != ":":
                current.append(_mark(",", line))
        elif line.opens and not (line.text == "" and current and current[-1].text == ":"):
            end()
        for position, word in enumerate(words):
            if word.text in _ENDS and not _abbreviates(word, words, position):
                end()
            else:
                current.append(word)
            if len(current) >= MOST_WORDS:
                end()
        if line.closes:
            end()
    end()
    return made


def _lines(prose: str, first_line: int) -> Iterator[_Line]:
    fence = ""
    after_blank = True
    in_list = commented = False
    for number, raw in enumerate(prose.split("\n"), start=first_line):
        opened = _FENCE.match(raw)
        if fence or opened:
            if opened and (not fence or opened[1].startswith(fence)):
                fence = "" if fence else opened[1]
                yield _Line(number, "", opens=True)
            continue
        if commented or raw.lstrip().startswith("<!--"):
            commented = "-->" not in raw
            continue
        if not raw.strip() or _RULE.match(raw):
            after_blank = True
            yield _Line(number, "", opens=True)
            continue
        bullet = _BULLET.match(raw)
        if after_blank and not bullet and not in_list and raw.startswith(("    ", "\t")):
            continue
        heading = _HEADING.match(raw)
        in_list = bool(bullet) or (in_list and raw.startswith((" ", "\t")))
        lead = bullet or heading
        opens = bool(lead)
        yield _Line(number, raw, lead.end() if lead else 0, opens, bool(bullet), bool(heading))
        after_blank = False


def _words(line: _Line) -> Iterator[Word]:
    text = _BLANKED.sub(lambda found: " " * len(found[0]), line.text)
    for found in _TOKEN.finditer(text, line.start):
        written = found[0]
        lower = written.lower().replace("\u2019", "'")
        joined = found.start() > 0 and text[found.start() - 1] in "-_"
        yield Word(written, lower, lemma(lower), line.number, found.start() + 1, joined)


@lru_cache(maxsize=20_000)
def lemma(lower: str) -> str:
    """Return the singular of a word, without a possessive ending."""
    if lower.endswith("'s") and lower not in {"it's", "let's", "that's", "who's"}:
        return singular(lower[:-2])
    return singular(lower) if lower.isalpha() else lower


def split(phrase: str) -> tuple[str, ...]:
    """Return the lemmas of a phrase of the catalogue, cut exactly as prose is."""
    return tuple(lemma(found[0].lower()) for found in _TOKEN.finditer(phrase))


def _abbreviates(mark: Word, words: list[Word], position: int) -> bool:
    return mark.text == "." and position > 0 and words[position - 1].lower in _ABBREVIATIONS


def _mark(text: str, line: _Line) -> Word:
    return Word(text, text, text, line.number, line.start + 1)
