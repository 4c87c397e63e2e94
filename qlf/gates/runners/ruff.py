"""Ruff, as linter (`check`) and as formatter (`format --check`); both write the same JSON.

Exit codes: 0 nothing found, 1 something found, 2 it could not do its work.

One run can take many trees, since ruff looks at each file for itself and takes its settings from the nearest
folder above it that has some. Those of a tree must be its own then, and lead nowhere else.
"""

from __future__ import annotations

import json
import os
import re
import tomllib
from typing import TYPE_CHECKING, Any

from qlf.gates.job import Job, Joint, JointJob, Place, Report, Runner

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from qlf.model.finding import Finding

_FOUND = (0, 1)
_PROJECT = "pyproject.toml"
_SETTINGS = (".ruff.toml", "ruff.toml", _PROJECT)
_MODES = frozenset({"check", "format", "--check"})
# These mean the same in every folder.
_PLAIN = _MODES | {"--output-format", "json", "--no-cache", "--no-respect-gitignore"}
# Absolute, of somebody's home, or filled in from the environment.
_ELSEWHERE = re.compile(r"[/~]|.*\$", re.DOTALL)
_PATTERN = re.compile(r"[*?\[{]")


def check(job: Job) -> Report:
    """Run ruff; what it checked are the files that it lists when asked for them."""
    ended = job.run(job.program("ruff"), *job.arguments)
    if isinstance(ended, Report):
        return ended
    if ended.code not in _FOUND:
        return job.crashed(ended)
    try:
        findings = tuple(_findings(job, json.loads(ended.output)))
    except (ValueError, KeyError, TypeError) as error:
        return job.unproven(f"unreadable report: {error!r}", ended.seconds)
    if bool(findings) != bool(ended.code):
        return job.crashed(ended)
    return job.judged(findings, _executed(job), ended.seconds)


def check_many(joint: JointJob) -> list[Report]:
    """Run ruff once over many trees, and once for the list of files."""
    arguments = joint.jobs[0].rule.arguments
    ended = joint.run("ruff", *arguments)
    listed = joint.run("ruff", *_listing(arguments))
    if ended is None or listed is None or ended.code not in _FOUND or listed.code:
        message = "no clear end"
        raise ValueError(message)
    results = joint.parted(json.loads(ended.output), lambda result: str(result["filename"]))
    if any(results) != bool(ended.code):
        message = "the code says something else"
        raise ValueError(message)
    files = joint.parted(listed.output.splitlines(), os.fsdecode)
    seconds = ended.seconds / len(joint.jobs)
    return [
        job.judged(tuple(_findings(job, found)), _count(names), seconds)
        for job, found, names in zip(joint.jobs, results, files, strict=True)
    ]


def fits(job: Job) -> bool:
    """Say whether all that ruff takes from around a file lies in the tree of the file."""
    try:
        found = {path: _read(path) for path in job.tree.rglob("*") if path.name in _SETTINGS}
    except (ValueError, RecursionError):
        return False
    having = {path.parent for path, settings in found.items() if settings is not None}
    looked_at = [job.tree / path for path in job.rule.paths]
    return (
        set(job.rule.arguments) <= _PLAIN
        and all(not having.isdisjoint((path, *path.parents)) for path in looked_at)
        and all(_stays(text, path.parent, job.tree) for path in found for text in _texts(found[path]))
    )


def _read(file: Path) -> Any:  # noqa: ANN401 - whatever an author writes
    """Return the settings in a file, None if it has none for ruff. ValueError: it cannot be read."""
    read = tomllib.loads(file.read_text(encoding="utf-8"))
    if file.name != _PROJECT:
        return read
    tools = read.get("tool")
    return tools.get("ruff") if isinstance(tools, dict) else None


def _stays(text: str, folder: Path, tree: Path) -> bool:
    """Say whether a text in the settings of a folder, if it is a path, does not lead out of the tree."""
    if ".." not in text:
        return not _ELSEWHERE.match(text)
    plain = not _ELSEWHERE.match(text) and not _PATTERN.search(text)
    return plain and os.path.normpath(folder / text).startswith(f"{tree}/")


def _texts(node: object) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, list):
        for each in node:
            yield from _texts(each)
    elif isinstance(node, dict):
        yield from node
        for each in node.values():
            yield from _texts(each)


def _findings(job: Job, results: Iterable[dict[str, Any]]) -> Iterator[Finding]:
    for result in results:
        start = result["location"] or {"row": 0, "column": 0}
        rule = result["code"] or "invalid-syntax"
        place = Place(result["filename"], start["row"], start["column"])
        yield job.finding(rule, job.level(rule), result["message"], place)


def _executed(job: Job) -> int:
    listed = job.run(job.program("ruff"), *_listing(job.arguments))
    return 0 if isinstance(listed, Report) or listed.code else _count(listed.output.splitlines())


def _listing(arguments: Iterable[str]) -> list[str]:
    return ["check", "--show-files", *(word for word in arguments if word not in _MODES)]


def _count(lines: Iterable[bytes]) -> int:
    return sum(1 for line in lines if line.endswith((b".py", b".pyi")))


RUNNER = Runner(check, frozenset({"json"}), Joint(check_many, fits, parallel=True))
