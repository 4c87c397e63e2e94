"""A brief made of one text: its name and title."""

from __future__ import annotations

import re

from qlf.compile.inference import catalogue
from qlf.compile.inference.infer import infer
from qlf.compile.inference.prose import Word, sentences
from qlf.model.brief import Brief
from qlf.words import plural

FALLBACK = "application"
_MOST_WORDS = 4
_MOST_CHARACTERS = 40
_VERBS = frozenset({"has", "have", "is", "are", "can", "must", "belong", "belongs"})
_HEADING = re.compile(r"\s*#\s+\S")
_SMALL = frozenset({"api", "crm", "cms", "hr", "iot", "pdf", "saas", "rest", "it"})


def brief_from_text(text: str, name: str | None = None) -> Brief:
    """Return a brief written from one text, before inference.

    The title is the text's first heading, or the words of its first sentence that say what is wanted; the
    name is the title in lower case with hyphens unless one is given. The prose is what `briefs/NAME.md` has
    to hold for the places of origins to be right: the title as a heading, then the text.
    """
    plain = text.replace("\r\n", "\n").strip("\n")
    title = title_of(plain)
    prose = f"{plain}\n" if _HEADING.match(plain) else f"# {title}\n\n{plain}\n"
    named = name or name_of(title)
    return Brief(name=named, file=f"briefs/{named}.md", title=title, prose=prose, prose_line=1)


def title_of(text: str) -> str:
    """Return a short title: `Create a FastAPI user management system` is `User management system`."""
    found = sentences(text[:2000], 1)
    if not found:
        return FALLBACK.capitalize()
    if _HEADING.match(text):
        return (
            re.sub(r"^\s*#+\s*|\s*#*\s*$", "", text.split("\n", 1)[0])[:120].strip() or FALLBACK.capitalize()
        )
    words = _wanted(found[0]) or _kept(text)
    if not words:
        return FALLBACK.capitalize()
    title = " ".join(word.upper() if word in _SMALL else word for word in words)
    return title[:1].upper() + title[1:]


def name_of(title: str) -> str:
    """Return the name for a title: lower-case letters, digits and hyphens."""
    words = re.findall(r"[a-z0-9]+", title.lower())
    name = ""
    for word in words[:_MOST_WORDS]:
        if len(name) + len(word) + 1 > _MOST_CHARACTERS:
            break
        name = f"{name}-{word}" if name else word
    name = name or (words[0][:_MOST_CHARACTERS] if words else FALLBACK)
    return name if name[0].isalpha() else f"app-{name}"


def _wanted(sentence: tuple[Word, ...]) -> list[str]:
    """Return the words between `create a` and `with ...`, without those for tools and regulations."""
    start = 0
    while start < len(sentence) and sentence[start].lower in catalogue.words("title_starts"):
        start += 1
    words: list[str] = []
    if any(word.lower in _VERBS for word in sentence[start : start + _MOST_WORDS]):
        return []
    for word in sentence[start:]:
        ends = word.lower in catalogue.words("title_ends") or not word.lower[:1].isalnum()
        if ends or len(words) == _MOST_WORDS or word.lower in catalogue.words("keeps"):
            break
        if word.lower not in catalogue.words("title_drops"):
            words.append(word.lower)
    return words if words and set(words) - catalogue.words("software") else []


def _kept(text: str) -> list[str]:
    """Return a title after the first entity that the text is about: `Widgets`."""
    made = infer(Brief(name=FALLBACK, file="", title="", prose=text[:2000]))
    named = [entity.name for entity in made.entities if entity.name != "Item"]
    words = re.findall(r"[A-Z][a-z0-9]*", named[0]) if named else []
    lower = [word.lower() for word in words]
    return [*lower[:-1], plural(lower[-1])] if lower else []
