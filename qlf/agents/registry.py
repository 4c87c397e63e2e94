"""The agents by name. One is imported when it is asked for, so that a list of them costs nothing."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qlf.model.agent import Agent

AGENTS = ("backend", "database", "api", "tests", "documentation")


def agent(name: str) -> Agent:
    """Return one of AGENTS; another name is a defect."""
    if name not in AGENTS:
        raise KeyError(name)
    found: Agent = import_module(f"qlf.agents.{name}.agent").AGENT
    return found
