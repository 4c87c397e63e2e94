"""Reading the unified diff inside the fence, file by file (POSIX.1-2017 `diff`, "Diff -u Output Format").

By hand, because the libraries mend: unidiff 0.7 and whatthepatch 1.0 skip prose, take an empty line for
context and accept hunks that overlap. The language is not context-free either (a hunk's counts say where it
ends, and `--- a/x` may be the removed line `-- a/x`), so a parser generator does not carry it. The grammar
without the counts is `docs/soc.abnf`; tests hold this reader to it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from qlf.model.patch import FENCE, HEADER, TRAILER
from qlf.soc.hunks import begins_file, read_hunks, skip_hunks
from qlf.soc.patchset import FilePatch, Kind
from qlf.soc.source import quoted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qlf.soc.source import Cursor, Report

_NOWHERE = "/dev/null"
_GIT = re.compile(
    r"(diff --git|index|old mode|new mode|new file mode|deleted file mode|similarity index"
    r"|dissimilarity index|rename from|rename to|copy from|copy to|Binary files|GIT binary patch)(?= |$)",
)


def leaves_diff(line: str | None) -> bool:
    """Tell whether the line cannot be inside a diff: the closing fence, or what stands in its place."""
    return line is None or line.startswith(FENCE) or line in {TRAILER, HEADER}


def read_files(cursor: Cursor, report: Report, limit: int, moved: Mapping[str, str]) -> list[FilePatch]:
    """Read every file's part of the diff; what is wrong is reported and skipped.

    `moved` has the files that are listed as moved, and where each was before.
    """
    files: list[FilePatch] = []
    while not leaves_diff(cursor.line):
        if cursor.starts("--- "):
            file = _read_file(cursor, report, moved)
            files += [] if file is None else [file]
        else:
            _report_stray(cursor, report)
        if len(files) > limit:
            report.add(cursor.number, 0, f"the patch has more than {limit} files", "hand over less at once")
            break
    return files


def _report_stray(cursor: Cursor, report: Report) -> None:
    """Report a run of lines that belong to no file, and go behind it."""
    git = _GIT.match(cursor.line or "")
    if git:
        what = f"git's line `{git.group()}` is not part of the contract"
        advice = "begin with `--- ` and `+++ `; modes, renames, copies and binary files cannot be handed over"
    else:
        what = "the line belongs to no file's diff"
        advice = "leave out what is not diff; each file begins with `--- ` and `+++ `"
    report.add(cursor.number, 1, what, advice)
    while not leaves_diff(cursor.line) and not cursor.starts("--- "):
        cursor.index += 1


def _read_file(cursor: Cursor, report: Report, moved: Mapping[str, str]) -> FilePatch | None:
    number = cursor.number
    if not begins_file(cursor):
        report.add(
            number, 1, "`--- ` is not followed by `+++ `", "begin each file with a `--- ` and a `+++ ` line"
        )
        cursor.index += 1
        skip_hunks(cursor)
        return None
    old, new = (cursor.line or "")[4:], (cursor.peek(1) or "")[4:]
    cursor.index += 2
    if old.startswith("a/") and new.startswith("b/") and moved.get(new[2:]) == old[2:]:
        ends = leaves_diff(cursor.line) or cursor.starts("--- ")
        moves = () if ends else tuple(read_hunks(cursor, report))
        return FilePatch(path=new[2:], kind=Kind.MOVE, line=number, hunks=moves, source=old[2:])
    hunks = read_hunks(cursor, report)
    named = _named(old, new, number, report)
    if named is None:
        return None
    file = FilePatch(path=named[0], kind=named[1], line=number, hunks=tuple(hunks))
    _check_whole(file, report)
    return file


def _named(old: str, new: str, number: int, report: Report) -> tuple[str, Kind] | None:
    """Return the path and what happens to it, from what stands behind `---` and `+++`."""
    if old == _NOWHERE and new.startswith("b/"):
        return new[2:], Kind.CREATE
    if old.startswith("a/") and new == _NOWHERE:
        return old[2:], Kind.DELETE
    if not old.startswith("a/") and old != _NOWHERE:
        report.add(
            number, 5, f"{quoted(old)} names no file", "write `--- a/PATH`, or `--- /dev/null` for a new file"
        )
    elif not new.startswith("b/"):
        advice = "write `+++ b/PATH`, or `+++ /dev/null` for a deleted file"
        report.add(number + 1, 5, f"{quoted(new)} names no file here", advice)
    elif old[2:] != new[2:]:
        report.add(
            number,
            7,
            f"the file is renamed to {quoted(new[2:])}",
            "say where it was, with `- from: ` in the list",
        )
    else:
        return old[2:], Kind.CHANGE
    return None


def _check_whole(file: FilePatch, report: Report) -> None:
    """A creation has one hunk without old lines, a deletion one without new ones."""
    several = len(file.hunks) > 1
    if file.kind is Kind.CREATE and (several or any(hunk.old for hunk in file.hunks)):
        advice = "create it with one hunk, `@@ -0,0 +1,COUNT @@`"
        report.add(file.line, 1, "a new file has old lines or several hunks", advice)
    if file.kind is Kind.DELETE and (several or any(hunk.new for hunk in file.hunks)):
        advice = "delete it with one hunk, `@@ -1,COUNT +0,0 @@`"
        report.add(file.line, 1, "a deleted file has new lines or several hunks", advice)
