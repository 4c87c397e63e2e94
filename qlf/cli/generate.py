"""`qlf generate`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from qlf.cli.output import Progress, dump, say, tell
from qlf.cli.place import enter, only_json

if TYPE_CHECKING:
    from qlf.cli.drafting import Drafted
    from qlf.engine.run import Ran
    from qlf.errors import Problem
    from qlf.repository import Repository
    from qlf.stages import Done

MOST_BYTES = 1 << 20


@click.command(epilog='Example:  echo "Create a user management API" | qlf generate --dry-run')
@click.argument("text", required=False)
@click.option("--name", help="Name of the brief; made from the text if left out.")
@click.option(
    "--overlay",
    "overlays",
    metavar="NAME",
    multiple=True,
    help="An overlay that takes part; may be repeated. The text adds none then.",
)
@click.option("--dry-run", is_flag=True, help="Do all of it in a temporary place.")
@click.option(
    "--output", type=click.Path(path_type=Path, file_okay=False), help="Copy the application there."
)
@click.option("-v", "--verbose", is_flag=True, help="Name each step, route and file.")
@only_json
def command(  # noqa: PLR0913, PLR0917 - click passes each option by its name
    text: str | None,
    name: str | None,
    overlays: tuple[str, ...],
    dry_run: bool,
    output: Path | None,
    verbose: bool,
    as_json: bool,
) -> int:
    """Write briefs/NAME.md from TEXT, and build it.

    TEXT is what the application must do, the path of a file that says so, or
    is read from standard input. What the text leaves open is assumed, written
    into the brief, and listed.
    """
    from qlf.cli.drafting import draft, occupied  # noqa: PLC0415

    said, stem = _source(text)
    output = output.absolute() if output else None
    repository = enter()
    if isinstance(repository, list):
        return tell(repository)
    wanted = tuple(each.strip() for names in overlays for each in names.split(",") if each.strip())
    drafted = draft(repository, said, name or stem, wanted)
    if isinstance(drafted, list):
        return tell(drafted)
    if problems := occupied(repository, drafted, output, dry_run=dry_run):
        return tell(problems)
    if dry_run:
        return _dry_run(repository, drafted, output, verbose=verbose, as_json=as_json)
    return _generate(repository, drafted, output, verbose=verbose, as_json=as_json)


def _source(text: str | None) -> tuple[bytes, str | None]:
    """Return what was said, and the name of the file that it is from."""
    if text and text != "-":
        if len(text) < 4096 and "\n" not in text and Path(text).is_file():  # noqa: PLR2004 - longest path
            with Path(text).open("rb") as file:
                return file.read(MOST_BYTES + 1), Path(text).stem
        return text.encode("utf-8", "surrogateescape"), None
    if text is None and sys.stdin.isatty():
        message = 'say what the application must do, as in: qlf generate "A shop with products and orders"'
        raise click.UsageError(message)
    return sys.stdin.buffer.read(MOST_BYTES + 1), None


def _generate(
    repository: Repository, drafted: Drafted, output: Path | None, *, verbose: bool, as_json: bool
) -> int:
    from qlf.cli.build import run_steps  # noqa: PLC0415
    from qlf.store import write_whole  # noqa: PLC0415

    write_whole(repository.briefs / f"{drafted.name}.md", drafted.content.encode())
    ran = run_steps(repository, (drafted.name,), verbose=verbose)
    return _end(repository, drafted, ran, output, verbose=verbose, as_json=as_json)


def _dry_run(
    repository: Repository, drafted: Drafted, output: Path | None, *, verbose: bool, as_json: bool
) -> int:
    import tempfile  # noqa: PLC0415

    from qlf.cli.drafting import elsewhere  # noqa: PLC0415
    from qlf.engine.run import Ran  # noqa: PLC0415
    from qlf.pipeline import Step, build, passes  # noqa: PLC0415

    progress = Progress(verbose=verbose)

    def watch(step: Step, done: Done | None) -> None:
        if done is None:
            progress.begins(step.name)
        else:
            outcome = done.verdict.outcome.value if done.verdict else "done"
            progress.ends(step.name, "bad input" if done.problems else outcome)

    with tempfile.TemporaryDirectory(prefix="qlf-dry-run-") as folder:
        place = elsewhere(repository, Path(folder), drafted)
        try:
            results = build(place, drafted.name, watch)
        finally:
            progress.close()
        ran = Ran(
            problems=[problem for done in results for problem in done.problems],
            blocked=any(done.verdict and not passes(done.verdict, place) for done in results),
        )
        return _end(place, drafted, ran, output, verbose=verbose, as_json=as_json, dry=True)


def _end(  # noqa: PLR0913
    repository: Repository,
    drafted: Drafted,
    ran: Ran,
    output: Path | None,
    *,
    verbose: bool,
    as_json: bool,
    dry: bool = False,
) -> int:
    """Tell what came of it, and copy the application to where it is wanted."""
    from qlf.cli.build import code_of, tell_problems  # noqa: PLC0415
    from qlf.cli.drafting import copy_tree  # noqa: PLC0415
    from qlf.cli.result import show_summary, show_verdicts, summary, verdicts  # noqa: PLC0415

    made = drafted.merged(summary(repository, drafted.name))
    if output and made.get("files"):
        copy_tree(repository, drafted.name, output)
        made["folder"] = output.as_posix()
    made["brief"] = f"{repository.settings.folders.briefs}/{drafted.name}.md"
    if as_json:
        dump(
            {
                **made,
                "dry_run": dry,
                "code": code_of(ran),
                "problems": _told(ran.problems),
                "crashes": ran.crashes,
            }
        )
        return code_of(ran)
    tell_problems(ran)
    show_summary(
        {**made, "folder": "a temporary folder" if dry and not output else made.get("folder")},
        verbose=verbose,
        files=dry,
    )
    show_verdicts(repository, drafted.name, verdicts(repository, drafted.name), gone=dry)
    if dry:
        say("Nothing was written: this was a dry run.")
    elif code_of(ran) == 0:
        say(f"Next:  qlf run {drafted.name}")
    return code_of(ran)


def _told(problems: list[Problem]) -> list[dict[str, Any]]:
    from qlf.cli.result import problems_json  # noqa: PLC0415

    return problems_json(problems)
