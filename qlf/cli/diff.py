"""`qlf diff`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from qlf.cli.output import Progress, tell
from qlf.cli.place import enter

if TYPE_CHECKING:
    from qlf.model.review import Review
    from qlf.reviewing import Pair

FORMATS = ("text", "json", "markdown", "html")
REASONS = ("breaking", "data-loss", "control-lost")


@click.command(epilog="Example:  qlf diff main --format markdown")
@click.argument("base")
@click.argument("head", required=False)
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", help="How to show it.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write it to a file.")
@click.option(
    "--fail-on",
    "reasons",
    multiple=True,
    type=click.Choice(REASONS),
    help="End with 1 if there is such a change.",
)
def command(base: str, head: str | None, form: str, out: Path | None, reasons: tuple[str, ...]) -> int:
    """Say what applications gain and lose between revisions of git.

    The sources of BASE and HEAD, or the working tree, are built through the
    cache in folders of their own, without gates: the specs are compared in
    words, the APIs by what breaks clients, databases by what becomes of their
    rows, then controls, gates and files.
    """
    from qlf.reviewing import between  # noqa: PLC0415
    from qlf.store import write_whole  # noqa: PLC0415

    target = out.absolute() if out else None
    repository = enter()
    if isinstance(repository, list):
        return tell(repository)
    progress = Progress(verbose=False)
    try:
        pair = between(repository, base, head, progress.step)
    finally:
        progress.close()
    if isinstance(pair, list):
        return tell(pair)
    if form == "text" and target is None:
        from qlf.cli.reviews import show  # noqa: PLC0415

        show(pair.review, pair.files)
    elif target:
        write_whole(target, _rendered(pair, form).encode())
    else:
        click.echo(_rendered(pair, form), nl=False)
    return 1 if any(_met(reason, pair.review) for reason in reasons) else 0


def _rendered(pair: Pair, form: str) -> str:
    if form == "json":
        return pair.review.model_dump_json(indent=2) + "\n"
    if form == "markdown":
        from qlf.review.markdown import markdown  # noqa: PLC0415

        return markdown(pair.review, pair.files)
    if form == "html":
        from qlf.review.html import page  # noqa: PLC0415

        return page(pair.review, pair.files)
    from qlf.review.lines import lines  # noqa: PLC0415

    return "".join(f"{line.text}\n" for line in lines(pair.review, pair.files))


def _met(reason: str, review: Review) -> bool:
    if reason == "breaking":
        return any(each.breaking for each in review.briefs)
    if reason == "data-loss":
        return any(each.data_losing for each in review.briefs)
    return any(each.lost for each in review.briefs)
