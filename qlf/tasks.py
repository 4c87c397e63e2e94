"""The stages as doit tasks: `compile`, `generate`, `assemble`, `verify`, with `STAGE:NAME[:PART]` below.

A `dodo.py` says `from qlf.tasks import *` and nothing else. What a task depends on besides files (the code of
its stage, templates, distributions, settings) is a key over all of it, kept from run to run, so that
`qlf status` can name what changed.
"""

from __future__ import annotations

import hashlib
import os
import re
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from doit.exceptions import InvalidDodoFile, TaskError, TaskFailed, UnmetDependency
from doit.reporter import ConsoleReporter

from qlf.config import Config, load
from qlf.errors import EXIT_BAD_INPUT, EXIT_RED
from qlf.keys import AsLeft, Inputs, inputs_of
from qlf.pipeline import (
    ASSEMBLE,
    COMPILE,
    GENERATE,
    STAGES,
    VERIFY,
    Stage,
    Step,
    interruptible,
    passes,
    workers,
)
from qlf.repository import NAME, Repository

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qlf.model.finding import Verdict
    from qlf.stages import Done

    DOIT_CONFIG: dict[str, Any]

__all__ = ["DOIT_CONFIG", "task_assemble", "task_compile", "task_generate", "task_verify"]

_Task = dict[str, Any]


class BadInput(TaskError):  # type: ignore[misc]  # noqa: N818 - doit's name; nothing raises it
    """A step whose input has problems: doit ends with 2."""

    def __init__(self, done: Done) -> None:
        super().__init__("\n".join(str(problem) for problem in done.problems))
        self.done = done


class Blocked(TaskFailed):  # type: ignore[misc]
    """A gate that is red, or not proven: doit ends with 1."""

    def __init__(self, verdict: Verdict, app: Path) -> None:
        from qlf.observe.verdicts import details, summary  # noqa: PLC0415

        lines = [*details(verdict, app), f"{verdict.gate} of {app.parent.name} is {summary(verdict, {})}"]
        super().__init__("\n".join(lines))
        self.verdict = verdict


class Report(ConsoleReporter):  # type: ignore[misc]
    """doit's own report, but problems and findings as they are, and nothing about tasks that only wait."""

    desc = "doit's console, with problems as FILE:LINE:COL lines"

    def __init__(self, outstream: Any, options: dict[str, Any]) -> None:  # noqa: ANN401 - doit is untyped
        super().__init__(outstream, options)
        self._codes: set[int] = set()
        self._signals = ExitStack()

    def initialize(self, tasks: Any, selected_tasks: Any) -> None:  # noqa: ANN401
        """Have signals end what gates have started, in whatever thread they run."""
        from qlf.gates.process import terminable  # noqa: PLC0415

        super().initialize(tasks, selected_tasks)
        self._signals.enter_context(terminable())
        self._signals.enter_context(interruptible())

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
        """End with 1 if gates blocked and nothing worse was.

        doit itself would end with 2, since it takes tasks that wait for one that failed for errors. It has
        written its memory by now.
        """
        super().complete_run()
        self._signals.close()
        if self._codes == {EXIT_RED}:
            raise SystemExit(EXIT_RED)


def doit_config(repository: Repository) -> _Task:
    """Return doit's configuration for a repository: its memory lies with the products."""
    folder = repository.root / repository.settings.folders.build
    folder.mkdir(parents=True, exist_ok=True)  # SQLite makes the file, not its folder
    return {
        "default_tasks": [stage.name for stage in STAGES],
        "backend": "sqlite3",
        "dep_file": str(folder / ".doit.sqlite3"),
        "continue": True,
        "num_process": workers(repository),
        "par_type": "thread",
        "reporter": Report,
        "verbosity": 2,
    }


def subtasks(stage: Stage, repository: Repository) -> Iterator[_Task]:
    """Yield the tasks of one stage for every brief, and for each brief one over its parts."""
    for brief in repository.sources():
        if NAME.fullmatch(brief) is None:
            if stage is COMPILE:
                yield _misnamed(repository, brief)
            continue
        steps = [Step(stage, brief, part) for part in stage.parts]
        for step in steps:
            yield _task(step, repository)
        if stage.parts != ("",):
            yield {"name": brief, "actions": None, "task_dep": [step.name for step in steps]}


