"""Which entities the prose is about: the catalogue's by their words, others by what is said of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qlf.compile.inference import catalogue
from qlf.compile.inference.english import is_plural
from qlf.compile.inference.files import load
from qlf.compile.inference.nouns import nouns

if TYPE_CHECKING:
    from qlf.compile.inference.clauses import Clause
    from qlf.compile.inference.draft import Draft
    from qlf.compile.inference.lexicon import Match
    from qlf.compile.inference.nouns import Noun
    from qlf.compile.inference.reading import Sentence

USER = "User"
_MEANINGS = ("feature", "backend", "database", "frontend", "frontend_word", "auth_asks", "idiom", "bundle")
_SHORTEST = 3


def deny(draft: Draft) -> None:
    """Note the entities that the prose says are not wanted."""
    for sentence, match in draft.reading.each("entity"):
        entry = draft.entry(match.names("entity"))
        if entry and sentence.denied[match.start] and not sentence.is_verb(match.start):
            draft.denied.add(entry.name)


def infer_mentioned(draft: Draft, clauses: list[Clause]) -> None:
    """Add the catalogue's entities whose words are there as nouns, and those of a kind of application."""
    weak = _in_fields(draft, clauses)
    for sentence, match in draft.reading.each("entity"):
        entry = draft.entry(match.names("entity"))
        if entry is None or sentence.denied[match.start] or (id(sentence), match.start) in weak:
            continue
        if entry.name == USER or match.names("feature") or _only_verb(entry.verb, sentence, match):
            continue
        role_only = (id(sentence), match.start) in draft.role_spans and not entry.profile
        if not role_only:
            draft.add(entry.name, entry, draft.origin(sentence, match.start, match.end))
    _infer_bundles(draft)


def _in_fields(draft: Draft, clauses: list[Clause]) -> set[tuple[int, int]]:
    """Return the words that stand in the names of fields: `category` and the photo of `a receipt photo`."""
    weak: set[tuple[int, int]] = set()
    for clause in clauses:
        for noun in clause.nouns:
            if noun_is_field(draft, noun):
                weak.add((id(clause.sentence), noun.start))
            elif (not noun.plural and not noun.many) or "of" in noun.lemmas:
                weak |= {(id(clause.sentence), at) for at in range(noun.start + 1, noun.end)}
    return weak


def noun_is_field(draft: Draft, noun: Noun) -> bool:
    """Tell whether a noun of a list is the name of a field: `a category` is, `categories` is not."""
    if noun.plural and noun.written in load("fields")["named"] and not noun.many:
        return True
    if noun.many or not catalogue.field_names().exact(noun.lemmas):
        return False
    return not (
        noun.plural and any(sense.kind == "entity" for sense in draft.catalogue.meanings.exact(noun.lemmas))
    )


def _only_verb(verb: str, sentence: Sentence, match: Match) -> bool:
    return match.end - match.start == 1 and verb == "skip" and sentence.is_verb(match.start)


def _infer_bundles(draft: Draft) -> None:
    named = set(draft.entities)
    for weak in (False, True):
        for sentence, match in draft.reading.each("bundle"):
            if sentence.denied[match.start]:
                continue
            for name in match.names("bundle"):
                bundle = catalogue.bundles()[name]
                if bundle.weak == weak and not (weak and draft.entities):
                    told = named & {*bundle.core, *bundle.usual, *_of_overlays(draft)}
                    wanted = bundle.core if told else (*bundle.core, *bundle.usual)
                    _add_all(draft, wanted, sentence, match)


def _of_overlays(draft: Draft) -> set[str]:
    """Return the entities so far that an overlay has: who names some of a domain has said what is kept."""
    return {name for name, entity in draft.entities.items() if entity.entry and entity.entry.declared}


def _add_all(draft: Draft, names: tuple[str, ...], sentence: Sentence, match: Match) -> None:
    origin = draft.origin(sentence, match.start, match.end)
    for name in names:
        known = draft.catalogue.entries
        keys = [key for key, entry in known.items() if entry.name == name]
        entry = draft.entry(keys) or known[keys[0]]
        if not any(field.required and field.target in draft.denied for field in entry.fields):
            draft.add(name, entry, origin)


def infer_kept(draft: Draft) -> None:
    """Add what the prose says is kept, though the catalogue does not know it: `manage widgets`."""
    for sentence in draft.reading.sentences:
        for start, kind in _list_starts(sentence):
            found, end = nouns(sentence, start)
            if kind == "alone" and not _stands_alone(draft, sentence, found, end):
                continue
            for noun in found:
                if kind == "with" and noun_is_field(draft, noun):
                    continue
                if noun.plural or noun.many or (noun.determined and kind == "kept"):
                    add_noun(draft, sentence, noun, kept=kind != "with")


