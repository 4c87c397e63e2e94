"""Check an overlay's catalogue as what it is to become: entities of an application."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from qlf.compile.compile import compile_brief
from qlf.model.brief import Brief
from qlf.model.spec import Spec

if TYPE_CHECKING:
    from qlf.errors import Problem
    from qlf.model.overlay import Overlay


@lru_cache(maxsize=32)
def check_catalogue(overlay: Overlay) -> tuple[Problem, ...]:
    """Return what keeps an application from having all entities and all roles of an overlay.

    Reading has checked each clause by itself; here conditions are typed, and names must fit together.
    """
    made = compile_brief(
        Brief(
            name=overlay.name,
            file=overlay.origin.file,
            title=overlay.title,
            authentication=True,
            roles=overlay.roles,
            entities=tuple(each.entity for each in overlay.entities),
        )
    )
    return () if isinstance(made, Spec) else tuple(made)
