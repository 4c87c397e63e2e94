"""`qlf key`."""

from __future__ import annotations

import os
from pathlib import Path

import click

from qlf.cli.output import dump, say, tell
from qlf.cli.place import enter, only_json
from qlf.errors import Problem


@click.group(epilog="Example:  qlf key new")
def command() -> None:
    """Make and show the key that signs capsules."""


@command.command("new", epilog="Example:  qlf key new")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--passphrase", is_flag=True, help="Ask for a passphrase; else $QLF_KEY_PASSPHRASE is it.")
@only_json
def new(file: Path | None, passphrase: bool, as_json: bool) -> int:
    """Make a key, ECDSA on P-256: FILE for you alone, and FILE.pub to give away.

    Without FILE it is put where `qlf package` looks for one.
    """
    from qlf.capsule.keys import PUBLIC, new_key  # noqa: PLC0415
    from qlf.packaging import PASSPHRASE  # noqa: PLC0415

    place = file.absolute() if file else _default()
    if isinstance(place, list):
        return tell(place)
    secret = os.environ.get(PASSPHRASE, "")
    if passphrase:
        secret = click.prompt("Passphrase", hide_input=True, confirmation_prompt=True)
    if problems := new_key(place, secret):
        return tell(problems)
    if as_json:
        dump({"private": str(place), "public": f"{place}{PUBLIC}"})
    else:
        say(f"{place}: the private key; keep it, and keep it secret")
        say(f"{place}{PUBLIC}: the public key; give it to those who verify your capsules")
    return 0


@command.command("show", epilog="Example:  qlf key show")
@only_json
def show(as_json: bool) -> int:
    """Show the public keys that are trusted here."""
    from qlf.capsule.keys import read_public_key  # noqa: PLC0415

    repository = enter()
    if isinstance(repository, list):
        return tell(repository)
    files = repository.trusted_keys()
    keys = [read_public_key(file) for file in files]
    if problems := [key for key in keys if isinstance(key, Problem)]:
        return tell(problems)
    found = {
        str(file): key.keyid for file, key in zip(files, keys, strict=True) if not isinstance(key, Problem)
    }
    if as_json:
        dump(found)
    for file, name in ({} if as_json else found).items():
        say(f"{name}  {file}")
    return 0


def _default() -> Path | list[Problem]:
    repository = enter()
    return repository if isinstance(repository, list) else Path(repository.signing_key()).expanduser()
