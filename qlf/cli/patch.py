"""`qlf patch`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from qlf.agents.registry import AGENTS
from qlf.cli.output import dump, note, say, shown, tell
from qlf.cli.place import complete_briefs, enter, only_json, unknown

if TYPE_CHECKING:
    from qlf.errors import Problem
    from qlf.model.edit import Edit
    from qlf.own.patches import HandPatch
    from qlf.own.resolving import Side
    from qlf.repository import Repository


@click.group(epilog="Example:  qlf patch save healthcare-app -m 'rooms have a capacity'")
def command() -> None:
    """Keep what was changed by hand, and resolve conflicts."""


def _enter(name: str) -> Repository | list[Problem]:
    repository = enter()
    if isinstance(repository, list):
        return repository
    return unknown((name,), repository) or repository


@command.command("save", epilog="Example:  qlf patch save healthcare-app -m 'rooms have a capacity'")
@click.argument("name", shell_complete=complete_briefs)
@click.option("-m", "--message", "reason", metavar="WHY", help="Why; on a terminal it is asked for else.")
@click.option("--agent", type=click.Choice(AGENTS), help="Keep changes in the files of this agent alone.")
@only_json
def save(name: str, reason: str | None, agent: str | None, as_json: bool) -> int:
    """Write what was changed in the copy of `qlf edit` as patches.

    There is one for each agent, in briefs/NAME/patches/. Files that no agent
    owns, and those that are no text, go to briefs/NAME/custom/.
    """
    repository = _enter(name)
    if isinstance(repository, list):
        return tell(repository)
    from qlf.errors import Problem  # noqa: PLC0415
    from qlf.own.editing import find_copy  # noqa: PLC0415
    from qlf.own.saving import save as write  # noqa: PLC0415

    copy = find_copy(repository, name)
    if isinstance(copy, list):
        return tell(copy)
    if copy is None:
        folder = str(repository.build(name) / "edit")
        return tell([Problem(folder, 0, 0, "there is no copy to save from", f"run: qlf edit {name}")])
    if not copy.edited:
        say(f"{shown(copy.app)} is as it was copied")
        return 0
    if reason is None and sys.stdin.isatty():
        reason = click.prompt(f"Why are {len(copy.edited)} files of {name} changed by hand")
    if reason is None:
        return tell([Problem("-m", 0, 0, "there is no reason", "say why with -m")])
    saved = write(repository, name, copy, reason, agent or "")
    if isinstance(saved, list):
        return tell(saved)
    files = [file for file in saved.files if file.parent.name != "base" and not file.name.startswith(".")]
    if as_json:
        dump({"files": [shown(file) for file in files], "edits": [_edit_json(one) for one in saved.edits]})
        return 0
    for file in files:
        say(shown(file))
    for edit in saved.edits:
        say(f"  {_told(edit)}")
    note(f"next: qlf build {name}")
    return 0


@command.command("list", epilog="Example:  qlf patch list healthcare-app")
@click.argument("name", shell_complete=complete_briefs)
@only_json
def show_all(name: str, as_json: bool) -> int:
    """List the patches of an application, with their reasons and files."""
    patches = _patches(name)
    if isinstance(patches, list):
        return tell(patches)
    if as_json:
        dump([_patch_json(patch) for patch in patches])
        return 0
    if not patches:
        say(f"{name} has no patches")
    for patch in patches:
        say(f"{patch.name}: {patch.reason}")
        for edit in patch.edits:
            say(f"  {_told(edit)}")
    return 0


@command.command("show", epilog="Example:  qlf patch show healthcare-app 001-backend")
@click.argument("name", shell_complete=complete_briefs)
@click.argument("patch")
@only_json
def show_one(name: str, patch: str, as_json: bool) -> int:
    """Print a patch: by its name, or the start of it."""
    patches = _patches(name)
    if isinstance(patches, list):
        return tell(patches)
    found = [one for one in patches if one.name == patch or one.name.startswith(patch)]
    if len(found) != 1:
        from qlf.errors import Problem  # noqa: PLC0415

        what = "there is no such patch" if not found else "there are several such patches"
        there = ", ".join(one.name for one in found or patches) or "none"
        return tell([Problem(patch, 0, 0, what, f"there are: {there}")])
    if as_json:
        dump(_patch_json(found[0]))
    else:
        click.echo(Path(found[0].file).read_text(encoding="utf-8"), nl=False)
    return 0


@command.command("resolve", epilog="Example:  qlf patch resolve healthcare-app README.md --ours")
@click.argument("name", shell_complete=complete_briefs)
@click.argument("path")
@click.option("--ours", "side", flag_value="ours", help="Take the text of the patch.")
@click.option("--theirs", "side", flag_value="theirs", help="Take what is generated now.")
@click.option(
    "--file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Take the text of a file."
)
def resolve(name: str, path: str, side: Side | None, file: Path | None) -> int:
    """Answer a conflict; the patch is written anew.

    PATH is the file in the application. Without an option, the answer is what
    was made of build/NAME/conflicts/PATH.
    """
    if side and file:
        message = "--ours, --theirs and --file exclude each other."
        raise click.UsageError(message)
    file = file.absolute() if file else None
    repository = _enter(name)
    if isinstance(repository, list):
        return tell(repository)
    from qlf.own.resolving import resolve as take  # noqa: PLC0415

    patch = take(repository, name, path, "file" if file else side or "", file)
    if isinstance(patch, list):
        return tell(patch)
    say(f"{patch.file}: {path} is resolved")
    note(f"next: qlf build {name}")
    return 0


def _patches(name: str) -> tuple[HandPatch, ...] | list[Problem]:
    repository = _enter(name)
    if isinstance(repository, list):
        return repository
    from qlf.own.tree import hand_patches  # noqa: PLC0415

    return hand_patches(repository, name)


def _told(edit: Edit) -> str:
    """Return what was done to a file in a line."""
    moved = f" (was {edit.source})" if edit.moved else ""
    return f"{_kind(edit):<8} {edit.path}{moved}"


def _kind(edit: Edit) -> str:
    if edit.base is None:
        return "new"
    if edit.hand is None:
        return "deleted"
    return "moved" if edit.moved else "changed"


def _edit_json(edit: Edit) -> dict[str, Any]:
    return {"path": edit.path, "was": edit.source, "kind": _kind(edit)}


def _patch_json(patch: HandPatch) -> dict[str, Any]:
    edits = [_edit_json(edit) for edit in patch.edits]
    return {
        "name": patch.name,
        "file": patch.file,
        "agent": patch.agent,
        "reason": patch.reason,
        "files": edits,
    }
