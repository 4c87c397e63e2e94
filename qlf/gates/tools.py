"""Running the tools of a gate, in parallel, each on a copy of its own of what it reads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qlf.environment import Environment, provide
from qlf.gates.job import Job, Report
from qlf.gates.process import Processes
from qlf.gates.reading import write_files
from qlf.gates.runners.registry import runner
from qlf.model.canonical import digest
from qlf.model.finding import Finding, Outcome, ToolRun

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from qlf.gates.gate import Gate
    from qlf.gates.rules import ToolRule

_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class _Bench:
    """What all tools of one run of a gate share."""

    gate: Gate
    environments: Mapping[str, Environment | str]
    processes: Processes
    app: str
    work: Path


def run_tools(gate: Gate, home: Path, work: Path) -> list[Report]:
    """Run every tool of a gate and return the reports in the order of the rules.

    Args:
        gate: What to run, and on which files.
        home: The folder of the application in `build/`; what tools keep from run to run is kept for it.
        work: An empty folder; the copies are made there.
    """
    environments: dict[str, Environment | str] = {}
    for name in sorted({name for tool in gate.rule.tools if gate.is_given(tool) for name in _used(tool)}):
        lock = gate.locks[name]
        environments[name] = lock if isinstance(lock, str) else provide(name, lock, gate.settings.cache)
    app = f"{home.name}-{digest(str(home).encode())[:8]}"
    with Processes() as processes, ThreadPoolExecutor(_AT_ONCE) as pool:
        bench = _Bench(gate, environments, processes, app, work)
        try:
            return list(pool.map(lambda tool: _run(tool, bench), gate.rule.tools))
        except BaseException:
            processes.kill()
            raise


def _run(tool: ToolRule, bench: _Bench) -> Report:
    if not bench.gate.is_given(tool):
        reason = "not run: no PostgreSQL server is given (QLF_POSTGRES_URL)"
        note = Finding(tool=tool.name, rule="not-run", level="note", message=reason)
        return Report(_unproven(tool, reason), (note,))
    for name in _used(tool):
        environment = bench.environments[name]
        if isinstance(environment, str):
            return Report(_unproven(tool, f"no environment {name!r}: {environment}"))
    known = runner(tool.runner)
    if isinstance(known, str):
        return Report(_unproven(tool, known))
    if tool.report not in known.reports:
        return Report(_unproven(tool, f"the runner {tool.runner!r} cannot read reports in {tool.report}"))
    if report := bench.gate.settings.beforehand(bench.gate, tool):
        return report
    job = _job(tool, bench)
    try:
        return known.check(job)
    except Exception as error:  # noqa: BLE001 - whatever a runner stumbles over, nothing is proven
        return job.unproven(f"the runner {tool.runner!r} failed: {error!r}")


def _job(tool: ToolRule, bench: _Bench) -> Job:
    tree, work = bench.work / tool.name / "app", bench.work / tool.name / "work"
    for made in (tree, work / "home", work / "beside"):
        made.mkdir(parents=True)
    write_files(bench.gate.files, tree, tool.reads)
    write_files(bench.gate.settings.beside, work / "beside", tool.beside)
    ready = {name: made for name, made in bench.environments.items() if isinstance(made, Environment)}
    return Job(
        rule=tool,
        tree=tree,
        work=work,
        cache=bench.gate.settings.cache,
        environments=ready,
        processes=bench.processes,
        app=bench.app,
        postgres=bench.gate.settings.postgres,
    )


def _used(tool: ToolRule) -> list[str]:
    """Return the environments without which a tool cannot run."""
    python_of_app = ["app"] if any("{app_python}" in argument for argument in tool.arguments) else []
    server = [tool.serve.environment] if tool.serve else []
    return [tool.environment, *python_of_app, *server]


def _unproven(tool: ToolRule, reason: str) -> ToolRun:
    return ToolRun(tool=tool.name, version="", outcome=Outcome.UNPROVEN, reason=reason)
