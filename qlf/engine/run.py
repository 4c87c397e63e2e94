"""doit as a library: run the tasks of some briefs, and say which are stale and why."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from doit.cmd_base import ModuleTaskLoader
from doit.doit_cmd import DoitMain

from qlf.engine.board import BadInput, Board
from qlf.engine.building import Build
from qlf.engine.making import Made, Outcome
from qlf.engine.report import Report, configuration
from qlf.errors import EXIT_BAD_INPUT, EXIT_OK, EXIT_RED, unusable
from qlf.pipeline import STAGES, steps_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from qlf.errors import Problem
    from qlf.repository import Repository

_BACKEND = {"BACKEND": {"qlf": "qlf.engine.backend:Memory"}}


@dataclass(slots=True)
class Ran:
    """What running came to, and the briefs that were looked at.

    `code` is 0, 1 after a blocked gate, 2 after bad input or a crash.
    """

    briefs: list[str] = field(default_factory=list)
    failed: set[str] = field(default_factory=set)
    made: list[str] = field(default_factory=list)
    restored: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    crashes: list[str] = field(default_factory=list)
    blocked: bool = False

    @property
    def code(self) -> int:
        """Return the exit code."""
        if self.problems or self.crashes:
            return EXIT_BAD_INPUT
        return EXIT_RED if self.blocked else EXIT_OK

    def note(self, made: Made) -> str:
        """Take a step in, and return in a word what came of it."""
        if made.outcome is Outcome.MADE:
            self.made.append(made.step)
        elif made.outcome is Outcome.RESTORED:
            self.restored.append(made.step)
        elif made.outcome is Outcome.CRASHED:
            self.failed.add(made.step.split(":")[1])
            self.crashes.append(f"{made.step}: {made.crash}")
        elif made.done.problems:
            self.failed.add(made.step.split(":")[1])
            self.problems += made.done.problems
            return "bad input"
        elif made.done.verdict:
            self.blocked = True
            return made.done.verdict.outcome.value
        return "done" if made.outcome is Outcome.MADE else made.outcome.value


def run(
    repository: Repository,
    briefs: Sequence[str],
    watch: Callable[[str, str | None], None],
    waiting: Callable[[str], None],
    *,
    tells: bool = True,
) -> Ran:
    """Bring briefs up to date, all if none is named.

    `watch` is called with the name of each step that is done: when it begins with None, then with the result;
    `waiting` with the process of another build that is waited for. `tells`: the report is written.
    """
    ran = Ran()

    def end(made: Made) -> None:
        word = ran.note(made)
        if made.outcome not in {Outcome.CURRENT, Outcome.WAITS}:
            watch(made.step, word)

    build = Build(repository, os.environ, lambda step: watch(step, None), end, waiting, tells)
    try:
        build.lock()
    except OSError as error:
        ran.problems.append(unusable(error))
        return ran
    chosen = [brief for brief in build.state.to_look_at() if not briefs or brief in briefs]
    ran.briefs = chosen
    if chosen or (not briefs and build.state.orphans()):
        _conduct(Board(build, chosen, whole=False, removes=not briefs), ran)
    else:
        ran.problems += build.close()
    return ran


def _conduct(board: Board, ran: Ran) -> None:
    """Have doit ask for the steps of a board."""

    class Quiet(Report):
        """Collects what doit itself stumbles over; the rest comes from the build."""

        def write(self, text: str) -> None:
            """Print nothing."""

        def add_failure(self, task: Any, fail: Any) -> None:  # noqa: ANN401
            if isinstance(fail, BadInput) and task.name.startswith("remove:"):
                ran.problems += fail.done.problems
            super().add_failure(task, fail)

        def runtime_error(self, msg: str) -> None:
            """Note it."""
            ran.crashes.append(msg)

        def ended(self, problems: list[Problem]) -> None:
            """Note what could not be kept."""
            ran.problems += problems

    Quiet.board = staticmethod(lambda: board)

    def creator(stage: str) -> Callable[[], Iterator[dict[str, Any]]]:
        return lambda: board.tasks(stage)

    namespace: dict[str, Any] = {
        "DOIT_CONFIG": {
            **configuration(Quiet),
            "verbosity": 0,
            "dep_file": str(board.build.state.folder / "doit.sqlite3"),
        },
        "task_remove": board.removals,
        **{f"task_{stage.name}": creator(stage.name) for stage in STAGES},
    }
    code = DoitMain(ModuleTaskLoader(namespace), config_filenames=(), extra_config=_BACKEND).run(["run"])
    if code and not ran.code:
        ran.crashes.append(f"doit ended with {code}")


def stale(repository: Repository) -> dict[str, list[str]]:
    """Return the steps that the next run would do, each with what makes it stale, in the order of the run."""
    build = Build(repository, os.environ)
    found: dict[str, list[str]] = {}
    for brief in build.state.to_look_at():
        found |= _stale(build, brief)
    for brief in build.state.orphans():
        found[f"remove:{brief}"] = ["its brief is gone"]
    return found


def _stale(build: Build, brief: str) -> dict[str, list[str]]:
    """Return the stale steps of a brief; a step that reads what a stale one makes waits for it."""
    found: dict[str, list[str]] = {}
    makers: dict[Path, str] = {}
    repository = build.repository
    for step in steps_of(brief, repository):
        reads = step.stage.reads(repository, brief, step.part)
        waits = sorted({makers[path] for path in reads if path in makers})
        if reasons := [f"waits for {', '.join(waits)}"] if waits else build.reasons(step):
            found[step.name] = reasons
            makers |= dict.fromkeys(step.stage.makes(repository, brief, step.part), step.name)
    return found
