"""What an overlay does, said in full: for `qlf overlays explain`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from qlf.brief.render import entity_form, field_form
from qlf.cli.output import say
from qlf.cli.result import place
from qlf.compile.inference.overlays import ASKED, TAKEN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qlf.model.addition import Addition
    from qlf.model.overlay import CatalogueEntity, Overlay, OverlayName

_MEMBERS = {
    "unique": "unique together",
    "index": "indexed together",
    "check": "check",
    "states": "states",
    "derived": "derived",
    "actions": "action",
    "access": "access",
}


def explained(overlay: Overlay) -> dict[str, Any]:
    """Return what an overlay brings in and by which words, each part with its place."""
    return {
        "name": overlay.name,
        "title": overlay.title,
        "version": overlay.version,
        "kind": overlay.kind,
        "whose": "shipped" if overlay.shipped else "own",
        "description": overlay.description,
        "file": overlay.origin.file,
        "taken_from": TAKEN[overlay.kind],
        "asked_from": ASKED if overlay.kind == "compliance" else None,
        "words": {each.phrase: each.weight for each in overlay.words},
        "requires": [_named(each) for each in overlay.requires],
        "conflicts": [_named(each) for each in overlay.conflicts],
        "priority": overlay.priority,
        "roles": [role.name for role in overlay.roles],
        "entities": [_entity(each) for each in overlay.entities],
        "additions": [line for each in overlay.additions for line in _additions(each)],
        "controls": [_named(each) for each in overlay.controls],
        "policies": [_named(each) for each in overlay.policies],
    }


def _named(each: OverlayName) -> dict[str, str]:
    return {"name": each.name, "at": place(each.origin)}


def _additions(each: Addition) -> Iterator[dict[str, Any]]:
    """Yield what is said of which nodes, one value at a time."""
    to = {"to": each.selector.target, "where": each.selector.where, "unless": each.selector.unless}
    if each.forbid:
        yield {**to, "mode": "forbid", "path": "", "value": each.forbid, "at": place(each.origin)}
    for one in each.settings:
        yield {**to, "mode": one.mode, "path": one.path, "value": one.value, "at": place(one.origin)}


def _entity(each: CatalogueEntity) -> dict[str, Any]:
    entity = each.entity
    form = entity_form(entity)
    fields = [
        {"name": field.name, "is": _plain(field_form(field)), "at": place(field.origin)}
        for field in entity.fields
    ]
    return {
        "name": entity.name,
        "at": place(entity.origin),
        "words": list(each.words),
        "description": entity.description,
        "fields": fields,
        **{key: form[key] for key in _MEMBERS if key in form},
    }


def _plain(form: object) -> str:
    return form if isinstance(form, str) else json.dumps(form, ensure_ascii=False)


def show_explained(told: dict[str, Any]) -> None:
    """Print what `explained` returned."""
    say(f"{told['name']} {told['version']}: {told['title']} ({told['kind']}, {told['whose']})")
    say(f"  {told['description']}")
    say(f"  {told['file']}")
    say("When it takes part")
    for line in _when(told):
        say(f"  {line}")
    for phrase, weight in told["words"].items():
        say(f"    {weight:>3}  {phrase}")
    _show_additions(told)
    if not told["entities"]:
        say("It has no entities.")
        return
    say("What it brings: entities where the brief says one of their words, or `from: " + told["name"] + "`")
    if told["roles"]:
        say(f"  roles that clauses name where the application has them: {', '.join(told['roles'])}")
    for entity in told["entities"]:
        _show_entity(entity)


def _show_additions(told: dict[str, Any]) -> None:
    if told["additions"]:
        say("What it adds to every application in which it takes part")
    for each in told["additions"]:
        value = ", ".join(each["value"]) if isinstance(each["value"], tuple) else _plain(each["value"])
        said = f"{each['mode']} {each['path']} {value}".replace("  ", " ")
        say(f"  {_selected(each)}: {said} ({each['at']})")
    for each in told["controls"]:
        say(f"It brings in the controls of {each['name']} ({each['at']})")
    for each in told["policies"]:
        say(f"It asks for the policy {each['name']} ({each['at']})")


def _selected(each: dict[str, Any]) -> str:
    conditions = [f"{name} {' or '.join(words)}" for name, words in each["where"].items()]
    conditions += [f"not {name} {' or '.join(words)}" for name, words in each["unless"].items()]
    return f"{each['to']} with {', '.join(conditions)}" if conditions else str(each["to"])


def _when(told: dict[str, Any]) -> Iterator[str]:
    yield f"named under overlays: in a brief, or with --overlay {told['name']}"
    if told["asked_from"]:
        yield f"or by a word that weighs {told['taken_from']} in a brief that names no overlay"
        yield f"words that weigh {told['asked_from']} together make it a question"
    else:
        yield f"or by words that weigh {told['taken_from']} together in a brief that names no overlay"
    for each in told["requires"]:
        yield f"requires {each['name']} ({each['at']})"
    for each in told["conflicts"]:
        yield f"conflicts with {each['name']} ({each['at']})"
    if told["priority"]:
        yield f"priority {told['priority']}"


def _show_entity(entity: dict[str, Any]) -> None:
    described = f": {entity['description']}" if entity["description"] else ""
    say(f"  {entity['name']}{described}")
    say(f"    {entity['at']}; called {', '.join(entity['words'])}")
    width = max(len(field["name"]) for field in entity["fields"])
    for field in entity["fields"]:
        line = field["at"].split(":")[-2]
        say(f"    {line:>4}  {field['name']:<{width}}  {field['is']}")
    for key, called in _MEMBERS.items():
        for line in _lines(entity.get(key, {})):
            say(f"    {called}  {line}")


def _lines(clause: list[list[str]] | dict[str, Any]) -> Iterator[str]:
    """Yield one line for each thing that a clause says."""
    if isinstance(clause, list):
        yield from (", ".join(names) for names in clause)
        return
    for name, said in clause.items():
        if isinstance(said, dict) and not {"when", "value", "from", "relation"} & set(said):
            yield from (f"{name}.{move}: {_plain(form)}" for move, form in said.items())
        else:
            yield f"{name}: {_plain(said)}"
