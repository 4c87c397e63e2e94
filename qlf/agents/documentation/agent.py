"""The documentation agent: what the application is, how to call it, what it keeps, how to run it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from qlf.agents.documentation.conditions import cel
from qlf.agents.documentation.failures import Failures
from qlf.agents.documentation.markdown import code, codes, heading, inline, plain, prose, table, tidy
from qlf.agents.documentation.own_code import shown_hook
from qlf.agents.documentation.reference import Guide
from qlf.agents.documentation.steps import numbered
from qlf.agents.documentation.tables import Model
from qlf.agents.documentation.wording import span, status, who
from qlf.model.agent import Agent, Reads
from qlf.model.patch import Document, Patch
from qlf.rendering import environment, overridden

if TYPE_CHECKING:
    from collections.abc import Callable

    from jinja2.sandbox import ImmutableSandboxedEnvironment

    from qlf.model.spec import Spec

_TEMPLATES = Path(__file__).parent / "templates" / "markdown"
_PAGES = ("README.md", "docs/api.md", "docs/data-model.md", "docs/operations.md", "docs/extensions.md")
_RECORD = "docs/processing.md"


@cache
def _environment() -> ImmutableSandboxedEnvironment:
    filters: dict[str, Callable[..., object]] = {
        "cel": cel,
        "code": code,
        "codes": codes,
        "heading": heading,
        "inline": inline,
        "numbered": numbered,
        "plain": plain,
        "prose": prose,
        "span": span,
        "status": status,
        "table": table,
        "who": who,
    }
    return environment(_TEMPLATES, filters)


def write(spec: Spec, templates: tuple[Path, ...] = ()) -> str:
    """Return the SOC text of the application's README and of its guides."""
    model = Model(spec)
    names: dict[str, object] = {
        "spec": spec,
        "guide": Guide(spec),
        "failures": Failures(spec),
        "model": model,
    }
    names["hook"] = shown_hook(spec)
    made = overridden(_environment(), (folder / "markdown" for folder in templates))
    paths = (*_PAGES, _RECORD) if spec.controls and model.personal() else _PAGES
    pages = ((path, made.get_template(f"{path}.jinja").render(names)) for path in paths)
    return Patch(documents=tuple(Document(path=path, text=tidy(text)) for path, text in pages)).render()


AGENT = Agent(
    name="documentation",
    reads=Reads(
        sections=(
            "title",
            "prose",
            "safeguards",
            "auth",
            "controls",
            "roles",
            "enums",
            "entities",
            "operations",
            "api",
        ),
        without=(
            "here",
            "indexed",
            "inverse",
            "omits",
            "renamed_from",
            "there",
            "timestamps",
            "versioned",
            "viewer_dependent",
            "writable",
        ),
    ),
    owns=("README.md", "docs/"),
    write=write,
)