def _list_starts(sentence: Sentence) -> list[tuple[int, str]]:
    """Return where lists of kept things may start; those of kind `alone` must be lists and nothing else."""
    starts: list[tuple[int, str]] = [(0, "alone")]
    for index in range(len(sentence.words)):
        lower = sentence.lower(index)
        if lower in {":", "-", "\u2013", "\u2014", "("} and sentence.lower(index + 1).isalnum():
            starts.append((index + 1, "alone"))
        elif lower == "with" and index:
            starts.append((index + 1, "with"))
    for match in catalogue.phrases("keeps").find(sentence.lemmas):
        about = sentence.lower(match.end - 1) == "for"
        starts.append((match.end, "about" if about else "kept"))
    return starts


def _stands_alone(draft: Draft, sentence: Sentence, found: list[Noun], end: int) -> bool:
    """Tell whether a list is a clause of its own with at least two nouns."""
    if len(found) < len("ab") or sentence.lower(end) not in {"", ")", ":", "-", "\u2013", "\u2014", ","}:
        return False
    plain = [noun for noun in found if noun.plural or draft.named(noun.lemmas)]
    return len(plain) == len(found)


def add_noun(draft: Draft, sentence: Sentence, noun: Noun, *, kept: bool = False) -> str | None:
    """Return the entity that a noun names, added if nothing speaks against it."""
    known = draft.known(noun.lemmas)
    if known:
        return known
    named = draft.named(noun.lemmas)
    anyway = kept and noun.plural and noun.lemmas[-1] in catalogue.words("kept_anyway")
    if not (named or anyway or acceptable(sentence, noun.start, noun.end)) or sentence.denied[noun.start]:
        return None
    if named is None and draft.named(noun.lemmas[-1:]):
        return None
    made = draft.add_generic(noun.lemmas, draft.origin(sentence, noun.start, noun.end))
    return made.name if made else None


def acceptable(sentence: Sentence, start: int, end: int) -> bool:
    """Tell whether words that the catalogue does not know may name an entity."""
    lemmas = sentence.lemmas[start:end]
    head = lemmas[-1]
    compound = len(lemmas) > 1 and head in catalogue.words("compound_heads") and lemmas[0] not in _plain()
    if (head in _plain() and not compound) or _is_only_verb(lemmas[0]) or len(head) < _SHORTEST:
        return False
    if any(sentence.lower(at) in catalogue.words("adjectives") for at in range(start, end)):
        return False
    if not all(lemma.isalpha() for lemma in lemmas) or head.endswith(("ing", "ly", "tion of")):
        return head.endswith("ing") and is_plural(sentence.lower(end - 1))
    return not meant_otherwise(sentence, start, end)


def meant_otherwise(sentence: Sentence, start: int, end: int) -> bool:
    """Tell whether words are, or are part of, a feature, a tool or a saying."""
    meant = {sense.kind for m in sentence.matches if m.start < end and m.end > start for sense in m.senses}
    return bool(meant & set(_MEANINGS))


def _is_only_verb(lemma: str) -> bool:
    return lemma in catalogue.words("verbs") and lemma not in catalogue.words("also_nouns")


def _plain() -> frozenset[str]:
    return catalogue.words("no_entities")


def infer_software(draft: Draft) -> None:
    """Add what stands before a word for software, where nothing else is named: `widget tracker`."""
    if draft.entities:
        return
    for sentence in draft.reading.sentences:
        for index, lemma in enumerate(sentence.lemmas):
            if lemma not in catalogue.words("software") or sentence.denied[index]:
                continue
            start = index
            while start and index - start < len("ab") and qualifies(sentence, start - 1):
                start -= 1
            if start < index and acceptable(sentence, start, index):
                draft.add_generic(sentence.lemmas[start:index], draft.origin(sentence, start, index))
                return


def qualifies(sentence: Sentence, index: int) -> bool:
    """Tell whether a word may be part of a name together with the noun after it."""
    lower, lemma = sentence.lower(index), sentence.lemmas[index]
    groups = ("stops", "determiners", "adjectives", "software", "verbs", "no_entities")
    return lower.isalpha() and not any(
        lower in catalogue.words(group) or lemma in catalogue.words(group) for group in groups
    )


def ensure_some(draft: Draft) -> None:
    """Add an `Item` where the prose names nothing at all, and ask."""
    if draft.entities:
        return
    origin = draft.ruled("nothing that the application keeps is named")
    draft.add("Item", None, origin)
    draft.ask("entities", "What does the application keep?", "items with a name and a description", origin)
