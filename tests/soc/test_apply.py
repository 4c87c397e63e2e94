"""A patch fits exactly, at its line and with its context, or it is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from qlf.soc.apply import apply
from qlf.soc.parse import parse
from qlf.soc.patchset import PatchSet

if TYPE_CHECKING:
    from collections.abc import Mapping

STALE = "make the patch against the files as they are"
CHOOSE = "choose paths that differ everywhere"
EARLY = "p.soc:6:0: the hunk does not end with context before the end of `backend/a.py`"
BASE = {"backend/a.py": "".join(f"{n}\n" for n in range(1, 10)), "backend/B.py": "x\ny"}


def _apply(path: str, diff: str, base: Mapping[str, str] = BASE) -> dict[str, str] | list[str]:
    source = f"### FACTORY/1 PATCH\n- file: {path}\n```diff\n{diff}```\n### END\n"
    patch = parse(source, "p.soc", None)
    assert isinstance(patch, PatchSet), patch
    answer = apply(patch, base)
    return answer if isinstance(answer, dict) else [str(problem) for problem in answer]


def _change(hunks: str, path: str = "backend/a.py") -> dict[str, str] | list[str]:
    return _apply(path, f"--- a/{path}\n+++ b/{path}\n{hunks}")


def test_hunks_are_put_where_they_say() -> None:
    hunks = "@@ -1,3 +1,4 @@\n 1\n+1.5\n 2\n 3\n@@ -7,3 +8,2 @@\n 7\n-8\n 9\n"
    assert _change(hunks) == {**BASE, "backend/a.py": "1\n1.5\n2\n3\n4\n5\n6\n7\n9\n"}


def test_base_stays_as_it_is_and_answer_is_in_the_order_of_paths() -> None:
    base = dict(BASE)
    answer = _apply("a.py", "--- /dev/null\n+++ b/a.py\n@@ -0,0 +1 @@\n+x\n", base)
    assert base == BASE
    assert list(answer) == ["a.py", "backend/B.py", "backend/a.py"]


def test_line_end_at_the_end_of_a_file_is_exact() -> None:
    hunk = "@@ -1,2 +1,2 @@\n x\n-y\n"
    path = "backend/B.py"
    assert _change(hunk + "+z\n", path) == [
        f"p.soc:6:0: line 2 of `backend/B.py` is `y` without line end, not `y`; {STALE}",
    ]
    no_end = "\\ No newline at end of file\n"
    assert _change(f"{hunk}{no_end}+z\n", path) == {**BASE, path: "x\nz\n"}
    assert _change(f"{hunk}{no_end}+z\n{no_end}", path) == {**BASE, path: "x\nz"}


def test_empty_file_can_be_filled() -> None:
    assert _apply("e", "--- a/e\n+++ b/e\n@@ -0,0 +1 @@\n+x\n", {"e": ""}) == {"e": "x\n"}


def test_whole_file_is_deleted() -> None:
    diff = "--- a/e\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-x\n-y\n"
    assert _apply("e", diff, {"e": "x\ny\n", "f": "z"}) == {"f": "z"}


@pytest.mark.parametrize(
    ("hunks", "message"),
    [
        ("@@ -2,2 +2,2 @@\n 1\n-2\n+x\n", f"p.soc:6:0: line 2 of `backend/a.py` is `2`, not `1`; {STALE}"),
        ("@@ -1,2 +1,2 @@\n 1\n-2 \n+x\n", f"p.soc:6:0: line 2 of `backend/a.py` is `2`, not `2 `; {STALE}"),
        ("@@ -9,2 +9 @@\n 9\n-10\n", f"p.soc:6:0: `backend/a.py` ends before line 10; {STALE}"),
        (
            "@@ -3,2 +3,3 @@\n 3\n 4\n+x\n",
            f"{EARLY}; show at least one line after the change",
        ),
        (
            "@@ -1,9 +0,0 @@\n" + "".join(f"-{n}\n" for n in range(1, 10)),
            "p.soc:4:0: `backend/a.py` is left empty; delete it with `+++ /dev/null`",
        ),
    ],
)
def test_hunk_that_does_not_fit_is_refused(hunks: str, message: str) -> None:
    assert _change(hunks) == [message]


@pytest.mark.parametrize(
    ("path", "diff", "message"),
    [
        (
            "backend/a.py",
            "--- /dev/null\n+++ b/backend/a.py\n@@ -0,0 +1 @@\n+x\n",
            "p.soc:4:0: `backend/a.py` exists already; change it, or delete it first",
        ),
        (
            "backend/c.py",
            "--- a/backend/c.py\n+++ b/backend/c.py\n@@ -1 +1 @@\n-x\n+y\n",
            "p.soc:4:0: `backend/c.py` does not exist; create it, or take it out of the patch",
        ),
        (
            "backend/c.py",
            "--- a/backend/c.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n",
            "p.soc:4:0: `backend/c.py` does not exist; create it, or take it out of the patch",
        ),
        (
            "backend/a.py",
            "--- a/backend/a.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-1\n",
            f"{EARLY}; delete every line of the file",
        ),
        (
            "backend/b.py",
            "--- /dev/null\n+++ b/backend/b.py\n@@ -0,0 +1 @@\n+x\n",
            f"p.soc:4:0: `backend/b.py` differs from `backend/B.py` only in case; {CHOOSE}",
        ),
        (
            "backend/B.py/x",
            "--- /dev/null\n+++ b/backend/B.py/x\n@@ -0,0 +1 @@\n+x\n",
            f"p.soc:4:0: `backend/B.py/x` lies below `backend/B.py`, which is a file; {CHOOSE}",
        ),
    ],
)
def test_file_that_does_not_fit_is_refused(path: str, diff: str, message: str) -> None:
    assert _apply(path, diff) == [message]


def test_every_misfit_is_named() -> None:
    assert _change("@@ -1,2 +1,2 @@\n 1\n-x\n+y\n@@ -5,2 +5,2 @@\n 5\n-x\n+y\n") == [
        f"p.soc:6:0: line 2 of `backend/a.py` is `2`, not `x`; {STALE}",
        f"p.soc:10:0: line 6 of `backend/a.py` is `6`, not `x`; {STALE}",
    ]
