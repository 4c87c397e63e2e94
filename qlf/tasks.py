"""The stages as doit tasks: `compile`, `generate`, `assemble`, `verify`, with `STAGE:NAME[:PART]` below.

A `dodo.py` says `from qlf.tasks import *` and nothing else. What a task depends on besides files (the code of
its stage, templates, distributions, settings) is a key over all of it, kept from run to run, so that
`qlf status` can name what changed.
"""

from __future__ import annotations

import hashlib
import os
import platform
import re
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from doit.exceptions import InvalidDodoFile, TaskError, TaskFailed, UnmetDependency
from doit.reporter import ConsoleReporter

from qlf import __version__
from qlf.config import Config, load
from qlf.errors import EXIT_BAD_INPUT, EXIT_RED
from qlf.pipeline import (
    ASSEMBLE,
    COMPILE,
    GENERATE,
    STAGES,
    VERIFY,
    Done,
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

    DOIT_CONFIG: dict[str, Any]

__all__ = ["DOIT_CONFIG", "task_assemble", "task_compile", "task_generate", "task_verify"]

_PACKAGE = Path(__file__).resolve().parent
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


@dataclass(slots=True)
class Inputs:
    """What a task depends on besides files, by name. doit calls it to ask whether it is as it was."""

    now: dict[str, str]

    def configure_task(self, task: Any) -> None:  # noqa: ANN401
        """Have doit remember the inputs of a success."""
        task.value_savers.append(lambda: {"inputs": self.now})

    def __call__(self, task: Any, values: dict[str, Any]) -> bool:  # noqa: ANN401, ARG002
        """Say whether nothing differs from the last success."""
        return bool(values.get("inputs") == self.now)

    def changed(self, values: dict[str, Any]) -> list[str]:
        """Return the names of what differs from the last success."""
        before = values.get("inputs") or {}
        return sorted(name for name in {*before, *self.now} if before.get(name) != self.now.get(name))


@dataclass(slots=True)
class AsLeft:
    """Whether a tree is as assembling left it: an edit by hand is found even though no source changed."""

    app: Path
    now: dict[str, str] = field(default_factory=dict)

    def configure_task(self, task: Any) -> None:  # noqa: ANN401
        """Have doit remember the tree of a success."""
        task.value_savers.append(lambda: {"tree": _stamp(self.app)})

    def __call__(self, task: Any, values: dict[str, Any]) -> bool:  # noqa: ANN401, ARG002
        """Say whether no file was touched since."""
        return bool(values.get("tree") == _stamp(self.app))

    def changed(self, values: dict[str, Any]) -> list[str]:
        """Return the folder."""
        return [] if values.get("tree") == _stamp(self.app) else [f"files in {self.app}"]


def _stamp(app: Path) -> str:
    """Return a digest over names, times and sizes of all files of a tree, caches of tools left out."""
    from qlf.assemble import CACHES  # noqa: PLC0415

    stamp = hashlib.sha256()
    for folder, folders, names in os.walk(app):
        folders[:] = sorted(name for name in folders if name not in CACHES)
        for name in sorted(names):
            status = os.lstat(f"{folder}/{name}")
            stamp.update(
                f"{folder}/{name}\0{status.st_mtime_ns}\0{status.st_size}\0{status.st_ino}\n".encode()
            )
    return stamp.hexdigest()


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
    uptodate: list[Any] = [Inputs(_inputs(stage, brief, part, repository))]
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


def _inputs(stage: Stage, brief: str, part: str, repository: Repository) -> dict[str, str]:
    """Return what a step depends on besides files, each under a name that a person understands."""
    inputs = dict(_made_of(stage, part))
    if stage is ASSEMBLE:
        own = repository.custom(brief)
        inputs["own files"] = "\n".join(
            str(path) for path in ASSEMBLE.reads(repository, brief, "") if own in path.parents
        )
    if stage is VERIFY:
        gates = repository.settings.gates
        inputs["gates.postgres_url"] = "given" if gates.postgres_url else "none"
        inputs["gates.allow_unproven"] = gates.allow_unproven.get(part, "")
    return inputs


@cache
def _made_of(stage: Stage, part: str) -> dict[str, str]:
    return {
        "qlf": __version__,
        "python": ".".join(platform.python_version_tuple()[:2]),
        **{f"qlf/{each}": _code(each) for each in (code.replace("{part}", part) for code in stage.code)},
        **{package: _version(package) for package in stage.packages},
    }


@cache
def _code(pattern: str) -> str:
    """Return the digest of those files of the package that fit a pattern."""
    if pattern.endswith("/**"):
        files = [path for path in (_PACKAGE / pattern[:-3]).rglob("*") if "__pycache__" not in path.parts]
    else:
        files = list(_PACKAGE.glob(pattern))
    made = hashlib.sha256()
    for path in sorted(path for path in files if path.is_file()):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        made.update(f"{path.relative_to(_PACKAGE).as_posix()}\0{content}\n".encode())
    return made.hexdigest()


@cache
def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


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
