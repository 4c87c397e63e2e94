"""`qlf migrate`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from qlf.cli.output import dump, note, say, shown, tell
from qlf.cli.place import complete_briefs, enter, only_json, unknown
from qlf.errors import EXIT_BAD_INPUT, EXIT_OK

if TYPE_CHECKING:
    from pathlib import Path

    from qlf.migrations.plan import Planned, Step
    from qlf.model.spec import Spec


@click.command(epilog='Example:  qlf migrate shop -m "items have a size"')
@click.argument("name", shell_complete=complete_briefs)
@click.option("-m", "--message", "why", default="", help="Why; the migration is called so.")
@click.option(
    "--rename", multiple=True, metavar="Entity.old=new", help="A rename; Old=New, Enum.old=new too."
)
@click.option(
    "--backfill", multiple=True, metavar="Entity.field=value", help="A value for rows that are there."
)
@click.option("--expand", "step", flag_value="expand", help="The first of two steps: only add and loosen.")
@click.option("--contract", "step", flag_value="contract", help="The second: take away and tighten.")
@click.option("--accept-data-loss", is_flag=True, help="Write it although stored values will be gone.")
@click.option("--dry-run", is_flag=True, help="Show the changes and write nothing.")
@click.option("--record", is_flag=True, help="Record migrations that were edited and applied nowhere.")
@only_json
def command(  # noqa: PLR0913, PLR0917 - one for each option
    name: str,
    why: str,
    rename: tuple[str, ...],
    backfill: tuple[str, ...],
    step: Step | None,
    accept_data_loss: bool,
    dry_run: bool,
    record: bool,
    as_json: bool,
) -> int:
    """Write the next migration of a brief's database.

    Compares the brief with the snapshot of the last migration. Each change is
    safe, slow, breaking or data-losing. On a terminal it asks whether what
    came is what went under another name.
    """
    from qlf import stages  # noqa: PLC0415
    from qlf.migrations.folder import put  # noqa: PLC0415
    from qlf.migrations.plan import Asked, plan  # noqa: PLC0415

    repository = enter()
    if isinstance(repository, list):
        return tell(repository)
    if problems := unknown((name,), repository):
        return tell(problems)
    folder = repository.migrations(name)
    if record:
        return _record(folder)
    spec = stages.compiled(repository, name)
    if isinstance(spec, list):
        return tell(spec)
    supposed = () if rename or step == "contract" else _supposed(spec, folder)
    if not as_json and sys.stdin.isatty():
        rename += tuple(words for question, words in supposed if click.confirm(question))
        supposed = ()
    planned = plan(spec, folder, Asked(why, rename, backfill, step or "whole"))
    if isinstance(planned, list):
        return tell(planned)
    losing = any(change.grade == "data-losing" for change in planned.changes) and not accept_data_loss
    written = not (dry_run or losing or not planned.files)
    if written:
        put(folder, planned.name, planned.files, planned.record)
    paths = [shown(folder / planned.name / file) for file in planned.files] if written else []
    if as_json:
        changes = [change.model_dump() for change in planned.changes]
        dump({"migration": planned.name, "changes": changes, "written": paths})
    else:
        _show(planned, paths)
    for _, words in supposed:
        note(f"if this is a rename, add: --rename {words}")
    _advise(name, planned)
    if losing and not dry_run:
        note("nothing is written: values would be lost; if they may, add --accept-data-loss")
        return EXIT_BAD_INPUT
    return EXIT_OK


def _supposed(spec: Spec, folder: Path) -> tuple[tuple[str, str], ...]:
    """Return what may have been renamed: the question, and the words that say yes."""
    from qlf.migrations.folder import Migrations, read_migrations  # noqa: PLC0415
    from qlf.migrations.guesses import guesses  # noqa: PLC0415
    from qlf.migrations.schema import schema_of  # noqa: PLC0415

    made = read_migrations(folder)
    if not isinstance(made, Migrations) or not made.scripts:
        return ()
    return tuple(guesses(made.last.made_for, schema_of(spec)))


def _advise(name: str, planned: Planned) -> None:
    if planned.waiting:
        note(f"when no former version runs any more, write the second step: qlf migrate {name} --contract")
    elif planned.splittable and any(each.grade in {"breaking", "data-losing"} for each in planned.changes):
        note("the former version of the application fails after it: --expand makes it in two steps")


def _record(folder: Path) -> int:
    from qlf.migrations.folder import RECORD, read_migrations  # noqa: PLC0415
    from qlf.store import write_whole  # noqa: PLC0415

    made = read_migrations(folder)
    if isinstance(made, list):
        return tell(made)
    write_whole(folder / RECORD, made.record())
    return EXIT_OK


def _show(planned: Planned, written: list[str]) -> None:
    for change in planned.changes:
        say(f"{change.grade}: {change.what} ({change.why})")
    if not planned.files:
        say("The migrations are up to date.")
    for path in written:
        say(f"wrote {path}")
