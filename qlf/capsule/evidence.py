"""Whether the evidence in a capsule is about what is in the capsule, and claims no more than it shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import rfc8785
from pydantic import ValidationError

from qlf.capsule.manifest import APPLICATION, EVIDENCE
from qlf.model.canonical import canonical, digest
from qlf.model.evidence import Evidence

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from qlf.capsule.manifest import Manifest
    from qlf.model.evidence import Assessed, Check


def broken_evidence(manifest: Manifest, files: Mapping[str, bytes]) -> Iterator[str]:
    """Yield where the evidence does not hold for the files, the gates, and what the manifest says of it."""
    if EVIDENCE not in files:
        if manifest.controls:
            yield "it has no evidence of its controls"
        return
    try:
        evidence = Evidence.model_validate_json(files[EVIDENCE])
    except ValidationError:
        yield "its evidence cannot be read"
        return
    if canonical(evidence) != files[EVIDENCE]:
        yield "its evidence is not canonical JSON"
    said = {
        each.catalogue: {control.id: control.status for control in each.controls}
        for each in evidence.catalogues
    }
    if said != manifest.controls:
        yield "its evidence says something else of its controls than its manifest"
    if evidence.catalogues:
        yield from _of_other_files(evidence, manifest)
    yield from _of_other_verdicts(evidence, manifest)
    checks = {check.name: check for check in evidence.checks}
    for each in evidence.catalogues:
        for control in each.controls:
            yield from _unfounded(control, checks)


def _of_other_files(evidence: Evidence, manifest: Manifest) -> Iterator[str]:
    files = {
        path.removeprefix(APPLICATION): file.digest for path, file in manifest.below(APPLICATION).items()
    }
    if evidence.tree != digest(rfc8785.dumps(files)):
        yield "its evidence is about another application"
    lines = {
        (line.file, line.digest)
        for each in evidence.catalogues
        for control in each.controls
        for line in control.lines
    }
    for path, known in sorted(lines):
        if files.get(path) != known:
            yield f"its evidence is about another {path}"


def _of_other_verdicts(evidence: Evidence, manifest: Manifest) -> Iterator[str]:
    """Yield each gate, and each check, that rests on a verdict that is not the capsule's."""
    counted = {}
    for run in evidence.gates:
        known = manifest.gates.get(run.gate)
        if run.counts and (known is None or (known.verdict, known.outcome) != (run.verdict, run.outcome)):
            yield f"its evidence is about another verdict of the gate {run.gate}"
        counted[run.gate] = run.verdict if run.counts else ""
    for check in evidence.checks:
        rests = check.verdict and check.verdict == counted.get(check.gate)
        if check.status in {"satisfied", "not-satisfied"} and not rests:
            yield f"the check {check.name} is said to be {check.status} without a verdict"


def _unfounded(control: Assessed, checks: Mapping[str, Check]) -> Iterator[str]:
    if control.status != "satisfied":
        return
    if not control.lines:
        yield f"the control {control.id} is said to be satisfied, and no line carries it"
    found = [checks.get(name) for name in control.checks]
    if not found or any(check is None or check.status != "satisfied" for check in found):
        yield f"the control {control.id} is said to be satisfied, and not all its checks are"
