"""Keeping verdicts: beside the tree for people and later stages, and in the cache for the next run.

What is written is the same for the same inputs on any machine: times of runs are left out.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from pydantic import ValidationError

from qlf.gates.sarif import sarif, unexplained
from qlf.model.canonical import canonical
from qlf.model.finding import Outcome, Verdict
from qlf.store import write_whole

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from qlf.gates.job import Report
    from qlf.gates.sarif import Causes
    from qlf.store import Store


class Record(NamedTuple):
    """A verdict, and the files of the tools that belong to it, by name."""

    verdict: Verdict
    attachments: Mapping[str, str]


def record_of(verdict: Verdict, reports: Sequence[Report]) -> Record:
    """Return what is to be kept of a gate's run."""
    runs = tuple(run.model_copy(update={"seconds": 0.0}) for run in verdict.runs)
    attachments = {
        name: text.decode("utf-8") for report in reports for name, text in report.attachments.items()
    }
    return Record(verdict.model_copy(update={"runs": runs}), attachments)


def write_record(record: Record, out: Path, causes: Causes = unexplained) -> None:
    """Write `GATE.json`, `GATE.sarif` and `GATE.TOOL.junit.xml`; what a former run left of them goes."""
    gate = record.verdict.gate
    wanted = {
        f"{gate}.json": canonical(record.verdict),
        f"{gate}.sarif": sarif(record.verdict, causes).encode(),
        **{f"{gate}.{name}": text.encode() for name, text in record.attachments.items()},
    }
    out.mkdir(parents=True, exist_ok=True)
    for former in out.glob(f"{gate}.*"):
        if former.name not in wanted:
            former.unlink()
    for name, content in wanted.items():
        file = out / name
        if not file.is_file() or file.read_bytes() != content:
            write_whole(file, content)


def keep(store: Store, record: Record) -> None:
    """Keep a record under its verdict's inputs, but no unproven one: the next run may prove more."""
    if record.verdict.outcome is not Outcome.UNPROVEN:
        made = {"verdict": record.verdict.model_dump(mode="json"), "attachments": dict(record.attachments)}
        store.write(record.verdict.inputs, json.dumps(made, sort_keys=True).encode())


def recall(store: Store, gate: str, inputs: str) -> Record | None:
    """Return the record kept for these inputs, if there is one and it is about them."""
    content = store.read(inputs)
    if content is None:
        return None
    try:
        made = json.loads(content)
        record = Record(Verdict.model_validate(made["verdict"], strict=False), made["attachments"])
    except (ValueError, KeyError, TypeError, ValidationError):
        return None
    verdict = record.verdict
    fits = verdict.gate == gate and verdict.inputs == inputs and verdict.outcome is not Outcome.UNPROVEN
    return record if fits else None
