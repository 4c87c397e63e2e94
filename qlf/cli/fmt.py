"""`qlf fmt`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from qlf.cli.output import dump, say, tell
from qlf.cli.place import enter, only_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qlf.errors import Problem
    from qlf.repository import Repository


@click.command(epilog="Example:  qlf fmt --check")
@click.argument("files", nargs=-1, metavar="[FILE]...", type=click.Path(path_type=Path))
@click.option("--check", is_flag=True, help="Write nothing; end with 1 if a file is laid out otherwise.")
@click.option("--diff", is_flag=True, help="Print what changes instead of writing it.")
@only_json
def command(files: tuple[Path, ...], check: bool, diff: bool, as_json: bool) -> int:
    """Lay out briefs and overlays alike: all of the repository's own, or FILES.

    Comments, order and quotes stay, and so does what the files say.
    """
    start = Path.cwd()
    repository = enter()
    if isinstance(repository, list):
        return tell(repository)
    chosen = [Path(os.path.relpath(start / file)) for file in files] or list(_own(repository))
    changed: dict[Path, tuple[str, str]] = {}
    problems: list[Problem] = []
    for file in chosen:
        made = _laid_out(file)
        if isinstance(made, list):
            problems += made
        elif made[0] != made[1]:
            changed[file] = made
    if problems:
        return tell(sorted(problems))
    if not check and not diff:
        _write(changed)
    if as_json:
        dump({"files": len(chosen), "changed": [file.as_posix() for file in changed]})
    else:
        for file, (before, after) in changed.items():
            say(_difference(file, before, after) if diff else file.as_posix())
    return 1 if check and changed else 0


def _own(repository: Repository) -> Iterator[Path]:
    """Yield the briefs and overlays of a repository, without those that are shipped."""
    for sources in repository.sources().values():
        yield from sources
    own, *_ = repository.overlays()
    yield from sorted(own.glob("*/*.yaml"))


def _laid_out(file: Path) -> tuple[str, str] | list[Problem]:
    """Return what a file says and its form, or all its problems."""
    from qlf.errors import Problem  # noqa: PLC0415
    from qlf.formatting import formatted  # noqa: PLC0415
    from qlf.strict_yaml import decode  # noqa: PLC0415

    name = file.as_posix()
    if file.suffix not in {".md", ".yaml"}:
        return [Problem(name, 0, 0, "this is neither a brief nor an overlay", "name files .md or .yaml")]
    try:
        before = decode(file.read_bytes(), name)
    except OSError as error:
        return [Problem(name, 0, 0, f"the file cannot be read: {error.strerror}", "name one that is there")]
    after = before if isinstance(before, list) else formatted(before, name)
    if isinstance(before, str) and isinstance(after, str):
        return before, after
    return [*(before if isinstance(before, list) else ()), *(after if isinstance(after, list) else ())]


def _write(changed: dict[Path, tuple[str, str]]) -> None:
    from qlf.store import write_whole  # noqa: PLC0415

    for file, (_, after) in changed.items():
        write_whole(file, after.encode())


def _difference(file: Path, before: str, after: str) -> str:
    import difflib  # noqa: PLC0415

    name = file.as_posix()
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), name, name, lineterm="")
    return "\n".join(lines)
