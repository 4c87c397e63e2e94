"""`qlf config`."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from qlf.cli.output import dump, say, tell
from qlf.cli.place import enter, only_json

if TYPE_CHECKING:
    from qlf.config import Config
    from qlf.errors import Problem


@click.group(epilog="Example:  qlf config set jobs 4")
def command() -> None:
    """Show and change settings: factory.toml, with QLF_... variables above it."""


@command.command("list", epilog="Example:  qlf config list --json")
@only_json
def list_(as_json: bool) -> int:
    """Print every setting, its value and where the value comes from."""
    config = _load()
    if isinstance(config, list):
        return tell(config)
    told = {key: {"value": _shown(key, config), "from": config.sources[key]} for key in config.sources}
    if as_json:
        dump(told)
        return 0
    for key, each in told.items():
        say(f"{key:<22} {json.dumps(each['value'], ensure_ascii=False):<28} {each['from']}")
    return 0


@command.command("get", epilog="Example:  qlf config get cache.folder")
@click.argument("key")
def get(key: str) -> int:
    """Print the value of one setting."""
    config = _load()
    if isinstance(config, list):
        return tell(config)
    if key not in config.sources:
        return tell([_no_key(key)])
    value = config.value(key)
    click.echo(json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value))
    return 0


@command.command("set", epilog='Example:  qlf config set gates.allow_unproven.unit "no server here"')
@click.argument("key")
@click.argument("value")
def set_(key: str, value: str) -> int:
    """Write one setting into factory.toml; comments are kept.

    An empty VALUE takes an entry of gates.allow_unproven out.
    """
    from pathlib import Path  # noqa: PLC0415

    from qlf.config import ENVIRONMENT, change  # noqa: PLC0415
    from qlf.memory.place import FILE  # noqa: PLC0415
    from qlf.store import write_whole  # noqa: PLC0415

    config = _load()
    if isinstance(config, list):
        return tell(config)
    file = Path(FILE)
    changed = change(file.read_text(encoding="utf-8") if file.exists() else "", key, value)
    if isinstance(changed, list):
        return tell(changed)
    write_whole(file, changed.encode())
    variable = ENVIRONMENT.get(key, "")
    if variable in os.environ:
        click.echo(f"${variable} is set and wins over the file", err=True)
    return 0


def _load() -> Config | list[Problem]:
    from pathlib import Path  # noqa: PLC0415

    from qlf.config import load  # noqa: PLC0415

    entered = enter()
    return entered if isinstance(entered, list) else load(Path(), os.environ)


def _no_key(key: str) -> Problem:
    from qlf.config import near  # noqa: PLC0415
    from qlf.errors import Problem  # noqa: PLC0415

    return Problem("factory.toml", 0, 0, f"there is no key {key!r}", near(key))


def _shown(key: str, config: Config) -> Any:  # noqa: ANN401 - values of several types
    """Return a value without the password in it."""
    value = config.value(key)
    if key == "gates.postgres_url" and (password := urlsplit(value).password):
        return value.replace(f":{password}@", ":***@")
    return value