def _task(step: Step, repository: Repository) -> _Task:
    stage, brief, part = step.stage, step.brief, step.part
    uptodate: list[Any] = [Inputs(inputs_of(stage, brief, part, repository))]
    if stage is ASSEMBLE:
        uptodate.append(AsLeft(repository.build(brief) / "app"))
    return {
        "name": step.name.removeprefix(f"{stage.name}:"),
        "actions": [(run_step, [stage.name, brief, part, repository])],
        "file_dep": [str(path) for path in stage.reads(repository, brief, part) if not path.is_symlink()],
        "targets": [str(path) for path in stage.makes(repository, brief, part)],
        "uptodate": uptodate,
        "clean": [(_clean, [stage.name, brief, part, repository])],
        # Stages print nothing, and what doit does to catch it would mix the streams of threads up.
        "io": {"capture": False},
    }


def _misnamed(repository: Repository, brief: str) -> _Task:
    name = f"{re.sub(r'[^A-Za-z0-9]', '-', brief)}-{hashlib.sha256(brief.encode()).hexdigest()[:8]}"
    return {"name": name, "actions": [(run_step, [COMPILE.name, brief, "", repository])]}


def run_step(stage: str, brief: str, part: str, repository: Repository) -> BadInput | Blocked | None:
    """Do one step as doit's actions are done: None is success."""
    step = Step(next(each for each in STAGES if each.name == stage), brief, part)
    done = step.run(repository)
    if done.problems:
        return BadInput(done)
    if done.verdict and not passes(done.verdict, repository):
        return Blocked(done.verdict, repository.build(brief) / "app")
    return None


def _clean(stage: str, brief: str, part: str, repository: Repository, dryrun: bool) -> None:
    """Remove what a step makes. What someone edited in a tree by hand stays, and is reported."""
    folder = repository.build(brief)
    made = list(next(each for each in STAGES if each.name == stage).makes(repository, brief, part))
    if stage == VERIFY.name:
        made += (folder / "gates").glob(f"{part}.*")
    if dryrun:
        print(*made, sep="\n")  # noqa: T201 - doit shows what an action prints
        return
    if stage == ASSEMBLE.name and (folder / "app").is_dir():
        from types import MappingProxyType  # noqa: PLC0415

        from qlf.assemble import Tree, write  # noqa: PLC0415

        if problems := write(Tree(MappingProxyType({})), folder / "app", folder / "assembled.json"):
            print(*problems, sep="\n")  # noqa: T201
            return
    for path in made:
        path.unlink(missing_ok=True)
    for left in (*{path.parent for path in made}, folder / "app", folder):
        if left.is_dir() and not any(left.iterdir()):
            left.rmdir()


def _here() -> Repository:
    """Return the repository that doit was called in; doit itself says what is wrong with its settings."""
    config = load(Path(), os.environ)
    if not isinstance(config, Config):
        raise InvalidDodoFile("\n".join(str(problem) for problem in config))
    return Repository(Path(), config.settings)


def task_compile() -> Iterator[_Task]:
    """Make specs of briefs."""
    yield from subtasks(COMPILE, _here())


def task_generate() -> Iterator[_Task]:
    """Make patches of specs, one for each agent."""
    yield from subtasks(GENERATE, _here())


def task_assemble() -> Iterator[_Task]:
    """Make applications of patches and own files."""
    yield from subtasks(ASSEMBLE, _here())


def task_verify() -> Iterator[_Task]:
    """Judge applications, by each gate."""
    yield from subtasks(VERIFY, _here())


def __getattr__(name: str) -> Any:  # noqa: ANN401 - the one name below
    """Return DOIT_CONFIG when a `dodo.py` asks for it, and not when the command line imports the module."""
    if name == "DOIT_CONFIG":
        return doit_config(_here())
    raise AttributeError(name)
