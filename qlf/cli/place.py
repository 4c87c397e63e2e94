"""Where a command works: the repository around the current folder."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from qlf.memory.place import find_root

if TYPE_CHECKING:
    from qlf.errors import Problem
    from qlf.repository import Repository


def enter() -> Repository | list[Problem]:
    """Go to the root of the repository, so that all paths are those that its author knows, and open it."""
    from qlf.repository import open_repository  # noqa: PLC0415

    os.chdir(find_root(Path.cwd()))
    return open_repository(Path(), os.environ)


def unknown(names: tuple[str, ...], repository: Repository) -> list[Problem]:
    """Return a problem for each name that no brief has."""
    import difflib  # noqa: PLC0415

    from qlf.errors import Problem  # noqa: PLC0415

    known = repository.sources()
    problems = []
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            choice = f"did you mean {near[0]}?" if near else f"there are: {', '.join(known) or 'none'}"
            path = (repository.briefs / f"{name}.md").as_posix()
            problems.append(Problem(path, 0, 0, "there is no such brief", choice))
    return problems


def complete_briefs(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    """Return the names of briefs for the shell."""
    repository = enter()
    if isinstance(repository, list):
        return []
    return [name for name in repository.sources() if name.startswith(incomplete)]


def only_json(function: Any) -> Any:  # noqa: ANN401 - a decorator of click's
    """Add `--json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")(function)
