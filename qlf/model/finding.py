"""What a gate found and how it judged."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import Field

from qlf.model.value import Value

Level = Literal["note", "warning", "error"]


class Outcome(StrEnum):
    """The verdict of a gate. Only `GREEN` is proof; `UNPROVEN`: a tool missing, crashed, slow or idle.

    `NOT_APPLICABLE`: the tree has nothing that the gate is for. It proves nothing, and blocks nothing.
    """

    GREEN = "green"
    RED = "red"
    UNPROVEN = "unproven"
    NOT_APPLICABLE = "not applicable"


LETS_THROUGH = frozenset({Outcome.GREEN, Outcome.NOT_APPLICABLE})


class Finding(Value):
    """One result of one tool, as SARIF 2.1.0 has it (section 3.27): rule, level, message, place.

    `path` is relative to the tree, or to the repository of the brief if that is its `base`; `line` and
    `column` count from 1, 0 if the tool gave none.
    """

    tool: str
    rule: str
    level: Level
    message: str
    path: str = ""
    base: Literal["tree", "repository"] = "tree"
    line: int = 0
    column: int = 0


class ToolRun(Value):
    """One execution of one tool: what it was, whether it proved anything, and why not.

    `executed` counts what was checked (tests, files, requests): nothing executed proves nothing.
    """

    tool: str
    version: str
    outcome: Outcome
    reason: str = ""
    executed: int = 0
    seconds: float = 0.0


class Verdict(Value):
    """The judgement of a gate over exactly the bytes that `inputs` is the SHA-256 digest of.

    `files` are those of the tree that it read, by path, with the SHA-256 digest of each.
    """

    gate: str
    outcome: Outcome
    inputs: str
    files: dict[str, str] = Field(default={})
    runs: tuple[ToolRun, ...]
    findings: tuple[Finding, ...] = ()
