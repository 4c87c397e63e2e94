"""`qlf plan`, `qlf build --plan` and `qlf diff`, on real builds and in real git repositories."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Qlf

pytestmark = pytest.mark.slow
EDIT = ("title: text! max=80", "title: text! max=40")


@pytest.fixture
def built(notes: Qlf) -> Qlf:
    """Give a repository that has been built, and committed."""
    (notes.root / ".gitignore").write_text("build/\n", encoding="utf-8")
    notes.variables["QLF_GATES"] = ""  # verdicts of straw are about no bytes
    assert notes("build").returncode == 0
    git(notes.root, "init", "-q", "-b", "main")
    commit(notes.root, "first")
    return notes


def git(root: Path, *words: str) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    who = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    for role in ("AUTHOR", "COMMITTER"):
        who |= {f"GIT_{role}_NAME": "Somebody", f"GIT_{role}_EMAIL": "somebody@example.com"}
    subprocess.run(["git", *words], cwd=root, env=kept | who, check=True, capture_output=True)


def commit(root: Path, message: str) -> None:
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", message)


def edit(place: Qlf, old: str, new: str) -> None:
    file = place.root / "briefs/notes.md"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def state(root: Path) -> dict[str, tuple[int, bytes]]:
    return {
        path.relative_to(root).as_posix(): (path.stat().st_mtime_ns, path.read_bytes())
        for path in (root / "build").rglob("*")
        if path.is_file()
    }


def test_plan_says_what_a_build_does_and_leaves_all_as_it_is(built: Qlf) -> None:
    nothing = built("plan", "--check")
    assert (nothing.returncode, nothing.stdout) == (
        0,
        "the last build and the working tree give the same applications.\n",
    )
    edit(built, *EDIT)
    before = state(built.root)
    done = built("plan", "--check")
    assert (done.returncode, done.stderr) == (1, "")
    assert state(built.root) == before
    told = done.stdout.splitlines()
    assert told[0].startswith("notes changes: ")
    assert "  Note.title: maximum 80 becomes 40" in told
    assert "    breaking POST /api/v1/notes: maximum of title is 40" in told
    assert any(line.startswith("    ~ api/openapi.json  +") for line in told)
    said = json.loads(built("plan", "notes", "--json").stdout)
    planned = {file["path"] for file in said["briefs"][0]["files"]}
    assert built("build").returncode == 0
    after = state(built.root)
    assert {
        path for path in after if path.startswith("build/notes/app/") and after[path] != before.get(path)
    } == {f"build/notes/app/{path}" for path in planned}
    assert built("plan", "--check").returncode == 0


def test_a_brief_that_comes_or_goes_is_planned(built: Qlf) -> None:
    text = (built.root / "briefs/notes.md").read_text(encoding="utf-8")
    (built.root / "briefs/more.md").write_text(text, encoding="utf-8")
    (built.root / "briefs/notes.md").unlink()
    told = built("plan").stdout.splitlines()
    assert [line.partition(":")[0] for line in told if not line.startswith(" ")] == [
        "more is new",
        "notes is gone",
    ]


def test_a_plan_is_built_only_if_nothing_has_moved(built: Qlf) -> None:
    edit(built, *EDIT)
    assert built("plan", "--out", "plan.json").stdout.endswith("qlf build --plan plan.json\n")
    edit(built, "max=40", "max=50")
    before = state(built.root)
    moved = built("build", "--plan", "plan.json")
    what = "notes: sources, rules, the factory or products have moved since the plan"
    assert (moved.returncode, moved.stderr) == (
        2,
        f"plan.json:0:0: {what}; look again: qlf plan --out plan.json\n",
    )
    assert state(built.root) == before
    edit(built, "max=50", "max=40")
    done = built("build", "--plan", "plan.json")
    assert (done.returncode, done.stderr) == (0, "")
    assert '"maxLength": 40' in (built.root / "build/notes/app/api/openapi.json").read_text(encoding="utf-8")
    again = built("build", "--plan", "plan.json")
    assert again.returncode == 2
    (built.root / "plan.json").write_text("{}", encoding="utf-8")
    wrong = built("build", "--plan", "plan.json")
    assert (wrong.returncode, wrong.stderr) == (
        2,
        "plan.json:0:0: this is no plan; make one: qlf plan --out FILE\n",
    )


def test_problems_are_told_with_their_places(built: Qlf) -> None:
    edit(built, "title: text! max=80", "title: txt!")
    done = built("plan")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "briefs/notes.md:5:14: there is no type txt; did you mean text?\n"
    compared = built("diff", "main")
    assert compared.stderr == (
        "the working tree: briefs/notes.md:5:14: there is no type txt; did you mean text?\n"
    )


def test_diff_compares_revisions(built: Qlf) -> None:
    edit(built, *EDIT)
    working = built("diff", "main")
    assert working.returncode == 0
    assert "  Note.title: maximum 80 becomes 40\n" in working.stdout
    assert "--- a/api/openapi.json\n" in working.stdout
    commit(built.root, "second")
    before = state(built.root)
    for words, code in (
        (("--fail-on", "breaking"), 1),
        (("--fail-on", "control-lost"), 0),
        (("--fail-on", "data-loss"), 0),
        (("--fail-on", "data-loss", "--fail-on", "breaking"), 1),
        ((), 0),
    ):
        assert built("diff", "main~1", "main", *words).returncode == code
    assert state(built.root) == before
    assert "give the same applications" in built("diff", "main").stdout
    said = json.loads(built("diff", "main~1", "--format", "json").stdout)
    assert (said["base"], said["head"]) == ("main~1", "the working tree")
    assert {each["grade"] for each in said["briefs"][0]["api"]} == {"breaking", "safe"}
    (change,) = said["briefs"][0]["database"]
    assert change["what"] == "column notes.title changes its type from varchar(80) to varchar(40)"
    assert built("diff", "main~1", "--format", "markdown").stdout.startswith(
        "## main\\~1 to the working tree\n"
    )
    assert built("diff", "main~1", "--format", "html", "--out", "review.html").stdout == ""
    assert (built.root / "review.html").read_text(encoding="utf-8").startswith("<!doctype html>")


def test_revisions_that_cannot_be_read_are_told(built: Qlf) -> None:
    unknown = built("diff", "nowhere")
    advice = "name a branch, a tag or a commit; fetch it first"
    assert (unknown.returncode, unknown.stderr) == (2, f"nowhere:0:0: git knows no such revision; {advice}\n")
    (built.root / "overlays").mkdir()
    (built.root / "overlays/away.yaml").symlink_to("/etc/passwd")
    commit(built.root, "a link")
    linked = built("diff", "main~1", "main")
    assert (linked.returncode, linked.stderr) == (
        2,
        "main:overlays/away.yaml:0:0: this is no file; put the file itself there\n",
    )
    here = built("plan")
    assert (here.returncode, here.stderr) == (
        2,
        "overlays/away.yaml:0:0: this is a link; put the file itself there\n",
    )


def test_without_git_there_is_no_difference(notes: Qlf) -> None:
    done = notes("diff", "main")
    assert (done.returncode, done.stderr) == (
        2,
        ".git:0:0: this folder is in no git repository; work in a clone\n",
    )
