"""doit as a library: run the tasks of some briefs, and say which are stale and why."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from doit.cmd_base import ModuleTaskLoader
from doit.control import TaskControl
from doit.dependency import Dependency, SqliteDB
from doit.doit_cmd import DoitMain
from doit.exceptions import UnmetDependency
from doit.loader import load_tasks
from doit.reporter import ZeroReporter

from qlf.errors import EXIT_BAD_INPUT, EXIT_OK, EXIT_RED
from qlf.keys import AsLeft, Inputs
from qlf.pipeline import STAGES, VERIFY, interruptible
from qlf.repository import NAME
from qlf.tasks import BadInput, Blocked, doit_config, subtasks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from qlf.errors import Problem
    from qlf.pipeline import Stage
    from qlf.repository import Repository

_FILE_REASONS = {
    "missing_target": "missing: {}",
    "changed_file_dep": "changed: {}",
    "added_file_dep": "new input: {}",
    "removed_file_dep": "no input any more: {}",
    "missing_file_dep": "missing: {}",
}


@dataclass(slots=True)
class Ran:
    """What running came to. `code` is 0, 1 after a blocked gate, 2 after bad input or a crash."""

    made: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    crashes: list[str] = field(default_factory=list)
    blocked: bool = False

    @property
    def code(self) -> int:
        """Return the exit code."""
        if self.problems or self.crashes:
            return EXIT_BAD_INPUT
        return EXIT_RED if self.blocked else EXIT_OK


class _Watch(ZeroReporter):  # type: ignore[misc]
    """Collects results instead of printing them."""

    def __init__(self, ran: Ran, watch: Callable[[str, str | None], None]) -> None:
        super().__init__(None, {})
        self._ran = ran
        self._watch = watch

    def execute_task(self, task: Any) -> None:  # noqa: ANN401 - doit is untyped
        """Note that a step begins."""
        if task.actions:
            self._watch(task.name, None)

    def add_success(self, task: Any) -> None:  # noqa: ANN401
        """Note that a step was done."""
        if task.actions:
            self._ran.made.append(task.name)
            self._watch(task.name, "done")

    def add_failure(self, task: Any, fail: Any) -> None:  # noqa: ANN401
        """Note why a step failed."""
        if isinstance(fail, BadInput):
            self._ran.problems += fail.done.problems
            self._watch(task.name, "bad input")
        elif isinstance(fail, Blocked):
            self._ran.blocked = True
            self._watch(task.name, fail.verdict.outcome.value)
        elif not isinstance(fail, UnmetDependency):
            self._ran.crashes.append(f"{task.name}: {fail.get_msg()}")
            self._watch(task.name, "crashed")

    def runtime_error(self, msg: str) -> None:
        """Note what doit itself stumbled over."""
        self._ran.crashes.append(msg)


def run(repository: Repository, briefs: Sequence[str], watch: Callable[[str, str | None], None]) -> Ran:
    """Bring briefs up to date, all if none is named.

    `watch` is called with the name of each step that is done: when it begins with None, then with the result.
    """
    from qlf.gates.process import terminable  # noqa: PLC0415

    ran = Ran()
    namespace = _namespace(repository)
    namespace["DOIT_CONFIG"] |= {"reporter": _Watch(ran, watch), "verbosity": 0}
    selected = [f"{VERIFY.name}:{name}" for name in briefs if NAME.fullmatch(name)]
    with terminable(), interruptible():
        code = DoitMain(ModuleTaskLoader(namespace), config_filenames=()).run(["run", *selected])
    if code and not ran.code:
        ran.crashes.append(f"doit ended with {code}")
    return ran


def stale(repository: Repository) -> dict[str, list[str]]:
    """Return the steps that the next run would do, each with what makes it stale, in the order of the run."""
    namespace = _namespace(repository)
    tasks = {task.name: task for task in load_tasks(namespace)}
    TaskControl(list(tasks.values())).process(None)
    remembered = Dependency(SqliteDB, namespace["DOIT_CONFIG"]["dep_file"])
    found: dict[str, list[str]] = {}
    makers: dict[str, str] = {}
    try:
        for name, task in tasks.items():
            if not task.actions:
                continue
            makers |= dict.fromkeys(task.targets, name)
            waits = sorted({makers[file] for file in task.file_dep if makers.get(file) in found})
            reasons = [f"waits for {', '.join(waits)}"] if waits else _reasons(remembered, task, tasks)
            if reasons:
                found[name] = reasons
    finally:
        remembered.close()
    return found


def _reasons(remembered: Any, task: Any, tasks: dict[str, Any]) -> list[str]:  # noqa: ANN401
    status = remembered.get_status(task, tasks, get_log=True)
    if status.status == "up-to-date":
        return []
    values = remembered.get_values(task.name)
    if not values:
        return ["not made yet, or failed"]
    reasons = []
    for kind, pattern in _FILE_REASONS.items():
        reasons += [pattern.format(file) for file in sorted(status.reasons.get(kind, ()))]
    for uptodate, _, _ in status.reasons.get("uptodate_false", ()):
        if isinstance(uptodate, (Inputs, AsLeft)):
            reasons += [f"changed: {what}" for what in uptodate.changed(values)]
    return reasons or [status.status]


def _namespace(repository: Repository) -> dict[str, Any]:
    def creator(stage: Stage) -> Callable[[], Iterator[dict[str, Any]]]:
        return lambda: subtasks(stage, repository)

    creators = {f"task_{stage.name}": creator(stage) for stage in STAGES}
    return {"DOIT_CONFIG": doit_config(repository), **creators}
