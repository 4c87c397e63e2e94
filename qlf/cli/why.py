"""`qlf why`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from qlf.cli.output import dump, say, tell
from qlf.cli.place import enter, only_json

if TYPE_CHECKING:
    from qlf.errors import Problem
    from qlf.repository import Repository

_WORD = re.compile(r"[A-Za-z][\w.-]*")
_LINE = re.compile(r"(?P<file>.+?)(?::(?P<line>\d{1,9}))?(?::\d*)?:?")


@click.command(epilog="Example:  qlf why build/notes/app/backend/app/models/note.py:12")
@click.argument("place", metavar="FILE[:LINE]|NAME:CONTROL|NAME:ENTITY")
@only_json
def command(place: str, as_json: bool) -> int:
    """Say what caused a generated file or line, or where a control leads.

    Of a file, or one line of it: the agent and the templates that it is made of,
    the clauses of the brief that it is about, and the controls that it carries.
    Of a control of the application NAME: the clauses that brought it in, the
    lines that carry it, and the tests that prove it. Of an entity: its clause,
    the controls that it brings in, and its files.
    """
    match = _LINE.fullmatch(place)
    file = Path(match["file"] if match else place).absolute()
    repository = enter()
    if isinstance(repository, list):
        return tell(repository)
    name, _, word = place.partition(":")
    if name in repository.sources() and _WORD.fullmatch(word) and not Path(name).is_file():
        from qlf.cli.tracing import show_traced, trace  # noqa: PLC0415

        found, show = trace(repository, name, word), show_traced
    else:
        found, show = _explain(repository, file, int(match["line"] or 0) if match else 0), _show
    if isinstance(found, list):
        return tell(found)
    if as_json:
        dump(found)
    else:
        show(found)
    return 0


def _explain(repository: Repository, file: Path, line: int) -> dict[str, Any] | list[Problem]:
    from qlf.cli.result import by_hand, place, tree  # noqa: PLC0415
    from qlf.observe.clauses import about, templates  # noqa: PLC0415
    from qlf.stages import spec_of  # noqa: PLC0415

    placed = _in_tree(repository, file)
    if placed is None:
        return [_problem(file, 0, "this is no file of an application", "name one below build/NAME/app/")]
    brief, path = placed
    owner = tree(repository, brief).get(path)
    if owner is None or not file.is_file():
        return [_problem(file, 0, "the application has no such file", f"see `qlf build {brief}`")]
    text = file.read_text(encoding="utf-8", errors="replace").splitlines()
    if line > len(text):
        return [_problem(file, line, f"the file has {len(text)} lines", "name one of them")]
    told: dict[str, Any] = {"file": path, "application": brief, "line": line, "owner": owner}
    if owner == "custom":
        return {
            **told,
            "source": _source(repository, brief, path).as_posix(),
            "replaces": by_hand(repository, brief).get(path, {}).get("replaces"),
            "templates": [],
            "clauses": [],
            "controls": _controls(repository, brief, file, path, line),
        }
    clauses = [
        {
            "what": clause.what,
            "kind": clause.origin.kind,
            "at": place(clause.origin),
            "because": clause.origin.because,
        }
        for clause in about(spec_of(repository, brief), path, text, line)
    ]
    return {
        **told,
        "text": text[line - 1].strip() if line else "",
        "patches": _patches(repository, brief, path, line),
        "templates": templates(owner, path),
        "clauses": clauses,
        "controls": _controls(repository, brief, file, path, line),
    }


def _source(repository: Repository, brief: str, path: str) -> Path:
    """Return the author's file that a file of the tree is."""
    from qlf.migrations.folder import Migrations, read_migrations  # noqa: PLC0415

    made = read_migrations(repository.migrations(brief))
    scripts = made.in_tree() if isinstance(made, Migrations) else {}
    if path in scripts:
        return repository.migrations(brief) / scripts[path][0]
    return repository.custom(brief) / path


def _patches(repository: Repository, brief: str, path: str, line: int) -> list[dict[str, Any]]:
    """Return the patches by hand that wrote a line, or any line of the file if the line is 0."""
    from qlf.cli.result import by_hand  # noqa: PLC0415
    from qlf.own.following import authors  # noqa: PLC0415
    from qlf.own.tree import parts_of, put_together  # noqa: PLC0415

    if path not in by_hand(repository, brief):
        return []
    parts = parts_of(repository, brief)
    if isinstance(parts, list):
        return []
    steps = put_together(parts, repository, brief)[1].steps.get(path, [])
    wrote = authors(steps)[line - 1 : line] if line else [step.patch for step in steps]
    found = {each.name: each for each in wrote if each is not None}
    return [{"name": each.name, "file": each.file, "reason": each.reason} for each in found.values()]


def _controls(repository: Repository, brief: str, file: Path, path: str, line: int) -> list[dict[str, Any]]:
    from qlf.cli.tracing import carried_json, evidence_of  # noqa: PLC0415
    from qlf.model.canonical import digest  # noqa: PLC0415
    from qlf.observe.controls import carried_by  # noqa: PLC0415

    evidence = evidence_of(repository, brief)
    if evidence is None:
        return []
    return [carried_json(each) for each in carried_by(evidence, path, digest(file.read_bytes()), line)]


def _in_tree(repository: Repository, file: Path) -> tuple[str, str] | None:
    """Return the application whose tree a file is in, and its path there."""
    for brief in repository.sources():
        app = (repository.build(brief) / "app").absolute()
        if app in file.parents:
            return brief, file.relative_to(app).as_posix()
    return None


def _problem(file: Path, line: int, what: str, advice: str) -> Problem:
    from qlf.errors import Problem  # noqa: PLC0415

    near = file.relative_to(Path.cwd()) if Path.cwd() in file.parents else file
    return Problem(near.as_posix(), line, 0, what, advice)


def _show(found: dict[str, Any]) -> None:
    where = f"{found['file']}:{found['line']}" if found["line"] else found["file"]
    say(f"{where} of {found['application']}")
    if "source" in found:
        replaced = f" instead of that of {found['replaces']}" if found["replaces"] else ""
        say(f"  own file  {found['source']}{replaced}")
        _show_controls(found)
        return
    if found["text"]:
        say(f"  line      {found['text']}")
    for patch in found["patches"]:
        say(f"  patch     {patch['file']}: {patch['reason']}")
    say(f"  agent     {found['owner']}")
    for template in found["templates"]:
        say(f"  template  {template}")
    if not found["clauses"]:
        say("  No clause of the brief is named here: every application of this stack has it.")
    for clause in found["clauses"]:
        because = f' ("{clause["because"]}")' if clause["because"] else ""
        say(f"  {clause['at'] or clause['kind']}  {clause['what']}{because}")
    _show_controls(found)


def _show_controls(found: dict[str, Any]) -> None:
    for each in found["controls"]:
        say(f"  control   {each['id']} ({each['status']}): {each['title']} [{', '.join(each['features'])}]")
