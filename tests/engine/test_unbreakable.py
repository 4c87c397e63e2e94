"""Builds that are killed anywhere: the next one ends as a clean one would, and makes nothing twice.

The points are random. `QLF_SEED` repeats those of an earlier run; the seed is printed with what failed.
"""

from __future__ import annotations

import os
import random
import signal
import time
from typing import TYPE_CHECKING

import pytest

from tests.engine.yard import BRIEF, BRIEFS, Yard, interrupted

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SEED = os.environ.get("QLF_SEED") or str(random.SystemRandom().randrange(10**9))
SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
POINTS = 25
BAD = "bad"


def cold(yard: Yard, _: int) -> None:
    yard.forget_build()


def one_edit(yard: Yard, turn: int) -> None:
    yard.write("briefs/notes.md", BRIEF.replace("max=80", f"max={80 + turn % 2}"))


def all_templates(yard: Yard, turn: int) -> None:
    yard.own_template(f"Turn {turn % 2}.")


class Clean:
    """What clean builds come to, by a name of the state of the sources; each is made elsewhere, once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[int, dict[str, bytes]] = {}

    def products(self, change: Callable[[Yard, int], None], turn: int) -> dict[str, bytes]:
        if turn % 2 not in self._known:
            yard = Yard(self._folder / f"clean{turn % 2}", (*BRIEFS, BAD), jobs=1)
            spoil(yard)
            change(yard, turn)
            assert yard.run().code == 2
            self._known[turn % 2] = yard.products()
        return self._known[turn % 2]


def spoil(yard: Yard) -> None:
    """Have one brief that fails."""
    yard.edit(BAD, "text!", "txt!")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "jobs", "warm", "command"),
    [
        (cold, 1, False, "doit"),
        (cold, 2, False, "doit"),
        (cold, 2, True, "doit"),
        (cold, 2, True, "qlf"),
        (one_edit, 1, False, "doit"),
        (one_edit, 2, True, "qlf"),
        (all_templates, 1, False, "qlf"),
        (all_templates, 2, False, "doit"),
    ],
)
def test_after_a_kill_at_any_point_the_next_build_ends_what_was_begun(
    tmp_path: Path, change: Callable[[Yard, int], None], jobs: int, warm: bool, command: str
) -> None:
    chance = random.Random(f"{SEED} {change.__name__} {jobs} {warm} {command}")  # noqa: S311 - chance, no secret
    yard = Yard(tmp_path / "yard", (*BRIEFS, BAD), jobs)
    clean = Clean(tmp_path)
    spoil(yard)
    if command == "qlf":
        yard.with_qlf()
    assert yard.run().code == 2
    seconds = _duration(yard, change)
    for turn in range(POINTS):
        number, delay = SIGNALS[turn % len(SIGNALS)], chance.random() * seconds
        all_of_it = chance.random() < 0.5
        what = f"QLF_SEED={SEED}, {number.name} after {delay:.4f} s, to all of it: {all_of_it}"
        print(what)  # noqa: T201 - pytest shows it with what failed
        if not warm:
            yard.forget_cache()
        change(yard, turn)
        first = interrupted(yard.start(), delay, number, all_of_it=all_of_it)
        recorded = yard.records()
        if not warm:
            yard.forget_cache()
        second = yard.run()
        assert second.code == 2, (what, first, second)
        assert "Traceback" not in second.out + second.err, (what, first, second)
        assert "defect of qlf" not in first.err, (what, first)
        assert "PythonAction Error" not in first.out, (what, first)
        assert yard.products() == clean.products(change, turn), (what, first, second)
        assert yard.leftovers() == [], what
        known = yard.records()
        finished = {step for step, record in recorded.items() if known.get(step) == record}
        assert finished.isdisjoint(second.done), (what, first, second)
        assert warm or not second.marked("<-"), what


def _duration(yard: Yard, change: Callable[[Yard, int], None]) -> float:
    """Return how long a build takes that is left alone, in seconds."""
    yard.forget_cache()
    change(yard, 1)
    begun = time.monotonic()
    assert yard.run().code == 2
    return time.monotonic() - begun
