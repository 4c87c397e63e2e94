"""Advice for a name that is not there."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_SHOWN = 8


def nearest(name: str, known: Iterable[str]) -> str:
    """Return `did you mean X?` if one known name is near, else what the names are."""
    names = list(dict.fromkeys(known))
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]}?"
    if not names:
        return "there are none"
    if len(names) == 1:
        return f"there is only {names[0]}"
    more = ", ..." if len(names) > _SHOWN else ""
    return f"there are {', '.join(names[:_SHOWN])}{more}"
