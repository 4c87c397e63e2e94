"""`qlf`: finds the command, runs it, and ends with its code."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING

import click

from qlf import __version__
from qlf.cli.output import DEFECT, EXIT_DEFECT
from qlf.errors import EXIT_BAD_INPUT, EXIT_INTERRUPTED, EXIT_OK, ending

if TYPE_CHECKING:
    from collections.abc import Sequence

# What the list of commands says of each. A command's module is imported when it is run, or asked for help.
COMMANDS = {
    "generate": "Write a brief from a text, and build it.",
    "build": "Build briefs, all or those named.",
    "plan": "Say what a build would change.",
    "diff": "Say what applications gain and lose between revisions of git.",
    "migrate": "Write the next migration of a brief's database.",
    "status": "Say what is stale and why, and what the gates said.",
    "edit": "Make a copy of an application to change by hand.",
    "patch": "Keep what was changed by hand, and resolve conflicts.",
    "run": "Start an application on a free port.",
    "package": "Build an application and pack it into a signed capsule.",
    "capsule": "Verify, look into, unpack, compare and rebuild capsules.",
    "key": "Make and show the key that signs capsules.",
    "why": "Lead from a line to what caused it, and from a control to its lines.",
    "validate": "Compile briefs and write nothing.",
    "fmt": "Lay out briefs and overlays alike.",
    "brief": "Work on a brief's file.",
    "prompt": "Print the prompt by which a model plays an agent.",
    "overlays": "Show overlays, and which ones a text speaks for.",
    "controls": "Show catalogues of controls, and what carries and proves each.",
    "init": "Make a new brief repository.",
    "config": "Show and change settings.",
    "schema": "Print the JSON Schema of a kind of file.",
    "doctor": "Say which tools are there, and what is missing.",
    "completion": "Print the completion script of a shell.",
}


class Commands(click.Group):
    """A group whose commands are loaded one by one."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the names in the order of a day's work."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import a command."""
        if cmd_name not in COMMANDS:
            return None
        found: click.Command = import_module(f"qlf.cli.{cmd_name}").command
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the list of commands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.command(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80},
    epilog='Example:  qlf generate "A shop with products and orders"',
)
@click.version_option(__version__, "-V", "--version", prog_name="qlf", message="%(prog)s %(version)s")
def cli() -> None:
    """Briefs in, running and verified applications out."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and end: 0 is well, 1 a red gate, 2 bad input, 130 an interruption, 70 a defect."""
    sys.exit(code_of(arguments))


def code_of(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    try:
        code = cli.main(args=arguments, prog_name="qlf", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return EXIT_BAD_INPUT
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        return EXIT_INTERRUPTED
    except SystemExit as ended:
        # click ends with 1 when nobody reads on, as in `qlf status | head`: that is no red gate.
        return EXIT_OK if ended.code == 1 or not isinstance(ended.code, int) else ended.code
    except Exception as error:  # noqa: BLE001 - whatever it is, it must not end with the code of a red gate
        if ending(error):
            click.echo("interrupted", err=True)
            return EXIT_INTERRUPTED
        import traceback  # noqa: PLC0415

        click.echo(f"{DEFECT}\n{traceback.format_exc()}", err=True)
        return EXIT_DEFECT
    return code if isinstance(code, int) else EXIT_OK
