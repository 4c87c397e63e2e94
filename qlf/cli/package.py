"""`qlf package`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from qlf.cli.build import code_of, run_steps, show, waiting
from qlf.cli.output import dump, say, shown, tell
from qlf.cli.place import complete_briefs, enter, only_json, unknown

if TYPE_CHECKING:
    from pathlib import Path

    from qlf.errors import Problem
    from qlf.repository import Repository

NO_KEY = "none"


@click.command(epilog="Example:  qlf package fintech-api --version 1.2.0")
@click.argument("name", shell_complete=complete_briefs)
@click.option("--version", default="", help="What to call it; by default what the brief says.")
@click.option(
    "--key", default="", help=f"The private key, a file or a URI; {NO_KEY}: leave it unsigned, for Sigstore."
)
@click.option("--draft", is_flag=True, help="Pack it even if gates are not green, as a draft.")
@only_json
def command(name: str, version: str, key: str, draft: bool, as_json: bool) -> int:
    """Build an application and pack it into a signed capsule.

    Ends with 1 if a gate blocks, and with 2 if it cannot be packed, as without a
    key, or if a gate is not proven that need not be for building.
    """
    key = _place(key)
    repository = enter()
    if isinstance(repository, list):
        return tell(repository)
    if problems := unknown((name,), repository):
        return tell(problems)
    ran = run_steps(repository, (name,), verbose=False)
    code = code_of(ran)
    if code > 1 or (code and not draft):
        if as_json:
            dump({"code": code, "capsule": None})
        else:
            show(repository, (name,), ran, verbose=False)
        return code
    packed = _packed(repository, name, version, key, draft=draft)
    problems = packed if isinstance(packed, list) else []
    code = tell(problems) if problems else 0
    if as_json:
        dump({"code": code, "capsule": None if isinstance(packed, list) else shown(packed)})
    elif not isinstance(packed, list):
        say(shown(packed))
    return code


def _packed(
    repository: Repository, name: str, version: str, key: str, *, draft: bool
) -> Path | list[Problem]:
    """Pack; a draft may be unsigned, where nobody has named a key and there is none."""
    from qlf.capsule.keys import is_there  # noqa: PLC0415
    from qlf.engine.building import Build  # noqa: PLC0415
    from qlf.engine.release import release  # noqa: PLC0415
    from qlf.errors import Problem, unusable  # noqa: PLC0415
    from qlf.packaging import PASSPHRASE, signer_of  # noqa: PLC0415

    missing = draft and not key and not is_there(repository.signing_key())
    signer = None if missing or key == NO_KEY else signer_of(repository, key, os.environ.get(PASSPHRASE, ""))
    if isinstance(signer, Problem):
        return [signer]
    build = Build(repository, os.environ, waiting=waiting)
    try:
        packed = release(build, name, signer, version, draft=draft)
    except OSError as error:
        packed = [unusable(error, repository.build(name))]
    problems = build.close()
    return problems or packed


def _place(key: str) -> str:
    """Return where a key is, whatever folder is the current one later."""
    from pathlib import Path  # noqa: PLC0415 - only its type is used above

    from qlf.capsule.keys import is_remote  # noqa: PLC0415

    named = key and key != NO_KEY and not is_remote(key)
    return str(Path(key).expanduser().absolute()) if named else key
