"""Reading SOC text strictly: all of it is the contract of `docs/soc.abnf`, or it is a list of problems.

Nothing is mended: not a missing trailer, not prose around the patch, not a wrong count. The reader goes on
behind a problem only to find the others.
"""

from __future__ import annotations

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
_ALONE = "answer with the patch alone, from the header to the trailer"


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
    listed = _read_list(cursor, report)
    if len(listed) > limits.files:
        report.add(0, 0, f"the patch lists more than {limits.files} files", "hand over less at once")
        return report.problems()
    files: list[FilePatch] = []
    if _read_opening(cursor, report):
        files = read_files(cursor, report, limits.files)
        _read_end(cursor, report)
    _check_files(listed, [(each.path, each.line) for each in files], report)
    _check_paths(listed, files, owns, report)
    return report.problems() or PatchSet(file, tuple(files))


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


def _read_list(cursor: Cursor, report: Report) -> list[tuple[str, int]]:
    """Return the listed paths and their lines, up to the fence or what stands in its place."""
    listed: list[tuple[str, int]] = []
    stray = False
    while not leaves_diff(cursor.line) and not cursor.starts("--- "):
        if cursor.starts(_ITEM):
            listed.append(((cursor.line or "").removeprefix(_ITEM), cursor.number))
        elif not stray:
            report.add(cursor.number, 1, f"the line does not list a file as `{_ITEM}PATH`", _ALONE)
        stray = not cursor.starts(_ITEM)
        cursor.index += 1
    return listed


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
