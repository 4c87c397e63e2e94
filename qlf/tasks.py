"""The stages as doit tasks: `compile`, `generate`, `assemble`, `verify`, `evidence`.

Below each there is `STAGE:NAME[:PART]`.

A `dodo.py` says `from qlf.tasks import *` and nothing else. When doit is asked for everything, it gets the
tasks of those briefs of which a file changed; for `list`, `info`, `clean` and named tasks it gets them all.
What is stale the engine decides, and it makes things before doit asks for them; doit decides in which order
they are asked for, and tells.
"""

from __future__ import annotations

import os
import re
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from doit.exceptions import InvalidDodoFile

from qlf.engine.report import Report, configuration
from qlf.memory.fresh import fresh

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qlf.engine.board import Board

    DOIT_CONFIG: dict[str, Any]

__all__ = [
    "DOIT_CONFIG",
    "task_assemble",
    "task_compile",
    "task_evidence",
    "task_generate",
    "task_package",
    "task_remove",
    "task_report",
    "task_verify",
]

# How doit may be called so that it is asked for everything. Whatever is not listed here gets all tasks.
_EVERYTHING = re.compile(
    r"(run )?((-[kc]|--continue|--seek-file|(-n|--process)[ =]?(?P<jobs>\d+)|-v ?\d|-P ?thread) )*"
)


@cache
def _board() -> Board | None:
    """Return the tasks for how doit was called, where `dodo.py` lies; None if there is nothing to do."""
    asked = _EVERYTHING.fullmatch("".join(f"{word} " for word in sys.argv[1:]))
    if asked and fresh(os.environ):
        return None
    from qlf.config import Config, load  # noqa: PLC0415
    from qlf.engine.board import Board  # noqa: PLC0415
    from qlf.engine.building import Build  # noqa: PLC0415
    from qlf.errors import unusable  # noqa: PLC0415
    from qlf.repository import Repository  # noqa: PLC0415

    config = load(Path(), os.environ)
    if not isinstance(config, Config):
        raise InvalidDodoFile("\n".join(str(problem) for problem in config))
    settings = config.settings
    if asked and asked["jobs"]:
        settings = settings.model_copy(update={"jobs": int(asked["jobs"])})
    build = Build(Repository(Path(), settings), os.environ, waiting=_waiting)
    if asked:
        try:
            build.lock()
        except OSError as error:
            raise InvalidDodoFile(str(unusable(error))) from error
    briefs = build.state.to_look_at() if asked else list(build.repository.sources())
    return Board(build, briefs, whole=not asked)


def _waiting(process: str) -> None:
    sys.stderr.write(f"waiting for another build of this repository (process {process})\n")


def _tasks(stage: str) -> Iterator[dict[str, Any]]:
    if board := _board():
        yield from board.tasks(stage)


def task_remove() -> Iterator[dict[str, Any]]:
    """Remove the products of briefs that are gone."""
    if board := _board():
        yield from board.removals()


def task_compile() -> Iterator[dict[str, Any]]:
    """Make specs of briefs."""
    yield from _tasks("compile")


def task_generate() -> Iterator[dict[str, Any]]:
    """Make patches of specs, one for each agent."""
    yield from _tasks("generate")


def task_assemble() -> Iterator[dict[str, Any]]:
    """Make applications of patches and own files."""
    yield from _tasks("assemble")


def task_verify() -> Iterator[dict[str, Any]]:
    """Judge applications, by each gate."""
    yield from _tasks("verify")


def task_evidence() -> Iterator[dict[str, Any]]:
    """Tell of each control what carries and what proves it; made for red gates as well."""
    yield from _tasks("evidence")


def task_report() -> Iterator[dict[str, Any]]:
    """Make all pages of the report, build/index.html and one for each brief, anew."""
    board = _board()
    if board and board.whole:
        yield from board.report()


def task_package() -> Iterator[dict[str, Any]]:
    """Pack applications into signed capsules."""
    board = _board()
    if board and board.whole:
        from qlf.engine.capsules import capsule_tasks  # noqa: PLC0415 - only where it is asked for

        yield from capsule_tasks(board)


class _Report(Report):
    """Tells of the tasks that doit loaded here."""

    board = staticmethod(_board)


def __getattr__(name: str) -> Any:  # noqa: ANN401 - the one name below
    """Return DOIT_CONFIG when a `dodo.py` asks for it, and not when the command line imports the module."""
    if name == "DOIT_CONFIG":
        return configuration(_Report)
    raise AttributeError(name)
