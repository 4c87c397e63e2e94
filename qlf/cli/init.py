"""`qlf init`."""

from __future__ import annotations

from pathlib import Path

import click

from qlf.cli.output import say, tell

DODO = '''"""What doit loads: the stages over all briefs."""

from qlf.tasks import *
'''
SETTINGS = """# Settings of QuantumLayer Factory: `qlf config list` prints all, with their defaults.

[gates.allow_unproven]
# unit = "why this gate need not be proven here"
"""
IGNORED = """build/
__pycache__/
"""
BRIEF = """---
entities:
  Note:
    owner: author
    fields:
      author: User! inverse=notes
      title: text! max=200
      body: longtext
      pinned: bool! = false
    access:
      user: create, read own, update own, delete own
---
# Notes

Everybody keeps notes of their own, and sees nobody else's.
"""
FILES = {
    "dodo.py": DODO,
    "factory.toml": SETTINGS,
    ".gitignore": IGNORED,
    "briefs/notes.md": BRIEF,
}


# The file in which a forge looks for what it runs.
WORKFLOWS = {"github": ".github/workflows/factory.yml", "gitlab": ".gitlab-ci.yml"}


@click.command(epilog="Example:  qlf init my-briefs && cd my-briefs && doit")
@click.argument("folder", default=".", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--ci", "forge", type=click.Choice(list(WORKFLOWS)), help="Write what this forge runs, and nothing else."
)
def command(folder: Path, forge: str | None) -> int:
    """Make a brief repository in FOLDER (here by default): doit works in it.

    It has settings, a dodo.py and one small brief. Files that are there stay.
    With --ci, only a workflow is written: it builds, comments on pull requests
    what changes in applications, and keeps findings and capsules.
    """
    from qlf.errors import Problem  # noqa: PLC0415

    files = {WORKFLOWS[forge]: _workflow(forge)} if forge else FILES
    taken = [name for name in files if (folder / name).exists() and name != ".gitignore"]
    if taken:
        advice = "choose another folder; nothing was written"
        return tell([Problem(str(folder / name), 0, 0, "this is there already", advice) for name in taken])
    for name, text in files.items():
        file = folder / name
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
            say(f"made {file.as_posix()}")
    where = "" if folder == Path() else f"cd {folder.as_posix()} && "
    say(f"Next:  {where}{f'git add {WORKFLOWS[forge]}' if forge else 'doit'}")
    return 0


def _workflow(forge: str) -> str:
    """Return what a forge runs, with this version of the factory."""
    from qlf import __version__  # noqa: PLC0415

    text = Path(__file__).with_name("workflows").joinpath(f"{forge}.yml").read_text(encoding="utf-8")
    return text.replace("VERSION'", f"{__version__}'")
