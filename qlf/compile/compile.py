"""From a brief to the spec: a fold over the passes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from qlf.compile.draft import Draft
from qlf.compile.passes.access import access
from qlf.compile.passes.accounts import accounts
from qlf.compile.passes.actions import actions
from qlf.compile.passes.additions import additions, route_additions
from qlf.compile.passes.api import api
from qlf.compile.passes.auth_routes import auth_routes
from qlf.compile.passes.checks import checks
from qlf.compile.passes.computed import computed
from qlf.compile.passes.derived import derived
from qlf.compile.passes.encrypted import encrypted
from qlf.compile.passes.enums import enums
from qlf.compile.passes.fields import fields
from qlf.compile.passes.listing import listing
from qlf.compile.passes.names import names
from qlf.compile.passes.operations import operations
from qlf.compile.passes.relations import relations
from qlf.compile.passes.routes import routes
from qlf.compile.passes.shapes import shapes
from qlf.compile.passes.sign_in_safeguards import sign_in_safeguards
from qlf.compile.passes.states import states
from qlf.compile.passes.subject_rights import subject_rights
from qlf.compile.passes.subjects import subjects
from qlf.compile.passes.tables import tables
from qlf.model.spec import Applied, Spec, Stack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qlf.errors import Problem
    from qlf.model.brief import Brief
    from qlf.model.overlay import Overlay
    from qlf.model.spec import OverlayUse

Pass = Callable[[Draft], Draft]

# A group whose passes found problems is the last to run: what follows rests on it.
PASSES: tuple[tuple[Pass, ...], ...] = (
    (accounts,),
    (names,),
    (enums, fields, relations, actions),
    (additions, tables),
    (derived, computed, checks, states, operations, access),
    (encrypted,),
    (
        subjects,
        listing,
        shapes,
        auth_routes,
        sign_in_safeguards,
        subject_rights,
        routes,
        route_additions,
        api,
    ),
)


def compile_brief(
    brief: Brief, uses: tuple[OverlayUse, ...] = (), library: tuple[Overlay, ...] = ()
) -> Spec | list[Problem]:
    """Return the spec of a brief, or all problems that can be seen, in the order of their places.

    `uses` are the overlays that take part, in the order in which they apply; the library has them.
    """
    by_name = {overlay.name: overlay for overlay in library}
    draft = Draft(brief, overlays=tuple(by_name[use.name] for use in uses))
    for group in PASSES:
        for one in group:
            draft = one(draft)
        if draft.problems:
            return sorted(set(draft.problems))
    return _spec(draft, uses)


def _templates(draft: Draft) -> Iterator[str]:
    for overlay in draft.overlays:
        folder = PurePosixPath(overlay.origin.file).parent.name
        for one in overlay.templates:
            yield f"{one.name}/{folder}/{overlay.name}"


def _controls(draft: Draft) -> Iterator[Applied]:
    """Yield which overlays bring in which catalogues of controls, and where they say so."""
    for overlay in draft.overlays:
        for one in overlay.controls:
            yield Applied(overlay=overlay.name, path="controls", value=one.name, origin=one.origin)


def _spec(draft: Draft, uses: tuple[OverlayUse, ...]) -> Spec:
    brief = draft.brief
    frontend = brief.stack.frontend
    stack = Stack(
        backend=brief.stack.backend or "fastapi",
        database=brief.stack.database or "sqlite",
        frontend=None if frontend == "none" else frontend,
        origin=brief.stack.origin,
    )
    return Spec(
        name=brief.name,
        title=brief.title,
        version=brief.version,
        prose=brief.prose,
        stack=stack,
        overlays=uses,
        controls=tuple(dict.fromkeys(one.name for overlay in draft.overlays for one in overlay.controls)),
        policies=tuple(sorted({one.name for overlay in draft.overlays for one in overlay.policies})),
        templates=tuple(_templates(draft)),
        applied=(*_controls(draft), *draft.applied),
        safeguards=draft.safeguards,
        auth=draft.auth,
        roles=draft.roles,
        features=brief.features,
        enums=draft.enums,
        entities=draft.entities,
        operations=draft.operations,
        api=draft.api,
        assumptions=(*brief.assumptions, *draft.assumptions),
        questions=(*brief.questions, *draft.questions),
    )
