"""Putting a patch onto files: every hunk at exactly its line, with exactly its old lines, or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qlf.errors import Problem
from qlf.model.canonical import digest
from qlf.security.paths import collisions
from qlf.soc.patchset import Kind
from qlf.soc.source import quoted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qlf.soc.patchset import FilePatch, Hunk, PatchSet

_STALE = "make the patch against the files as they are"


def apply(patch: PatchSet, base: Mapping[str, str]) -> dict[str, str] | list[Problem]:
    """Return the files of `base` (path to text) after the patch, by path, or every problem.

    There is no fuzz and no offset. As with `git apply`, a hunk that does not begin or end with context must
    touch the beginning or the end of the file.
    """
    after = dict(base)
    problems: list[Problem] = []
    for file in patch.files:
        text = _moved(file, base) if file.source else _applied(file, base.get(file.path))
        if isinstance(text, str):
            after.pop(file.source, None)
            after[file.path] = text
        elif text is None:
            after.pop(file.path, None)
        else:
            problems += [Problem(patch.file, line, 0, what, advice) for line, what, advice in text]
    problems += _collided(patch, after)
    return sorted(problems) or dict(sorted(after.items()))


_Found = list[tuple[int, str, str]]


def _moved(file: FilePatch, base: Mapping[str, str]) -> str | _Found | None:
    if file.source not in base:
        return [(file.line, f"{quoted(file.source)} does not exist", "take it out of the patch")]
    if file.path in base:
        return [(file.line, f"{quoted(file.path)} exists already", "move the file elsewhere")]
    return _applied(file, base[file.source])


def _applied(file: FilePatch, text: str | None) -> str | _Found | None:
    """Return the file's new text, None if it is deleted, or (line, what, advice) for each problem."""
    if file.kind is Kind.CREATE and text is not None:
        return [(file.line, f"{quoted(file.path)} exists already", "change it, or delete it first")]
    if file.kind is not Kind.CREATE and text is None:
        return [(file.line, f"{quoted(file.path)} does not exist", "create it, or take it out of the patch")]
    if file.base and digest((text or "").encode()) != file.base:
        return [(file.line, f"{quoted(file.path)} is not what the patch was made of", _STALE)]
    lines = _lines(text or "")
    found = [problem for hunk in file.hunks for problem in _misfit(file, hunk, lines)]
    if found:
        return found
    result = "".join(_edited(file, lines))
    if file.kind is Kind.DELETE:
        return None
    if not result:
        return [(file.line, f"{quoted(file.path)} is left empty", "delete it with `+++ /dev/null`")]
    return result


def _lines(text: str) -> list[str]:
    """Split at LF alone and keep it; `str.splitlines` knows more line ends than a diff does."""
    lines = [line + "\n" for line in text.split("\n")]
    lines[-1] = lines[-1].removesuffix("\n")
    return lines if lines[-1] else lines[:-1]


def _edited(file: FilePatch, lines: list[str]) -> list[str]:
    result: list[str] = []
    done = 0
    for hunk in file.hunks:
        result += [*lines[done : hunk.start - 1], *hunk.new]
        done = hunk.start - 1 + len(hunk.old)
    return result + lines[done:]


def _misfit(file: FilePatch, hunk: Hunk, lines: list[str]) -> _Found:
    """Return the first difference between the hunk's old lines and the file, as a list of at most one."""
    for place, expected in enumerate(hunk.old, hunk.start):
        if place > len(lines):
            return [(hunk.line, f"{quoted(file.path)} ends before line {place}", _STALE)]
        actual = lines[place - 1]
        if actual != expected:
            what = f"line {place} of {quoted(file.path)} is {_shown(actual)}, not {_shown(expected)}"
            return [(hunk.line, what, _STALE)]
    end = hunk.start - 1 + len(hunk.old)
    if not hunk.trails and end < len(lines):
        whole = file.kind is Kind.DELETE
        advice = "delete every line of the file" if whole else "show at least one line after the change"
        return [
            (hunk.line, f"the hunk does not end with context before the end of {quoted(file.path)}", advice)
        ]
    return []


def _shown(line: str) -> str:
    text = line.removesuffix("\n")
    return quoted(text) if line.endswith("\n") else f"{quoted(text)} without line end"


def _collided(patch: PatchSet, after: Mapping[str, str]) -> list[Problem]:
    created = {file.path: file.line for file in patch.files if file.kind is Kind.CREATE}
    found: list[Problem] = []
    for clash in collisions(after) if created else []:
        line = created.get(clash.path) or created.get(clash.other)
        if line is not None:
            what = f"{quoted(clash.path)} {clash.what}"
            found.append(Problem(patch.file, line, 0, what, "choose paths that differ everywhere"))
    return found
