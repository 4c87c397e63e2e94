"""What a command tells of a built application: for people and as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from qlf.cli.output import coloured, problem_json, say, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qlf.errors import Problem
    from qlf.model.brief import Assumption, Question
    from qlf.model.finding import Verdict
    from qlf.model.value import Origin
    from qlf.repository import Repository


def verdicts(repository: Repository, brief: str) -> list[Verdict]:
    """Return the verdicts that lie beside an application, in the order of the gates."""
    from qlf.model.finding import Verdict  # noqa: PLC0415
    from qlf.pipeline import GATES  # noqa: PLC0415

    files = [repository.build(brief) / "gates" / f"{gate}.json" for gate in GATES]
    return [Verdict.model_validate_json(file.read_bytes()) for file in files if file.is_file()]


def tree(repository: Repository, brief: str) -> dict[str, str]:
    """Return the files of an application, path to owner; nothing if there is none."""
    record = repository.build(brief) / "assembled.json"
    if not record.is_file():
        return {}
    files = json.loads(record.read_bytes())["files"]
    return {path: each["owner"] for path, each in sorted(files.items())}


def by_hand(repository: Repository, brief: str) -> dict[str, dict[str, Any]]:
    """Return the files of an application that are not as agents wrote them: patches, and what is replaced."""
    record = repository.build(brief) / "assembled.json"
    files = json.loads(record.read_bytes())["files"] if record.is_file() else {}
    return {
        path: {"patches": each.get("patches", []), "replaces": each.get("replaces")}
        for path, each in sorted(files.items())
        if each.get("patches") or each.get("replaces")
    }


def summary(repository: Repository, brief: str) -> dict[str, Any]:
    """Return what was built, as JSON has it; members are missing for stages that were not reached."""
    from qlf.stages import spec_of  # noqa: PLC0415

    made: dict[str, Any] = {"name": brief, "brief": shown(repository.source(brief))}
    try:
        spec = spec_of(repository, brief)
    except FileNotFoundError:
        return made
    files = tree(repository, brief)
    return {
        **made,
        "title": spec.title,
        "version": spec.version,
        "stack": {
            "backend": spec.stack.backend,
            "database": spec.stack.database,
            "frontend": spec.stack.frontend,
        },
        "auth": spec.auth is not None,
        "roles": [role.name for role in spec.roles],
        "entities": {
            entity.name: [field.name for field in entity.fields if not field.system]
            for entity in spec.entities
        },
        "operations": [operation.name for operation in spec.operations],
        "routes": [f"{route.method} {route.path}" for route in (spec.api.routes if spec.api else ())],
        "assumptions": [assumption_json(each) for each in spec.assumptions],
        "questions": [question_json(each) for each in spec.questions],
        "folder": shown(repository.build(brief) / "app"),
        "files": list(files),
        "verdicts": [each.model_dump(mode="json") for each in verdicts(repository, brief)],
    }


def assumption_json(each: Assumption) -> dict[str, Any]:
    """Return an assumption as JSON has it."""
    return {
        "about": each.about,
        "holds": each.holds,
        "because": each.origin.because,
        "at": place(each.origin),
    }


def question_json(each: Question) -> dict[str, Any]:
    """Return a question as JSON has it."""
    return {"about": each.about, "asks": each.asks, "meanwhile": each.meanwhile, "at": place(each.origin)}


def place(origin: Origin) -> str:
    """Return where a clause stands, as editors read it; nothing for what stands nowhere."""
    return f"{origin.file}:{origin.line}:{origin.column}" if origin.file and origin.line else ""


def show_summary(made: dict[str, Any], *, verbose: bool, files: bool) -> None:
    """Print what was built; `files` lists entities with their fields and all files."""
    if "title" not in made:
        return
    say(f"{made['name']} {made['version']}: {made['title']}")
    say(f"  brief      {made['brief']}")
    say(f"  stack      {', '.join(value for value in made['stack'].values() if value)}")
    say(f"  entities   {', '.join(made['entities']) or 'none'}")
    if files or verbose:
        _indented([f"{name}: {', '.join(fields)}" for name, fields in made["entities"].items()])
    if made["roles"]:
        say(f"  roles      {', '.join(made['roles'])}")
    say(f"  API        {len(made['routes'])} routes{', with sign-in' if made['auth'] else ''}")
    if verbose:
        _indented(made["routes"])
    if made["files"]:
        say(f"  files      {len(made['files'])} in {made['folder']}")
        if files or verbose:
            _indented(made["files"])
    _show_inferred(made)


def _indented(lines: Sequence[str]) -> None:
    for line in lines:
        say(f"    {line}")


def _show_inferred(made: dict[str, Any]) -> None:
    if made["assumptions"]:
        say("Assumed")
        for each in made["assumptions"]:
            because = f' (from "{each["because"]}")' if each["because"] else ""
            say(f"  {each['about']}: {each['holds']}{because}")
    if made["questions"]:
        say("Open questions")
        for each in made["questions"]:
            say(f"  {each['asks']} Until then: {each['meanwhile']}")


def show_verdicts(
    repository: Repository, brief: str, judged: Sequence[Verdict], *, most: int = 20, gone: bool = False
) -> None:
    """Print what each gate said, and for those that block why, with at most so many findings each.

    `gone` tells that the tree will not be there when this is read.
    """
    from qlf.observe.verdicts import details  # noqa: PLC0415
    from qlf.observe.verdicts import summary as in_short  # noqa: PLC0415
    from qlf.pipeline import passes  # noqa: PLC0415
    from qlf.stages import refuted_controls  # noqa: PLC0415

    if judged:
        say("Gates")
    for verdict in judged:
        told = in_short(verdict, repository.settings.gates.allow_unproven)
        say(f"  {verdict.gate:<10} {coloured(told)}")
        if not passes(verdict, repository):
            found = details(verdict, None if gone else repository.build(brief) / "app", most)
            for line in (*found, *refuted_controls(repository, brief, verdict)):
                say(f"    {line}")


def problems_json(problems: Sequence[Problem]) -> list[dict[str, Any]]:
    """Return problems as JSON has them."""
    return [problem_json(each) for each in problems]
