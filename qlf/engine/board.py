"""The steps of some briefs as doit tasks, each over what the build came to."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any

from doit.exceptions import TaskError, TaskFailed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from qlf.engine.building import Build
    from qlf.engine.making import Made
    from qlf.model.finding import Verdict
    from qlf.pipeline import Step
    from qlf.stages import Done

_Task = dict[str, Any]
_BEFORE = {
    "generate": ("compile",),
    "assemble": ("generate",),
    "verify": ("assemble",),
    "evidence": ("verify",),
}
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


class BadInput(TaskError):  # type: ignore[misc]  # noqa: N818 - doit's name; nothing raises it
    """A step whose input has problems: doit ends with 2."""

    def __init__(self, done: Done) -> None:
        super().__init__("\n".join(str(problem) for problem in done.problems))
        self.done = done


class Blocked(TaskFailed):  # type: ignore[misc]
    """A gate that is red, or not proven: doit ends with 1."""

    def __init__(self, verdict: Verdict, app: Path, controls: Sequence[str]) -> None:
        from qlf.observe.verdicts import details, summary  # noqa: PLC0415

        last = f"{verdict.gate} of {app.parent.name} is {summary(verdict, {})}"
        super().__init__("\n".join([*details(verdict, app), *controls, last]))
        self.verdict = verdict


class Board:
    """The tasks of one call of doit, and the build behind them.

    `whole`: with all that doit can tell of them; `removes`: with those for briefs that are gone.
    """

    def __init__(self, build: Build, briefs: Sequence[str], *, whole: bool, removes: bool = True) -> None:
        from qlf.pipeline import steps_of  # noqa: PLC0415

        self.build = build
        self.whole = whole
        self.removes = removes
        self.steps: dict[str, Step] = {}
        for brief in briefs:
            steps = steps_of(brief, build.repository)
            possible = steps if _NAME.fullmatch(brief) else steps[:1]
            self.steps |= {_task_name(step): step for step in possible}

    def tasks(self, stage: str) -> Iterator[_Task]:
        """Yield the tasks of one stage, and for each brief one over its parts."""
        groups: dict[str, list[str]] = {}
        for name, step in self.steps.items():
            if step.stage.name == stage:
                yield self._task(name, step)
                if step.part:
                    groups.setdefault(step.brief, []).append(name)
        for brief, names in groups.items():
            yield {"name": brief, "actions": None, "task_dep": names}

    def removals(self) -> Iterator[_Task]:
        """Yield a task for each brief that is gone but has left products."""
        for brief in self.build.state.orphans() if self.removes else ():
            yield {"name": brief, "actions": [(self._remove, [brief])], "io": {"capture": False}}

    def report(self) -> Iterator[_Task]:
        """Yield the task that makes all pages of the report anew; a build makes those of what it did."""
        repository = self.build.repository

        def anew() -> None:
            from qlf.reporting import update  # noqa: PLC0415 - only where it is asked for

            update(repository, None, self.build.workers)

        def clean(dryrun: bool) -> None:
            from qlf.reporting import pages  # noqa: PLC0415 - as above

            for path in pages(repository):
                if dryrun:
                    print(path)  # noqa: T201 - doit shows what an action prints
                else:
                    path.unlink(missing_ok=True)

        yield {"basename": "report", "actions": [anew], "clean": [clean], "io": {"capture": False}}

    def start(self, selected: Sequence[str]) -> None:
        """Begin to make the steps among the named tasks."""
        self.build.start([self.steps[name] for name in selected if name in self.steps])

    def made(self, name: str) -> Made | None:
        """Return what came of the step of a task; None if it was not begun."""
        return self.build.outcome(self.steps[name]) if name in self.steps else None

    def _task(self, name: str, step: Step) -> _Task:
        task: _Task = {
            "name": name.partition(":")[2],
            "actions": [(self._run, [name, step])],
            "uptodate": [UpToDate(self.build, step)],
            # Stages print nothing, and what doit does to catch it would mix the streams of threads up.
            "io": {"capture": False},
            "task_dep": [f"{stage}:{step.brief}" for stage in self._before(step)],
        }
        if self.whole:
            repository = self.build.repository
            reads = step.stage.reads(repository, step.brief, step.part)
            task["file_dep"] = [str(path) for path in reads if not path.is_symlink()]
            task["targets"] = [str(path) for path in step.stage.makes(repository, step.brief, step.part)]
            task["clean"] = [(_clean, [step, self.build])]
        return task

    def _before(self, step: Step) -> tuple[str, ...]:
        """Return the stages before a step; without gates, what comes after them follows on the tree."""
        before = _BEFORE.get(step.stage.name, ())
        return before if self.build.repository.settings.gates.run or before != ("verify",) else ("assemble",)

    def _run(self, name: str, step: Step) -> BadInput | Blocked | TaskError | None:
        from qlf.engine.making import Outcome  # noqa: PLC0415

        made = self.made(name)
        if made is None or made.outcome in {Outcome.CURRENT, Outcome.RESTORED}:
            made = self.build.remake(step)
        if made.outcome is Outcome.CRASHED:
            return TaskError(made.crash)
        if made.done.problems:
            return BadInput(made.done)
        if made.outcome is Outcome.FAILED and made.done.verdict:
            from qlf.stages import refuted_controls  # noqa: PLC0415

            repository = self.build.repository
            controls = refuted_controls(repository, step.brief, made.done.verdict)
            return Blocked(made.done.verdict, repository.build(step.brief) / "app", controls)
        return None

    def _remove(self, brief: str) -> BadInput | None:
        from qlf.engine.building import remove_products  # noqa: PLC0415
        from qlf.stages import Done  # noqa: PLC0415

        problems = remove_products(self.build.state, brief)
        self.build.removed = True
        return BadInput(Done(tuple(problems))) if problems else None


class UpToDate:
    """Whether there is nothing to do for a step. Where nothing is being built, it is only looked at."""

    def __init__(self, build: Build, step: Step) -> None:
        self._build = build
        self._step = step

    def __call__(self) -> bool:
        """Say so."""
        from qlf.engine.making import Outcome  # noqa: PLC0415

        made = self._build.outcome(self._step)
        if made is None:
            return not self._build.reasons(self._step)
        return made.outcome in {Outcome.CURRENT, Outcome.RESTORED}

    def __repr__(self) -> str:
        """Say why not, for `doit info`."""
        return "; ".join(self._build.reasons(self._step)) or "up to date"


def _task_name(step: Step) -> str:
    """Return the name of a step as doit can have it."""
    if _NAME.fullmatch(step.brief):
        return step.name
    plain = re.sub(r"[^A-Za-z0-9]", "-", step.brief)
    return f"{step.stage.name}:{plain}-{hashlib.sha256(step.brief.encode()).hexdigest()[:8]}"


def _clean(step: Step, build: Build, dryrun: bool) -> None:
    """Remove what a step makes. What someone edited in a tree by hand stays, and is reported."""
    repository, brief = build.repository, step.brief
    folder = repository.build(brief)
    made = list(step.stage.makes(repository, brief, step.part))
    if step.stage.name == "verify":
        made += (folder / "gates").glob(f"{step.part}.*")
    if step.stage.name == "evidence":
        from qlf.evidence.products import PRODUCTS  # noqa: PLC0415
        from qlf.reporting import INDEX, REPORT  # noqa: PLC0415

        made = [*(folder / name for name in PRODUCTS), folder / REPORT, folder.parent / INDEX]
    if dryrun:
        print(*made, sep="\n")  # noqa: T201 - doit shows what an action prints
        return
    if step.stage.name == "assemble" and (folder / "app").is_dir():
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
