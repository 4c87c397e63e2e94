"""Real doit, in repositories of their own: which tasks run after which edit, and what becomes of products."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

DOIT = Path(sys.executable).parent / "doit"
PACKAGE = Path(__file__).resolve().parents[1] / "qlf"
# Three agents are enough to see who is made again, and they need no formatter.
DODO = """import qlf.agents.registry as registry

registry.AGENTS = ("api", "database", "documentation")

from qlf.tasks import *
"""
BRIEF = """---
entities:
  Note:
    description: What somebody wrote down.
    fields:
      title: text! max=80
      body: longtext
---
# Notes

A list of notes.
"""
GENERATE = {"generate:notes:api", "generate:notes:database", "generate:notes:documentation"}
ALL = {"compile:notes", *GENERATE, "assemble:notes"}


class Place:
    """A brief repository in a folder, and doit in it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.variables = {**os.environ, "QLF_CACHE": str(root / "cache"), "NO_COLOR": "1"}
        self.write("dodo.py", DODO)
        self.write("briefs/notes.md", BRIEF)

    def write(self, path: str, text: str) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def edit(self, path: str, old: str, new: str) -> None:
        text = (self.root / path).read_text(encoding="utf-8")
        assert old in text
        self.write(path, text.replace(old, new, 1))

    def doit(self, *arguments: str, cwd: str = ".") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [DOIT, *arguments],
            cwd=self.root / cwd,
            env=self.variables,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def made(self, *arguments: str) -> set[str]:
        """Assemble and return the tasks that were run."""
        done = self.doit(*(arguments or ("assemble",)))
        assert done.returncode == 0, done.stdout + done.stderr
        return {line[3:] for line in done.stdout.splitlines() if line.startswith(".  ")}

    def products(self) -> dict[str, bytes]:
        build = self.root / "build"
        return {
            path.relative_to(build).as_posix(): path.read_bytes()
            for path in sorted(build.rglob("*"))
            if path.is_file() and not path.name.startswith(".")
        }


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.fixture
def built(place: Place) -> Place:
    assert place.made() == ALL
    return place


def test_without_a_change_nothing_runs(built: Place) -> None:
    before = built.products()
    assert built.made() == set()
    assert built.products() == before


def test_a_comment_in_a_brief_remakes_the_spec_and_nothing_after_it(built: Place) -> None:
    built.edit("briefs/notes.md", "entities:", "# what there is\nentities:")
    assert built.made() == {"compile:notes"}


def test_a_description_remakes_api_and_documentation_but_not_the_database(built: Place) -> None:
    built.edit("briefs/notes.md", "What somebody wrote down.", "A thought.")
    assert built.made() == ALL - {"generate:notes:database"}


def test_a_field_remakes_every_agent(built: Place) -> None:
    built.edit("briefs/notes.md", "body: longtext", "body: longtext\n      pages: int")
    assert built.made() == ALL


def test_touching_a_brief_remakes_nothing(built: Place) -> None:
    (built.root / "briefs/notes.md").touch()
    assert built.made() == set()


def test_another_brief_is_left_alone(built: Place) -> None:
    built.write("briefs/other.md", BRIEF.replace("# Notes", "# Other"))
    assert built.made() == {each.replace(":notes", ":other") for each in ALL}
    built.edit("briefs/other.md", "max=80", "max=90")
    assert all(":other" in each for each in built.made())


def test_a_template_remakes_its_agent_for_all_briefs(place: Place) -> None:
    shutil.copytree(PACKAGE, place.root / "lib" / "qlf", ignore=shutil.ignore_patterns("__pycache__"))
    place.variables["PYTHONPATH"] = str(place.root / "lib")
    place.write("briefs/other.md", BRIEF)
    place.made()
    up = "lib/qlf/agents/database/templates/sql/up.sql.jinja"
    place.write(up, "-- Notes go here.\n" + (place.root / up).read_text(encoding="utf-8"))
    assert place.made() == {
        *("generate:notes:database", "generate:other:database"),
        *("assemble:notes", "assemble:other"),
    }
    written = place.root / "build/notes/app/database/migrations/sqlite/0001_initial.up.sql"
    assert written.read_text(encoding="utf-8").startswith("-- Notes go here.\n")


