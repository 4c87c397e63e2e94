"""`qlf brief`."""

from __future__ import annotations

import click

from qlf.cli.output import say, tell
from qlf.cli.place import complete_briefs, enter, unknown


@click.group(epilog="Example:  qlf brief expand healthcare-app")
def command() -> None:
    """Work on a brief's file."""


@command.command("expand", epilog="Example:  qlf brief expand healthcare-app")
@click.argument("name", shell_complete=complete_briefs)
@click.option("--dry-run", is_flag=True, help="Print the brief instead of writing it.")
def expand(name: str, dry_run: bool) -> int:
    """Write what is inferred from a brief's prose into its front matter.

    What its author wrote stays as it is, comments included.
    """
    repository = enter()
    if isinstance(repository, list):
        return tell(repository)
    if problems := unknown((name,), repository):
        return tell(problems)
    from qlf.brief.expand import expand as expanded  # noqa: PLC0415
    from qlf.brief.read import read_brief  # noqa: PLC0415
    from qlf.compile.inference import infer  # noqa: PLC0415
    from qlf.errors import problems_of  # noqa: PLC0415
    from qlf.stages import overlays  # noqa: PLC0415
    from qlf.store import write_whole  # noqa: PLC0415

    source = repository.source(name)
    before = source.read_bytes()
    brief = read_brief(source, before)
    library = overlays(repository)
    if isinstance(brief, list) or isinstance(library, list):
        return tell(problems_of(brief, library))
    after = expanded(before.decode("utf-8"), infer(brief, library))
    if dry_run:
        click.echo(after, nl=False)
    elif after.encode() == before:
        say(f"{source.as_posix()} says everything already")
    else:
        write_whole(source, after.encode())
        say(f"{source.as_posix()} written; what was added is yours to change")
    return 0
