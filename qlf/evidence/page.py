"""The page for those who audit: one HTML file that needs no other, runs no script, and prints."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qlf.rendering import html_environment

if TYPE_CHECKING:
    from jinja2 import Template

    from qlf.model.evidence import Check, Evidence

STATUSES = ("satisfied", "not-satisfied", "not-assessed", "not-applicable")
WORDS = {
    "satisfied": "satisfied",
    "not-satisfied": "not satisfied",
    "not-assessed": "not assessed",
    "not-applicable": "not applicable",
}
_TEMPLATES = Path(__file__).with_name("templates")


def page(evidence: Evidence) -> str:
    """Return the page about some evidence; whatever the evidence holds is text in it, and no markup."""
    return _template().render(
        evidence=evidence,
        statuses=STATUSES,
        words=WORDS,
        checks={check.name: _told(check) for check in evidence.checks},
    )


def _told(check: Check) -> dict[str, Any]:
    """Return a check as it is shown: tests that differ in what they try are counted."""
    counted = Counter((trial.tool, trial.name.partition("[")[0], trial.outcome) for trial in check.tests)
    return {
        "check": check,
        "tests": [
            {"tool": tool, "name": name, "outcome": outcome, "count": count}
            for (tool, name, outcome), count in counted.items()
        ],
    }


@cache
def _template() -> Template:
    return html_environment(_TEMPLATES).get_template("evidence.html.jinja")