def test_a_deleted_product_is_made_again(built: Place) -> None:
    before = built.products()
    (built.root / "build/notes/patches/api.soc").unlink()
    assert built.made() == {"generate:notes:api"}
    (built.root / "build/notes/app/README.md").unlink()
    assert built.made() == {"assemble:notes"}
    assert built.products() == before


def test_deleting_build_loses_nothing(built: Place) -> None:
    before = built.products()
    shutil.rmtree(built.root / "build")
    assert built.made() == ALL
    assert built.products() == before


def test_the_same_brief_gives_the_same_bytes_elsewhere(
    built: Place, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = Place(tmp_path_factory.mktemp("elsewhere") / "deep" / "down")
    other.made()
    assert other.products() == built.products()


def test_an_edit_by_hand_is_reported_and_kept(built: Place) -> None:
    built.edit("build/notes/app/README.md", "Notes", "My notes")
    done = built.doit("assemble")
    assert done.returncode == 2
    assert (
        "build/notes/app/README.md:0:0: the file was edited by hand; "
        "move it to briefs/notes/custom/README.md to keep it, or delete it\n"
    ) in done.stdout
    assert "My notes" in (built.root / "build/notes/app/README.md").read_text(encoding="utf-8")


def test_own_files_take_part_and_go_again(built: Place) -> None:
    before = built.products()
    built.write("briefs/notes/custom/backend/mine.txt", "mine\n")
    assert built.made() == {"assemble:notes"}
    assert built.products()["notes/app/backend/mine.txt"] == b"mine\n"
    (built.root / "briefs/notes/custom/backend/mine.txt").unlink()
    assert built.made() == {"assemble:notes"}
    assert built.products() == before


def test_a_link_among_own_files_is_refused(built: Place) -> None:
    (built.root / "briefs/notes/custom").mkdir(parents=True)
    (built.root / "briefs/notes/custom/link").symlink_to("/etc/passwd")
    done = built.doit("assemble")
    assert done.returncode == 2
    assert (
        "briefs/notes/custom/link:0:0: this is not a regular file; put the file itself there\n" in done.stdout
    )


def test_a_bad_brief_is_told_and_stops_no_other(place: Place) -> None:
    place.write("briefs/bad.md", BRIEF.replace("text!", "txt!"))
    done = place.doit("assemble")
    assert done.returncode == 2
    assert "briefs/bad.md:6:14: there is no type txt; did you mean text?\n" in done.stdout
    assert "assemble:bad" not in done.stdout
    assert "notes/app/README.md" in place.products()


def test_two_files_and_wrong_names_are_told(place: Place) -> None:
    place.write("briefs/notes.yaml", "title: Notes\n")
    place.write("briefs/My Notes=x.md", BRIEF)
    done = place.doit("assemble", "compile")
    assert done.returncode == 2
    assert "briefs/notes.yaml:0:0: notes.md is a brief of the same name; remove one of them\n" in done.stdout
    assert "briefs/My Notes=x.md:0:0: 'My Notes=x' cannot be the name of a brief; " in done.stdout


def test_bad_settings_are_told_before_anything_runs(place: Place) -> None:
    place.write("factory.toml", "jobs = 2\n[gates]\nallow_unprovn = 1\n")
    done = place.doit()
    assert done.returncode == 3
    assert done.stderr == (
        "ERROR: factory.toml:3:0: there is no key 'gates.allow_unprovn'; "
        "did you mean 'gates.allow_unproven'?\n"
    )


def test_other_folders_can_be_named(place: Place) -> None:
    place.write("factory.toml", '[folders]\nbriefs = "wanted"\nbuild = "out/made"\n')
    (place.root / "briefs").rename(place.root / "wanted")
    assert place.made() == ALL
    assert (place.root / "out/made/notes/app/README.md").is_file()
    assert not (place.root / "build").exists()


def test_list_info_and_names_of_parts(built: Place) -> None:
    listed = built.doit("list", "--all").stdout.split()
    assert [each for each in listed if each.startswith("verify")] == [
        *("verify", "verify:notes", "verify:notes:contract", "verify:notes:static", "verify:notes:unit"),
    ]
    assert built.doit("list").stdout.split()[0] == "assemble"
    info = built.doit("info", "generate:notes:api").stdout
    assert "build/notes/slices/api.json" in info
    assert "status     : up-to-date" in info
    (built.root / "build/notes/patches/api.soc").unlink()
    assert built.made("generate:notes:api") == {"generate:notes:api"}
    assert built.made("generate:notes") == set()


def test_clean_removes_products_but_no_edit(built: Place) -> None:
    built.write("briefs/other.md", BRIEF)
    built.made()
    built.edit("build/other/app/README.md", "Notes", "My notes")
    done = built.doit("clean")
    assert done.returncode == 0, done.stderr
    assert not (built.root / "build/notes").exists()
    assert "build/other/app/README.md:0:0: the file was edited by hand" in done.stdout
    assert "My notes" in (built.root / "build/other/app/README.md").read_text(encoding="utf-8")


def test_from_a_folder_below(built: Place) -> None:
    (built.root / "briefs/notes").mkdir()
    built.edit("briefs/notes.md", "max=80", "max=90")
    done = built.doit("--seek-file", "assemble", cwd="briefs/notes")
    assert done.returncode == 0, done.stderr
    assert ".  compile:notes\n" in done.stdout


def test_two_processes(place: Place) -> None:
    place.write("briefs/other.md", BRIEF)
    both = ALL | {each.replace(":notes", ":other") for each in ALL}
    assert place.made("-n", "2", "-P", "process", "assemble") == both
    assert place.made("-n", "2", "-P", "process", "assemble") == set()


def test_one_at_a_time_gives_the_same(place: Place, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = Place(tmp_path_factory.mktemp("other"))
    assert place.made("-n", "0", "assemble") == other.made() == ALL
    assert place.products() == other.products()


def test_a_red_gate_stops_no_other_and_ends_with_one(place: Place) -> None:
    place.write(
        "dodo.py",
        DODO
        + """
import qlf.gates.run as gates
from qlf.gates.record import Record, write_record
from qlf.model.finding import Finding, Outcome, Verdict


def run_gate(gate, app, out, settings, causes):
    red = gate == "static" and "RED" in (app / "README.md").read_text()
    found = Finding(tool="straw", rule="R1", level="error", message="it is RED", path="README.md", line=3)
    outcome = Outcome.RED if red else Outcome.GREEN
    verdict = Verdict(gate=gate, outcome=outcome, inputs="0" * 64, runs=(), findings=(found,) * red)
    write_record(Record(verdict, {}), out)
    return verdict


gates.run_gate = run_gate
""",
    )
    place.write("briefs/other.md", BRIEF)
    assert place.doit().returncode == 0
    place.edit("briefs/notes.md", "A list of notes.", "RED")
    place.edit("briefs/other.md", "A list of notes.", "A list.")
    done = place.doit()
    for _ in "ab":
        done = place.doit()
        assert done.returncode == 1
        assert (
            "build/notes/app/README.md:3:0: it is RED [straw R1]\nstatic of notes is red ()\n" in done.stdout
        )
        assert done.stderr == ""
    assert ".  verify:notes:static" in done.stdout
    assert "-- verify:other:contract" in done.stdout
    place.write("briefs/bad.md", BRIEF.replace("text!", "txt!"))
    assert place.doit().returncode == 2
    (place.root / "briefs/bad.md").unlink()
    place.edit("briefs/notes.md", "RED", "GREEN")
    assert place.doit().returncode == 0
