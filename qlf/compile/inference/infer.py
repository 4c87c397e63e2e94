"""Inference: what a brief's prose says and its front matter does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qlf.compile.inference.clauses import clauses, infer_clauses
from qlf.compile.inference.complete import declarations, drop_parts, drop_roles
from qlf.compile.inference.draft import Draft
from qlf.compile.inference.entities import deny, ensure_some, infer_kept, infer_mentioned, infer_software
from qlf.compile.inference.features import infer_features
from qlf.compile.inference.files import load
from qlf.compile.inference.overlays import infer_overlays, overlay_words, suggest, taking_part
from qlf.compile.inference.people import infer_authentication, infer_roles
from qlf.compile.inference.reading import read
from qlf.compile.inference.relations import infer_makers, infer_relations
from qlf.compile.inference.stack import infer_stack
from qlf.compile.inference.taken import begin, bring, take_along
from qlf.model.brief import OverlayDecl, RoleDecl

if TYPE_CHECKING:
    from qlf.compile.inference.overlays import Suggestion
    from qlf.model.brief import Brief, EntityDecl, StackDecl
    from qlf.model.overlay import Overlay


def infer(brief: Brief, library: tuple[Overlay, ...] = ()) -> Brief:
    """Return a brief with what its title and prose say added to what its front matter says.

    `library` are the overlays that may be taken, for their words.

    The front matter wins: stack parts, sign-in, roles, entities, features and overlays that are stated there
    stay exactly as they are, and nothing is added to a list that is not empty; only an entity that is taken
    from an overlay has what it does not state as it is there. What is added has an origin of kind `inferred`
    at its words in the prose, or of kind `overlay` where its file says it, and an assumption with the same
    origin; an entity's assumption covers its fields by a catalogue. What stays open is a question.
    """
    draft = _begin(brief, library)
    infer_stack(draft)
    infer_overlays(draft)
    overlays = taking_part(draft)
    if not brief.entities or _open(brief, overlays):
        draft.know(overlays)
    infer_features(draft)
    infer_roles(draft)
    entities = _stated(draft, overlays) if brief.entities else _entities(draft, overlays)
    _ask_rights(draft)
    return brief.model_copy(
        update={
            "stack": _stack(draft),
            "overlays": brief.overlays
            or tuple(OverlayDecl(name=name, origin=origin) for name, origin in draft.overlays.items()),
            "authentication": draft.authentication,
            "roles": brief.roles or _roles(draft),
            "entities": entities,
            "features": brief.features or tuple(draft.features),
            "assumptions": (*brief.assumptions, *draft.assumptions),
            "questions": (*brief.questions, *draft.questions),
        }
    )


def suggestions(brief: Brief, library: tuple[Overlay, ...]) -> tuple[Suggestion, ...]:
    """Return the overlays that a brief's title and prose speak for, whatever its front matter says."""
    return suggest(_begin(brief, library))


def _begin(brief: Brief, library: tuple[Overlay, ...]) -> Draft:
    """Return a brief, read, from which nothing has been inferred yet."""
    reading = read(brief, overlay_words(library))
    return Draft(brief, reading, reading.vocabulary, library)


def _open(brief: Brief, overlays: tuple[Overlay, ...]) -> bool:
    """Tell whether overlays add to the entities of the front matter."""
    return any(entity.taken for entity in brief.entities) or any(overlay.brings for overlay in overlays)


def _stated(draft: Draft, overlays: tuple[Overlay, ...]) -> tuple[EntityDecl, ...]:
    """Return the entities of the front matter, with what those from overlays have there."""
    if _open(draft.brief, overlays):
        deny(draft)
        begin(draft)
    infer_authentication(draft)
    bring(draft, overlays)
    take_along(draft)
    return declarations(draft) if draft.entities else draft.brief.entities


def _entities(draft: Draft, overlays: tuple[Overlay, ...]) -> tuple[EntityDecl, ...]:
    deny(draft)
    found = clauses(draft)
    infer_mentioned(draft, found)
    infer_kept(draft)
    infer_makers(draft)
    first = clauses(draft)
    infer_clauses(draft, first)
    infer_relations(draft)
    # What the first clauses and relations brought in is the subject of others.
    known = {clause.place for clause in first}
    infer_clauses(draft, [clause for clause in clauses(draft) if clause.place not in known])
    infer_makers(draft)
    infer_software(draft)
    take_along(draft)
    drop_parts(draft)
    drop_roles(draft)
    ensure_some(draft)
    infer_authentication(draft)
    bring(draft, overlays)
    take_along(draft)
    return declarations(draft)


def _stack(draft: Draft) -> StackDecl:
    return draft.brief.stack.model_copy(update=draft.stack)


def _roles(draft: Draft) -> tuple[RoleDecl, ...]:
    """Return the roles, those for whoever registers first: the first one listed is open to everybody."""
    granted = load("people")["granted"]
    order = sorted(draft.roles, key=lambda name: (name == "admin", name in granted))
    return tuple(
        RoleDecl(name=name, signup=False if name in granted else None, origin=draft.roles[name])
        for name in order
    )


def _ask_rights(draft: Draft) -> None:
    if draft.roles and not draft.brief.entities:
        asks = f"What may each role do: {', '.join(draft.roles)}?"
        origin = next(iter(draft.roles.values()))
        draft.ask("access", asks, "everyone who signs in may do everything", origin)
