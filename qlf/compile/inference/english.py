"""Number and spelling of English nouns, and the names made of them."""

from __future__ import annotations

import re
from functools import cache

from qlf import words
from qlf.compile.inference.files import load

_SIBILANT = re.compile(r"(?:ss|x|z|ch|sh)es$")
_VOICED = re.compile(r"[^ao]uses$")
_LONGEST = 40


@cache
def _irregular() -> tuple[dict[str, str], dict[str, str], frozenset[str], tuple[str, ...]]:
    read = load("english")
    plurals: dict[str, str] = read["irregular"]
    singulars = {many: one for one, many in plurals.items()}
    return plurals, singulars, frozenset(read["unchanged"]), tuple(read["singular_endings"])


@cache
def singular(word: str) -> str:
    """Return the singular of a lower-case word; a word that is no plural comes back as it is."""
    plurals, singulars, unchanged, endings = _irregular()
    if word in singulars:
        return singulars[word]
    if word in plurals or word in unchanged or len(word) <= len("abc") or not word.endswith("s"):
        return word
    if word.endswith(endings):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y" if len(word) > len("ties") else word[:-1]
    if _SIBILANT.search(word) or _VOICED.search(word) or word.endswith("oes"):
        return word[:-2]
    return word[:-1]


def is_plural(word: str) -> bool:
    """Tell whether a lower-case word is a plural."""
    return singular(word) != word or word in _irregular()[1]


def pascal(parts: tuple[str, ...]) -> str:
    """Return `PascalCase` made of words, `` if no letter would start it."""
    letters = [re.sub(r"[^a-z0-9]", "", word.lower()) for word in parts]
    name = "".join(word[:1].upper() + word[1:] for word in letters)[:_LONGEST]
    return name if name[:1].isalpha() else ""


def snake(parts: tuple[str, ...]) -> str:
    """Return `snake_case` made of words, `` if no letter would start it."""
    letters = [re.sub(r"[^a-z0-9]", "", word.lower()) for word in parts]
    name = "_".join(word for word in letters if word)[:_LONGEST].strip("_")
    return name if name[:1].isalpha() else ""


def snake_of(name: str) -> str:
    """Return the `snake_case` of a `PascalCase` name."""
    return words.snake(name)


def plural_of(name: str) -> str:
    """Return the snake_case plural of a PascalCase name: `LabResult` gives `lab_results`."""
    return words.plural(words.snake(name))
