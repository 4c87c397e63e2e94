"""From catalogues, a spec, a tree and what the gates left, to what is known of each control.

catalogue -> under it? -> carried by features, in which lines? -> checked, with what result? -> status
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import rfc8785

from qlf.controls.conditions import Conditions
from qlf.evidence.checks import Application, check_of
from qlf.evidence.lines import lines_of
from qlf.evidence.origins import origins_of_catalogue, origins_of_data, origins_of_feature
from qlf.model.canonical import digest
from qlf.model.evidence import Assessed, Assessment, Evidence

if TYPE_CHECKING:
    from qlf.controls.read import Library
    from qlf.model.control import Catalogue, Control
    from qlf.model.evidence import Check, Clause, Line, Status


def assess(application: Application, library: Library) -> Evidence:
    """Return what is known of all controls that an application is under."""
    spec = application.spec
    tree = {path: digest(content) for path, content in application.tree.items()}
    bench = _Bench(application, library, Conditions(spec.model_dump(mode="json")))
    catalogues = tuple(_of_catalogue(catalogue, bench) for catalogue in library.catalogues)
    return Evidence(
        application=spec.name,
        title=spec.title,
        version=spec.version,
        tree=digest(rfc8785.dumps(tree)),
        gates=tuple(run.gate for run in application.runs.values()),
        checks=tuple(bench.checks[name] for name in sorted(bench.checks)),
        catalogues=catalogues,
    )


@dataclass(slots=True)
class _Bench:
    """What was found out so far, so that it is found out once."""

    application: Application
    library: Library
    conditions: Conditions
    checks: dict[str, Check] = field(default_factory=dict)
    lines: dict[str, tuple[Line, ...]] = field(default_factory=dict)

    def check(self, name: str) -> Check:
        """Return what is known of a check."""
        if name not in self.checks:
            self.checks[name] = check_of(name, self.application)
        return self.checks[name]

    def carrying(self, name: str) -> tuple[Line, ...]:
        """Return the lines of a feature."""
        if name not in self.lines:
            stack = self.application.spec.stack.backend
            self.lines[name] = lines_of(self.library.features[name], stack, self.application.tree)
        return self.lines[name]


def _of_catalogue(catalogue: Catalogue, bench: _Bench) -> Assessment:
    return Assessment(
        catalogue=catalogue.name,
        title=catalogue.title,
        version=catalogue.version,
        publisher=catalogue.publisher,
        source=catalogue.source,
        file=catalogue.file,
        digest=catalogue.digest,
        origins=origins_of_catalogue(bench.application.spec, catalogue.name),
        controls=tuple(_of_control(control, bench) for control in catalogue.controls),
    )


def _of_control(control: Control, bench: _Bench) -> Assessed:
    applies = bench.conditions.holds(control.applies_to)
    status, reason = _settled(control, applies) or _judged(control, bench)
    features = [bench.library.features[name] for name in control.implemented_by]
    present = [feature.name for feature in features if bench.conditions.holds(feature.present) is True]
    carried = status != "not-applicable"
    return Assessed(
        id=control.id,
        title=control.title,
        wording=control.wording,
        clause=control.clause,
        checked=control.checked,
        status=status,
        reason=reason,
        implemented_by=control.implemented_by,
        checks=tuple(bench.check(name).name for name in control.proven_by) if carried else (),
        origins=_origins(control, bench) if carried else (),
        lines=tuple(line for name in present for line in bench.carrying(name)) if carried else (),
        organisation=control.organisational or control.remains,
    )


def _settled(control: Control, applies: bool | str) -> tuple[Status, str] | None:
    """Return the status of a control that no check of this application decides on."""
    if applies is False:
        return "not-applicable", "the application has nothing that it is about"
    if isinstance(applies, str):
        return "not-assessed", f"whether it applies cannot be told: {applies}"
    if control.organisational:
        return "not-assessed", f"it is up to the organisation: {control.organisational}"
    if control.not_assessed:
        return "not-assessed", control.not_assessed
    return None


def _judged(control: Control, bench: _Bench) -> tuple[Status, str]:
    """Return the status of a control that features carry: nothing counts that is not there and proven."""
    doubts: list[str] = []
    for name in control.implemented_by:
        present = bench.conditions.holds(bench.library.features[name].present)
        if present is False:
            return "not-satisfied", f"the application is built without {name}"
        if isinstance(present, str):
            doubts.append(f"whether it has {name} cannot be told: {present}")
        elif not bench.carrying(name):
            doubts.append(f"no line was found that carries {name}")
    checks = [bench.check(name) for name in control.proven_by]
    if failed := next((check for check in checks if check.status == "not-satisfied"), None):
        return "not-satisfied", f"{failed.name}: {failed.reason}"
    doubts += [f"{check.name}: {check.reason}" for check in checks if check.status != "satisfied"]
    if doubts:
        return "not-assessed", doubts[0]
    return "satisfied", "; ".join(f"{check.name}: {check.reason}" for check in checks)


def _origins(control: Control, bench: _Bench) -> tuple[Clause, ...]:
    spec = bench.application.spec
    found = list(origins_of_data(spec, control.concerns))
    for name in control.implemented_by:
        found += origins_of_feature(spec, bench.library.features[name], control.concerns)
    return tuple(dict.fromkeys(found))
