"""What people may ask for: a copy of all that is kept about them, and that it goes (GDPR 15, 17, 20)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from qlf.compile.passes.routes import base
from qlf.compile.spelling import segment, wire
from qlf.model.spec import SIGNED_IN, Property, Route, Shape
from qlf.model.types import Type
from qlf.model.value import default

if TYPE_CHECKING:
    from qlf.compile.draft import Draft

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
    return replace(draft, shapes=(*draft.shapes, data, confirmed), routes=(*draft.routes, export, erase))


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
