"""`qlf plan`."""

from __future__ import annotations

from pathlib import Path

import click

from qlf.cli.output import Progress, dump, say, tell
from qlf.cli.place import complete_briefs, enter, only_json


@click.command(epilog="Example:  qlf plan healthcare-app")
@click.argument("names", nargs=-1, metavar="[NAME]...", shell_complete=complete_briefs)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the plan to a file.")
@click.option("--check", is_flag=True, help="End with 1 if a build would change anything.")
@only_json
def command(names: tuple[str, ...], out: Path | None, check: bool, as_json: bool) -> int:
    """Say what a build would change, without building.

    The sources are compared with what the last build left: the spec in words,
    the API, controls, files, and the gates that have to run. `qlf build --plan
    FILE` builds what was planned, if nothing has moved since.
    """
    from qlf.cli.reviews import known, show  # noqa: PLC0415
    from qlf.model.canonical import canonical  # noqa: PLC0415
    from qlf.reviewing import plan  # noqa: PLC0415
    from qlf.store import write_whole  # noqa: PLC0415

    target = out.absolute() if out else None
    repository = enter()
    if isinstance(repository, list):
        return tell(repository)
    if problems := known(names, repository):
        return tell(problems)
    progress = Progress(verbose=False)
    try:
        made = plan(repository, names, progress.step)
    finally:
        progress.close()
    if isinstance(made, list):
        return tell(made)
    if target:
        write_whole(target, canonical(made.review))
    if as_json:
        dump(made.review.model_dump(mode="json"))
    else:
        show(made.review)
        if target:
            say(f"Written to {out}. To build just that:  qlf build --plan {out}")
    return 1 if check and made.review.changed else 0
