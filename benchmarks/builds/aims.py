"""The aims of the engine, and whether the rows meet them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from builds import course, peers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from builds.measure import Row

    Rows = Mapping[tuple[str, int], Row]

MANY = 1000


@dataclass(frozen=True, slots=True)
class Aim:
    """What should hold over so many briefs; `least`: the value must be as large, else at most as large."""

    what: str
    briefs: int
    bound: float
    unit: str
    value: Callable[[Rows, int], float]
    least: bool = False


@dataclass(frozen=True, slots=True)
class Judged:
    """An aim with what was measured; no value if it was not."""

    aim: Aim
    value: float | None

    @property
    def word(self) -> str:
        """Return `met`, `missed`, or `not run`."""
        if self.value is None:
            return "not run"
        met = self.value >= self.aim.bound if self.aim.least else self.value <= self.aim.bound
        return "met" if met else "missed"


def _ratio(name: str, other: str) -> Callable[[Rows, int], float]:
    return lambda rows, briefs: rows[name, briefs].median / rows[other, briefs].median


def _edit(rows: Rows, briefs: int) -> float:
    return rows[course.EDIT, briefs].median - rows[course.DOIT, briefs].median


def _rate(files: bool) -> Callable[[Rows, int], float]:
    def rate(rows: Rows, briefs: int) -> float:
        row = rows[course.COLD, briefs]
        return (row.files if files else briefs) / row.median

    return rate


def _worker(rows: Rows, briefs: int) -> float:
    return rows[course.COLD, briefs].worker_mb


AIMS = (
    Aim("no-op, doit: times ninja", MANY, 1.3, "", _ratio(course.DOIT, peers.NINJA)),
    Aim("no-op, doit: times doit help", 1, 1.25, "", _ratio(course.DOIT, course.HELP)),
    Aim("no-op, qlf build: times ninja", MANY, 1, "", _ratio(course.BUILD, peers.NINJA)),
    Aim("one edit, more than the no-op", MANY, 0.4, "s", _edit),
    Aim("cold build, applications a second", MANY, 30, "", _rate(files=False), least=True),
    Aim("cold build, files a second", MANY, 1500, "", _rate(files=True), least=True),
    Aim("no-op, doit: resident", MANY, 60, "MB", lambda rows, n: rows[course.DOIT, n].resident_mb),
    Aim("cold build: resident, a worker", MANY, 80, "MB", _worker),
)


def judged(rows: Sequence[Row]) -> list[Judged]:
    """Return each aim with its value, where all that it compares was measured."""
    known = {(row.name, row.briefs): row for row in rows if row.seconds}
    found = []
    for aim in AIMS:
        try:
            found.append(Judged(aim, aim.value(known, aim.briefs)))
        except KeyError:
            found.append(Judged(aim, None))
    return found
