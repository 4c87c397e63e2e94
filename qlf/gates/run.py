"""Running a gate: read what its rules name, look whether that was judged before, run the tools, judge, keep.

Gates know nothing of each other and may run at the same time: in processes, or in threads of a caller
that enters `process.terminable` in its main thread.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from qlf.gates.gate import Gate, GateSettings, read_gate
from qlf.gates.judge import judge
from qlf.gates.process import terminable
from qlf.gates.record import Record, keep, recall, record_of, write_record
from qlf.gates.sarif import unexplained
from qlf.gates.tools import run_tools
from qlf.model.finding import Outcome, Verdict
from qlf.store import Store, work_folder

if TYPE_CHECKING:
    from qlf.errors import Problem
    from qlf.gates.sarif import Causes

GATES = ("static", "unit", "contract", "policy", "compliance")


class Judged(NamedTuple):
    """A verdict, and whether it was `recalled` from the cache."""

    verdict: Verdict
    recalled: bool = False


def run_gate(
    gate: str, app: Path, out: Path, settings: GateSettings, causes: Causes = unexplained
) -> Judged | list[Problem]:
    """Judge a tree and write `GATE.json`, `GATE.sarif` and JUnit files.

    A verdict over the same bytes with the same tools is taken from the cache. The tree is not written to.

    Args:
        gate: The name, one of GATES or another for which there are rules.
        app: The tree, `build/NAME/app`.
        out: Where to write, `build/NAME/gates`.
        settings: Rules, stack, database server and cache.
        causes: What in the sources led to the place of a finding; it goes into the SARIF log.

    Returns:
        The verdict, or the problems of the rules and of files that cannot be read.
    """
    # Tools run in other folders than ours.
    settings = replace(settings, cache=settings.cache.absolute())
    read = read_gate(gate, app, settings)
    if not isinstance(read, Gate):
        return read
    inputs = read.inputs()
    if not read.applies():
        idle = Verdict(gate=gate, outcome=Outcome.NOT_APPLICABLE, inputs=inputs, runs=())
        write_record(Record(idle, {}), out, causes)
        return Judged(idle)
    store = Store(settings.cache / "verdicts")
    if kept := recall(store, gate, inputs):
        write_record(kept, out, causes)
        return Judged(kept.verdict, recalled=True)
    with terminable(), work_folder() as work:
        reports = run_tools(read, app.resolve().parent, Path(work).resolve())
    waived = {tool.name for tool in read.rule.tools if not read.is_given(tool)}
    verdict = judge(gate, inputs, reports, waived).model_copy(update={"files": read.digests()})
    record = record_of(verdict, reports)
    write_record(record, out, causes)
    keep(store, record)
    return Judged(verdict)
