"""What the prose says about languages, frameworks, databases and frontends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from qlf.compile.inference.files import load

if TYPE_CHECKING:
    from qlf.compile.inference.draft import Draft
    from qlf.compile.inference.lexicon import Match
    from qlf.compile.inference.reading import Sentence

Part = Literal["backend", "database", "frontend"]
_DEFAULTS: dict[Part, str] = {"backend": "fastapi", "database": "sqlite", "frontend": "none"}


def infer_stack(draft: Draft) -> None:
    """Take the stack's parts that the prose names and the front matter does not."""
    parts: tuple[Part, ...] = ("backend", "database", "frontend")
    for part in parts:
        if getattr(draft.brief.stack, part) is None:
            _infer(draft, part)


def _infer(draft: Draft, part: Part) -> None:
    named = _named(draft, part) or _named(draft, f"{part}_language")
    if part == "frontend" and not named and _without_frontend(draft):
        return
    if not named:
        _ask_unknown(draft, part)
        return
    (name, sentence, match), *others = named
    origin = draft.origin(sentence, match.start, match.end)
    draft.stack[part] = name
    draft.assume(f"stack.{part}", name, origin)
    other = next((found for found in others if found[0] != name), None)
    if other:
        asks = f"Which {part} is meant, {name} or {other[0]}?"
        draft.ask(f"stack.{part}", asks, name, draft.origin(other[1], other[2].start, other[2].end))


def _named(draft: Draft, kind: str) -> list[tuple[str, Sentence, Match]]:
    named: list[tuple[str, Sentence, Match]] = []
    for sentence, match in draft.reading.each(kind):
        if not sentence.denied[match.start] and _fits(sentence, match):
            named += [(name, sentence, match) for name in match.names(kind)]
    # A frontend that is there wins over the weak words for none ("REST API with React").
    weak = load("stack")["weak_none"]
    strong = [found for found in named if found[0] != "none"]
    plain = [found for found in named if found[1].quote(found[2].start, found[2].end).lower() not in weak]
    return strong or plain or named


def _fits(sentence: Sentence, match: Match) -> bool:
    stack: dict[str, Any] = load("stack")
    word = sentence.words[match.start].lower
    after = sentence.lemmas[match.end] if match.end < len(sentence.lemmas) else ""
    before = sentence.lower(match.start - 1)
    if match.end - match.start > 1:
        return True
    return after not in stack["not_before"].get(word, []) and before not in stack["not_after"].get(word, [])


def _without_frontend(draft: Draft) -> bool:
    for sentence, match in draft.reading.each("frontend_word"):
        if sentence.denied[match.start]:
            draft.stack["frontend"] = "none"
            draft.assume("stack.frontend", "none", draft.origin(sentence, max(match.start - 1, 0), match.end))
            return True
    return False


def _ask_unknown(draft: Draft, part: Part) -> None:
    meanwhile = _DEFAULTS[part]
    for sentence, match in draft.reading.each(f"unknown_{part}"):
        if not sentence.denied[match.start] and _fits(sentence, match):
            word = sentence.quote(match.start, match.end)
            asks = f"{word} is no {part} that the factory knows: which one shall it be?"
            draft.ask(f"stack.{part}", asks, meanwhile, draft.origin(sentence, match.start, match.end))
            return
    for sentence, match in draft.reading.each("frontend_word") if part == "frontend" else ():
        asks = "Which frontend is meant: react, vue or angular?"
        draft.ask("stack.frontend", asks, meanwhile, draft.origin(sentence, match.start, match.end))
        return
