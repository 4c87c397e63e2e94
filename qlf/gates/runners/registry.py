"""Runners by name: those that come with the factory, and those of installed distributions.

Another distribution adds runners by entry points of the group `qlf.runners`; it cannot replace one.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from qlf.gates.job import Runner

GROUP = "qlf.runners"
BUILT_IN = ("ruff", "mypy", "bandit", "pytest", "openapi", "schemathesis", "policy")


def runner(name: str) -> Runner | str:
    """Return the runner of that name, or why there is none."""
    if name in BUILT_IN:
        return cast("Runner", import_module(f"qlf.gates.runners.{name}").RUNNER)
    found = tuple(entry_points(group=GROUP, name=name))
    if not found:
        return f"there is no runner {name!r}"
    if len(found) > 1:
        return f"several distributions bring a runner {name!r}"
    try:
        return cast("Runner", found[0].load())
    except Exception as error:  # noqa: BLE001 - code of others, which must not take the gate down
        return f"the runner {name!r} cannot be loaded: {error}"


def identity(name: str) -> str:
    """Return what tells one version of a runner from another; those of the factory have none of their own."""
    found = () if name in BUILT_IN else tuple(entry_points(group=GROUP, name=name))
    return ", ".join(f"{point.value} {point.dist.version if point.dist else ''}".strip() for point in found)
