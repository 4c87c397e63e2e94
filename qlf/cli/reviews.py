"""What `qlf plan` and `qlf diff` share: showing reviews on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from qlf.cli.output import say
from qlf.cli.place import unknown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qlf.errors import Problem
    from qlf.model.review import Review
    from qlf.repository import Repository

_STYLES = {
    "title": {"bold": True},
    "good": {"fg": "green"},
    "bad": {"fg": "red"},
    "quiet": {"dim": True},
}


def known(names: tuple[str, ...], repository: Repository) -> list[Problem]:
    """Return a problem for each name that neither a brief has nor an application that was built."""
    return unknown(
        tuple(name for name in names if not (repository.build(name) / "spec.json").is_file()), repository
    )


def show(
    review: Review, files: Mapping[str, tuple[Mapping[str, bytes], Mapping[str, bytes]]] | None = None
) -> None:
    """Print a review; with files, their differences too."""
    from qlf.review.lines import lines  # noqa: PLC0415

    for line in lines(review, files):
        style = _STYLES.get(line.mood)
        say(click.style(line.text, **style) if style else line.text)  # type: ignore[arg-type]
