"""`qlf edit`, `qlf patch`, and what `status` and `why` say of an author's own code."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.conftest import BRIEF

if TYPE_CHECKING:
    from tests.cli.conftest import Qlf

COPY = "build/notes/edit/app"
MIGRATION = "database/migrations/sqlite/0001_initial.up.sql"


@pytest.fixture
def built(notes: Qlf) -> Qlf:
    assert notes("build").returncode == 0
    return notes


def _edit(place: Qlf, path: str, old: str, new: str) -> None:
    file = place.root / path
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def _json(done: Any) -> Any:  # noqa: ANN401
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_way_of_an_edit(built: Qlf) -> None:
    done = built("edit", "notes")
    assert (done.stdout, done.returncode) == (f"{COPY}\n", 0)
    assert built("patch", "save", "notes", "-m", "x").stdout == f"{COPY} is as it was copied\n"
    _edit(built, f"{COPY}/README.md", "# Notes\n", "# Our notes\n")
    _edit(built, f"{COPY}/{MIGRATION}", "create", "-- ours\ncreate")
    (built.root / COPY / "docs" / "api.md").unlink()
    (built.root / COPY / "LICENSE").write_text("Free.\n")
    assert "not saved  4 files, see `qlf patch save`" in built("status").stdout
    done = built("patch", "save", "notes")
    assert done.stderr == "-m:0:0: there is no reason; say why with -m\n"
    done = built("patch", "save", "notes", "-m", "the title is ours")
    assert done.stdout.splitlines() == [
        "briefs/notes/patches/001-database.soc",
        "briefs/notes/patches/001-documentation.soc",
        "briefs/notes/custom/LICENSE",
        f"  changed  {MIGRATION}",
        "  deleted  docs/api.md",
        "  changed  README.md",
    ]
    assert done.stderr == "next: qlf build notes\n"
    done = built("build", "-v")
    assert next(line.split(":")[0] for line in done.stderr.splitlines()) == "assemble"
    assert "generate" not in done.stderr
    app = built.root / "build/notes/app"
    assert (app / "README.md").read_text(encoding="utf-8").startswith("# Our notes\n")
    assert not (app / "docs" / "api.md").exists()
    assert built("status").stdout.splitlines()[:4] == [
        "notes: up to date",
        "  patched    README.md (001-documentation.soc)",
        f"  patched    {MIGRATION} (001-database.soc)",
        "  deleted    docs/api.md (001-documentation.soc)",
    ]
    assert built("build", "-v").stdout == "Everything is up to date.\n"


def test_patches_are_listed_and_shown(built: Qlf) -> None:
    assert built("patch", "list", "notes").stdout == "notes has no patches\n"
    built("edit", "notes")
    _edit(built, f"{COPY}/README.md", "# Notes\n", "# Our notes\n")
    built("patch", "save", "notes", "-m", "the title is ours")
    assert built("patch", "list", "notes").stdout == (
        "001-documentation.soc: the title is ours\n  changed  README.md\n"
    )
    assert _json(built("patch", "list", "notes", "--json")) == [
        {
            "name": "001-documentation.soc",
            "file": "briefs/notes/patches/001-documentation.soc",
            "agent": "documentation",
            "reason": "the title is ours",
            "files": [{"path": "README.md", "was": "README.md", "kind": "changed"}],
        }
    ]
    text = (built.root / "briefs/notes/patches/001-documentation.soc").read_text(encoding="utf-8")
    assert built("patch", "show", "notes", "001").stdout == text
    assert "\n-# Notes\n+# Our notes\n" in text
    done = built("patch", "show", "notes", "7")
    assert done.stderr == "7:0:0: there is no such patch; there are: 001-documentation.soc\n"
    assert done.returncode == 2


def test_why_names_the_patch_that_wrote_a_line(built: Qlf) -> None:
    built("edit", "notes")
    _edit(built, f"{COPY}/README.md", "# Notes\n", "# Our notes\n")
    built("patch", "save", "notes", "-m", "the title is ours")
    built("build")
    patch = "  patch     briefs/notes/patches/001-documentation.soc: the title is ours"
    assert patch in built("why", "build/notes/app/README.md:1").stdout.splitlines()
    assert patch in built("why", "build/notes/app/README.md").stdout.splitlines()
    assert "patch " not in built("why", "build/notes/app/README.md:2").stdout
    assert _json(built("why", "build/notes/app/README.md:1", "--json"))["patches"] == [
        {
            "name": "001-documentation.soc",
            "file": "briefs/notes/patches/001-documentation.soc",
            "reason": "the title is ours",
        }
    ]


def test_a_conflict_stops_its_brief_alone(built: Qlf) -> None:
    built.write("briefs/other.md", (built.root / "briefs/notes.md").read_text(encoding="utf-8"))
    built("edit", "notes")
    _edit(built, f"{COPY}/README.md", "# Notes\n", "# Our notes\n")
    built("patch", "save", "notes", "-m", "the title is ours")
    assert built("build").returncode == 0
    for name in ("notes", "other"):
        _edit(built, f"briefs/{name}.md", "# Notes\n", "# Papers\n")
    done = built("build")
    assert done.returncode == 2
    assert done.stderr.startswith(
        "briefs/notes/patches/001-documentation.soc:7:1: "
        "`README.md` is changed here and in what is generated, in the same lines; "
        "both are in build/notes/conflicts/README.md:1; "
        "then: qlf patch resolve notes README.md --ours, --theirs or --file FILE\n"
    )
    assert (built.root / "build/other/app/README.md").read_text(encoding="utf-8").startswith("# Papers\n")
    assert (built.root / "build/notes/app/README.md").read_text(encoding="utf-8").startswith("# Our notes\n")
    done = built("patch", "resolve", "notes", "README.md", "--ours", "--file", "README.md")
    assert done.returncode == 2
    done = built("patch", "resolve", "notes", "README.md", "--ours")
    assert done.stdout == "briefs/notes/patches/001-documentation.soc: README.md is resolved\n"
    assert built("build").returncode == 0
    assert (built.root / "build/notes/app/README.md").read_text(encoding="utf-8").startswith("# Our notes\n")


def test_a_conflict_that_goes_away_leaves_nothing(built: Qlf) -> None:
    built("edit", "notes")
    _edit(built, f"{COPY}/README.md", "# Notes\n", "# Our notes\n")
    built("patch", "save", "notes", "-m", "the title is ours")
    assert built("build").returncode == 0
    _edit(built, "briefs/notes.md", "# Notes\n", "# Papers\n")
    assert built("build").returncode == 2
    assert (built.root / "build/notes/conflicts/README.md").is_file()
    _edit(built, "briefs/notes.md", "# Papers\n", "# Notes\n")
    assert built("build").returncode == 0
    assert sorted((built.root / "build/notes").glob("conflicts*")) == []


def test_nothing_but_the_sources_is_needed(built: Qlf) -> None:
    built("edit", "notes")
    _edit(built, f"{COPY}/README.md", "# Notes\n", "# Our notes\n")
    built("patch", "save", "notes", "-m", "the title is ours")
    shutil.rmtree(built.root / "build")
    shutil.rmtree(built.root.parent / "cache")
    assert built("build").returncode == 0
    assert (built.root / "build/notes/app/README.md").read_text(encoding="utf-8").startswith("# Our notes\n")


def test_an_own_file_in_the_place_of_a_generated_one(built: Qlf) -> None:
    built.write("briefs/notes/custom/docs/api.md", "Ours.\n")
    done = built("build")
    assert done.returncode == 2
    assert done.stderr.startswith(
        "briefs/notes/custom/docs/api.md:0:0: "
        "this file is generated as well, build/notes/patches/documentation.soc; "
    )
    built.write("factory.toml", '[replaces]\nnotes = ["docs/api.md"]\n')
    assert built("build").returncode == 0
    assert "  replaced   docs/api.md (of documentation)" in built("status").stdout.splitlines()
    assert built("why", "build/notes/app/docs/api.md").stdout == (
        "docs/api.md of notes\n  own file  briefs/notes/custom/docs/api.md instead of that of documentation\n"
    )
    status = _json(built("status", "notes", "--json"))["notes"]
    assert (status["replaced"], status["patched"]) == ({"docs/api.md": "documentation"}, {})
    built.write("factory.toml", '[replaces]\nNotes = ["docs/api.md"]\n')
    assert built("build").stderr == (
        "factory.toml:2:0: 'Notes' cannot be the name of a brief; write the name of its file without .md\n"
    )


def test_the_editor_is_started(built: Qlf, tmp_path: Path) -> None:
    built.variables.pop("VISUAL", None)
    built.variables["EDITOR"] = f"touch {tmp_path}/started"
    assert built("edit", "notes", "--open").returncode == 0
    assert (tmp_path / "started").exists()
    for editor, problem in (
        ("", "it names no editor; set it, or $VISUAL"),
        (
            "no-such",
            "the editor cannot be started: No such file or directory; set it to one that is there",
        ),
    ):
        built.variables["EDITOR"] = editor
        done = built("edit", "notes", "--open")
        assert (done.returncode, done.stderr) == (2, f"$EDITOR:0:0: {problem}\n")


def test_what_is_not_there_cannot_be_edited(notes: Qlf) -> None:
    done = notes("edit", "notes")
    assert (done.returncode, done.stderr) == (
        2,
        "build/notes/app:0:0: it is not built yet; run: qlf build notes\n",
    )
    done = notes("patch", "save", "notes", "-m", "x")
    assert done.stderr == "build/notes/edit:0:0: there is no copy to save from; run: qlf edit notes\n"
    done = notes("patch", "list", "note")
    assert done.stderr == "briefs/note.md:0:0: there is no such brief; did you mean notes?\n"


@pytest.mark.slow
def test_the_commands_of_the_page_work(tmp_path: Path) -> None:
    page = Path(__file__).parents[2] / "docs" / "own-code.md"
    blocks = re.findall(r"```sh\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) == 2
    told = []
    (tmp_path / "briefs").mkdir()
    (tmp_path / "factory.toml").write_text("[gates]\nrun = []\n")
    (tmp_path / "briefs" / "notes.md").write_text(BRIEF.replace("    states: {}\n", ""))
    kept = {name: value for name, value in os.environ.items() if not name.startswith("QLF_")}
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    for block in blocks:
        done = subprocess.run(
            ["bash", "-e"],
            input=block,
            cwd=tmp_path,
            env={**kept, "PATH": path, "QLF_CACHE": str(tmp_path / "cache")},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert (tmp_path / "build/notes/app/README.md").read_text().startswith("# Our notes\n")
        told.append(done.stdout)
    assert "<<<<<<< generated now\n# Papers\n=======\n# Our notes\n>>>>>>> 001-docu" in told[1]
