"""What overlays add to sign-in, entities, fields, routes and the application as a whole."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

from qlf.compile.additions import Place, apply
from qlf.compile.draft import assumption, problem
from qlf.model.brief import Question
from qlf.model.spec import Auth, Entity, Field, Retention, Route, Safeguards
from qlf.model.types import TEXTUAL
from qlf.model.value import Node

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from qlf.compile.additions import Outcome
    from qlf.compile.draft import Draft
    from qlf.errors import Problem
    from qlf.model.addition import Target
    from qlf.model.brief import EntityDecl

_MOMENTS = frozenset({"date", "datetime"})
_ACCOUNT = frozenset({"email", "role", "active", "password_hash"})


def additions(draft: Draft) -> Draft:
    """Add to the application, sign-in, entities and their fields what overlays say."""
    draft = _application(draft)
    draft = _auth(draft)
    return _fields(_entities(draft))


def route_additions(draft: Draft) -> Draft:
    """Add to the routes what overlays say."""
    classes = {
        shape.name: {name for one in shape.properties for name in one.classes} for shape in draft.shapes
    }
    classes |= {shape.name: classes[shape.item] for shape in draft.shapes if shape.item}
    stored = {entity.name: _classes(entity) for entity in draft.entities}
    places = tuple(
        Place(
            route.id,
            route,
            {
                "kind": frozenset({route.kind}),
                "reads": frozenset(classes.get(route.result or "", ())),
                # A row that is deleted is written: nothing of it is left.
                "writes": frozenset(classes.get(route.body or "", ()))
                | (stored[route.entity] if route.kind == "delete" and route.entity else frozenset()),
            },
        )
        for route in draft.routes
    )
    draft, outcome = _applied(draft, "routes", places)
    return replace(draft, routes=cast("tuple[Route, ...]", outcome.nodes))


def _applied(draft: Draft, target: Target, places: tuple[Place, ...]) -> tuple[Draft, Outcome]:
    outcome = apply(draft.overlays, target, places)
    noted = replace(draft, applied=(*draft.applied, *outcome.applied)).with_problems(outcome.problems)
    return noted, outcome


def _application(draft: Draft) -> Draft:
    place = Place("application", _Application(), refuses={"entities": ""})
    draft, outcome = _applied(draft, "application", (place,))
    found = cast("_Application", outcome.nodes[0]).safeguards
    if found.emergency is None:
        return replace(draft, safeguards=found)
    roles = _known(draft, found.emergency.roles)
    if roles:
        kept = found.emergency.model_copy(update={"roles": roles})
        return replace(draft, safeguards=found.model_copy(update={"emergency": kept}))
    question = Question(
        about="safeguards.emergency",
        asks="Who may read everything in an emergency?",
        meanwhile="there is no access in an emergency",
        origin=found.emergency.origin,
    )
    safeguards = found.model_copy(update={"emergency": None})
    return replace(draft, safeguards=safeguards, questions=(*draft.questions, question))


class _Application(Node):
    """What additions to the application as a whole are made to."""

    safeguards: Safeguards = Safeguards()


def _known(draft: Draft, roles: tuple[str, ...]) -> tuple[str, ...]:
    there = {role.name for role in draft.roles}
    return tuple(role for role in roles if role in there)


def _auth(draft: Draft) -> Draft:
    if draft.auth is None:
        return draft
    draft, outcome = _applied(draft, "auth", (Place("auth", draft.auth),))
    return replace(draft, auth=cast("Auth", outcome.nodes[0]))


def _entities(draft: Draft) -> Draft:
    stated = [
        entity.model_copy(update={"retention": Retention(**dict(declared.retention))})
        if declared.retention
        else entity
        for declared, entity in draft.declared()
    ]
    places = tuple(
        Place(entity.name, entity, {"class": _classes(entity), "name": frozenset({entity.name})})
        for entity in stated
    )
    draft, outcome = _applied(draft, "entities", places)
    made = cast("tuple[Entity, ...]", outcome.nodes)
    return draft.with_entities(made).with_problems(_unkeepable(made))


def _unkeepable(entities: Iterable[Entity]) -> Iterator[Problem]:
    for entity in entities:
        moments = [field.name for field in entity.fields if field.type.kind in _MOMENTS]
        if entity.retention and entity.retention.since not in moments:
            since = entity.retention.since
            what = f"{entity.name} is kept from {since} on, which is no date or moment of it"
            advice = (
                f"write retention: {{since: {moments[0] if moments else 'FIELD'}, days: N}} in {entity.name}"
            )
            yield problem(entity.origin, what, advice)


def _classes(entity: Entity) -> frozenset[str]:
    return frozenset(name for field in entity.fields for name in field.classes)


def _fields(draft: Draft) -> Draft:
    places = tuple(
        _field_place(draft, declared, entity, field)
        for declared, entity in draft.declared()
        for field in entity.fields
    )
    draft, outcome = _applied(draft, "fields", places)
    made = iter(cast("tuple[Field, ...]", outcome.nodes))
    entities = []
    for entity in draft.entities:
        fields = tuple(_shown_to(draft, next(made)) for _ in entity.fields)
        entities.append(entity.model_copy(update={"fields": fields}))
    assumed = (
        assumption(path, f"{path.rpartition('.')[0]} is left as it is", because)
        for path, because in outcome.refused
    )
    return draft.with_entities(entities).assuming(*assumed)


def _field_place(draft: Draft, declared: EntityDecl, entity: Entity, field: Field) -> Place:
    words = {
        "class": frozenset(field.classes),
        "entity": frozenset({entity.name}),
        "kind": frozenset({field.type.kind}),
        "name": frozenset({field.name}),
    }
    refuses = {}
    if why := _unsealed(draft, declared, field):
        refuses["encrypted"] = why
    if field.type.kind not in TEXTUAL:
        refuses["mask"] = "only texts are masked"
    return Place(f"{entity.name}.{field.name}", field, words, refuses)


def _unsealed(draft: Draft, declared: EntityDecl, field: Field) -> str:
    """Return why a field cannot be encrypted, "" if it can."""
    if declared.name == draft.viewer and field.name in _ACCOUNT:
        return "people sign in with it"
    if any(states.field == field.name for states in declared.states):
        return "its moves are made in the database"
    if field.system or field.type.kind == "reference":
        return "rows are found by it"
    return ""


def _shown_to(draft: Draft, field: Field) -> Field:
    """Return a field whose mask names the roles that there are."""
    if field.mask is None:
        return field
    mask = field.mask.model_copy(update={"roles": _known(draft, field.mask.roles)})
    return field.model_copy(update={"mask": mask})
