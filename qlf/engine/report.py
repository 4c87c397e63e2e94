"""What doit tells, and when a build begins and ends while doit runs."""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from doit.exceptions import TaskFailed, UnmetDependency
from doit.reporter import ConsoleReporter

from qlf.engine.board import BadInput, Blocked
from qlf.errors import EXIT_BAD_INPUT, EXIT_RED
from qlf.memory.place import state_folder

if TYPE_CHECKING:
    from collections.abc import Callable

    from qlf.engine.board import Board
    from qlf.errors import Problem


class Report(ConsoleReporter):  # type: ignore[misc]
    """doit's own report, but problems and findings as they are, and nothing about tasks that only wait."""

    desc = "doit's console, with problems as FILE:LINE:COL lines"
    board: Callable[[], Board | None]

    def __init__(self, outstream: Any, options: dict[str, Any]) -> None:  # noqa: ANN401 - doit is untyped
        super().__init__(outstream, options)
        self._codes: set[int] = set()
        self._signals = ExitStack()

    def initialize(self, tasks: Any, selected_tasks: Any) -> None:  # noqa: ANN401
        """Begin to build what is selected, and have signals end what gates have started."""
        super().initialize(tasks, selected_tasks)
        board = self.board()
        if board is None:
            return
        from qlf.engine.backend import Memory  # noqa: PLC0415
        from qlf.gates.process import terminable  # noqa: PLC0415
        from qlf.pipeline import interruptible  # noqa: PLC0415

        Memory.running = True
        self._signals.enter_context(terminable())
        self._signals.enter_context(interruptible())
        board.start(_closure(tasks, selected_tasks))

    def skip_uptodate(self, task: Any) -> None:  # noqa: ANN401
        """Tell of a step that is as it was, or that came from the cache."""
        board = self.board()
        made = board.made(task.name) if board else None
        if made is not None and made.outcome.value == "restored":
            self.write(f"<- {task.title()}\n")
        else:
            super().skip_uptodate(task)

    def add_failure(self, task: Any, fail: Any) -> None:  # noqa: ANN401
        """Tell of a failure when it happens."""
        if isinstance(fail, UnmetDependency):
            return
        self._codes.add(EXIT_RED if isinstance(fail, TaskFailed) else EXIT_BAD_INPUT)
        if isinstance(fail, (BadInput, Blocked)):
            self.write(f"{fail.message}\n")
        else:
            super().add_failure(task, fail)

    def complete_run(self) -> None:
        """Remember what was done, and end with 1 if gates blocked and nothing worse was.

        doit itself would end with 2, since it takes tasks that wait for one that failed for errors.
        """
        board = self.board()
        problems = board.build.close() if board else []
        self._signals.close()
        super().complete_run()
        self.ended(problems)

    def ended(self, problems: list[Problem]) -> None:
        """Tell of what could not be kept of the run, and end the process as its users expect."""
        for problem in problems:
            self.write(f"{problem}\n")
        if problems:
            raise SystemExit(EXIT_BAD_INPUT)
        if self._codes == {EXIT_RED}:
            raise SystemExit(EXIT_RED)


def _closure(tasks: Any, selected: Any) -> list[str]:  # noqa: ANN401
    """Return the names of the tasks that are selected or that one of these waits for."""
    found: dict[str, None] = {}
    waiting = list(selected)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = None
            waiting += tasks[name].task_dep
    return list(found)


def configuration(report: type[Report]) -> dict[str, Any]:
    """Return doit's configuration: its memory lies with the products, and our processes do the work."""
    return {
        "default_tasks": ["remove", "compile", "generate", "assemble", "verify", "evidence"],
        "backend": "qlf",
        "dep_file": f"{state_folder(os.environ)}/doit.sqlite3",
        "continue": True,
        "par_type": "thread",
        "reporter": report,
        "verbosity": 2,
    }
