"""`qlf doctor`."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import click

from qlf.cli.output import dump, say, tell
from qlf.cli.place import enter, only_json
from qlf.errors import EXIT_OK, EXIT_RED

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from qlf.errors import Problem
    from qlf.repository import Repository

OLDEST_PYTHON = (3, 11)


@dataclass(frozen=True, slots=True)
class Tool:
    """One thing that the factory works with. `needed`: without it something here cannot be done."""

    name: str
    version: str
    here: bool
    needed: bool
    used_for: str
    advice: str = ""


@click.command(epilog="Example:  qlf doctor")
@only_json
def command(as_json: bool) -> int:
    """Say which tools are there, which gates cannot run without what, and what to do.

    Ends with 1 if something is missing that is needed.
    """
    repository = enter()
    if isinstance(repository, list):
        return tell(repository)
    found = [*_basics(), *_settings(repository)]
    for gate in _gates():
        tools = _tools_of(gate, repository)
        if isinstance(tools, list):
            return tell(tools)
        found += tools.values()
    missing = [tool for tool in found if tool.needed and not tool.here]
    if as_json:
        dump({"well": not missing, "tools": [asdict(tool) for tool in found]})
    else:
        for tool in found:
            _show(tool)
        say(
            "All that is needed is there."
            if not missing
            else f"{len(missing)} of these are needed and missing."
        )
    return EXIT_RED if missing else EXIT_OK


def _show(tool: Tool) -> None:
    state = "ok" if tool.here else "MISSING" if tool.needed else "not here"
    say(f"{state:<8} {tool.name:<24} {tool.version:<12} {tool.used_for}")
    if tool.advice and not tool.here:
        say(f"{'':<8} {tool.advice}")


def _gates() -> tuple[str, ...]:
    from qlf.pipeline import GATES  # noqa: PLC0415

    return GATES


def _basics() -> Iterator[Tool]:
    from importlib.metadata import version  # noqa: PLC0415

    yield Tool(
        "python",
        platform.python_version(),
        sys.version_info[:2] >= OLDEST_PYTHON,
        needed=True,
        used_for="the factory and its applications",
        advice="install Python 3.11 or newer",
    )
    for package, used_for in (
        ("doit", "the build"),
        ("uv", "environments of gates and applications"),
        ("ruff", "writing Python"),
    ):
        yield Tool(package, version(package), here=True, needed=True, used_for=used_for)
    for program, used_for in (
        ("make", "the Makefiles of applications"),
        ("git", "the history of your briefs"),
    ):
        yield Tool(
            program,
            "",
            shutil.which(program) is not None,
            needed=False,
            used_for=used_for,
            advice=f"install {program}",
        )


def _settings(repository: Repository) -> Iterator[Tool]:
    cache = repository.cache()
    parent = next(folder for folder in (cache, *cache.absolute().parents) if folder.exists())
    yield Tool(
        "cache folder",
        "",
        os.access(parent, os.W_OK),
        needed=True,
        used_for=str(cache),
        advice="name one that can be written: qlf config set cache.folder FOLDER",
    )
    yield Tool(
        "PostgreSQL server",
        "",
        bool(repository.settings.gates.postgres_url),
        needed=False,
        used_for="gate unit, on PostgreSQL besides SQLite",
        advice="set QLF_POSTGRES_URL to a server on which databases may be made and dropped",
    )


def _tools_of(gate: str, repository: Repository) -> dict[str, Tool] | list[Problem]:
    """Return the tools that a gate's rules name, but for those that come with an application's own lock."""
    from qlf.environment import key_of, locked  # noqa: PLC0415
    from qlf.gates.rules import GateRule, find, read_rule  # noqa: PLC0415

    file = find(gate, repository.rules())
    if file is None:
        missing = f"rules/gates/{gate}.yaml"
        return {gate: Tool(missing, "", here=False, needed=True, used_for=f"gate {gate}", advice="write it")}
    rule = read_rule(file)
    if not isinstance(rule, GateRule):
        return rule
    found: dict[str, Tool] = {}
    for stack in rule.stacks.values():
        for tool in stack.tools:
            source = stack.environments[tool.environment]
            if source.rules is None:
                continue
            lock = (
                (file.parent / source.rules).read_bytes() if (file.parent / source.rules).is_file() else b""
            )
            versions = locked(lock)
            found[tool.name] = Tool(
                tool.name,
                versions.get(tool.package, "") if isinstance(versions, dict) else "",
                here=_made(repository.cache(), key_of(lock)),
                needed=isinstance(versions, str),
                used_for=f"gate {gate}",
                advice=versions if isinstance(versions, str) else "it is installed when the gate first runs",
            )
    return found


def _made(cache: Path, key: str) -> bool:
    return (cache / "environments" / key).is_dir()
