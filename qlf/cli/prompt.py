"""`qlf prompt`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

import click

from qlf.cli.output import dump, note, tell
from qlf.cli.place import complete_briefs, enter, only_json, unknown
from qlf.model.prompt import BUDGET, PromptAgent

if TYPE_CHECKING:
    from qlf.prompts.compose import Composed, Part


@click.command(epilog="Example:  qlf prompt healthcare-app security-review --budget 6000")
@click.argument("name", shell_complete=complete_briefs)
@click.argument("agent", type=click.Choice(get_args(PromptAgent)))
@click.option(
    "--budget",
    type=click.IntRange(1, 10_000_000),
    default=BUDGET,
    show_default=True,
    help="The most tokens that it may take.",
)
@only_json
def command(name: str, agent: PromptAgent, budget: int, as_json: bool) -> int:
    """Print the prompt by which a language model plays AGENT for brief NAME.

    It is composed from the texts in prompts/, the brief's spec, what its
    overlays tell the agent, and the policies. No model is asked.
    """
    repository = enter()
    if isinstance(repository, list):
        return tell(repository)
    if problems := unknown((name,), repository):
        return tell(problems)
    from qlf.stages import prompt  # noqa: PLC0415

    made = prompt(repository, name, agent, budget)
    if isinstance(made, list):
        return tell(made)
    if as_json:
        dump({"brief": name, "agent": agent, **_json(made)})
        return 0
    click.echo(made.text, nl=False)
    for part in made.cut:
        note(f"cut for want of room: {part.name} ({part.tokens} tokens)")
    return 0


def _json(made: Composed) -> dict[str, Any]:
    from qlf.model.canonical import digest  # noqa: PLC0415

    return {
        "budget": made.budget,
        "tokens": made.tokens,
        "digest": digest(made.text.encode("utf-8", "surrogatepass")),
        "parts": [_part(part) for part in made.parts],
        "cut": [_part(part) for part in made.cut],
        "replaced": [_part(part) for part in made.replaced],
        "text": made.text,
    }


def _part(part: Part) -> dict[str, Any]:
    return {"name": part.name, "kind": part.kind, "from": part.source, "tokens": part.tokens}
