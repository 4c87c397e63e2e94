"""Who uses the application: roles, and whether anyone signs in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qlf.compile.inference import catalogue
from qlf.compile.inference.english import is_plural, snake
from qlf.compile.inference.files import load
from qlf.compile.inference.nouns import nouns

if TYPE_CHECKING:
    from qlf.compile.inference.draft import Draft
    from qlf.compile.inference.lexicon import Match
    from qlf.compile.inference.reading import Sentence
    from qlf.model.value import Origin

_MODALS = frozenset({"can", "may", "must", "should", "will", "could", "cannot", "shall", "also", "only"})
_LEADS = frozenset({"only", "let", "allow", "allows", "lets", "enable", "enables"})
_OPENINGS = frozenset({",", ":", "and", "where", "so", "but", "that", "when", "while", "-", "("})
_JOINS = frozenset({"and", "or", ",", "&"})
_SENSITIVE = frozenset({"pii", "phi", "pan"})
_STATES = frozenset({"belong", "contain", "consist", "include", "have", "need", "support", "end", "start"})
_MOST_ROLES = 12


def infer_roles(draft: Draft) -> None:
    """Take the people who are said to do something, for whom the application is, or who are called roles."""
    if draft.brief.roles or draft.brief.authentication is False:
        return
    for sentence in draft.reading.sentences:
        matches = catalogue.role_words().find(sentence.lemmas)
        acting = {match.start for match in matches if _acts(sentence, match)}
        for match in reversed(matches):
            if _joined_to(sentence, match, acting, matches):
                acting.add(match.start)
        for match in matches:
            if match.start in acting and not sentence.denied[match.start]:
                draft.role_spans.add((id(sentence), match.start))
                _add(draft, match.names("role")[0], sentence, match.start, match.end)
        _listed(draft, sentence)
        _unlisted(draft, sentence)
    _default_role(draft)


def _add(draft: Draft, name: str, sentence: Sentence, start: int, end: int) -> None:
    if name in draft.roles or len(draft.roles) >= _MOST_ROLES:
        return
    origin = draft.origin(sentence, start, end)
    draft.roles[name] = origin
    granted = name in load("people")["granted"]
    draft.assume(f"roles.{name}", "granted by an admin" if granted else "a role", origin)


def _acts(sentence: Sentence, match: Match) -> bool:
    names = match.names("role")
    if "admin" in names:
        return True
    after, before = sentence.lower(match.end), sentence.lower(match.start - 1)
    if after in load("people")["places"] and not is_plural(sentence.lower(match.end - 1)):
        return True
    if before in _LEADS or after in _MODALS - {"only", "also"}:
        return True
    if before in {"a", "an"} and sentence.lower(match.start - 2) == "as":
        return True
    if before == "for" and _about_software(sentence, match.start - 2):
        return is_plural(sentence.lower(match.end - 1))
    return _verb_follows(sentence, match)


def _verb_follows(sentence: Sentence, match: Match) -> bool:
    position = match.end
    while sentence.lower(position) in {"also", "only", "then", "themselves", "alone"}:
        position += 1
    if position >= len(sentence.words):
        return False
    word = sentence.words[position]
    if word.lemma not in catalogue.words("verbs") or word.lemma in _STATES:
        return False
    many = is_plural(sentence.lower(match.end - 1))
    if not many:
        return word.lower != word.lemma and sentence.lower(match.start - 1) in {
            "a",
            "an",
            "the",
            "each",
            "every",
        }
    return word.lower == word.lemma and not _noun_after(sentence, position)


def _noun_after(sentence: Sentence, position: int) -> bool:
    """Tell whether what looks like a verb heads a compound: `members list` at the end of a clause."""
    lower = sentence.lower(position)
    return lower in catalogue.words("also_nouns") and sentence.lower(position + 1) in {",", "and", "."}


def _about_software(sentence: Sentence, index: int) -> bool:
    if index < 0:
        return True
    if sentence.lower(index) in catalogue.words("software"):
        return True
    ending = [match for match in sentence.matches if match.end == index + 1]
    return any(match.names("bundle") or match.names("feature") for match in ending)


def _joined_to(sentence: Sentence, match: Match, acting: set[int], matches: list[Match]) -> bool:
    """Tell whether someone is named in one breath with another who acts: `doctors and patients can`."""
    position = match.end
    while sentence.lower(position) in _JOINS:
        position += 1
    before, first = match.start - 1, match.start
    while sentence.lower(before) in _JOINS:
        before -= 1
    after_role = any(other.end == before + 1 and other.start in acting for other in matches)
    return (position in acting and position > match.end) or (first != before + 1 and after_role)


def _listed(draft: Draft, sentence: Sentence) -> None:
    """Take lists after or before the word: `roles admin and curator`, `admin and curator roles`."""
    said = load("people")["role_words"]
    for index, lemma in enumerate(sentence.lemmas):
        if lemma != "role" or lemma not in said or sentence.denied[index]:
            continue
        start = index + 1
        while sentence.lower(start) in {":", "are", "such", "as", "like", "("}:
            start += 1
        if sentence.lower(start) in {"and", ","}:
            continue
        for noun in nouns(sentence, start)[0]:
            if not set(noun.lemmas) & catalogue.words("no_entities") - {"admin", "administrator", "user"}:
                senses = catalogue.role_words().exact(noun.lemmas)
                if not senses and (noun.plural or draft.catalogue.meanings.exact(noun.lemmas)):
                    break
                name = senses[0].name if senses else snake(noun.lemmas)
                if name and name != "user":
                    _add(draft, name, sentence, noun.start, noun.end)
        for match in catalogue.role_words().find(sentence.lemmas[:index]):
            joined = all(word in _JOINS or word == "role" for word in _between(sentence, match, index))
            if joined:
                _add(draft, match.names("role")[0], sentence, match.start, match.end)


def _unlisted(draft: Draft, sentence: Sentence) -> None:
    """Take people whom no catalogue knows by what they do: `citizens report potholes`."""
    for index in range(len(sentence.words) - 1):
        lower, lemma = sentence.lower(index), sentence.lemmas[index]
        opens = index == 0 or sentence.lower(index - 1) in _OPENINGS
        verb = index + 2 if sentence.lower(index + 1) in _MODALS else index + 1
        if not opens or lower == lemma or not is_plural(lower) or sentence.denied[index]:
            continue
        does = sentence.lower(verb) in catalogue.words("people_do")
        machine = sentence.lower(verb) == "report" and any(
            word in catalogue.words("machines_report") for word in sentence.lemmas[verb + 1 : verb + 3]
        )
        if does and not machine and _may_be_person(draft, lemma):
            _add(draft, lemma, sentence, index, index + 1)


def _may_be_person(draft: Draft, lemma: str) -> bool:
    if catalogue.role_words().exact((lemma,)) or not lemma.isalpha() or lemma in load("people")["people"]:
        return False
    return not draft.catalogue.meanings.exact((lemma,)) and lemma not in catalogue.words("stops")


def _between(sentence: Sentence, match: Match, index: int) -> list[str]:
    known = {
        word for one in catalogue.role_words().find(sentence.lemmas) for word in range(one.start, one.end)
    }
    return [sentence.lower(at) for at in range(match.end, index) if at not in known]


def _default_role(draft: Draft) -> None:
    """Add a role to register with where all that were found are granted ones."""
    granted = load("people")["granted"]
    if draft.roles and all(name in granted for name in draft.roles) and set(draft.roles) == {"admin"}:
        origin = draft.ruled("whoever registers needs a role beside admin", draft.roles["admin"])
        draft.roles = {"member": origin, **draft.roles}
        draft.assume("roles.member", "a role", origin)


def infer_authentication(draft: Draft) -> None:
    """Decide whether there is sign-in: by words for or against it, then by who and what there is."""
    if draft.brief.authentication is not None:
        draft.authentication = draft.brief.authentication
        return
    asked = _first(draft, "auth_asks", denied=False)
    refused = _first(draft, "auth_refuses", denied=False) or _refused(draft)
    if refused and not asked and not draft.roles and not draft.brief.roles:
        _decide(draft, refused[0], refused[1], decision=False)
        return
    if asked:
        _decide(draft, asked[0], asked[1], decision=True)
        return
    _by_evidence(draft)


def _decide(draft: Draft, sentence: Sentence, match: Match, *, decision: bool) -> None:
    draft.authentication = decision
    start = match.start - 1 if not decision and match.start and sentence.denied[match.start] else match.start
    draft.assume("auth", "sign-in" if decision else "no sign-in", draft.origin(sentence, start, match.end))


def _first(draft: Draft, kind: str, *, denied: bool) -> tuple[Sentence, Match] | None:
    found = draft.reading.each(kind)
    return next(((s, m) for s, m in found if s.denied[m.start] == denied), None)


def _refused(draft: Draft) -> tuple[Sentence, Match] | None:
    return (
        _first(draft, "auth_negated", denied=True)
        or _first(draft, "auth_asks", denied=True)
        or next((found for found in draft.reading.each("auth_public") if _alone(*found)), None)
    )


def _alone(sentence: Sentence, match: Match) -> bool:
    """Tell whether `public` is said of the application: `a public API`, or the word between commas."""
    edges = {sentence.lower(match.start - 1), sentence.lower(match.end)}
    return not sentence.denied[match.start] and (match.end - match.start > 1 or edges <= {"", ",", "and"})


def _by_evidence(draft: Draft) -> None:
    persons = _first(draft, "auth_persons", denied=False)
    rule: Origin | None
    if draft.roles:
        origin = next(iter(draft.roles.values()))
        rule = draft.ruled(f"{origin.because} are told apart by signing in", origin)
    elif persons:
        rule = draft.origin(
            persons[0], persons[1].start, persons[1].end, "users are told apart by signing in"
        )
    else:
        rule = _kind_origin(draft) or _sensitive_origin(draft)
    if rule is None:
        asks = "Who may use the application: anyone, or people who sign in?"
        if not draft.brief.roles:
            draft.ask("auth", asks, "anyone, without sign-in", draft.ruled("nothing is said about sign-in"))
        return
    draft.authentication = True
    draft.assume("auth", "sign-in", rule)


def _kind_origin(draft: Draft) -> Origin | None:
    for sentence, match in draft.reading.each("bundle"):
        if any(catalogue.bundles()[name].authentication for name in match.names("bundle")):
            return draft.origin(sentence, match.start, match.end, "such applications have sign-in")
    regulated = [one.name for one in draft.library if one.kind == "compliance" and one.name in draft.overlays]
    if regulated:
        return draft.ruled(f"{regulated[0]} asks for it", draft.overlays[regulated[0]])
    return None


def _sensitive_origin(draft: Draft) -> Origin | None:
    for entity in draft.entities.values():
        inherited = entity.entry.fields if entity.entry else ()
        for field in (*entity.said.values(), *inherited):
            if set(field.classes) & _SENSITIVE:
                rule = f"{entity.name}.{field.name} is @{field.classes[0]}, which only known people may see"
                return draft.ruled(rule, entity.origin)
    return None
