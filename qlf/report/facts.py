"""What the report says of an application, as values."""

from __future__ import annotations

from typing import Literal

from qlf.model.evidence import Assessment
from qlf.model.finding import Outcome
from qlf.model.spec import Spec
from qlf.model.value import Value

State = Literal["green", "red", "not proven", "not built"]


class Remade(Value):
    """A step of the last build that had something to do for the application: what came of it, and why."""

    step: str
    outcome: str
    reasons: tuple[str, ...] = ()


class Judged(Value):
    """What a gate said: `rests` are its tools and how much each looked at, `details` what is wrong."""

    gate: str
    outcome: Outcome
    rests: str
    details: tuple[str, ...] = ()


class Size(Value):
    """How much one owner, an agent or `custom`, has written: files, lines of text, bytes."""

    owner: str
    files: int
    lines: int
    bytes: int


class Facts(Value):
    """All that a page says. An application that was never compiled has no spec.

    `problems` kept the last build from coming further; `links` are products beside the page, by what they
    are. `by_hand` are the files of the tree that are not as agents wrote them.
    """

    brief: str
    source: str
    problems: tuple[str, ...] = ()
    spec: Spec | None = None
    gates: tuple[Judged, ...] = ()
    controls: tuple[Assessment, ...] = ()
    sizes: tuple[Size, ...] = ()
    by_hand: tuple[str, ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    remade: tuple[Remade, ...] = ()

    @property
    def state(self) -> State:
        """How the application stands: not built if the last build did not come to the gates."""
        outcomes = {gate.outcome for gate in self.gates}
        if self.problems or self.spec is None or not self.sizes:
            return "not built"
        if Outcome.RED in outcomes:
            return "red"
        return "not proven" if Outcome.UNPROVEN in outcomes or not outcomes else "green"


class Row(Value):
    """What the page over all applications says of one. `controls` are counts of statuses by catalogue."""

    brief: str
    title: str
    version: str
    state: State
    gates: dict[str, Outcome]
    controls: dict[str, dict[str, int]]
    entities: int
    files: int
    lines: int
    remade: int
    because: str


def row(facts: Facts) -> Row:
    """Return the row of an application."""
    first = next((each.reasons[0] for each in facts.remade if each.reasons), "")
    return Row(
        brief=facts.brief,
        title=facts.spec.title if facts.spec else facts.brief,
        version=facts.spec.version if facts.spec else "",
        state=facts.state,
        gates={gate.gate: gate.outcome for gate in facts.gates},
        controls={
            f"{each.title} {each.version}": {
                "satisfied": each.count("satisfied"),
                "refuted": each.count("not-satisfied"),
                "all": len(each.controls) - each.count("not-applicable"),
            }
            for each in facts.controls
        },
        entities=len(facts.spec.entities) if facts.spec else 0,
        files=sum(size.files for size in facts.sizes),
        lines=sum(size.lines for size in facts.sizes),
        remade=len(facts.remade),
        because=first,
    )
