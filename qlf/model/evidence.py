"""What is known of the controls of one application, and on what that rests."""

from __future__ import annotations

from typing import Literal

from qlf.model.finding import Outcome
from qlf.model.value import OriginKind, Value

Status = Literal["satisfied", "not-satisfied", "not-assessed", "not-applicable"]


class Clause(Value):
    """What brought a control, or a feature, into an application, and where that is written."""

    what: str
    kind: OriginKind
    file: str = ""
    line: int = 0
    column: int = 0


class Line(Value):
    """Lines of the tree, `line` to `end`, that carry a feature; `digest` is that of the whole file."""

    feature: str
    file: str
    line: int
    end: int
    text: str
    digest: str


class Trial(Value):
    """One test of one run of a tool."""

    tool: str
    name: str
    outcome: Literal["passed", "failed", "skipped"]


class Check(Value):
    """What ran for a feature, or a tool of a gate: `name` is the feature, or `GATE/TOOL`.

    `verdict` is the digest of the gate's verdict, "" if nothing ran that counts; `reason` says why the status
    is what it is.
    """

    name: str
    status: Status
    reason: str
    gate: str
    module: str = ""
    verdict: str = ""
    tests: tuple[Trial, ...] = ()


class GateRun(Value):
    """What a gate said: outcome, and the digests of its verdict and of the bytes that it ran on.

    `counts`: these are exactly the bytes, rules and tools of now; else `reason` says why not.
    """

    gate: str
    outcome: Outcome
    verdict: str = ""
    inputs: str = ""
    counts: bool = False
    reason: str = ""


class Assessed(Value):
    """What is known of one control. `checks` are names of those in the evidence that decide on it."""

    id: str
    title: str
    wording: str
    clause: str
    checked: str
    status: Status
    reason: str
    implemented_by: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    origins: tuple[Clause, ...] = ()
    lines: tuple[Line, ...] = ()
    organisation: str = ""


class Assessment(Value):
    """What is known of the controls of one catalogue."""

    catalogue: str
    title: str
    version: str
    publisher: str
    source: str
    file: str
    digest: str
    origins: tuple[Clause, ...] = ()
    controls: tuple[Assessed, ...]

    def count(self, status: Status) -> int:
        """Return how many controls have a status."""
        return sum(control.status == status for control in self.controls)


class Evidence(Value):
    """What is known of all controls of an application, on exactly the tree that `tree` is the digest of.

    Of an application under no controls it says nothing: `tree` is empty.
    """

    format: Literal[1] = 1
    application: str
    title: str
    version: str
    tree: str = ""
    gates: tuple[GateRun, ...] = ()
    checks: tuple[Check, ...] = ()
    catalogues: tuple[Assessment, ...] = ()

    def check(self, name: str) -> Check:
        """Return the check of that name; a KeyError is a defect of the caller."""
        for check in self.checks:
            if check.name == name:
                return check
        raise KeyError(name)
