"""What a prompt is made of: texts at places, for agents that a language model plays."""

from __future__ import annotations

from typing import Literal

from qlf.model.value import Node

BUDGET = 40_000  # tokens; what a prompt may take unless it is said
PromptAgent = Literal["backend", "frontend", "database", "devops", "security-review"]
Place = Literal["role", "task", "rules", "checks", "output"]


class PromptText(Node):
    """A text of an overlay for an agent, or for `all`, at a place.

    The texts of the overlays that it `replaces` are left out there.
    """

    agent: PromptAgent | Literal["all"]
    place: Place
    text: str
    replaces: tuple[str, ...] = ()
