"""Real doit, in repositories of their own: which tasks run after which edit, and what becomes of products."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from qlf.pipeline import GATES
from tests.engine.conftest import BRIEF, DODO, Place, told

if TYPE_CHECKING:
    import pytest

GENERATE = {f"generate:notes:{agent}" for agent in ("api", "database", "documentation")}
VERIFY = {f"verify:notes:{gate}" for gate in GATES}
ALL = {"compile:notes", *GENERATE, "assemble:notes", *VERIFY, "evidence:notes"}


def test_another_brief_is_left_alone(built: Place) -> None:
    built.write("briefs/other.md", BRIEF.replace("# Notes", "# Other"))
    assert built.made() == {each.replace(":notes", ":other") for each in ALL}
    built.edit("briefs/other.md", "max=80", "max=90")
    assert all(":other" in each for each in built.made())


def test_deleting_build_loses_nothing(built: Place) -> None:
    before = built.products()
    shutil.rmtree(built.root / "build")
    done = built.doit()
    assert told(done.stdout, "<-") == {"compile:notes", *GENERATE}
    assert built.products() == before
    shutil.rmtree(built.root / "build")
    built.empty_cache()
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
        "to keep it run `qlf edit notes` and `qlf patch save notes`, or delete it\n"
    ) in done.stdout
    assert "My notes" in (built.root / "build/notes/app/README.md").read_text(encoding="utf-8")


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
    assert "briefs/bad.md:8:14: there is no type txt; did you mean text?\n" in done.stdout
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
        *(
            "verify",
            "verify:notes",
            "verify:notes:compliance",
            "verify:notes:contract",
            "verify:notes:policy",
            "verify:notes:static",
            "verify:notes:unit",
        ),
    ]
    assert built.doit("list").stdout.split()[0] == "assemble"
    info = built.doit("info", "generate:notes:api").stdout
    assert "build/notes/slices/api.json" in info
    assert "status     : up-to-date" in info
    (built.root / "build/notes/patches/api.soc").unlink()
    built.empty_cache()
    assert built.made("generate:notes:api") == {"generate:notes:api"}
    assert built.made("generate:notes") == set()


def test_clean_removes_products_but_no_edit(built: Place) -> None:
    built.write("briefs/other.md", BRIEF)
    built.made()
    built.edit("build/other/app/README.md", "Notes", "My notes")
    done = built.doit("clean")
    assert done.returncode == 0, done.stderr
    assert not (built.root / "build/notes").exists()
    assert not (built.root / "build/index.html").exists()
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
    assert place.made("-n", "2", "-P", "process") == both
    assert place.made("-n", "2", "-P", "process") == set()


def test_one_at_a_time_gives_the_same(place: Place, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = Place(tmp_path_factory.mktemp("other"))
    assert place.made("-n", "0") == other.made() == ALL
    assert place.products() == other.products()


def test_evidence_is_brought_together_though_a_gate_is_red(place: Place) -> None:
    place.edit("briefs/notes.md", "A list of notes.", "RED")
    assert place.doit().returncode == 1
    evidence = place.root / "build/notes/evidence.json"
    assert evidence.is_file()
    evidence.unlink()
    assert place.doit("evidence:notes").returncode == 1
    assert evidence.is_file()


def test_a_red_gate_stops_no_other_and_ends_with_one(place: Place) -> None:
    place.write("briefs/other.md", BRIEF)
    assert place.doit().returncode == 0
    place.edit("briefs/notes.md", "A list of notes.", "RED")
    place.edit("briefs/other.md", "A list of notes.", "A list.")
    first = place.doit()
    assert "verify:other:contract" in told(first.stdout, ".")
    for _ in "ab":
        done = place.doit()
        assert done.returncode == 1
        assert "build/notes/app/README.md:3:0: it is RED [straw R1]\nstatic of notes is red\n" in done.stdout
        assert done.stderr == ""
        assert told(done.stdout, ".") == {"verify:notes:static"}
    place.write("briefs/bad.md", BRIEF.replace("text!", "txt!"))
    assert place.doit().returncode == 2
    (place.root / "briefs/bad.md").unlink()
    place.edit("briefs/notes.md", "RED", "GREEN")
    assert place.doit().returncode == 0


def test_forget_and_always(built: Place) -> None:
    built.empty_cache()
    assert built.doit("forget", "generate:notes:api").returncode == 0
    assert built.made() == {"generate:notes:api"}
    assert built.made("-a", "-s", "assemble:notes") == {"assemble:notes"}
    built.doit("ignore", "compile:notes")
    assert "!! compile:notes" in built.doit("compile").stdout


def test_a_product_can_be_named(built: Place) -> None:
    (built.root / "build/notes/slices/api.json").unlink()
    built.empty_cache()
    assert built.made("build/notes/slices/api.json") == {"compile:notes"}


def test_own_tasks_are_kept_by_doit(built: Place) -> None:
    built.write(
        "dodo.py",
        f"{DODO}\n\ndef task_mine():\n"
        "    return {'actions': ['touch mine'], 'file_dep': ['briefs/notes.md']}\n",
    )
    assert built.made("mine") == {"mine"}
    assert built.made("mine") == set()
    built.edit("briefs/notes.md", "max=80", "max=81")
    assert built.made("mine") == {"mine"}


def test_products_of_a_brief_that_is_gone_go_unless_they_were_edited(built: Place) -> None:
    built.write("briefs/other.md", BRIEF)
    built.made()
    built.write("build/other/app/README.md", "mine\n")
    (built.root / "briefs/other.md").unlink()
    done = built.doit()
    assert done.returncode == 2
    assert (
        "build/other/app/README.md:0:0: its brief is gone, but it was edited by hand; "
        "move it away or delete it\n"
    ) in done.stdout
    assert "other/spec.json" in built.products()
    (built.root / "build/other/app/README.md").unlink()
    assert built.made() == {"remove:other"}
    assert not (built.root / "build/other").exists()


def test_the_cache_keeps_its_bound(place: Place) -> None:
    place.write("dodo.py", DODO + "\n\nimport qlf.engine.building as building\n\nbuilding._MANY = 5\n")
    place.write("factory.toml", "[cache]\nmegabytes = 1\n")
    for number in range(12):
        (place.root / f"cache/products/{number:02x}").mkdir(parents=True)
        old = place.root / f"cache/products/{number:02x}/{number:064x}"
        old.write_bytes(b"x" * 300_000)
        os.utime(old, (number, number))
    place.made()
    left = [file for file in (place.root / "cache/products").glob("??/*") if file.stat().st_size >= 300_000]
    assert 1 <= len(left) <= 3
    assert sum(file.stat().st_size for file in (place.root / "cache/products").glob("??/*")) <= 1 << 20


def test_what_one_brief_was_remade_for_is_not_forgotten_for_another(built: Place) -> None:
    built.write("briefs/other.md", BRIEF)
    built.made()
    built.write("templates/database/sql/down.sql.jinja", "-- nothing\n")
    assert "generate:notes:database" in built.made("assemble:notes")
    assert "generate:other:database" in built.made()
    assert built.doit().stdout == ""


def test_without_gates_there_is_still_an_application_and_what_is_known_of_it(place: Place) -> None:
    place.write("factory.toml", "[gates]\nrun = []\n")
    assert place.made() == ALL - VERIFY
    assert place.made() == set()
