"""`qlf status`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from qlf.cli.output import coloured, dump, say, tell
from qlf.cli.place import complete_briefs, enter, only_json, unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qlf.repository import Repository


@click.command(epilog="Example:  qlf status healthcare-app")
@click.argument("name", required=False, shell_complete=complete_briefs)
@only_json
def command(name: str | None, as_json: bool) -> int:
    """Say for each brief what the gates said, and which steps are stale and why."""
    repository = enter()
    if isinstance(repository, list):
        return tell(repository)
    names = (name,) if name else tuple(repository.sources())
    if problems := unknown(names, repository):
        return tell(problems)
    from qlf.cli.result import verdicts  # noqa: PLC0415
    from qlf.engine.run import stale  # noqa: PLC0415
    from qlf.observe.verdicts import summary  # noqa: PLC0415

    steps = stale(repository)
    old = {each: {step: why for step, why in steps.items() if step.split(":")[1] == each} for each in names}
    allowed = repository.settings.gates.allow_unproven
    said = {each: {one.gate: summary(one, allowed) for one in verdicts(repository, each)} for each in names}
    if as_json:
        dump({each: {"stale": old[each], "verdicts": said[each], **_own(repository, each)} for each in names})
        return 0
    if not names:
        say(f'There is no brief in {repository.briefs}/. Write one, or: qlf generate "TEXT"')
    for each in names:
        say(f"{each}: {f'{len(old[each])} stale' if old[each] else 'up to date'}")
        for step, why in old[each].items():
            say(f"  {step:<34} {'; '.join(why)}")
        for line in _told(_own(repository, each)):
            say(f"  {line}")
        before = " (of the tree before)" if old[each] else ""
        for gate, outcome in said[each].items():
            say(f"  {gate:<10} {coloured(outcome)}{before}")
    return 0


def _own(repository: Repository, brief: str) -> dict[str, Any]:
    """Return what is an author's in an application: patched and replaced files, and edits not saved yet."""
    from qlf.cli.result import by_hand  # noqa: PLC0415
    from qlf.own.editing import find_copy  # noqa: PLC0415
    from qlf.own.tree import hand_patches  # noqa: PLC0415

    files = by_hand(repository, brief)
    copy = find_copy(repository, brief) if (repository.build(brief) / "edit").is_dir() else None
    patches = hand_patches(repository, brief)
    deleted = {
        edit.path: [patch.name]
        for patch in (() if isinstance(patches, list) else patches)
        for edit in patch.edits
        if edit.hand is None
    }
    return {
        "deleted": deleted,
        "patched": {path: each["patches"] for path, each in files.items() if each["patches"]},
        "replaced": {path: each["replaces"] for path, each in files.items() if each["replaces"]},
        "unsaved": list(copy.edited) if copy and not isinstance(copy, list) else [],
    }


def _told(own: dict[str, Any]) -> Iterator[str]:
    for path, patches in own["patched"].items():
        yield f"patched    {path} ({', '.join(patches)})"
    for path, patches in own["deleted"].items():
        yield f"deleted    {path} ({', '.join(patches)})"
    for path, agent in own["replaced"].items():
        yield f"replaced   {path} (of {agent})"
    if own["unsaved"]:
        yield f"not saved  {len(own['unsaved'])} files, see `qlf patch save`"
