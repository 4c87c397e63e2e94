"""Read overlays from their files: every clause with its place, every problem in one run."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

import rfc8785

from qlf.declarations.reading import members
from qlf.errors import Problem, problems_of
from qlf.model.canonical import digest
from qlf.model.overlay import Overlay, OverlayName, Word
from qlf.model.value import Origin
from qlf.overlay.additions import read_additions
from qlf.overlay.catalogue import read_catalogue
from qlf.overlay.files import KINDS, overlay_files
from qlf.overlay.prompts import read_prompts
from qlf.overlay.references import check_references
from qlf.overlay.schema import language
from qlf.strict_yaml import Limits, Mapping, Scalar, Sequence, Yaml, decode, plain
from qlf.strict_yaml import read as read_yaml
from qlf.structure import KEBAB

if TYPE_CHECKING:
    from collections.abc import Sequence as Row
    from pathlib import Path

    from qlf.model.addition import Addition
    from qlf.overlay.catalogue import Catalogue
    from qlf.overlay.files import Folder

LIMITS = Limits(characters=1 << 19, depth=16, nodes=20_000)


def read_overlays(folders: Row[Folder]) -> tuple[Overlay, ...] | list[Problem]:
    """Read all overlays of some folders, of which the first that has one of a name wins.

    Returns:
        The overlays in the order of their names, or all problems, ordered by their places.
    """
    problems: list[Problem] = []
    found: dict[str, Overlay] = {}
    seen: dict[str, str] = {}
    for path, folder in overlay_files(folders):
        below = path.relative_to(folder.path).as_posix()
        file = f"{folder.called}/{below}"
        if path.stem in seen:
            what = f"{seen[path.stem]} is an overlay of the same name"
            problems.append(Problem(file, 0, 0, what, "remove one of them"))
            continue
        seen[path.stem] = file
        group, _, name = below.rpartition("/")
        if group not in KINDS or not name.endswith(".yaml"):
            advice = f"call it {folder.called}/domains/NAME.yaml or {folder.called}/compliance/NAME.yaml"
            problems.append(Problem(file, 0, 0, "an overlay cannot lie here", advice))
            continue
        overlay = read_overlay(path, file, shipped=folder.shipped)
        if isinstance(overlay, list):
            problems += overlay
        else:
            found[overlay.name] = overlay
    overlays = tuple(found[name] for name in sorted(found))
    problems += check_references(overlays, tuple(seen))
    return sorted(problems) or overlays


def read_overlay(path: Path, file: str, *, shipped: bool) -> Overlay | list[Problem]:
    """Read one overlay; origins and problems call it `file`."""
    try:
        with path.open("rb") as opened:
            content = opened.read(LIMITS.characters + 1)
    except OSError as error:
        return [Problem(file, 0, 0, f"the overlay cannot be read: {error.strerror}", "check the path")]
    if len(content) > LIMITS.characters:
        what = f"the overlay has more than {LIMITS.characters} bytes"
        return [Problem(file, 0, 0, what, "make it smaller")]
    return _read(content, path.parent.name, path.stem, file, shipped=shipped)


@lru_cache(maxsize=256)
def _read(content: bytes, group: str, stem: str, file: str, *, shipped: bool) -> Overlay | list[Problem]:
    """Read an overlay's content; a process that compiles many briefs does so once."""
    text = decode(content, file)
    if isinstance(text, list):
        return text
    tree = read_yaml(text, file, limits=LIMITS)
    if isinstance(tree, list):
        return tree
    problems, sound = language().check(tree, file)
    if not isinstance(tree, Mapping) or not isinstance(sound, Mapping):
        return problems
    catalogue = read_catalogue(tree, sound, file)
    additions = read_additions(tree, sound, tuple(members(tree.entries.get("entities"))), file)
    problems += [*_misplaced(tree, group, stem, file), *problems_of(catalogue, additions)]
    if problems or isinstance(catalogue, list) or isinstance(additions, list):
        return sorted(set(problems))
    return _overlay(tree, catalogue, additions, file, shipped=shipped)


def _misplaced(tree: Mapping, group: str, stem: str, file: str) -> list[Problem]:
    """Return a problem for a name and a kind that could be, but are not those of the file and its folder."""
    problems = []
    for key, wanted, possible in (
        ("name", stem, re.compile(KEBAB)),
        ("kind", KINDS[group], re.compile("|".join(KINDS.values()))),
    ):
        node = tree.entries.get(key)
        if isinstance(node, Scalar) and possible.fullmatch(node.text) and node.text != wanted:
            what = f"{key} is {node.text}, and the file's place says {wanted}"
            problems.append(Problem(file, *node.place, what, "make them the same"))
    return problems


def _overlay(
    tree: Mapping, catalogue: Catalogue, additions: tuple[Addition, ...], file: str, *, shipped: bool
) -> Overlay:
    said = cast("dict[str, Any]", plain(tree))
    words = tuple(Word(phrase=phrase, weight=weight) for phrase, weight in said.pop("words", {}).items())
    for key in ("requires", "conflicts", "controls", "templates", "policies"):
        said[key] = _names(tree.entries.get(key), file)
    said["roles"], said["entities"] = catalogue
    said["additions"] = additions
    said["prompts"] = read_prompts(tree.entries.get("prompts"), file)
    return Overlay(
        **said,
        words=words,
        digest=digest(rfc8785.dumps(cast("dict[str, Any]", plain(tree)))),
        shipped=shipped,
        origin=Origin(kind="overlay", file=file, line=tree.place.line, column=tree.place.column),
    )


def _names(node: Yaml | None, file: str) -> tuple[OverlayName, ...]:
    items = node.items if isinstance(node, Sequence) else ()
    return tuple(
        OverlayName(
            name=item.text,
            origin=Origin(kind="overlay", file=file, line=item.place.line, column=item.place.column),
        )
        for item in items
        if isinstance(item, Scalar)
    )
