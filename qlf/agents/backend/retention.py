"""How long rows are kept, as the job that deletes them is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qlf.agents.backend.names import column
from qlf.samples import creation_order

if TYPE_CHECKING:
    from qlf.model.spec import Spec


@dataclass(frozen=True)
class Kept:
    """Rows of `model` are kept for `days` after `since`, which `clock` gives: `now` or `today`."""

    model: str
    since: str
    days: int
    clock: str


def kept_for(spec: Spec) -> tuple[Kept, ...]:
    """Return how long rows are kept, those that refer to others first."""
    found = []
    for entity in reversed(creation_order(spec)):
        if entity.retention:
            since = entity.field(entity.retention.since)
            clock = "today" if since.type.kind == "date" else "now"
            found.append(Kept(entity.name, column(since), entity.retention.days, clock))
    return tuple(found)
