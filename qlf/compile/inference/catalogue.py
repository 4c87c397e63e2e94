"""The catalogue as values: entities, bundles, and the lexicons over all of its phrases."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from qlf.compile.inference import shorthand
from qlf.compile.inference.english import snake_of
from qlf.compile.inference.files import load
from qlf.compile.inference.lexicon import Lexicon
from qlf.compile.inference.prose import lemma, split

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qlf.model.brief import EntityDecl, FieldDecl
    from qlf.model.overlay import CatalogueEntity, Overlay

_MOST_CORRECTED = 30
_LEAST_CORRECTED = 7  # letters of a word that a misspelt one is taken for


@dataclass(frozen=True, slots=True)
class Entry:
    """An entity of the catalogue; the head of `catalogue/entities.yaml` says what the members are.

    One that an overlay has is as `declared` there.
    """

    key: str
    name: str
    says: tuple[str, ...]
    when: frozenset[str]
    verb: str
    profile: bool
    owner: str | None
    shared: bool
    part_of: str | None
    either: tuple[frozenset[str], ...]
    forms: tuple[tuple[str, str], ...]
    declared: EntityDecl | None = None
    overlay: str = ""

    @property
    def fields(self) -> tuple[FieldDecl, ...]:
        """The fields, read anew: few of the catalogue's entities are in one application."""
        if self.declared:
            return self.declared.fields
        return tuple(shorthand.field(name, form) for name, form in self.forms)


@dataclass(frozen=True, slots=True)
class Bundle:
    """A kind of application and the entities that it has."""

    says: tuple[str, ...]
    core: tuple[str, ...]
    usual: tuple[str, ...]
    weak: bool
    authentication: bool


@cache
def entries() -> dict[str, Entry]:
    """Return the entities of the catalogue by key, in its order."""
    return {key: _entry(key, text) for key, text in load("entities").items()}


def _entry(key: str, text: dict[str, Any]) -> Entry:
    name = text.get("name", key)
    return Entry(
        key=key,
        name=name,
        says=tuple(text.get("says", [snake_of(name).replace("_", " ")])),
        when=frozenset(word for phrase in text.get("when", []) for word in [" ".join(split(phrase))]),
        verb=text.get("verb", ""),
        profile=text.get("profile") == "true",
        owner=text.get("owner"),
        shared=text.get("shared") == "true",
        part_of=text.get("part_of"),
        either=tuple(frozenset(group) for group in text.get("either", [])),
        forms=tuple(text.get("fields", {}).items()),
    )


@cache
def bundles() -> dict[str, Bundle]:
    """Return the kinds of applications by name."""
    return {
        name: Bundle(
            says=tuple(text["says"]),
            core=tuple(text.get("core", [])),
            usual=tuple(text.get("usual", [])),
            weak=text.get("weak") == "true",
            authentication=text.get("authentication") == "true",
        )
        for name, text in load("bundles").items()
    }


@cache
def words(group: str) -> frozenset[str]:
    """Return a list of single words of the grammar, as written in lower case and in the singular."""
    listed = [word.lower() for word in load("grammar")[group]]
    return frozenset(listed) | frozenset(lemma(word) for word in listed)


@cache
def phrases(*path: str) -> Lexicon:
    """Return the lexicon of one list of the grammar; the list's name is its only sense."""
    node: Any = load("grammar")
    for name in path:
        node = node[name]
    made = Lexicon()
    made.add(path[-1], path[-1], node)
    return made


@dataclass(frozen=True, slots=True)
class Known:
    """The entities that one application may have, by key, and what the words of its prose may mean."""

    entries: Mapping[str, Entry]
    meanings: Lexicon

    def entity(self, name: str) -> Entry | None:
        """Return the first entity of a name."""
        return next((entry for entry in self.entries.values() if entry.name == name), None)


def known(overlays: tuple[Overlay, ...] = ()) -> Known:
    """Return the entities of the catalogue and of overlays, of which later ones win.

    An overlay's entity takes the place of the catalogue's of that name, whose words go on to name it.
    """
    taken = {each.entity.name: (overlay, each) for overlay in overlays for each in overlay.entities}
    if not taken:
        return Known(entries(), meanings())
    made = {f"{overlay.name}.{name}": _taken(overlay, each) for name, (overlay, each) in taken.items()}
    for key, core in entries().items():
        overlay, each = taken.get(core.name, (None, None))
        own = overlay and each and replace(core, declared=each.entity, overlay=overlay.name)
        made[key] = own or core
    return Known(made, _meanings(tuple((key, made[key].says) for key in made if key not in entries())))


