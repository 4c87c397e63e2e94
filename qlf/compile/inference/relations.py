"""How entities refer to each other, as the prose says it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from qlf.compile.inference import catalogue
from qlf.compile.inference.english import is_plural, plural_of, snake_of
from qlf.compile.inference.entities import USER, acceptable, add_noun, qualifies
from qlf.compile.inference.files import load
from qlf.compile.inference.nouns import nouns
from qlf.model.brief import FieldDecl

if TYPE_CHECKING:
    from qlf.compile.inference.draft import Draft
    from qlf.compile.inference.nouns import Noun
    from qlf.compile.inference.reading import Sentence
    from qlf.model.value import Origin

Kind = Literal["one", "many", "both"]
_ADVERBS = frozenset(
    {
        "can",
        "may",
        "must",
        "should",
        "will",
        "is",
        "are",
        "be",
        "always",
        "only",
        "also",
        "could",
        "optionally",
    }
)
_PARTICIPLES = ("ed", "en", "wn", "ght", "ld")
_MOST_WORDS = 3


@dataclass(frozen=True, slots=True)
class Link:
    """What the prose says about two entities: left has one right, has many, or each has many of the other."""

    left: str
    right: str
    kind: Kind
    origin: Origin
    name: str | None = None
    optional: bool = False


def relate(draft: Draft, link: Link) -> None:
    """Relate two entities.

    Having many is a reference on the other side, unless what is had is shared by nature (tags, authors) or
    the other side has many too: that is a many-to-many relation.
    """
    left, right, kind = link.left, link.right, link.kind
    if left not in draft.entities or (right not in draft.entities and right != USER):
        return
    entry = draft.entities[right].entry if right in draft.entities else None
    backwards = draft.entities[right].said.get(plural_of(left)) if right in draft.entities else None
    if kind == "many" and (_was_many(draft, left, right) or (entry and entry.shared)):
        kind = "both"
    if kind == "both":
        if not (backwards and backwards.many):
            _drop(draft, left, right)
            _drop(draft, right, left)
            _refer(draft, left, _reference(plural_of(right), right, link, many=True))
    elif kind == "many" and right != USER:
        _refer(draft, right, _reference(snake_of(left), left, link))
    else:
        _refer(draft, left, _reference(link.name or snake_of(right), right, link))


def _reference(name: str, target: str, link: Link, *, many: bool = False) -> FieldDecl:
    required = not (many or link.optional)
    return FieldDecl(
        name=name, kind="reference", target=target, many=many, required=required, origin=link.origin
    )


def _was_many(draft: Draft, left: str, right: str) -> bool:
    """Tell whether the prose has said already that `right` has many of `left`."""
    if left == right or right not in draft.entities:
        return False
    return any(pair == (right, left) for pair in draft.many)


def _drop(draft: Draft, holder: str, target: str) -> None:
    if holder not in draft.entities:
        return
    said = draft.entities[holder].said
    for name in [name for name, field in said.items() if field.target == target]:
        del said[name]


def _refer(draft: Draft, holder: str, field: FieldDecl) -> None:
    said = draft.entities[holder].said
    if holder == field.target:
        name = "parent" if field.name == snake_of(holder) else field.name
        field = field.model_copy(update={"name": name, "required": False})
    if field.name in said or field.target is None:
        return
    said[field.name] = field
    draft.many.append((field.target, holder))
    draft.assume(
        f"entities.{holder}.{field.name}", f"{field.target}{'[]' if field.many else ''}", field.origin
    )


def infer_relations(draft: Draft) -> None:
    """Take relations from phrases between two nouns: `posts belong to a user`, `votes per poll`."""
    for sentence in draft.reading.sentences:
        for match in catalogue.phrases("relations", "left").find(sentence.lemmas):
            _between(draft, sentence, match.start, match.end)
        for start, end in _passives(sentence):
            _between(draft, sentence, start, end, loose=True)
        _infer_joined(draft, sentence)


def _between(draft: Draft, sentence: Sentence, start: int, end: int, *, loose: bool = False) -> None:
    left = _left(draft, sentence, start)
    listed, _ = nouns(sentence, end)
    if left is None or sentence.denied[start] or not listed:
        return
    noun, *others = listed
    right = _right(draft, sentence, noun)
    for other in others:
        if other.plural and all(one.plural for one in listed):
            add_noun(draft, sentence, other)
    if right is None or right == left[0]:
        return
    optional = loose or any(sentence.lower(at) in _optional() for at in range(max(0, start - 3), start))
    origin = draft.origin(sentence, left[1], noun.end)
    name = "assignee" if right == USER and "assigned" in sentence.quote(start, end) else None
    entry = draft.entities[right].entry if right in draft.entities else None
    many = noun.many or (noun.plural and entry is not None and entry.shared)
    relate(draft, Link(left[0], right, "both" if many else "one", origin, name, optional))


def _passives(sentence: Sentence) -> list[tuple[int, int]]:
    """Return where a passive and its preposition stand: `are shown in`."""
    found: list[tuple[int, int]] = []
    for index in range(len(sentence.words) - 2):
        auxiliary, participle, preposition = (sentence.lower(at) for at in range(index, index + 3))
        passive = auxiliary in {"is", "are", "be"} and participle.endswith(_PARTICIPLES)
        if passive and preposition in {"in", "on", "at", "by", "to", "from", "into"}:
            found.append((index, index + 3))
    return found


def _optional() -> frozenset[str]:
    return frozenset(catalogue.phrases("relations", "optional").words)


def _left(draft: Draft, sentence: Sentence, end: int) -> tuple[str, int] | None:
    """Return the entity named before a phrase, added if it may be one, and where its words start."""
    while end and sentence.lower(end - 1) in _ADVERBS:
        end -= 1
    for start in range(max(0, end - _MOST_WORDS), end):
        found = draft.named(sentence.lemmas[start:end])
        if found and (found[0] in draft.entities or draft.add(*found, draft.origin(sentence, start, end))):
            return found[0], start
    if end and sentence.lower(end - 1) in {"and", ","}:
        first = first_named(draft, sentence, end)
        named = draft.named(sentence.lemmas[first[0] : first[1]]) if first else None
        return (named[0], first[0]) if named and first else None
    start = end - 1
    if start < 0 or not acceptable(sentence, start, end):
        return None
    if start and acceptable(sentence, start - 1, end) and qualifies(sentence, start - 1):
        start -= 1
    if sentence.lower(start - 1) in catalogue.words("determiners") or is_plural(sentence.lower(end - 1)):
        made = draft.add_generic(sentence.lemmas[start:end], draft.origin(sentence, start, end))
        return (made.name, start) if made else None
    return None


def _right(draft: Draft, sentence: Sentence, noun: Noun) -> str | None:
    named = draft.named(noun.lemmas)
    if named and named[0] == USER:
        return USER
    if noun.determined or noun.many or noun.plural:
        return add_noun(draft, sentence, noun)
    return draft.known(noun.lemmas)


def _infer_joined(draft: Draft, sentence: Sentence) -> None:
    """Relate neighbours: in `comments on posts` the comment refers to the post."""
    joins = catalogue.phrases("relations", "joined").words
    found = _named(draft, sentence)
    for (_, left_start, left_end), (_, right_start, right_end) in pairwise(found):
        gap = [sentence.lower(at) for at in range(left_end, right_start)]
        if not gap or gap[0] not in joins or not set(gap[1:]) <= catalogue.words("determiners"):
            continue
        left, right = (
            draft.named(sentence.lemmas[s:e]) for s, e in ((left_start, left_end), (right_start, right_end))
        )
        if left and right and not sentence.denied[right_start] and not related(draft, left[0], right[0]):
            relate(draft, Link(left[0], right[0], "one", draft.origin(sentence, left_start, right_end)))


def _named(draft: Draft, sentence: Sentence) -> list[tuple[str, int, int]]:
    """Return the entities that a sentence names, and from which word to which."""
    spans = {(m.start, m.end) for m in sentence.matches if draft.entry(m.names("entity"))}
    taken = {index for start, end in spans for index in range(start, end)}
    for length in (3, 2, 1):
        for start in range(len(sentence.words) - length + 1):
            span = range(start, start + length)
            if tuple(sentence.lemmas[start : start + length]) in draft.generic and not taken & set(span):
                spans.add((start, start + length))
                taken |= set(span)
    named = [(draft.named(sentence.lemmas[start:end]), start, end) for start, end in sorted(spans)]
    return [(found[0], start, end) for found, start, end in named if found]


def first_named(draft: Draft, sentence: Sentence, before: int) -> tuple[int, int] | None:
    """Return where the first entity of a sentence stands, if before a word: the subject of `and has`."""
    found = [(start, end) for _, start, end in _named(draft, sentence) if end <= before]
    return found[0] if found else None


def infer_makers(draft: Draft) -> None:
    """Let what a person brings into being refer to that person: `applicants submit applications`."""
    for sentence in draft.reading.sentences:
        for role, start, end in acting(draft, sentence):
            verb = end
            while sentence.lower(verb) in {"can", "may", "should", "will", "must"}:
                verb += 1
            if verb >= len(sentence.words) or sentence.words[verb].lemma not in catalogue.words("makes"):
                continue
            listed, _ = nouns(sentence, verb + 1)
            if listed and not sentence.denied[verb] and (listed[0].plural or listed[0].determined):
                _make(draft, sentence, role, start, listed[0])


def acting(draft: Draft, sentence: Sentence) -> list[tuple[str, int, int]]:
    """Return the people of a sentence by role, and where they stand."""
    known = [(m.names("role")[0], m.start, m.end) for m in catalogue.role_words().find(sentence.lemmas)]
    people = {*draft.roles, *load("people")["people"], "user", "visitor"}
    others = [(lemma, at, at + 1) for at, lemma in enumerate(sentence.lemmas) if lemma in people]
    return sorted({*known, *others}, key=lambda one: one[1])


def _make(draft: Draft, sentence: Sentence, role: str, start: int, noun: Noun) -> None:
    made = add_noun(draft, sentence, noun)
    if made is None:
        return
    person = draft.named((role,))
    if person and person[0] in draft.entities and person[0] != made:
        if not related(draft, made, person[0]):
            relate(draft, Link(made, person[0], "one", draft.origin(sentence, start, noun.end)))
    elif draft.entities[made].owner is None and role in draft.roles and not person:
        draft.entities[made].owner = role


def related(draft: Draft, left: str, right: str) -> bool:
    """Tell whether one of two entities refers to the other, by the prose or by the catalogue."""
    for holder, target in ((left, right), (right, left)):
        entity = draft.entities.get(holder)
        if entity is None:
            continue
        inherited = entity.entry.fields if entity.entry else ()
        if any(field.target == target for field in (*entity.said.values(), *inherited)):
            return True
    return False
