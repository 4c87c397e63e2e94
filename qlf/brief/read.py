"""Read a brief from its file: every clause with its place, every problem in one run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

from qlf.brief.markdown import Markdown, split
from qlf.brief.operations import read_operations
from qlf.brief.schema import language
from qlf.declarations.entities import read_entities
from qlf.declarations.reading import Reading, members, names, text_of
from qlf.declarations.roles import read_roles, role_names
from qlf.errors import Problem
from qlf.model.brief import ApiDecl, Brief, OverlayDecl, PaginationDecl, StackDecl
from qlf.strict_yaml import LIMITS, Mapping, Place, Scalar, Yaml, decode, plain
from qlf.strict_yaml import read as read_yaml

if TYPE_CHECKING:
    from pathlib import Path

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_LONGEST_NAME = 63
SUFFIXES = (".md", ".yaml")


def read_brief(path: Path, text: bytes | None = None, *, name: str | None = None) -> Brief | list[Problem]:
    """Read one brief.

    Args:
        path: The file, `.md` or `.yaml`; problems and origins name it as it is given here.
        text: Its content, if it is at hand; else the file is read.
        name: The application's name, if it is not the file's.

    Returns:
        The brief, or all problems, ordered by their places.
    """
    file = path.as_posix()
    if text is None:
        try:
            text = path.read_bytes()
        except OSError as error:
            return [Problem(file, 0, 0, f"the brief cannot be read: {error.strerror}", "check the path")]
    problems = _check_name(path, name or path.stem)
    if len(text) > LIMITS.characters:
        too_long = Problem(
            file, 0, 0, f"the brief has more than {LIMITS.characters} bytes", "make it smaller"
        )
        return [*problems, too_long]
    content = decode(text, file)
    if isinstance(content, list):
        return sorted(problems + content)
    is_yaml = path.suffix == ".yaml"
    parts = Markdown(content, "", 1, None) if is_yaml else split(content, file)
    if isinstance(parts, list):
        return sorted(problems + parts)
    tree = read_yaml(parts.front or "", file, first_line=1 if is_yaml else 2)
    if isinstance(tree, list):
        return sorted(problems + tree)
    brief = _read(file, name or path.stem, tree, parts, is_yaml=is_yaml)
    if isinstance(brief, list):
        return sorted(problems + brief)
    return problems or brief


def read_briefs(folder: Path) -> tuple[Brief, ...] | list[Problem]:
    """Read all briefs of a folder in the order of their names; one name has one file."""
    problems: list[Problem] = []
    found: dict[str, Brief] = {}
    files = sorted(path for path in folder.iterdir() if path.suffix in SUFFIXES and path.is_file())
    seen: dict[str, Path] = {}
    for path in files:
        if path.stem in seen:
            what = f"{seen[path.stem].name} is a brief of the same name"
            problems.append(Problem(path.as_posix(), 0, 0, what, "remove one of them"))
            continue
        seen[path.stem] = path
        brief = read_brief(path)
        if isinstance(brief, list):
            problems += brief
        else:
            found[brief.name] = brief
    return sorted(problems) or tuple(found[name] for name in sorted(found))


def _check_name(path: Path, name: str) -> list[Problem]:
    file = path.as_posix()
    problems = []
    if not _NAME.fullmatch(name) or len(name) > _LONGEST_NAME:
        advice = "use lower case letters, digits and hyphens, as in patient-portal.md"
        problems.append(Problem(file, 0, 0, f"{name!r} cannot be the name of a brief", advice))
    if path.suffix not in SUFFIXES:
        problems.append(Problem(file, 0, 0, f"a brief cannot end in {path.suffix!r}", "use .md or .yaml"))
    return problems


def _read(file: str, name: str, tree: Yaml, parts: Markdown, *, is_yaml: bool) -> Brief | list[Problem]:
    if isinstance(tree, Scalar) and tree.value is None and not tree.text:
        tree = Mapping({}, {}, tree.place)
    problems, sound = language().check(tree, file)
    if not isinstance(tree, Mapping) or not isinstance(sound, Mapping):
        return problems
    reading = _reading(file, tree)
    reading.problems += problems
    for key in ("title", "prose"):
        if key in tree.keys and not is_yaml:
            advice = "write the title as a heading, and the prose below the front matter"
            reading.problem(tree.keys[key].place, f"{key} is for .yaml briefs", advice)
    brief = _brief(reading, name, sound, parts, is_yaml=is_yaml)
    return sorted(set(reading.problems)) or brief


def _reading(file: str, tree: Mapping) -> Reading:
    """Collect the names that clauses may use, from the tree as it was written."""
    said = tree.entries
    auth = said.get("auth")
    operations = said.get("operations")
    return Reading(
        file,
        roles=role_names(said.get("roles")),
        entities={name: members(node) for name, node in members(said.get("entities")).items()},
        operations={name: members(node) for name, node in members(operations).items()},
        operation_keys=dict(operations.keys) if isinstance(operations, Mapping) else {},
        auth=auth.value if isinstance(auth, Scalar) and isinstance(auth.value, bool) else None,
    )


def _brief(reading: Reading, name: str, tree: Mapping, parts: Markdown, *, is_yaml: bool) -> Brief:
    said = tree.entries
    prose, line = _prose(tree) if is_yaml else (parts.prose, parts.prose_line)
    roles = read_roles(reading, tree)
    entities = read_entities(reading, said.get("entities"))
    operations = read_operations(reading, said.get("operations"))
    more: dict[str, Any] = {"version": text_of(said["version"])} if "version" in said else {}
    return Brief(
        name=name,
        file=reading.file,
        title=(text_of(said.get("title")) if is_yaml else parts.title) or name,
        prose=prose,
        prose_line=line,
        stack=_stack(reading, tree),
        overlays=tuple(
            OverlayDecl(name=one.text, origin=reading.origin(one.place))
            for one in names(said.get("overlays"))
        ),
        authentication=reading.auth,
        roles=roles,
        entities=entities,
        operations=operations,
        features=tuple(one.text for one in names(said.get("features"))),
        api=_api(reading, tree),
        origin=reading.origin(Place(1, 1)),
        **more,
    )


def _prose(tree: Mapping) -> tuple[str, int]:
    node = tree.entries.get("prose")
    if not isinstance(node, Scalar):
        return "", 1
    block = node.style in {"|", ">"}
    skipped = len(node.text) - len(node.text.lstrip("\n"))
    return node.text.strip("\n").rstrip(), node.place.line + (1 + skipped if block else 0)


def _stack(reading: Reading, tree: Mapping) -> StackDecl:
    node = tree.entries.get("stack")
    if node is None:
        return StackDecl()
    said = {name: text_of(value) for name, value in members(node).items()}
    return StackDecl(**said, origin=reading.origin(tree.keys["stack"].place))


def _api(reading: Reading, tree: Mapping) -> ApiDecl:
    node = tree.entries.get("api")
    if not isinstance(node, Mapping):
        return ApiDecl()
    said: dict[str, Any] = cast("dict[str, Any]", plain(node))
    if "id" in said:
        said["key"] = said.pop("id")
    if isinstance(pages := node.entries.get("pagination"), Mapping):
        said["pagination"] = _pagination(reading, node.keys["pagination"], pages)
    return ApiDecl(**said, origin=reading.origin(tree.keys["api"].place))


def _pagination(reading: Reading, key: Scalar, node: Mapping) -> PaginationDecl:
    decl = PaginationDecl(**cast("dict[str, Any]", plain(node)), origin=reading.origin(key.place))
    if decl.default_limit > decl.max_limit:
        what = f"default_limit {decl.default_limit} is more than max_limit {decl.max_limit}"
        reading.problem(key.place, what, "change one of them")
    if decl.limit == (decl.position or decl.style):
        reading.problem(key.place, f"limit and position are both called {decl.limit}", "rename one of them")
    return decl
