"""`qlf controls`: the catalogues that there are, and what they ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from qlf.cli.output import dump, say, tell
from qlf.cli.place import enter, only_json

if TYPE_CHECKING:
    from qlf.controls.read import Library
    from qlf.errors import Problem
    from qlf.model.control import Catalogue, Control


@click.group(epilog="Example:  qlf controls show pci-dss-4.0.1")
def command() -> None:
    """Show catalogues of controls, and what carries and proves each."""


@command.command("list", epilog="Example:  qlf controls list")
@only_json
def list_(as_json: bool) -> int:
    """List all catalogues: those shipped, and one's own."""
    library = _library()
    if isinstance(library, list):
        return tell(library)
    lines = [_line(catalogue) for catalogue in library.catalogues]
    if as_json:
        dump(lines)
        return 0
    for line in lines:
        say(f"{line['name']:<16} {line['controls']:>3} controls  {line['title']} {line['version']}")
    return 0


@command.command("show", epilog="Example:  qlf controls show gdpr")
@click.argument("name")
@only_json
def show(name: str, as_json: bool) -> int:
    """Show one catalogue: each control with what carries it and what proves it."""
    library = _library()
    if isinstance(library, list):
        return tell(library)
    found = next((each for each in library.catalogues if each.name == name), None)
    if found is None:
        return tell([_unknown(name, library)])
    if as_json:
        dump({**_line(found), "controls": [_control(control) for control in found.controls]})
        return 0
    say(f"{found.name}: {found.title} {found.version}, {found.publisher}")
    say(f"  {found.source}")
    for control in found.controls:
        say(f"  {control.id:<22} {control.title}")
        say(f"  {'':<22}   {_how(control)}")
    return 0


def _how(control: Control) -> str:
    if control.organisational:
        return f"up to the organisation: {control.organisational}"
    if control.not_assessed:
        return f"not assessed: {control.not_assessed}"
    return f"carried by {', '.join(control.implemented_by)}; proven by {', '.join(control.proven_by)}"


def _library() -> Library | list[Problem]:
    """Return the catalogues of the repository around the current folder."""
    from qlf.stages import controls  # noqa: PLC0415

    repository = enter()
    return repository if isinstance(repository, list) else controls(repository)


def _unknown(name: str, library: Library) -> Problem:
    from qlf.errors import Problem  # noqa: PLC0415
    from qlf.structure import did_you_mean  # noqa: PLC0415

    known = [one.name for one in library.catalogues]
    return Problem(name, 0, 0, "there is no such catalogue", did_you_mean(name, known))


def _line(catalogue: Catalogue) -> dict[str, Any]:
    return {
        "name": catalogue.name,
        "title": catalogue.title,
        "version": catalogue.version,
        "publisher": catalogue.publisher,
        "source": catalogue.source,
        "file": catalogue.file,
        "digest": catalogue.digest,
        "controls": len(catalogue.controls),
    }


def _control(control: Control) -> dict[str, Any]:
    return control.model_dump(mode="json", exclude={"origin"})
