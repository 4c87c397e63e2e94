"""Reading SOC text strictly: all of it is the contract of `docs/soc.abnf`, or it is a list of problems.

Nothing is mended: not a missing trailer, not prose around the patch, not a wrong count. The reader goes on
behind a problem only to find the others.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from qlf.model.patch import FENCE, HEADER, TRAILER
from qlf.security.paths import collisions
from qlf.soc.diff import leaves_diff, read_files
from qlf.soc.patchset import FilePatch, PatchSet
from qlf.soc.paths import path_faults
from qlf.soc.source import Cursor, Limits, Report, quoted, read_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qlf.errors import Problem

OPENING = f"{FENCE}diff"
_ITEM = "- file: "
_FROM = "- from: "
_BASE = "- base: "
_REASON = "- reason: "
_TREE = "- tree: "
_DIGEST = re.compile("[0-9a-f]{64}")
LONGEST_REASON = 500
_ALONE = "answer with the patch alone, from the header to the trailer"


@dataclass(slots=True)
class _Item:
    """One file of the list, its line, and what stands below it."""

    path: str
    line: int
    source: str = ""
    source_line: int = 0
    base: str = ""


def parse(
    source: bytes | str,
    file: str,
    owns: Sequence[str] | None,
    limits: Limits = Limits(),  # noqa: B008 - frozen
) -> PatchSet | list[Problem]:
    """Read one SOC text.

    Args:
        source: the text as it came.
        file: what to call it in problems.
        owns: the folders (`backend/`) and single files that it may write, `None` for all.
        limits: how much is read at most.

    Returns:
        The patch, or every problem in the order of the text (a line or column 0 means the whole).

    """
    report = Report(file, limits.problems)
    lines = read_lines(source, report, limits)
    cursor = Cursor(lines or [])
    if lines is None or not _read_header(cursor, report):
        return report.problems()
    reason = _read_reason(cursor, report)
    tree = _read_digest(cursor, report, _TREE) if cursor.starts(_TREE) else ""
    listed = _read_list(cursor, report)
    if len(listed) > limits.files:
        report.add(0, 0, f"the patch lists more than {limits.files} files", "hand over less at once")
        return report.problems()
    files: list[FilePatch] = []
    if _read_opening(cursor, report):
        files = read_files(cursor, report, limits.files, {one.path: one.source for one in listed})
        _read_end(cursor, report)
    places = [(one.path, one.line) for one in listed]
    _check_files(places, [(each.path, each.line) for each in files], report)
    _check_moves(listed, files, owns, report)
    _check_paths(places, files, owns, report)
    bases = {one.path: one.base for one in listed}
    based = tuple(replace(each, base=bases.get(each.path, "")) for each in files)
    return report.problems() or PatchSet(file, based, reason, tree)


def _read_header(cursor: Cursor, report: Report) -> bool:
    index = next((i for i, line in enumerate(cursor.lines) if line == HEADER), None)
    if index is None:
        similar = (i for i, line in enumerate(cursor.lines) if line.strip().startswith("### FACTORY"))
        index = next(similar, None)
        if index is None:
            report.add(1, 1, f"there is no header `{HEADER}`: this is no patch", _ALONE)
            return False
        report.add(index + 1, 1, f"the header is not `{HEADER}`", "write it to the letter")
    if index > 0:
        report.add(1, 1, "there is text before the header", _ALONE)
    cursor.index = index + 1
    return True


def _read_reason(cursor: Cursor, report: Report) -> str:
    if not cursor.starts(_REASON):
        return ""
    reason = (cursor.line or "").removeprefix(_REASON)
    if not reason.strip() or len(reason) > LONGEST_REASON:
        what = f"the reason is empty or longer than {LONGEST_REASON} characters"
        report.add(cursor.number, len(_REASON) + 1, what, "say in a sentence why there is the patch")
    cursor.index += 1
    return reason


def _read_digest(cursor: Cursor, report: Report, mark: str) -> str:
    found = (cursor.line or "").removeprefix(mark)
    if not _DIGEST.fullmatch(found):
        advice = "write the SHA-256 as 64 hexadecimal digits, small letters"
        report.add(cursor.number, len(mark) + 1, f"{quoted(found)} is no digest", advice)
    cursor.index += 1
    return found


def _read_list(cursor: Cursor, report: Report) -> list[_Item]:
    """Return what is listed, up to the fence or what stands in its place."""
    listed: list[_Item] = []
    stray = False
    while not leaves_diff(cursor.line) and not cursor.starts("--- "):
        if cursor.starts(_ITEM):
            listed.append(_read_item(cursor, report))
            stray = False
            continue
        if not stray:
            report.add(cursor.number, 1, f"the line does not list a file as `{_ITEM}PATH`", _ALONE)
        stray = True
        cursor.index += 1
    return listed


def _read_item(cursor: Cursor, report: Report) -> _Item:
    item = _Item((cursor.line or "").removeprefix(_ITEM), cursor.number)
    cursor.index += 1
    if cursor.starts(_FROM):
        item.source, item.source_line = (cursor.line or "").removeprefix(_FROM), cursor.number
        cursor.index += 1
    if cursor.starts(_BASE):
        item.base = _read_digest(cursor, report, _BASE)
    return item


def _read_opening(cursor: Cursor, report: Report) -> bool:
    line = cursor.line
    if line == OPENING:
        cursor.index += 1
        return True
    fenced = line is not None and line.startswith(FENCE)
    what = "the opening fence is not three backticks and `diff`" if fenced else "the opening fence is missing"
    advice = "open the diff with three backticks and `diff`, below the list of files"
    report.add(cursor.number, 1, what, advice)
    cursor.index += fenced
    return fenced or cursor.starts("--- ")


def _read_end(cursor: Cursor, report: Report) -> None:
    """Expect the closing fence, the trailer and nothing more."""
    if cursor.starts(FENCE):
        if cursor.line != FENCE:
            report.add(cursor.number, 1, "the closing fence is not three backticks", "write it to the letter")
        cursor.index += 1
    else:
        report.add(cursor.number, 1, "the closing fence is missing", "close the diff with three backticks")
    if cursor.line == TRAILER:
        cursor.index += 1
        if cursor.line is not None:
            report.add(cursor.number, 1, "there is text after the trailer", _ALONE)
    elif TRAILER in cursor.lines[cursor.index :]:
        report.add(cursor.number, 1, "there is text before the trailer", _ALONE)
    else:
        what = f"the trailer `{TRAILER}` is missing: the patch may be cut off"
        report.add(cursor.number, 1, what, "end the patch with it")


def _check_files(listed: list[tuple[str, int]], patched: list[tuple[str, int]], report: Report) -> None:
    """What is listed is patched and the reverse, each file once."""
    if not listed and not patched:
        report.add(0, 0, "the patch holds no file", "hand over at least one")
    in_list = _first_lines(listed, "listed", report)
    in_diff = _first_lines(patched, "patched", report)
    for path, line in in_list.items():
        if path not in in_diff:
            what = f"{quoted(path)} is listed but not patched"
            report.add(line, 1, what, "add its diff or take it off the list")
    for path, line in in_diff.items():
        if path not in in_list:
            report.add(line, 1, f"{quoted(path)} is patched but not listed", f"list it with `{_ITEM}`")


def _check_moves(
    listed: list[_Item], files: list[FilePatch], owns: Sequence[str] | None, report: Report
) -> None:
    """What is listed as moved is moved in the diff, from a place that is not written, and only once."""
    moved = {each.path for each in files if each.source}
    taken = {one.path for one in listed}
    for one in listed:
        if not one.source_line:
            continue
        if one.source in taken:
            what = f"{quoted(one.source)} is patched or moved itself"
            report.add(one.source_line, len(_FROM) + 1, what, "name each file once")
        elif one.path not in moved:
            what = f"{quoted(one.path)} is listed as moved, its diff does not move it"
            report.add(one.source_line, 1, what, "name the old path behind `--- a/`")
        taken.add(one.source)
        for fault in path_faults(one.source, owns):
            report.add(one.source_line, len(_FROM) + 1 + fault.offset, fault.what, fault.advice)


def _first_lines(places: list[tuple[str, int]], doing: str, report: Report) -> dict[str, int]:
    seen: dict[str, int] = {}
    for path, line in places:
        if path in seen:
            what = f"{quoted(path)} is {doing} a second time, first in line {seen[path]}"
            report.add(line, 1, what, "name each file once")
        seen.setdefault(path, line)
    return seen


def _check_paths(
    listed: list[tuple[str, int]],
    files: list[FilePatch],
    owns: Sequence[str] | None,
    report: Report,
) -> None:
    """Hold each path to the rules, where it stands first."""
    places = {each.path: (each.line, len("--- a/") + 1) for each in reversed(files)}
    places |= {path: (line, len(_ITEM) + 1) for path, line in reversed(listed)}
    good: list[str] = []
    for path, (line, column) in places.items():
        found = path_faults(path, owns)
        good += [] if found else [path]
        for fault in found:
            report.add(line, column + fault.offset, fault.what, fault.advice)
    for clash in collisions(good):
        report.add(
            *places[clash.path], f"{quoted(clash.path)} {clash.what}", "choose paths that differ everywhere"
        )
