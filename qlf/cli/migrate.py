"""`qlf migrate`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from qlf.cli.output import dump, note, say, shown, tell
from qlf.cli.place import complete_briefs, enter, only_json, unknown
from qlf.errors import EXIT_BAD_INPUT, EXIT_OK

if TYPE_CHECKING:
    from qlf.errors import Problem
    from qlf.migrations.plan import Planned
    from qlf.model.spec import Spec
    from qlf.repository import Repository


@click.command(epilog='Example:  qlf migrate shop -m "items have a size"')
@click.argument("name", shell_complete=complete_briefs)
@click.option("-m", "--message", "why", default="", help="Why; the migration is called so.")
@click.option(
    "--rename", multiple=True, metavar="Entity.old=new", help="A rename; Old=New, Enum.old=new too."
)
@click.option(
    "--backfill", multiple=True, metavar="Entity.field=value", help="A value for rows that are there."
)
@click.option("--accept-data-loss", is_flag=True, help="Write it although stored values will be gone.")
@click.option("--dry-run", is_flag=True, help="Show the changes and write nothing.")
@click.option("--record", is_flag=True, help="Record migrations that were edited and applied nowhere.")
@only_json
def command(  # noqa: PLR0913, PLR0917 - one for each option
    name: str,
    why: str,
    rename: tuple[str, ...],
    backfill: tuple[str, ...],
    accept_data_loss: bool,
    dry_run: bool,
    record: bool,
    as_json: bool,
) -> int:
    """Write the next migration of a brief's database.

    Compares the brief with the snapshot of the last migration. Each change is
    safe, slow, breaking or data-losing.
    """
    from qlf.migrations.plan import plan  # noqa: PLC0415

    repository = enter()
    if isinstance(repository, list):
        return tell(repository)
    if problems := unknown((name,), repository):
        return tell(problems)
    if record:
        return _record(repository, name)
    made = _inputs(repository, name)
    if made is None:
        return EXIT_BAD_INPUT
    planned = plan(made[0], made[1], repository.migrations(name), why, rename, backfill)
    if isinstance(planned, list):
        return tell(planned)
    losing = any(change.grade == "data-losing" for change in planned.changes) and not accept_data_loss
    written = not (dry_run or losing or not planned.files)
    if written:
        _write(repository, name, planned)
    if as_json:
        dump(_json(planned, written=written))
    else:
        _show(planned, written=written)
    if losing and not dry_run:
        note("nothing is written: values would be lost; if they may, add --accept-data-loss")
        return EXIT_BAD_INPUT
    return EXIT_OK


def _inputs(repository: Repository, name: str) -> tuple[Spec, bytes] | None:
    from qlf import stages  # noqa: PLC0415

    spec = stages.compiled(repository, name)
    if isinstance(spec, list):
        tell(spec)
        return None
    return spec, stages.snapshot(spec)


def _write(repository: Repository, name: str, planned: Planned) -> None:
    from qlf import stages  # noqa: PLC0415

    stages.put(planned.files)
    _recorded(repository, name)


def _record(repository: Repository, name: str) -> int:
    return tell(problems) if (problems := _recorded(repository, name)) else EXIT_OK


def _recorded(repository: Repository, name: str) -> list[Problem]:
    from qlf import stages  # noqa: PLC0415
    from qlf.migrations.folder import RECORD, read_migrations  # noqa: PLC0415

    folder = repository.migrations(name)
    made = read_migrations(folder)
    if isinstance(made, list):
        return made
    stages.put({folder / RECORD: made.record()})
    return []


def _show(planned: Planned, *, written: bool) -> None:
    for change in planned.changes:
        say(f"{change.grade}: {change.what} ({change.why})")
    if not planned.files:
        say("The migrations are up to date.")
    for path in planned.files if written else ():
        say(f"wrote {shown(path)}")


def _json(planned: Planned, *, written: bool) -> dict[str, object]:
    return {
        "migration": planned.name,
        "changes": [change.model_dump() for change in planned.changes],
        "written": [shown(path) for path in planned.files] if written else [],
    }
