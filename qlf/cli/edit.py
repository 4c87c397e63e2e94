"""`qlf edit`."""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING

import click

from qlf.cli.output import dump, note, say, shown, tell
from qlf.cli.place import complete_briefs, enter, only_json, unknown

if TYPE_CHECKING:
    from pathlib import Path


@click.command(epilog="Example:  qlf edit healthcare-app --open")
@click.argument("name", shell_complete=complete_briefs)
@click.option("--open", "opens", is_flag=True, help="Open it with $VISUAL or $EDITOR.")
@only_json
def command(name: str, opens: bool, as_json: bool) -> int:
    """Make a copy of an application that may be changed, and print its path.

    `qlf patch save` keeps what was changed there. A copy with changes that are
    not saved is never thrown away. What was changed in build/NAME/app itself
    goes over into the copy.
    """
    repository = enter()
    if isinstance(repository, list):
        return tell(repository)
    if problems := unknown((name,), repository):
        return tell(problems)
    from qlf.own.editing import open_copy  # noqa: PLC0415

    copy = open_copy(repository, name)
    if isinstance(copy, list):
        return tell(copy)
    if as_json:
        dump({"folder": shown(copy.app), "edited": list(copy.edited)})
    else:
        say(shown(copy.app))
        if copy.edited:
            note(f"{len(copy.edited)} files are edited; to keep that: qlf patch save {name}")
    return _open(copy.app) if opens else 0


def _open(folder: Path) -> int:
    import subprocess  # noqa: PLC0415  # nosec B404 - the author's own editor

    from qlf.errors import Problem  # noqa: PLC0415

    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    if not editor:
        return tell([Problem("$EDITOR", 0, 0, "it names no editor", "set it, or $VISUAL")])
    command = [*shlex.split(editor), str(folder)]
    try:
        code = subprocess.run(command, check=False).returncode  # noqa: S603  # nosec B603
    except OSError as error:
        what = f"the editor cannot be started: {error.strerror}"
        return tell([Problem("$EDITOR", 0, 0, what, "set it to one that is there")])
    return 2 if code else 0
