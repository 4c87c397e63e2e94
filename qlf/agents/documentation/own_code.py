"""What the guide to own code takes from the application: one operation to show a hook by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qlf.python_names import local, snake, spelt

if TYPE_CHECKING:
    from qlf.model.spec import Spec

_KINDS = ("create", "update", "transition", "operation", "delete", "add", "remove")


@dataclass(frozen=True, slots=True)
class Hook:
    """An operation on a row: the function of its route, the row's class, and a variable for the row."""

    function: str
    row: str
    variable: str
    label: str


def shown_hook(spec: Spec) -> Hook | None:
    """Return the operation that is shown, the first of the most usual kind; None if nothing is changed."""
    spec = spelt(spec)
    routes = [route for route in (spec.api.routes if spec.api else ()) if route.entity]
    for kind in _KINDS:
        for route in routes:
            if route.kind == kind:
                row = str(route.entity)
                return Hook(local(route.id), row, local(snake(row)), spec.entity(row).label_plural.lower())
    return None
