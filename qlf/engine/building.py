"""One run of the engine over a repository: the lock, what is known, what is made, what is known then."""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qlf.committing import prepare
from qlf.engine.ahead import Ahead
from qlf.engine.making import Made, Maker, Outcome
from qlf.engine.state import State, load
from qlf.errors import Problem, unusable
from qlf.pipeline import steps_of, workers
from qlf.store import Store, write_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from qlf.pipeline import Step
    from qlf.repository import Repository

# After so many steps whose products were kept, the cache is looked through.
_MANY = 500


def _silent(_: object) -> None:
    """Tell nobody."""


@dataclass(slots=True)
class Build:
    """A run that may begin. `waiting` is told the process that is waited for, if another build runs.

    `tells`: what was done is written into the report.
    """

    repository: Repository
    environ: Mapping[str, str]
    begin: Callable[[str], None] = _silent
    end: Callable[[Made], None] = _silent
    waiting: Callable[[str], None] = _silent
    tells: bool = True
    state: State = field(init=False)
    removed: bool = False
    _ahead: Ahead | None = None
    _lock: int = -1

    def __post_init__(self) -> None:
        """Read what past builds left."""
        self.state = load(self.repository, self.environ)

    @property
    def maker(self) -> Maker:
        """Return what makes steps."""
        return Maker(self.state, self._store("products"))

    def _store(self, kind: str) -> Store:
        return Store(self.repository.cache() / kind)

    def lock(self) -> None:
        """Wait until no other build of the repository runs. What that one did is known afterwards.

        That the place for that cannot be made or written is an OSError.
        """
        if self._lock >= 0:
            return
        self.state.folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(self.state.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.waiting(os.pread(handle, 20, 0).decode("ascii", "replace").strip() or "unknown")
            fcntl.flock(handle, fcntl.LOCK_EX)
            self.state = load(self.repository, self.environ)
        self.state.mend()
        self._store("products").tidy()
        os.ftruncate(handle, 0)
        with suppress(OSError):  # on a full disk nobody learns who builds
            os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        self._lock = handle

    def start(self, steps: Sequence[Step]) -> None:
        """Begin to make steps; the lock is taken if it was not."""
        self.lock()
        by_brief: dict[str, list[Step]] = {}
        for step in steps:
            by_brief.setdefault(step.brief, []).append(step)
        for brief, chosen in by_brief.items():
            order = steps_of(brief, self.repository)
            by_brief[brief] = sorted(chosen, key=order.index)
        self._ahead = Ahead(self.maker, by_brief, workers(self.repository), self.begin, self.end)
        # doit may fork processes of its own; what comes of steps only this one learns.
        os.register_at_fork(before=self._complete)

    def _complete(self) -> None:
        if self._ahead:
            self._ahead.complete()

    def reasons(self, step: Step) -> list[str]:
        """Say what makes a step stale; nothing is done."""
        return self.maker.reasons(step)

    def outcome(self, step: Step) -> Made | None:
        """Return what came of a step that was started, when it is done; None if it was not."""
        return self._ahead.outcome(step) if self._ahead and self._ahead.knows(step) else None

    def remake(self, step: Step) -> Made:
        """Run a step even if there is nothing to do."""
        return self.maker.make(step, always=True)

    def close(self) -> list[Problem]:
        """End what is under way, remember what was done, and let others build."""
        problems = []
        try:
            if self._ahead:
                self._ahead.close()
                self._ahead.finish()
                self._bound(self._ahead)
            if self._lock >= 0:
                # A page that could not be written is written by the next build, which finds the journal.
                self._report()
                self.state.save()
                prepare(self.repository)
            self._ahead = None
        except OSError as error:
            problems.append(unusable(error, self.state.folder))
        finally:
            if self._lock >= 0:
                with suppress(OSError):  # whoever waits next is to learn of its holder, not of this one
                    os.ftruncate(self._lock, 0)
                os.close(self._lock)
                self._lock = -1
        return problems

    def _report(self) -> None:
        """Tell in the report what was done; where nothing was, it is as it was."""
        news = _news(self._ahead.made.values()) if self._ahead else {}
        untold = list(self._ahead.steps) if self._ahead and self.state.interrupted else []
        if self.tells and (news or untold or self.removed):
            from qlf.reporting import News, update  # noqa: PLC0415 - most builds have nothing to tell

            told = {brief: News(**each) for brief, each in news.items()}
            update(self.repository, told, self.workers, untold)

    @property
    def workers(self) -> int:
        """Return how many processes may work at a time."""
        return workers(self.repository)

    def _bound(self, ahead: Ahead) -> None:
        """Keep the cache within its bound; it is looked through only when much was added since."""
        added = self.repository.cache() / "added"
        count = sum(made.outcome is Outcome.MADE for made in ahead.made.values())
        with suppress(OSError, ValueError):
            count += int(added.read_bytes()) if added.exists() else 0
        if count >= _MANY:
            most = self.repository.settings.cache.megabytes << 20
            for kind in ("verdicts", "products"):
                self._store(kind).prune(most)
            count = 0
        if count:
            with suppress(OSError):  # a cache that cannot be written does not grow
                write_whole(added, str(count).encode())


def _news(outcomes: Iterable[Made]) -> dict[str, dict[str, Any]]:
    """Return by brief the steps that had something to do, and what kept them, as the report has them."""
    found: dict[str, dict[str, Any]] = {}
    for made in outcomes:
        if made.outcome in {Outcome.CURRENT, Outcome.WAITS}:
            continue
        news = found.setdefault(made.step.split(":")[1], {"remade": [], "problems": []})
        word = made.done.verdict.outcome.value if made.done.verdict else made.outcome.value
        news["remade"].append({"step": made.step, "outcome": word, "reasons": made.reasons})
        news["problems"] += [str(problem) for problem in made.done.problems]
        if made.outcome is Outcome.CRASHED:
            news["problems"].append(f"{made.step}: a step crashed")
    return found


def remove_products(state: State, brief: str) -> list[Problem]:
    """Remove what a brief that is gone has left, but for what was edited since: that is a problem each."""
    section = state.section(brief)
    left = {path: known for record in section.steps.values() for path, known in record.outputs.items()}
    edited = [
        path
        for path, known in left.items()
        if not Path(path).is_dir() and section.files.digest(path) not in (known, "")
    ]
    if edited:
        advice = "move it away or delete it"
        return [
            Problem(path, 0, 0, "its brief is gone, but it was edited by hand", advice) for path in edited
        ]
    from qlf.reporting import forget  # noqa: PLC0415 - as above

    for path in left:
        if not Path(path).is_dir():
            Path(path).unlink(missing_ok=True)
    forget(state.repository, brief)
    folder = state.repository.build(brief)
    for place, _, _ in os.walk(folder, topdown=False):
        with suppress(OSError):  # a folder with anything else in it stays
            Path(place).rmdir()
    state.forget(brief)
    return []
