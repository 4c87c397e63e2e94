"""Read catalogues and features from their files: every clause with its place, every problem in one run."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

import rfc8785

from qlf.controls.files import FEATURES, control_files
from qlf.controls.schema import controls_language, features_language
from qlf.errors import Problem, problems_of
from qlf.model.canonical import digest
from qlf.model.control import Catalogue, Control, Feature, Marker
from qlf.model.value import Origin
from qlf.policies.conditions import check_condition
from qlf.strict_yaml import Limits, Mapping, Scalar, Sequence, decode, plain
from qlf.strict_yaml import read as read_yaml
from qlf.structure import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from collections.abc import Sequence as Row
    from pathlib import Path

    from qlf.policies.files import Rules
    from qlf.strict_yaml import Yaml
    from qlf.structure import Language

LIMITS = Limits(characters=1 << 18, depth=8, nodes=10_000, aliases=0)
_WAYS = ("implemented_by", "organisational", "not_assessed")


@dataclass(frozen=True, slots=True)
class Library:
    """The catalogues that were asked for, and all features, by name."""

    catalogues: tuple[Catalogue, ...]
    features: dict[str, Feature]


def read_controls(folders: Row[Rules], named: Collection[str] | None = None) -> Library | list[Problem]:
    """Read features and catalogues: those that are named, in that order, or all in the order of their names.

    Returns:
        What was read, or all problems of all files, ordered by their places. A name without a file is one.
    """
    files = control_files(folders)
    path, called = files.pop(FEATURES, (None, f"{folders[0].called}/controls/{FEATURES}.yaml"))
    features = read_features(path.read_bytes(), called) if path else _no_features(called)
    known = None if isinstance(features, list) else tuple(features)
    read = {name: _read(*file, name, known) for name, file in files.items()}
    wanted = list(files) if named is None else list(named)
    missing = [
        Problem(
            f"{folders[0].called}/controls/{name}.yaml",
            0,
            0,
            f"there is no catalogue {name}",
            did_you_mean(name, list(files)),
        )
        for name in wanted
        if name not in files
    ]
    if problems := sorted({*problems_of(features, *read.values()), *missing}):
        return problems
    chosen = tuple(catalogue for name in wanted if isinstance(catalogue := read[name], Catalogue))
    return Library(chosen, cast("dict[str, Feature]", features))


def _no_features(called: str) -> list[Problem]:
    return [Problem(called, 0, 0, "nothing says what carries controls", "write it, or use the factory's own")]


def _read(path: Path, called: str, name: str, features: tuple[str, ...] | None) -> Catalogue | list[Problem]:
    return read_catalogue(path.read_bytes(), name, called, features)


@lru_cache(maxsize=64)
def read_features(content: bytes, file: str) -> dict[str, Feature] | list[Problem]:
    """Read what carries controls, by name, from the content of a file `file`."""
    tree = _tree(content, file, features_language())
    if not isinstance(tree, Mapping):
        return tree
    problems: list[Problem] = []
    for entry in tree.entries.values():
        problems += _of_feature(cast("Mapping", entry), file)
    return sorted(problems) or {name: _feature(name, entry) for name, entry in tree.entries.items()}


@lru_cache(maxsize=64)
def read_catalogue(
    content: bytes, name: str, file: str, features: tuple[str, ...] | None = None
) -> Catalogue | list[Problem]:
    """Read one catalogue from the content of its file `file`, which says that it is called `name`.

    `features` are those that there are; None if that is not known, which is told elsewhere.
    """
    tree = _tree(content, file, controls_language())
    if not isinstance(tree, Mapping):
        return tree
    problems = []
    said = cast("Scalar", tree.entries["name"])
    if said.text != name:
        what = f"name is {said.text}, and the file's name says {name}"
        problems.append(Problem(file, *said.place, what, "make them the same"))
    entries = [cast("Mapping", entry) for entry in cast("Sequence", tree.entries["controls"]).items]
    first: dict[str, int] = {}
    for entry in entries:
        problems += _of_control(entry, first, features, file)
    if problems:
        return sorted(problems)
    made = cast("dict[str, Any]", plain(tree))
    controls = tuple(
        Control(**one, origin=_origin(entry, file))
        for one, entry in zip(made.pop("controls"), entries, strict=True)
    )
    content_digest = digest(rfc8785.dumps(cast("dict[str, Any]", plain(tree))))
    return Catalogue(**made, controls=controls, file=file, digest=content_digest)


def _tree(content: bytes, file: str, language: Language) -> Mapping | list[Problem]:
    if len(content) > LIMITS.characters:
        return [Problem(file, 0, 0, f"the file has more than {LIMITS.characters} bytes", "make it smaller")]
    text = decode(content, file)
    if isinstance(text, list):
        return text
    tree = read_yaml(text, file, limits=LIMITS)
    if isinstance(tree, list):
        return tree
    problems, _ = language.check(tree, file)
    return problems if problems or not isinstance(tree, Mapping) else tree


def _of_control(
    entry: Mapping, first: dict[str, int], features: tuple[str, ...] | None, file: str
) -> Iterator[Problem]:
    identifier = cast("Scalar", entry.entries["id"])
    line = first.setdefault(identifier.text, identifier.place.line)
    if line != identifier.place.line:
        what = f"{identifier.text} is there already, on line {line}"
        yield Problem(file, *identifier.place, what, "give each control an identifier of its own")
    ways = [way for way in _WAYS if way in entry.entries]
    if len(ways) != 1:
        what = f"{identifier.text} has {' and '.join(ways) or 'none of ' + ', '.join(_WAYS)}"
        yield Problem(file, *identifier.place, what, "give it exactly one of them")
    if ("implemented_by" in entry.entries) != ("proven_by" in entry.entries):
        what = f"{identifier.text} has only one of implemented_by and proven_by"
        yield Problem(file, *identifier.place, what, "say what carries it and what proves it")
    if isinstance(condition := entry.entries.get("applies_to"), Scalar):
        yield from check_condition(condition, "control", file)
    for key in ("implemented_by", "proven_by"):
        node = entry.entries.get(key)
        for name in cast("tuple[Scalar, ...]", node.items if isinstance(node, Sequence) else ()):
            if features is not None and "/" not in name.text and name.text not in features:
                advice = did_you_mean(name.text, list(features))
                yield Problem(file, *name.place, f"there is no feature {name.text}", advice)


def _of_feature(entry: Mapping, file: str) -> Iterator[Problem]:
    if isinstance(condition := entry.entries.get("present"), Scalar):
        yield from check_condition(condition, "control", file)
    for markers in cast("Mapping", entry.entries["lines"]).entries.values():
        for marker in cast("Sequence", markers).items:
            text = cast("Scalar", cast("Mapping", marker).entries["text"])
            try:
                re.compile(text.text)
            except re.error as error:
                what = f"this is no regular expression: {error.msg}"
                yield Problem(file, *text.place, what, "write one of Python's")


def _feature(name: str, entry: Yaml) -> Feature:
    said = cast("dict[str, Any]", plain(entry))
    lines = {
        stack: tuple(Marker(**marker) for marker in markers) for stack, markers in said.pop("lines").items()
    }
    return Feature(name=name, **said, lines=lines)


def _origin(entry: Mapping, file: str) -> Origin:
    return Origin(kind="overlay", file=file, line=entry.place.line, column=entry.place.column)
