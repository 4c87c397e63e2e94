from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import click
import pytest

from qlf import __version__
from qlf.cli.main import COMMANDS, cli, code_of

if TYPE_CHECKING:
    from collections.abc import Iterator

HEAVY = ("pydantic", "doit", "jinja2", "lark", "ruamel", "rich", "jsonschema", "celpy", "inflect", "yaml")


def commands() -> Iterator[tuple[str, click.Command, click.Context]]:
    context = click.Context(cli, info_name="qlf", terminal_width=80, **cli.context_settings)
    yield "qlf", cli, context
    for name in COMMANDS:
        command = cli.get_command(context, name)
        assert command is not None
        below = click.Context(command, info_name=name, parent=context, terminal_width=80)
        yield name, command, below
        if isinstance(command, click.Group):
            for each, inner in command.commands.items():
                yield (
                    f"{name} {each}",
                    inner,
                    click.Context(inner, info_name=each, parent=below, terminal_width=80),
                )


@pytest.mark.parametrize(("name", "command", "context"), list(commands()))
def test_help_fits_a_screen_and_shows_an_example(
    name: str, command: click.Command, context: click.Context
) -> None:
    lines = command.get_help(context).splitlines()
    assert len(lines) <= 24 + (len(COMMANDS) if command is cli else 0), name
    assert max(map(len, lines)) <= 80, name
    assert any(line.strip().startswith("Example:") for line in lines), name


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["generate", "--help"], ["build", "--help"]]
)
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    script = (
        "import sys\n"
        "from qlf.cli.main import code_of\n"
        f"code = code_of({arguments!r})\n"
        f"print(sorted(set({HEAVY!r}) & set(sys.modules)), code, file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stderr == "[] 0\n"


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert code_of(["--version"]) == 0
    assert capsys.readouterr().out == f"qlf {__version__}\n"


def test_a_command_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert code_of(["biuld"]) == 2
    assert "No such command 'biuld'" in capsys.readouterr().err


def test_an_option_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert code_of(["build", "--fast"]) == 2
    assert "No such option '--fast'" in capsys.readouterr().err


def test_no_command_shows_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert code_of([]) == 2
    assert "Commands:" in capsys.readouterr().err


def test_an_interruption_ends_with_130(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "invoke", interrupted)
    assert code_of(["status"]) == 130
    assert capsys.readouterr().err.strip() == "interrupted"
