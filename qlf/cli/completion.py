"""`qlf completion`."""

from __future__ import annotations

import click


@click.command(epilog='Example:  eval "$(qlf completion bash)"')
@click.argument("shell", type=click.Choice(("bash", "zsh", "fish")))
def command(shell: str) -> int:
    """Print the script that makes a shell complete commands, options and names of briefs."""
    from click.shell_completion import get_completion_class  # noqa: PLC0415

    from qlf.cli.main import cli  # noqa: PLC0415

    found = get_completion_class(shell)
    if found is None:
        raise click.UsageError(f"click knows no {shell}")  # noqa: EM102, TRY003
    script = found(cli, {}, "qlf", "_QLF_COMPLETE")
    click.echo(script.source_template % script.source_vars())
    return 0
