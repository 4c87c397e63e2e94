"""`qlf build`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from qlf.cli.output import DEFECT, EXIT_DEFECT, Progress, dump, note, say, tell
from qlf.cli.place import complete_briefs, enter, only_json, unknown
from qlf.memory.fresh import fresh
from qlf.memory.place import find_root

if TYPE_CHECKING:
    from qlf.engine.run import Ran
    from qlf.errors import Problem
    from qlf.repository import Repository


@click.command(epilog="Example:  qlf build ecommerce-mvp")
@click.argument("names", nargs=-1, metavar="[NAME]...", shell_complete=complete_briefs)
@click.option("-j", "--jobs", type=click.IntRange(1, 256), help="Steps at a time.")
@click.option("-v", "--verbose", is_flag=True, help="Name each step that is done.")
@click.option(
    "--plan",
    "planned",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Build what `qlf plan --out FILE` said, and nothing if something has moved since.",
)
@click.option("--check", is_flag=True, help="Build nothing; end with 1 if committed applications are others.")
@only_json
def command(  # noqa: PLR0913 - one for each option
    names: tuple[str, ...],
    *,
    jobs: int | None,
    verbose: bool,
    planned: Path | None,
    check: bool,
    as_json: bool,
) -> int:
    """Bring the applications of briefs up to date, all if none is named.

    Only what reads what changed is made again. Ends with 1 if a gate blocks,
    with 2 if a brief has problems.
    """
    plan = planned.absolute() if planned else None
    if not names and not as_json and not plan and not check and nothing_to_do():
        say("Everything is up to date.")
        return 0
    repository = enter()
    if isinstance(repository, list):
        return tell(repository)
    if check:
        return _check(repository, as_json=as_json)
    if plan:
        chosen = _as_planned(repository, plan, str(planned), names)
        if isinstance(chosen, list):
            return tell(chosen)
        names = chosen
        if not names:
            say("The plan changes nothing.")
            return 0
    if problems := unknown(names, repository):
        return tell(problems)
    if jobs:
        settings = repository.settings.model_copy(update={"jobs": jobs})
        repository = type(repository)(repository.root, settings)
    if not repository.sources():
        say(f'There is no brief in {repository.briefs}/. Write one, or: qlf generate "TEXT"')
        return 0
    ran = run_steps(repository, names, verbose=verbose)
    if as_json:
        dump(as_told(repository, names or tuple(repository.sources()), ran))
    else:
        show(repository, names or tuple(ran.briefs), ran, verbose=verbose)
        others = len(repository.sources()) - len(ran.briefs)
        if not names and others:
            say(f"{others} {'more ' if ran.briefs else ''}up to date")
    return code_of(ran)


def _check(repository: Repository, *, as_json: bool) -> int:
    """Compare the applications that git has with what the sources give."""
    from qlf.errors import Problem  # noqa: PLC0415
    from qlf.reviewing import not_committed  # noqa: PLC0415

    if not repository.settings.commit.applications:
        what, advice = "applications are not committed here", "qlf config set commit.applications true"
        return tell([Problem("factory.toml", 0, 0, what, advice)])
    found = not_committed(repository, lambda _, __: None)
    problems = [each for each in found if isinstance(each, Problem)]
    if problems:
        return tell(problems)
    if as_json:
        dump({"unlike": found})
        return 1 if found else 0
    for line in found:
        say(str(line))
    if found:
        say("To commit what the sources give:  qlf build && git add " + repository.settings.folders.build)
        return 1
    say("What is committed is what the sources give.")
    return 0


def _as_planned(
    repository: Repository, file: Path, called: str, names: tuple[str, ...]
) -> tuple[str, ...] | list[Problem]:
    """Return the briefs of a plan, or why it cannot be followed: something has moved since."""
    from qlf.errors import Problem  # noqa: PLC0415
    from qlf.model.review import Review  # noqa: PLC0415
    from qlf.reviewing import plan  # noqa: PLC0415

    if names:
        return [Problem("--plan", 0, 0, "a plan says itself what is built", "leave the names out")]
    try:
        said = Review.model_validate_json(file.read_bytes())
    except OSError as error:
        return [Problem(called, 0, 0, f"the plan cannot be read: {error.strerror}", "qlf plan --out FILE")]
    except ValueError:
        return [Problem(called, 0, 0, "this is no plan", "make one: qlf plan --out FILE")]
    if gone := unknown(tuple(each.brief for each in said.briefs if each.digest), repository):
        return gone
    now = plan(repository, tuple(each.brief for each in said.briefs), lambda _, __: None)
    if isinstance(now, list):
        return now
    news = {each.brief: each for each in now.review.briefs}
    moved = [each.brief for each in said.briefs if news.get(each.brief) != each]
    if moved:
        what = f"{', '.join(moved)}: sources, rules, the factory or products have moved since the plan"
        return [Problem(called, 0, 0, what, f"look again: qlf plan --out {called}")]
    return tuple(each.brief for each in said.changed)


def nothing_to_do() -> bool:
    """Say whether the repository around the current folder is as its last build left it."""
    os.chdir(find_root(Path.cwd()))
    return fresh(os.environ)


def run_steps(repository: Repository, names: tuple[str, ...], *, verbose: bool) -> Ran:
    """Run the steps of briefs and show which are under way."""
    from qlf.engine.run import run  # noqa: PLC0415

    progress = Progress(verbose=verbose)
    try:
        return run(
            repository,
            names,
            progress.step,
            waiting,
        )
    finally:
        progress.close()


def waiting(process: str) -> None:
    """Say for whom a build waits."""
    note(f"waiting for another build of this repository (process {process})")


def as_told(repository: Repository, names: tuple[str, ...], ran: Ran) -> dict[str, object]:
    """Return the result as JSON has it."""
    from qlf.cli.result import problems_json, verdicts  # noqa: PLC0415

    return {
        "code": code_of(ran),
        "made": ran.made,
        "problems": problems_json(ran.problems),
        "crashes": ran.crashes,
        "briefs": {
            name: {each.gate: each.outcome.value for each in verdicts(repository, name)} for name in names
        },
    }


def show(repository: Repository, names: tuple[str, ...], ran: Ran, *, verbose: bool) -> None:
    """Print the result: problems first, then a line for each application and what blocks it."""
    from qlf.cli.result import show_verdicts, verdicts  # noqa: PLC0415
    from qlf.pipeline import passes  # noqa: PLC0415

    tell_problems(ran)
    bad = {problem.file for problem in ran.problems}
    for name in names:
        judged = verdicts(repository, name)
        told = _told(name, ran)
        source = repository.source(name).as_posix()
        if source in bad:
            say(f"{name}: not built, the brief has problems")
        elif judged and all(passes(verdict, repository) for verdict in judged):
            say(f"{name}: {told}, all gates pass")
        else:
            say(f"{name}: {told}")
            show_verdicts(repository, name, judged, most=20 if verbose else 5)


def _told(name: str, ran: Ran) -> str:
    """Return what was done for a brief."""
    made = sum(step.split(":")[1] == name for step in ran.made)
    restored = sum(step.split(":")[1] == name for step in ran.restored)
    told = [f"{made} steps done"] * bool(made) + [f"{restored} steps from the cache"] * bool(restored)
    return ", ".join(told) or ("not built" if name in ran.failed else "up to date")


def code_of(ran: Ran) -> int:
    """Return the exit code of a run."""
    return EXIT_DEFECT if ran.crashes else ran.code


def tell_problems(ran: Ran) -> None:
    """Print what went wrong on standard error."""
    tell(ran.problems)
    for crash in ran.crashes:
        click.echo(f"{DEFECT}\n{crash}", err=True)
