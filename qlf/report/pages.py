"""The pages as HTML that needs no other file but its neighbours and runs no script, light and dark."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from qlf.observe.verdicts import WORDS
from qlf.rendering import html_environment
from qlf.report.diagrams import entities, states

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jinja2 import Environment

    from qlf.report.facts import Facts, Row

_TEMPLATES = Path(__file__).with_name("templates")
_STATUSES = {
    "satisfied": "satisfied",
    "not-satisfied": "not satisfied",
    "not-assessed": "not assessed",
    "not-applicable": "not applicable",
}


def brief_page(facts: Facts) -> str:
    """Return the page about one application; whatever its brief says is text in it, and no markup."""
    drawn = [*filter(None, [entities(facts.spec)]), *states(facts.spec)] if facts.spec else []
    page = _environment().get_template("brief.html.jinja")
    return page.render(facts=facts, words=WORDS, statuses=_STATUSES, diagrams=drawn)


def index_page(rows: Sequence[Row], gates: Sequence[str]) -> str:
    """Return the page over all applications. `gates` are those that the settings have run, in order."""
    catalogues = list(dict.fromkeys(name for row in rows for name in row.controls))
    counts = sorted(Counter(row.state for row in rows).items())
    page = _environment().get_template("index.html.jinja")
    return page.render(rows=rows, gates=gates, catalogues=catalogues, counts=counts, words=WORDS)


@cache
def _environment() -> Environment:
    return html_environment(_TEMPLATES)
