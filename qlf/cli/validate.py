"""`qlf validate`."""

from __future__ import annotations

import os
from pathlib import Path

import click

from qlf.cli.output import dump, say, tell
from qlf.cli.place import complete_briefs, enter, only_json, unknown


@click.command(epilog="Example:  qlf validate healthcare-app")
@click.argument("names", nargs=-1, metavar="[NAME|FILE]...", shell_complete=complete_briefs)
@only_json
def command(names: tuple[str, ...], as_json: bool) -> int:
    """Compile briefs and write nothing: all, or those named by name or by file.

    A file that is no brief's, such as an overlay, has all briefs looked at.
    Ends with 2 if there are problems.
    """
    from qlf.cli.result import problems_json  # noqa: PLC0415
    from qlf.stages import compiled  # noqa: PLC0415

    start = Path.cwd()
    repository = enter()
    if isinstance(repository, list):
        return tell(repository)
    briefs = {file: name for name, files in repository.sources().items() for file in files}
    named = [_named(name, start, briefs) for name in names]
    if problems := unknown(tuple(name for name in named if name is not None), repository):
        return tell(problems)
    chosen = list(briefs.values()) if None in named or not named else [name for name in named if name]
    found = {
        problem
        for name in dict.fromkeys(chosen)
        if isinstance(made := compiled(repository, name), list)
        for problem in made
    }
    if as_json:
        dump({"briefs": len(set(chosen)), "problems": problems_json(sorted(found))})
        return 2 if found else 0
    if found:
        return tell(sorted(found))
    count = len(set(chosen))
    say("1 brief is valid" if count == 1 else f"{count} briefs are valid")
    return 0


def _named(name: str, start: Path, briefs: dict[Path, str]) -> str | None:
    """Return the brief that an argument names; None for a file that is no brief's."""
    file = Path(os.path.relpath(start / name))
    if file in briefs:
        return briefs[file]
    return None if file.is_file() else name
