"""Clauses such as `each book has a title and several authors`: their subject, and what it has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from qlf.compile.inference import catalogue, shorthand
from qlf.compile.inference.english import is_plural, singular, snake
from qlf.compile.inference.entities import USER, acceptable, add_noun, meant_otherwise, noun_is_field
from qlf.compile.inference.files import load
from qlf.compile.inference.nouns import nouns
from qlf.compile.inference.relations import Link, first_named, relate
from qlf.model.brief import FieldDecl

if TYPE_CHECKING:
    from qlf.compile.inference.draft import Draft, EntityDraft
    from qlf.compile.inference.nouns import Noun
    from qlf.compile.inference.reading import Sentence
    from qlf.compile.inference.relations import Kind
    from qlf.model.value import Origin

_PRONOUNS = frozenset({"they", "it", "which", "that", "who"})
_SKIPPED = frozenset(
    {"can", "may", "must", "should", "will", "also", "always", "all", "typically", "usually", "only", "could"}
)
_STATES = frozenset({"status", "state", "stage", "phase"})
_MOST_SUBJECT = 3


@dataclass(frozen=True, slots=True)
class Clause:
    """A subject from word `start` up to `end`, how the list is introduced, and the nouns of the list.

    `kind` is `has`, `with` (fields alone), `listed` (in parentheses or after a colon), `right`.
    """

    sentence: Sentence
    start: int
    end: int
    kind: str
    nouns: tuple[Noun, ...]
    strict: bool

    @property
    def place(self) -> tuple[int, int, int]:
        """Return where the subject stands, within this reading."""
        return id(self.sentence), self.start, self.end


def clauses(draft: Draft) -> list[Clause]:
    """Return the clauses of the prose that say what something has."""
    found: list[Clause] = []
    for sentence in draft.reading.sentences:
        taken = -1
        for start, end, kind in _verbs(sentence):
            if start <= taken:
                continue
            subject = _subject(draft, sentence, start, kind)
            listed, after = nouns(sentence, end)
            if subject and listed and not sentence.denied[end - 1]:
                strict = sentence.lower(subject[0] - 1) in {"each", "every"} or "must" in sentence.quote(
                    start, end
                )
                found.append(Clause(sentence, *subject, kind, tuple(listed), strict))
                taken = after - 1 if kind != "with" else taken
    return found


def _verbs(sentence: Sentence) -> list[tuple[int, int, str]]:
    found = [(m.start, m.end, "has") for m in catalogue.phrases("has").find(sentence.lemmas)]
    found += [
        (m.start, m.end, "right") for m in catalogue.phrases("relations", "right").find(sentence.lemmas)
    ]
    marks = {"(": "listed", ":": "listed"}
    found += [
        (at, at + 1, marks[w.text])
        for at, w in enumerate(sentence.words)
        if w.text in marks and sentence.lower(at - 1).isalnum()
    ]
    kinds = {(start, end): kind for start, end, kind in found if kind != "right"}
    merged = [(start, end, kinds.get((start, end), kind)) for start, end, kind in found]
    plain = sorted(set(merged))
    return [(s, e, "with" if sentence.lower(s) == "with" else kind) for s, e, kind in plain]


def _subject(draft: Draft, sentence: Sentence, verb: int, kind: str) -> tuple[int, int] | None:
    end = verb
    while end and sentence.lower(end - 1) in _SKIPPED:
        end -= 1
    if end and kind == "has" and sentence.lower(end - 1) in _PRONOUNS:
        return _antecedent(draft, sentence, end - 1)
    if end and kind == "has" and sentence.lower(end - 1) in {"and", ","}:
        return first_named(draft, sentence, end)
    for start in range(max(0, end - _MOST_SUBJECT), end):
        if draft.named(sentence.lemmas[start:end]):
            return start, end
    if kind in {"with", "listed"}:
        return None
    start = end
    while start and end - start < len("ab") and _belongs(sentence, start - 1):
        start -= 1
    if start == end or sentence.denied[start]:
        return None
    before = start - 1
    while sentence.lower(before) in catalogue.words("adjectives"):
        before -= 1
    determined = sentence.lower(before) in catalogue.words("determiners")
    many = is_plural(sentence.lower(end - 1))
    if not (acceptable(sentence, start, end) or _is_subject(draft, sentence, end)):
        return None
    return (start, end) if determined or many else None


def _is_subject(draft: Draft, sentence: Sentence, end: int) -> bool:
    """Tell whether a noun is an entity only because of what it has: `each entry has a title`."""
    lemma = sentence.lemmas[end - 1]
    unfit = lemma in catalogue.words("software") or lemma in catalogue.words("no_subjects")
    listed, _ = nouns(sentence, _after_verb(sentence, end))
    return not unfit and any(noun_is_field(draft, noun) or _ending(noun.lemmas) for noun in listed)


def _after_verb(sentence: Sentence, start: int) -> int:
    while sentence.lower(start) in _SKIPPED:
        start += 1
    verb = catalogue.phrases("has").at(sentence.lemmas, start)
    return verb.end if verb else start


def _belongs(sentence: Sentence, index: int) -> bool:
    lower = sentence.lower(index)
    groups = ("stops", "determiners", "adjectives")
    return lower.isalpha() and not any(lower in catalogue.words(group) for group in groups)


def _antecedent(draft: Draft, sentence: Sentence, before: int) -> tuple[int, int] | None:
    near = [m for m in sentence.matches if m.end <= before and draft.entry(m.names("entity"))]
    return (near[-1].start, near[-1].end) if near else None


def infer_clauses(draft: Draft, found: list[Clause]) -> None:
    """Add the fields and relations that clauses name, and the entities that only they name."""
    for clause in found:
        lemmas = clause.sentence.lemmas[clause.start : clause.end]
        origin = draft.origin(clause.sentence, clause.start, clause.end)
        if clause.kind in {"with", "listed"} and not any(noun_is_field(draft, noun) for noun in clause.nouns):
            continue
        entity = draft.add_generic(lemmas, origin)
        if entity:
            for noun in clause.nouns:
                _take(draft, entity, clause, noun)


def _take(draft: Draft, entity: EntityDraft, clause: Clause, noun: Noun) -> None:
    sentence = clause.sentence
    if sentence.denied[noun.start]:
        return
    origin = draft.origin(sentence, noun.start, noun.end)
    target = draft.known(noun.lemmas)
    whole = draft.named(noun.lemmas)
    if noun_is_field(draft, noun) and not (whole and whole[0] in draft.entities):
        add_field(draft, entity, clause, noun, origin)
    elif clause.kind in {"with", "listed"}:
        if not whole and _ending(noun.lemmas) and _may_be_field(sentence, noun):
            add_field(draft, entity, clause, noun, origin)
    elif noun.lemmas[-1].startswith("sub") and singular(noun.lemmas[-1][3:]) == entity.name.lower():
        _self_reference(entity, noun, origin)
    elif "of" in noun.lemmas:
        add_field(draft, entity, clause, noun, origin)
    elif target and not whole and not noun.plural:
        name = snake(noun.lemmas)
        relate(draft, Link(entity.name, target, "one", origin, name=name, optional=not clause.strict))
    elif whole or noun.plural or noun.many:
        _relate_noun(draft, entity, clause, noun, origin)
    elif _may_be_field(sentence, noun):
        add_field(draft, entity, clause, noun, origin)


def _may_be_field(sentence: Sentence, noun: Noun) -> bool:
    if noun.lemmas[-1] in catalogue.words("no_fields") or not all(word.isalnum() for word in noun.lemmas):
        return False
    return not meant_otherwise(sentence, noun.start, noun.end)


def _relate_noun(draft: Draft, entity: EntityDraft, clause: Clause, noun: Noun, origin: Origin) -> None:
    named = draft.named(noun.lemmas)
    name = USER if named and named[0] == USER else add_noun(draft, clause.sentence, noun, kept=True)
    if name is None:
        if noun.plural and _ending(noun.lemmas):
            add_field(draft, entity, clause, noun, origin)
        return
    many = noun.plural or noun.many
    both = bool(catalogue.phrases("relations", "both").find(clause.sentence.lemmas))
    kind: Kind = "both" if many and both else "many" if many else "one"
    relate(draft, Link(entity.name, name, kind, origin))


def _self_reference(entity: EntityDraft, noun: Noun, origin: Origin) -> None:
    entity.said["parent"] = FieldDecl(
        name="parent",
        kind="reference",
        target=entity.name,
        inverse=snake((*noun.lemmas[:-1], noun.lemmas[-1] + "s")),
        origin=origin,
    )


def _ending(lemmas: tuple[str, ...]) -> str | None:
    fields = load("fields")
    form: str | None = fields["ending"].get(lemmas[-1])
    start = fields["starting"].get(" ".join(lemmas[:2])) or fields["starting"].get(lemmas[0])
    if "number of" in " ".join(lemmas):
        start = fields["starting"]["number of"]
    return start or form


def add_field(draft: Draft, entity: EntityDraft, clause: Clause, noun: Noun, origin: Origin) -> None:
    """Add a field: the catalogue's of that name if it has one, with what the prose says about it."""
    written = tuple(word.lower for word in clause.sentence.words[noun.start : noun.end])
    as_written = " ".join(written) in load("fields")["named"] or "of" in written
    spoken = written if as_written else noun.lemmas
    name = snake(spoken)
    if not name:
        return
    inherited = {field.name: field for field in entity.entry.fields} if entity.entry else {}
    form = load("fields")["named"].get(" ".join(spoken)) or _ending(noun.lemmas) or "text max=255"
    field = inherited.get(name)
    if field is None or field.kind == "reference":
        field = shorthand.field(name, form)
    changed: dict[str, Any] = {mark: True for mark in noun.marks if mark != "optional"}
    if field.kind in {"bool", "longtext", "file", "json"}:
        changed.pop("unique", None)
    if clause.strict and field.kind not in {"bool", "longtext", "file"}:
        changed["required"] = True
    if "optional" in noun.marks:
        changed["required"] = False
    if len(noun.values) > 1:
        state = name in _STATES or field.default is not None
        changed |= {"kind": "enum", "values": noun.values, "minimum": None, "maximum": None, "pattern": None}
        changed |= {"default": noun.values[0] if state else None, "classes": field.classes}
    entity.said[name] = field.model_copy(update={**changed, "origin": origin})
    draft.assume(f"entities.{entity.name}.{name}", entity.said[name].kind, origin)
