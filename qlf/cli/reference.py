"""Pages of the documentation that are made from the code, so that they are never behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from qlf.cli.main import cli
from qlf.cli.schema import KINDS, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PAGES = ("docs/cli.md", *(f"docs/schemas/{kind}.schema.json" for kind in KINDS))


def write_pages(root: Path) -> None:
    """Write all PAGES."""
    from qlf.stages import put  # noqa: PLC0415

    put({root / path: page(path).encode() for path in PAGES})


def page(path: str) -> str:
    """Return the text of one of PAGES."""
    return reference() if path == "docs/cli.md" else text_of(path.rpartition("/")[2].partition(".")[0])


def reference() -> str:
    """Return the help of every command as one page."""
    root = click.Context(cli, info_name="qlf", terminal_width=80, **cli.context_settings)
    return "\n".join(["# The command line\n\nThis page is made by `doit generate-docs`.\n", *_sections(root)])


def _sections(context: click.Context) -> Iterator[str]:
    """Yield a section for a command and those below it."""
    command = context.command
    yield f"## `{context.command_path}`\n\n```text\n{command.get_help(context)}\n```\n"
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            if below is not None:
                yield from _sections(click.Context(below, info_name=name, parent=context))
