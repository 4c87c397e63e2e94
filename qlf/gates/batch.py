"""Trees that one gate judges in the same build: tools that can take many look at all of them in one run.

Whoever judges one of the trees asks for what these tools say of it. The first who asks has them run; for what
has no report then, because the run came to no clear end, the tool is run alone.
"""

from __future__ import annotations

import json
import secrets
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from qlf.environment import Environment, provide
from qlf.gates.gate import Gate, GateSettings, read_gate
from qlf.gates.job import Job, JointJob, Runner
from qlf.gates.process import Processes
from qlf.gates.reading import write_files
from qlf.gates.record import recall
from qlf.gates.runners.registry import runner
from qlf.model.canonical import digest
from qlf.store import Store, work_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from qlf.gates.job import Report
    from qlf.gates.rules import ToolRule

# What the trees of one run may hold, so that it fits into memory.
_ROOM = 64 << 20


class _Task(NamedTuple):
    """What one run is made of: a tool, the runner that knows it, its lock, and gates by their inputs."""

    tool: ToolRule
    known: Runner
    lock: bytes
    gates: Mapping[str, Gate]


@dataclass(slots=True)
class Batch:
    """Some trees of a build.

    `trees` returns those that are to be judged, with their settings, when the first is; `processors` is how
    many programs that use only one run at a time.
    """

    gate: str
    trees: Callable[[], Mapping[Path, GateSettings]]
    processors: int = 1
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _reports: dict[tuple[str, str], Report] | None = None

    def report(self, gate: Gate, tool: ToolRule) -> Report | None:
        """Return what a tool says of what a gate is about to judge; None if it is to be run alone."""
        if _joint(tool) is None:
            return None
        with self._lock:
            if self._reports is None:
                self._reports = {}
                with suppress(Exception):  # what is wrong is told of the tree with which it is
                    self._reports = self._run()
        return self._reports.get((gate.inputs(), tool.name))

    def _run(self) -> dict[tuple[str, str], Report]:
        reports: dict[tuple[str, str], Report] = {}
        with Processes() as processes, work_folder() as work, ThreadPoolExecutor(self.processors + 1) as pool:
            try:
                tasks = list(_tasks(dict(self._stale()), self.processors))
                made = pool.map(lambda task: _reports(task, Path(work).resolve(), processes), tasks)
                for task, by_inputs in zip(tasks, made, strict=True):
                    reports |= {(inputs, task.tool.name): report for inputs, report in by_inputs.items()}
            except BaseException:
                processes.kill()
                raise
        return reports

    def _stale(self) -> Iterator[tuple[str, Gate]]:
        """Yield what is to be judged, by the inputs; what is too much together is left to be judged alone."""
        size = 0
        for app, settings in self.trees().items():
            read = read_gate(self.gate, app, replace(settings, cache=settings.cache.absolute()))
            if not isinstance(read, Gate):
                continue
            size += sum(map(len, read.files.values()))
            if size > _ROOM:
                break
            inputs = read.inputs()
            if not recall(Store(read.settings.cache / "verdicts"), self.gate, inputs):
                yield inputs, read


def _joint(tool: ToolRule) -> Runner | None:
    """Return the runner of a tool if it can take many trees, and the rule says what it looks at in each."""
    known = runner(tool.runner) if tool.paths else ""
    fits = isinstance(known, Runner) and known.joint is not None and tool.report in known.reports
    return known if fits and isinstance(known, Runner) else None


def _tasks(gates: Mapping[str, Gate], processors: int) -> Iterator[_Task]:
    """Yield the runs: trees with the same rule and lock, in as many parts as the tool needs to keep busy."""
    groups: dict[str, dict[str, tuple[Gate, ToolRule]]] = {}
    for inputs, gate in gates.items():
        for tool in filter(gate.is_given, gate.rule.tools):
            lock = gate.locks[tool.environment]
            if _joint(tool) and isinstance(lock, bytes):
                same = json.dumps([tool.model_dump(mode="json"), digest(lock)])
                groups.setdefault(same, {})[inputs] = gate, tool
    for group in groups.values():
        gate, tool = next(iter(group.values()))
        known, lock = _joint(tool), gate.locks[tool.environment]
        if known is None or known.joint is None or not isinstance(lock, bytes):
            continue
        for part in _parts(list(group), 1 if known.joint.parallel else processors):
            yield _Task(tool, known, lock, {inputs: group[inputs][0] for inputs in part})


def _parts(names: list[str], most: int) -> Iterable[list[str]]:
    """Return names in parts of about the same size, each with some."""
    count = max(1, min(most, len(names) // 2))
    return [names[start::count] for start in range(count)]


def _reports(task: _Task, work: Path, processes: Processes) -> dict[str, Report]:
    """Run a tool over many trees and return what it proved, by the inputs of the gates."""
    one = next(iter(task.gates.values()))
    environment = provide(task.tool.environment, task.lock, one.settings.cache)
    if len(task.gates) == 1 or task.known.joint is None or not isinstance(environment, Environment):
        return {}
    folder = work / secrets.token_hex(8)
    (folder / "work" / "home").mkdir(parents=True)
    jobs = {}
    for inputs, gate in task.gates.items():
        job = _job(task.tool, gate, environment, folder, processes)
        if _stands_alone(job) and task.known.joint.fits(job):
            jobs[inputs] = job
        else:
            shutil.rmtree(job.tree.parent)
    if not jobs:
        return {}
    together = JointJob(folder / "trees", folder / "work", tuple(jobs.values()))
    try:
        return dict(zip(jobs, task.known.joint.check(together), strict=True))
    except Exception:  # noqa: BLE001 - whatever a runner stumbles over, each tree is still judged alone
        return {}
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _job(tool: ToolRule, gate: Gate, environment: Environment, folder: Path, processes: Processes) -> Job:
    name = secrets.token_hex(16)
    tree = folder / "trees" / name / "app"
    tree.mkdir(parents=True)
    write_files(gate.files, tree, tool.reads)
    return Job(
        rule=tool,
        tree=tree,
        work=folder / "work",
        cache=gate.settings.cache,
        environments={tool.environment: environment},
        processes=processes,
        app="",
        prefix=f"{name}/app/",
    )


def _stands_alone(job: Job) -> bool:
    """Say whether a tool that runs above a tree sees there what it would see within.

    Files beside the folders that are looked at might be settings of a tool that runs among them.
    """
    rule = job.rule
    return (
        bool(rule.paths)
        and all((job.tree / path).is_dir() for path in rule.paths)
        and all(path.is_dir() for path in job.tree.iterdir())
        and not (rule.variables or rule.configuration or rule.serve or rule.directory != ".")
    )
