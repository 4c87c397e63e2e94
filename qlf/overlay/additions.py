"""Read what an overlay adds to specs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qlf.declarations.forms import either, flag, names, record, ref, text
from qlf.declarations.reading import members
from qlf.errors import Problem
from qlf.model.addition import CONDITIONS, PATHS, Addition, Selector, Setting
from qlf.model.types import KINDS
from qlf.model.value import Origin
from qlf.strict_yaml import Mapping, Scalar, Sequence, plain
from qlf.structure import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qlf.model.addition import Form, Mode, Target
    from qlf.strict_yaml import Yaml
    from qlf.structure import Schema

ALL = "all"
MOST_ADDITIONS = 200
_SELECTED = {
    "application": "The application as a whole.",
    "auth": "How people sign in.",
    "entities": "Entities; one that has a stored field of a class fits `class`.",
    "fields": "Stored fields.",
    "routes": "Routes; `reads` and `writes` are classes of what they answer and take.",
}
_MODES: dict[Mode, str] = {
    "set": "What must be so.",
    "default": "What is so unless the brief or another overlay says otherwise.",
    "add": "What there is besides.",
}
_LISTED = frozenset({"entities"})  # what is added, and never set
_WORD = {"kind": "value", "name": "value", "entity": "pascal"}


def additions_schema() -> Schema:
    """Return the JSON Schema of `additions`; which paths fit which kind of node is not in it."""
    everything: dict[str, Form] = {path: form for paths in PATHS.values() for path, form in paths.items()}
    lists: dict[str, Form] = {path: form for path, form in everything.items() if form == "names"}
    single = {path: form for path, form in everything.items() if path not in _LISTED}
    keys: Schema = {target: _selector(target) for target in PATHS}
    for mode, description in _MODES.items():
        keys[mode] = _tree(description, lists if mode == "add" else single)
    keys["forbid"] = text("Why there must be no such node.", longest=300)
    return {
        "type": "array",
        "description": "What the overlay adds to every application in which it takes part.",
        "maxItems": MOST_ADDITIONS,
        "items": record("Which nodes, by one of the kinds, and what is said of them.", keys),
    }


def _selector(target: Target) -> Schema:
    everything = {"enum": [ALL], "description": _SELECTED[target]}
    conditions = {name: _words(target, name) for name in CONDITIONS[target]}
    if not conditions:
        return everything
    everything["type"] = "string"
    unless = record("Those that are left out.", conditions)
    return either(everything, record(_SELECTED[target], {**conditions, "not": unless}))


def _words(target: Target, condition: str) -> Schema:
    description = f"The {condition}, or several."
    if target == "fields" and condition == "kind":
        kind = {"type": "string", "enum": list(KINDS)}
        return either(kind, {"type": "array", "items": kind, "minItems": 1, "description": description})
    one = "data_class" if condition in {"class", "reads", "writes"} else _WORD[condition]
    return either(ref(one), names(description, one, 1))


def _tree(description: str, forms: dict[str, Form]) -> Schema:
    """Return the schema of nested mappings that have these paths."""
    members: Schema = {}
    below: dict[str, dict[str, Form]] = {}
    for path, form in forms.items():
        name, _, rest = path.partition(".")
        if rest:
            below.setdefault(name, {})[rest] = form
        else:
            members[name] = _FORMS[form]
    inner = {name: _tree(f"Of {name}.", paths) for name, paths in below.items()}
    return {**record(description, members | inner), "minProperties": 1}


def _number(least: int) -> Schema:
    return {"type": "integer", "minimum": least, "maximum": 1_000_000_000, "description": "A number."}


_FORMS: dict[Form, Schema] = {
    "flag": flag("Whether it is so."),
    "count": _number(1),
    "size": _number(0),
    "name": {**ref("snake"), "description": "A name."},
    "names": names("Names.", "value", 1),
}


def read_additions(
    tree: Mapping, sound: Mapping, known: tuple[str, ...], file: str
) -> tuple[Addition, ...] | list[Problem]:
    """Read `additions`.

    Args:
        tree: The overlay as it was written.
        sound: The overlay without the clauses that the schema refuses.
        known: The names of its own entities.
        file: What origins and problems call it.

    Returns:
        The additions in their order, or all problems.
    """
    problems = [problem for clause in _clauses(tree) for problem in _incomplete(clause, file)]
    found = []
    for clause in _clauses(sound):
        for target in PATHS:
            if target in clause.entries:
                found.append(_read(clause, target, file))
                problems += _checked(found[-1], known)
    return sorted(problems) or tuple(found)


def _clauses(tree: Mapping) -> list[Mapping]:
    node = tree.entries.get("additions")
    items = node.items if isinstance(node, Sequence) else ()
    return [clause for clause in items if isinstance(clause, Mapping)]


def _incomplete(clause: Mapping, file: str) -> Iterator[Problem]:
    """Yield what a clause lacks, if none of its keys is misspelt."""
    said = set(clause.entries)
    targets = [target for target in PATHS if target in said]
    if said - {*PATHS, *_MODES, "forbid"}:
        return
    if len(targets) != 1:
        what = f"it selects {' and '.join(targets) or 'nothing'}"
        yield Problem(file, *clause.place, what, f"name one of {', '.join(PATHS)}")
    if said <= {*targets}:
        yield Problem(file, *clause.place, "it adds nothing", "say set, default, add or forbid")


def _checked(addition: Addition, known: tuple[str, ...]) -> Iterator[Problem]:
    target = addition.selector.target
    for one in addition.settings:
        place = one.origin
        if one.path not in PATHS[target]:
            what = f"{one.path} cannot be said of {target}"
            yield Problem(place.file, place.line, place.column, what, f"use {', '.join(PATHS[target])}")
        for name in _names(one):
            if name not in known:
                what = f"the overlay has no entity {name}"
                yield Problem(place.file, place.line, place.column, what, did_you_mean(name, known))


def _names(setting: Setting) -> tuple[str, ...]:
    """Return the entities that a setting brings."""
    return setting.value if setting.path == "entities" and isinstance(setting.value, tuple) else ()


def _read(clause: Mapping, target: Target, file: str) -> Addition:
    settings: list[Setting] = []
    for mode in _MODES:
        settings += _settings(clause.entries.get(mode), mode, file, "")
    forbid = clause.entries.get("forbid")
    return Addition(
        selector=_selected(target, clause.entries[target]),
        settings=tuple(settings),
        forbid=forbid.text if isinstance(forbid, Scalar) else "",
        origin=_origin(clause, file),
    )


def _selected(target: Target, node: Yaml) -> Selector:
    said = members(node)
    return Selector(target=target, where=_where(said), unless=_where(members(said.get("not"))))


def _where(said: dict[str, Yaml]) -> dict[str, tuple[str, ...]]:
    found = {}
    for name, node in said.items():
        items = node.items if isinstance(node, Sequence) else (node,)
        if name != "not":
            found[name] = tuple(item.text.removeprefix("@") for item in items if isinstance(item, Scalar))
    return found


def _settings(node: Yaml | None, mode: Mode, file: str, before: str) -> Iterator[Setting]:
    if not isinstance(node, Mapping):
        return
    for name, below in node.entries.items():
        path = f"{before}{name}"
        if isinstance(below, Mapping):
            yield from _settings(below, mode, file, f"{path}.")
        else:
            value: Any = plain(below)
            value = tuple(value) if isinstance(value, list) else value
            yield Setting(path=path, mode=mode, value=value, origin=_origin(node.keys[name], file))


def _origin(node: Yaml, file: str) -> Origin:
    return Origin(kind="overlay", file=file, line=node.place.line, column=node.place.column)
