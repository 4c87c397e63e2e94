"""Writes the first migration, up and down, for each engine."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from qlf.model.agent import Agent, Reads
from qlf.model.patch import Document, Patch
from qlf.rendering import environment, overridden
from qlf.sql.dialects import DIALECTS
from qlf.sql.layout import broken, folded
from qlf.sql.names import quoted, quoted_list
from qlf.sql.tables import tables_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from jinja2.sandbox import ImmutableSandboxedEnvironment

    from qlf.model.spec import Spec

_TEMPLATES = Path(__file__).parent / "templates" / "sql"


@cache
def _environment() -> ImmutableSandboxedEnvironment:
    filters: dict[str, Callable[..., object]] = {
        "broken": broken,
        "folded": folded,
        "quoted": quoted,
        "quoted_list": quoted_list,
    }
    return environment(_TEMPLATES, filters)


def write(spec: Spec, templates: tuple[Path, ...] = ()) -> str:
    """Return the migrations as SOC text."""
    tables = tables_of(spec)
    made = overridden(_environment(), (folder / "sql" for folder in templates))
    return Patch(
        documents=tuple(
            Document(
                path=f"database/migrations/{dialect.name}/0001_initial.{way}.sql",
                text=made.get_template(f"{way}.sql.jinja").render(tables=tables, dialect=dialect),
            )
            for dialect in DIALECTS
            for way in ("up", "down")
        )
    ).render()


AGENT = Agent(
    name="database",
    reads=Reads(
        sections=("safeguards", "auth", "enums", "entities"),
        without=(
            "access",
            "access_seconds",
            "actions",
            "attempts",
            "attempts_seconds",
            "classes",
            "computed",
            "default_sort",
            "derived",
            "description",
            "hidden",
            "immutable",
            "inverse",
            "label",
            "label_plural",
            "lock_seconds",
            "managed",
            "message",
            "omits",
            "owner",
            "password_minimum",
            "password_mixed",
            "pattern",
            "plural",
            "refresh_seconds",
            "renamed_from",
            "signup_role",
            "states",
            "system",
            "timestamps",
            "token_scheme",
            "versioned",
            "via",
            "writable",
        ),
    ),
    owns=("database/",),
    write=write,
)
