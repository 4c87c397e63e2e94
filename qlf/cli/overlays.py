"""`qlf overlays`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from qlf.cli.output import dump, say, tell
from qlf.cli.place import enter, only_json

if TYPE_CHECKING:
    from qlf.compile.inference.overlays import Suggestion
    from qlf.errors import Problem
    from qlf.model.overlay import Overlay


@click.group(epilog='Example:  qlf overlays suggest "A clinic with patients"')
def command() -> None:
    """Show overlays, and which ones a text speaks for."""


@command.command("list", epilog="Example:  qlf overlays list")
@only_json
def list_(as_json: bool) -> int:
    """List all overlays: those shipped, and one's own."""
    library = _library()
    if isinstance(library, list):
        return tell(library)
    if as_json:
        dump([_line(each) for each in library])
        return 0
    for each in library:
        whose = "shipped" if each.shipped else "own"
        say(f"{each.name:<16} {each.kind:<10} {each.version:<8} {whose:<8} {each.description}")
    return 0


@command.command("show", epilog="Example:  qlf overlays show hipaa")
@click.argument("name")
@only_json
def show(name: str, as_json: bool) -> int:
    """Show one overlay: its file, what it requires, its words with their weights, its entities."""
    found = _one(name)
    if isinstance(found, list):
        return tell(found)
    made = {
        **_line(found),
        "title": found.title,
        "file": found.origin.file,
        "digest": found.digest,
        "priority": found.priority,
        "requires": [each.name for each in found.requires],
        "conflicts": [each.name for each in found.conflicts],
        "words": {each.phrase: each.weight for each in found.words},
        "roles": [each.name for each in found.roles],
        "entities": {each.entity.name: [one.name for one in each.entity.fields] for each in found.entities},
    }
    if as_json:
        dump(made)
        return 0
    say(f"{found.name} {found.version}: {found.title}")
    say(f"  {found.description}")
    for key in ("kind", "file", "whose", "digest", "priority"):
        say(f"  {key:<10} {made[key]}")
    for key in ("requires", "conflicts"):
        say(f"  {key:<10} {', '.join(made[key]) or 'nothing'}")
    say("  words")
    for each in found.words:
        say(f"    {each.weight:>3}  {each.phrase}")
    say(f"  entities   {len(found.entities) or 'none'}")
    for entity, names in made["entities"].items():
        say(f"    {entity}: {', '.join(names)}")
    return 0


@command.command("explain", epilog="Example:  qlf overlays explain healthcare")
@click.argument("name")
@only_json
def explain(name: str, as_json: bool) -> int:
    """Say what one overlay does: when it takes part, what it adds, its entities.

    An entity is shown with its place in the overlay's file, the words by which
    prose calls it, its fields in their short form, checks and states.
    """
    found = _one(name)
    if isinstance(found, list):
        return tell(found)
    from qlf.cli.explaining import explained, show_explained  # noqa: PLC0415

    told = explained(found)
    if as_json:
        dump(told)
    else:
        show_explained(told)
    return 0


@command.command("suggest", epilog='Example:  qlf overlays suggest "A clinic with patients"')
@click.argument("text")
@only_json
def suggest(text: str, as_json: bool) -> int:
    """Say which overlays TEXT speaks for, by which words, and how clearly."""
    library = _library()
    if isinstance(library, list):
        return tell(library)
    from qlf.compile.inference import suggestions  # noqa: PLC0415
    from qlf.model.brief import Brief  # noqa: PLC0415

    found = suggestions(Brief(name="text", file="", title="", prose=text), library)
    if as_json:
        dump([_suggestion(each) for each in found])
        return 0
    if not found:
        say("No overlay's words are in this text.")
    for each in found:
        quoted = ", ".join(f'"{word.quote}" {word.weight}' for word in each.words)
        say(f"{each.overlay.name:<16} {each.score:>3}  {each.outcome:<8}  {quoted}")
    return 0


def _library() -> tuple[Overlay, ...] | list[Problem]:
    """Return the overlays of the repository around the current folder."""
    from qlf.stages import overlays  # noqa: PLC0415

    repository = enter()
    return repository if isinstance(repository, list) else overlays(repository)


def _one(name: str) -> Overlay | list[Problem]:
    library = _library()
    if isinstance(library, list):
        return library
    found = next((each for each in library if each.name == name), None)
    return found or [_unknown(name, library)]


def _unknown(name: str, library: tuple[Overlay, ...]) -> Problem:
    from qlf.errors import Problem  # noqa: PLC0415
    from qlf.structure import did_you_mean  # noqa: PLC0415

    return Problem(name, 0, 0, "there is no such overlay", did_you_mean(name, [one.name for one in library]))


def _line(overlay: Overlay) -> dict[str, Any]:
    return {
        "name": overlay.name,
        "kind": overlay.kind,
        "version": overlay.version,
        "whose": "shipped" if overlay.shipped else "own",
        "description": overlay.description,
    }


def _suggestion(each: Suggestion) -> dict[str, Any]:
    return {
        "name": each.overlay.name,
        "kind": each.overlay.kind,
        "score": each.score,
        "outcome": each.outcome,
        "words": [{"quote": word.quote, "weight": word.weight} for word in each.words],
    }
