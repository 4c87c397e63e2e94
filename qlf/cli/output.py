"""What commands share in speaking: problems, verdicts, JSON, colour, progress."""

from __future__ import annotations

import json
import os
import sys
import time
from typing import TYPE_CHECKING, Any

import click

from qlf.errors import EXIT_BAD_INPUT, printable

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from qlf.errors import Problem

EXIT_DEFECT = 70  # EX_SOFTWARE of sysexits.h
DEFECT = "This is a defect of qlf, please report it:"
_COLOURS = {"green": "green", "red": "red", "not proven": "yellow"}


def say(text: str = "") -> None:
    """Print a line of the result. Colour is left out where the output is no terminal, or NO_COLOR is set."""
    click.echo(text, color=False if os.environ.get("NO_COLOR") else None)


def note(text: str) -> None:
    """Print a line that is not part of the result."""
    click.echo(text, err=True)


def tell(problems: Iterable[Problem]) -> int:
    """Print problems, one a line, and return the code for bad input."""
    for problem in problems:
        click.echo(printable(str(problem)), err=True)
    return EXIT_BAD_INPUT


def dump(value: Any) -> None:  # noqa: ANN401 - whatever JSON can say
    """Print a result as JSON, in ASCII: no finding can write to a terminal through it."""
    click.echo(json.dumps(value, indent=2))


def problem_json(problem: Problem) -> dict[str, Any]:
    """Return a problem as JSON has it."""
    return {
        "file": problem.file,
        "line": problem.line,
        "column": problem.column,
        "what": problem.what,
        "advice": problem.advice,
    }


def coloured(text: str) -> str:
    """Return a line whose first word of an outcome has its colour."""
    for word, colour in _COLOURS.items():
        if text.startswith(word):
            return click.style(word, fg=colour) + text[len(word) :]
    return text


def shown(path: Path) -> str:
    """Return a path as one types it."""
    return path.as_posix()


class Progress:
    """Says which steps are under way: on a terminal in one line that changes, else not at all.

    With `verbose` each step that has ended is a line on standard error.
    """

    def __init__(self, *, verbose: bool) -> None:
        self._verbose = verbose
        self._running: dict[str, float] = {}
        self._status: Any = None
        if sys.stderr.isatty() and not verbose:
            from rich.console import Console  # noqa: PLC0415 - only a terminal pays for it

            self._status = Console(stderr=True).status("starting")
            self._status.start()

    def begins(self, step: str) -> None:
        """Note that a step begins."""
        self._running[step] = time.monotonic()
        self._show()

    def ends(self, step: str, result: str) -> None:
        """Note that a step has ended, and how."""
        begun = self._running.pop(step, time.monotonic())
        if self._verbose:
            click.echo(f"{step}: {result} ({time.monotonic() - begun:.1f} s)", err=True)
        self._show()

    def step(self, step: str, result: str | None) -> None:
        """Note that a step begins, or with a result that it has ended."""
        if result is None:
            self.begins(step)
        else:
            self.ends(step, result)

    def close(self) -> None:
        """Take the line away."""
        if self._status:
            self._status.stop()
            self._status = None

    def _show(self) -> None:
        if self._status and self._running:
            self._status.update(", ".join(self._running))
