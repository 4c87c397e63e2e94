"""Which controls the verdict of a gate refutes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from qlf.model.finding import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from qlf.controls.conditions import Conditions
    from qlf.model.control import Catalogue, Control
    from qlf.model.finding import Verdict

_CHECK = re.compile(r"tests/compliance/test_(?P<feature>[a-z0-9_]+)\.py")


def refuted(
    verdict: Verdict, catalogues: Iterable[Catalogue], conditions: Conditions
) -> Iterator[tuple[Control, str]]:
    """Yield each control that a verdict refutes, with what failed: a feature, `GATE/TOOL`, or one rule of it.

    It is refuted if it applies and anything that is to prove it has failed: the tests of a feature, a tool as
    a whole, or one rule that a tool looks for.
    """
    names = dict.fromkeys(_names(verdict))
    for catalogue in catalogues:
        for control in catalogue.controls:
            broken = [name for name in names if name in control.proven_by]
            if broken and conditions.holds(control.applies_to) is True:
                yield control, broken[0]


def _names(verdict: Verdict) -> Iterator[str]:
    """Yield what controls call that which a verdict has findings about."""
    for finding in verdict.findings:
        if finding.level != "note":
            if match := _CHECK.fullmatch(finding.path):
                yield match["feature"]
            yield f"{verdict.gate}/{finding.tool}/{finding.rule}"
    for run in verdict.runs:
        if run.outcome is Outcome.RED:
            yield f"{verdict.gate}/{run.tool}"
