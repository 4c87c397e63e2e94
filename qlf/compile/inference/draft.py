"""What has been inferred so far: the one thing that the steps of inference write to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from qlf.compile.inference import catalogue
from qlf.compile.inference.english import pascal, snake_of
from qlf.model.brief import Assumption, Brief, EntityDecl, FieldDecl, Question
from qlf.model.value import Origin

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qlf.compile.inference.catalogue import Entry, Known
    from qlf.compile.inference.reading import Reading, Sentence
    from qlf.model.overlay import Overlay

MOST_ENTITIES = 60
MOST_FIELDS = 60


@dataclass(slots=True)
class EntityDraft:
    """An entity in the making.

    `said` are the fields that the prose names, or those of an entity that is `stated` in the front matter.
    """

    name: str
    entry: Entry | None
    origin: Origin
    said: dict[str, FieldDecl] = field(default_factory=dict)
    owner: str | None = None
    stated: EntityDecl | None = None


@dataclass(slots=True)
class Draft:
    """A brief in the making, beside the brief as it is written.

    `library` are all overlays that there are, `catalogue` the entities known with those that take part.
    """

    brief: Brief
    reading: Reading
    vocabulary: frozenset[str]
    library: tuple[Overlay, ...] = ()
    catalogue: Known = field(default_factory=catalogue.known)
    denied: set[str] = field(default_factory=set)
    entities: dict[str, EntityDraft] = field(default_factory=dict)
    generic: dict[tuple[str, ...], str] = field(default_factory=dict)
    many: list[tuple[str, str]] = field(default_factory=list)
    stack: dict[str, str] = field(default_factory=dict)
    authentication: bool | None = None
    roles: dict[str, Origin] = field(default_factory=dict)
    role_spans: set[tuple[int, int]] = field(default_factory=set)
    features: dict[str, Origin] = field(default_factory=dict)
    overlays: dict[str, Origin] = field(default_factory=dict)
    assumptions: list[Assumption] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)

    def know(self, overlays: tuple[Overlay, ...]) -> None:
        """Take in the entities of the overlays that take part, of which later ones win."""
        if any(overlay.entities for overlay in overlays):
            self.catalogue = catalogue.known(overlays)
            for sentence in self.reading.sentences:
                sentence.matches = self.catalogue.meanings.find(sentence.lemmas)

    def origin(self, sentence: Sentence, start: int, end: int, rule: str = "") -> Origin:
        """Return the origin of what the words of a sentence led to."""
        word = sentence.words[min(start, len(sentence.words) - 1)]
        quoted = f'"{sentence.quote(start, end)}"'
        return Origin(
            kind="inferred",
            file=self.brief.file,
            line=word.line,
            column=word.column,
            because=f"{quoted}: {rule}" if rule else quoted,
        )

    def ruled(self, rule: str, origin: Origin | None = None) -> Origin:
        """Return the origin of what follows from a rule and no words, placed where `origin` is."""
        place = origin or Origin(kind="inferred", file=self.brief.file, line=self.brief.prose_line, column=1)
        return place.model_copy(update={"because": rule})

    def assume(self, about: str, holds: str, origin: Origin) -> None:
        """Note an assumption; one about the same thing is noted once."""
        if all(known.about != about or known.holds != holds for known in self.assumptions):
            self.assumptions.append(Assumption(about=about, holds=holds, origin=origin))

    def ask(self, about: str, asks: str, meanwhile: str, origin: Origin) -> None:
        """Note a question; one about the same thing is asked once."""
        if all(known.about != about for known in self.questions):
            self.questions.append(Question(about=about, asks=asks, meanwhile=meanwhile, origin=origin))

    def entry(self, keys: Sequence[str]) -> Entry | None:
        """Return the first of the catalogue's entries whose context fits the prose."""
        known = self.catalogue.entries
        fitting = (known[key] for key in keys)
        return next((e for e in fitting if not e.when or e.when & self.vocabulary), None)

    def named(self, lemmas: Sequence[str]) -> tuple[str, Entry | None] | None:
        """Return the entity that a whole noun means: its name, and its entry if the catalogue has one."""
        senses = self.catalogue.meanings.exact(lemmas)
        entry = self.entry([sense.name for sense in senses if sense.kind == "entity"])
        if entry is not None:
            return entry.name, entry
        name = self.generic.get(tuple(lemmas)) or self._abbreviated(tuple(lemmas))
        return (name, self.entities[name].entry) if name in self.entities else None

    def _abbreviated(self, lemmas: tuple[str, ...]) -> str | None:
        """Return the entity that is called by its last word: `spot` for a `ParkingSpot`."""
        if len(lemmas) != 1:
            return None
        ends = [
            name
            for name in self.entities
            if "_" in snake_of(name) and snake_of(name).endswith(f"_{lemmas[0]}")
        ]
        return ends[0] if len(ends) == 1 else None

    def known(self, lemmas: Sequence[str]) -> str | None:
        """Return the entity that a noun or its last words mean, if it is in the draft."""
        for start in range(len(lemmas)):
            found = self.named(lemmas[start:])
            if found and found[0] in self.entities:
                return found[0]
        return None

    def add(self, name: str, entry: Entry | None, origin: Origin) -> EntityDraft | None:
        """Return the entity of a name, added unless it is denied or the draft is full."""
        if name in self.entities:
            return self.entities[name]
        if name in self.denied or len(self.entities) >= MOST_ENTITIES:
            return None
        self.entities[name] = EntityDraft(name, entry, origin)
        return self.entities[name]

    def add_generic(self, lemmas: Sequence[str], origin: Origin) -> EntityDraft | None:
        """Return the entity of a noun that the catalogue need not know, added if its words make a name."""
        found = self.named(lemmas)
        if found:
            return self.add(*found, origin)
        words = tuple(lemmas)
        name = pascal(words)
        made = self.add(name, None, origin) if name else None
        if made:
            self.generic[words] = name
        return made
