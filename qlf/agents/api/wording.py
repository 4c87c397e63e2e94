"""Words and names: from one case to another, and into sentences."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qlf.model.spec import Entity

_BOUNDARY = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def snake(name: str) -> str:
    """Return a PascalCase name in snake_case."""
    return _BOUNDARY.sub("_", name).lower()


def cased(name: str, case: Literal["snake", "camel"]) -> str:
    """Return a snake_case name in the case of the API's members."""
    if case == "snake":
        return name
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def lowered(label: str) -> str:
    """Return a label as it reads inside a sentence; abbreviations stay as they are."""
    return " ".join(word if word.isupper() and len(word) > 1 else word.lower() for word in label.split())


def spoken(name: str) -> str:
    """Return a snake_case name as words."""
    return name.replace("_", " ")


def listed(words: Sequence[str], conjunction: str = "and") -> str:
    """Return words as an enumeration: `a, b and c`."""
    *head, last = words
    return f"{', '.join(head)} {conjunction} {last}" if head else last


def indefinite(noun: str) -> str:
    """Return a noun with its indefinite article, which goes by the sound and not by the letter."""
    vowel = noun[:1].lower() in "aeiou" and not re.match(r"(?i)eu|one|u(?:ni(?!n)|s[aeiu])", noun)
    return f"{'an' if vowel else 'a'} {noun}"


def one(entity: Entity) -> str:
    """Return what a single row is called inside a sentence."""
    return lowered(entity.label)


def several(entity: Entity) -> str:
    """Return what rows are called inside a sentence."""
    return lowered(entity.label_plural)


def introduction(prose: str, title: str) -> str:
    """Return a brief's prose without the heading that repeats the title."""
    lines = prose.strip().split("\n")
    if lines[0].startswith("# "):
        lines = lines[1:]
    return "\n".join(lines).strip() or f"The API of {title}."