def _taken(overlay: Overlay, each: CatalogueEntity) -> Entry:
    """Return an overlay's entity; what its file cannot say is as in the catalogue's of that name."""
    entity = each.entity
    alike = next((entry for entry in entries().values() if entry.name == entity.name), None)
    person = snake_of(entity.name) in {role.name for role in overlay.roles}
    return Entry(
        key=f"{overlay.name}.{entity.name}",
        name=entity.name,
        says=each.words,
        when=frozenset(),
        verb=alike.verb if alike else "skip",
        profile=person or bool(alike and alike.profile),
        owner=entity.owner or (alike.owner if alike else None),
        shared=bool(alike and alike.shared),
        part_of=alike.part_of if alike else None,
        either=alike.either if alike else (),
        forms=(),
        declared=entity,
        overlay=overlay.name,
    )


def meanings() -> Lexicon:
    """Return what compete for the words of a sentence: entities, bundles, features, stack and sign-in."""
    return _meanings(())


@lru_cache(maxsize=16)
def _meanings(more: tuple[tuple[str, tuple[str, ...]], ...]) -> Lexicon:
    """Return the lexicon with the words of more entities, by key, which come before the catalogue's."""
    made = Lexicon()
    made.add("idiom", "idiom", load("grammar")["idioms"])
    for own, said in more:
        made.add("entity", own, said)
    for key, entry in entries().items():
        made.add("entity", key, entry.says)
    for name, bundle in bundles().items():
        made.add("bundle", name, bundle.says)
    for name, said in load("features").items():
        made.add("feature", name, said)
    _add_stack(made)
    for kind, said in load("people")["auth"].items():
        if kind != "features":
            made.add(f"auth_{kind}", kind, said)
    for name in load("people")["auth"]["features"]:
        made.add("auth_asks", "asks", load("features")[name])
    return made


def _add_stack(made: Lexicon) -> None:
    stack = load("stack")
    for part in ("backend", "database", "frontend"):
        for name, said in stack[part].items():
            made.add(part, name, said["says"])
            made.add(f"{part}_language", name, said.get("language", []))
        made.add(f"unknown_{part}", part, stack["unknown"][part])
    made.add("frontend_word", "frontend", stack["frontend_words"])


@cache
def field_names() -> Lexicon:
    """Return the names of fields that the catalogue knows."""
    made = Lexicon()
    for name in load("fields")["named"]:
        made.add("field", name, [name])
    return made


@cache
def role_words() -> Lexicon:
    """Return the words for people with a role."""
    made = Lexicon()
    for name, said in load("people")["roles"].items():
        made.add("role", name, said)
    return made


@cache
def _misspellings() -> dict[str, str]:
    """Map a long word of the catalogue with one letter left out, or two exchanged, to that word."""
    made: dict[str, str] = {}
    for word in sorted(meanings().words | role_words().words):
        if len(word) < _LEAST_CORRECTED or not word.isalpha():
            continue
        for at in range(1, len(word)):
            made.setdefault(word[:at] + word[at + 1 :], word)
            made.setdefault(word[:at] + word[at : at + 2][::-1] + word[at + 2 :], word)
    return made


@cache
def _spelt() -> frozenset[str]:
    known = frozenset(meanings().words | role_words().words)
    listed = ("stops", "verbs", "keeps", "has", "adjectives", "determiners", "no_entities", "spelt", "makes")
    return known.union(*(words(group) for group in listed))


@cache
def corrected(word: str) -> str:
    """Return the word of the catalogue that a lemma misspells by one letter, else the lemma."""
    if word in _spelt() or not _LEAST_CORRECTED - 1 <= len(word) <= _MOST_CORRECTED or not word.isalpha():
        return word
    if word in _misspellings():
        return _misspellings()[word]
    for at in range(1, len(word)):
        shorter = word[:at] + word[at + 1 :]
        if len(shorter) >= _LEAST_CORRECTED and shorter in meanings().words:
            return shorter
    return word
