"""What people may ask for: a copy of all that is kept about them, and that it goes (GDPR 15, 17, 20)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from qlf.compile.passes.routes import base
from qlf.compile.passes.shapes import keys_of, of_field
from qlf.compile.spelling import segment, wire
from qlf.model.spec import SIGNED_IN, Property, Route, Shape
from qlf.model.types import Type
from qlf.model.value import default

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qlf.compile.draft import Draft
    from qlf.model.spec import Entity

_CARD_NUMBER = "pan"
_SENSITIVE = "sad"  # sensitive authentication data: codes and PINs of cards (PCI DSS 3.3.1)
_PASSWORD_LENGTH = 128
_BECAUSE = default("people have a right to their data")


def subject_rights(draft: Draft) -> Draft:
    """Add the routes by which people export their data and have it erased, if they have that right."""
    if draft.auth is None or not draft.safeguards.subject_rights:
        return draft
    data = Shape(
        name=_free(draft, "PersonalData"), purpose="export", properties=_kept(draft), origin=_BECAUSE
    )
    confirmed = Shape(
        name=_free(draft, "Erasure"), purpose="auth", properties=(_password(draft),), origin=_BECAUSE
    )
    own = f"{base(draft)}/{segment(draft, draft.entity(draft.auth.entity).plural)}/me"
    tag = next(route.tag for route in draft.routes if route.kind == "me")
    export = Route(
        id="export_me",
        kind="export",
        method="GET",
        path=f"{own}/export",
        summary="Get a copy of everything that is kept about oneself",
        tag=tag,
        roles=(SIGNED_IN,),
        result=data.name,
        problems=(401,),
        audited=draft.safeguards.audit is not None,
        origin=_BECAUSE,
    )
    erase = Route(
        id="erase_me",
        kind="erase",
        method="POST",
        path=f"{own}/erase",
        summary="Have everything erased that is kept about oneself",
        tag=tag,
        roles=(SIGNED_IN,),
        body=confirmed.name,
        success=204,
        problems=(401, 422, 429),
        audited=draft.safeguards.audit is not None,
        origin=_BECAUSE,
    )
    shapes = (*draft.shapes, data, *_rows(draft), confirmed)
    return replace(draft, shapes=shapes, routes=(*draft.routes, export, erase))


def _free(draft: Draft, name: str) -> str:
    taken = {one.name for group in (draft.entities, draft.enums, draft.shapes) for one in group}
    while name in taken:
        name += "Body"
    return name


def _kept(draft: Draft) -> tuple[Property, ...]:
    """Return a member for each entity whose rows are about somebody, the person's own row first."""
    about = sorted(
        (entity for entity in draft.entities if entity.subject is not None),
        key=lambda entity: entity.subject != "",
    )
    return tuple(
        Property(
            name=entity.plural,
            wire=wire(draft, entity.plural),
            source="input",
            of=entity.plural,
            type=Type(kind="reference", entity=entity.name, many=True),
            required=True,
            nullable=False,
            origin=_BECAUSE,
        )
        for entity in about
    )


def _rows(draft: Draft) -> Iterator[Shape]:
    """Yield the shapes of rows as their person gets them, of entities of which that is more than is answered.

    People get all that is kept about them, in full (GDPR 15; EDPB, Guidelines 01/2022, 2.3.1): what answers
    hide although it has a class, what they mask, and the rows that theirs are related to. Numbers of cards
    stay masked (PCI DSS 3.4.1). What is hidden and has no class is a secret of sign-in or of the application.
    """
    for entity in draft.entities:
        if entity.subject is None:
            continue
        read = next(one for one in draft.shapes if one.purpose == "read" and one.entity == entity.name)
        whole = tuple(_whole(draft, entity, read))
        if whole != read.properties:
            name = _free(draft, f"{entity.name}Data")
            common = {"entity": entity.name, "description": read.description, "origin": _BECAUSE}
            yield Shape(name=name, purpose="exported", properties=whole, **common)


def _whole(draft: Draft, entity: Entity, read: Shape) -> Iterator[Property]:
    for one in read.properties:
        yield one if _CARD_NUMBER in one.classes else one.model_copy(update={"mask": None})
    for field in entity.fields:
        if field.hidden and field.classes and _SENSITIVE not in field.classes:
            made = of_field(draft, field).model_copy(update={"required": True, "default": None})
            yield made if _CARD_NUMBER in field.classes else made.model_copy(update={"mask": None})
    shown = {one.of for one in read.properties}
    for relation in entity.relations:
        if relation.kind == "many-to-many" and relation.name not in shown:
            yield keys_of(draft, relation).model_copy(update={"required": True})


def _password(draft: Draft) -> Property:
    return Property(
        name="password",
        wire=wire(draft, "password"),
        source="input",
        of="password",
        type=Type(kind="text"),
        required=True,
        nullable=False,
        minimum=1,
        maximum=_PASSWORD_LENGTH,
        secret=True,
        origin=_BECAUSE,
    )
