"""Patches on files that are generated anew: followed where that is certain, told where it is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from qlf.own.saving import Saved, save
from tests.own.place import NAME, Place

if TYPE_CHECKING:
    from pathlib import Path

MODEL = "".join(f"    field_{number} = column({number})\n" for number in range(12))
NOTE = f'"""Notes."""\n\n\nclass Note(Base):\n{MODEL}'
OTHER = '"""Something else."""\n\nimport os\n\n\ndef run() -> None:\n    os.getcwd()\n'
RESOLVE = "qlf patch resolve notes backend/{} --ours, --theirs or --file FILE"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    place = Place(tmp_path)
    place.made({"note.py": NOTE, "other.py": OTHER})
    return place


def _changed(text: str, number: int, to: str = "by_hand()") -> str:
    return text.replace(f"column({number})\n", f"{to}\n")


def test_an_edit_is_put_on_what_is_generated_anew(place: Place) -> None:
    place.edit({"note.py": _changed(NOTE, 3)}, "three is ours")
    assert place.assemble() == []
    assert place.tree()["note.py"] == _changed(NOTE, 3)
    place.made({"note.py": _changed(NOTE, 9, "generated()"), "other.py": OTHER})
    assert place.tree()["note.py"] == _changed(_changed(NOTE, 3), 9, "generated()")
    assert not (place.build / "conflicts").exists()


def test_edits_of_several_times_are_kept_apart_with_their_reasons(place: Place) -> None:
    place.edit({"note.py": _changed(NOTE, 3)}, "three is ours")
    place.edit({"note.py": _changed(_changed(NOTE, 3), 7)}, "seven too")
    assert sorted(path.name for path in place.patches.glob("*.soc")) == ["001-backend.soc", "002-backend.soc"]
    assert place.assemble() == []
    assert place.tree()["note.py"] == _changed(_changed(NOTE, 3), 7)


def test_a_file_that_came_moved_and_went_by_hand_stays_so(place: Place) -> None:
    place.edit({"note.py": None, "deep/memo.py": NOTE, "other.py": None, "new.py": "mine\n"})
    assert place.assemble() == []
    expected = {"deep/memo.py": NOTE, "new.py": "mine\n"}
    assert place.tree() == expected
    later = _changed(NOTE, 9, "generated()")
    place.made({"note.py": later, "other.py": f"{OTHER}    run()\n", "more.py": "x\n"})
    assert place.tree() == {"deep/memo.py": later, "new.py": "mine\n", "more.py": "x\n"}


def test_a_file_that_is_generated_under_another_name_is_followed(place: Place) -> None:
    place.edit({"note.py": _changed(NOTE, 3)}, "three is ours")
    place.edit({"note.py": _changed(_changed(NOTE, 3), 7)}, "seven too")
    renamed = NOTE.replace("Note", "Memo")
    place.made({"memo.py": renamed, "other.py": OTHER})
    assert place.tree() == {"memo.py": _changed(_changed(renamed, 3), 7), "other.py": OTHER}


def test_a_file_that_was_there_already_is_not_taken_for_one_that_went(place: Place) -> None:
    twin = NOTE.replace("Note", "Twin")
    place.made({"note.py": NOTE, "twin.py": twin})
    place.edit({"note.py": _changed(NOTE, 3)}, "three is ours")
    place.generate({"twin.py": twin})
    file = "build/notes/conflicts/backend/note.py"
    what = "`backend/note.py` is changed here and is generated no more"
    advice = f"both are in {file}:1; then: {RESOLVE.format('note.py')}"
    assert place.assemble() == [f"briefs/notes/patches/001-backend.soc:7:1: {what}; {advice}"]


def test_a_conflict_stops_the_build_and_shows_both_sides(place: Place) -> None:
    place.edit({"note.py": _changed(NOTE, 3), "other.py": f"# ours\n{OTHER}"}, "three is ours")
    assert place.assemble() == []
    before = place.tree()
    place.generate({"note.py": _changed(NOTE, 3, "generated()"), "other.py": OTHER})
    file = "build/notes/conflicts/backend/note.py"
    what = "`backend/note.py` is changed here and in what is generated, in the same lines"
    advice = f"both are in {file}:8; then: {RESOLVE.format('note.py')}"
    assert place.assemble() == [f"briefs/notes/patches/001-backend.soc:9:1: {what}; {advice}"]
    assert place.tree() == before
    assert (
        "<<<<<<< generated now\n    field_3 = generated()\n=======\n    field_3 = by_hand()\n"
        ">>>>>>> 001-backend.soc: three is ours\n"
    ) in place.shown("note.py")
    place.made({"note.py": NOTE, "other.py": OTHER})
    assert place.tree() == before
    assert not (place.build / "conflicts").exists()
    assert not (place.build / "conflicts.json").exists()


def test_conflicts_of_every_kind_are_told(place: Place) -> None:
    place.edit({"note.py": None, "memo.py": NOTE, "new.py": "mine\n"}, "so it is")
    place.generate({"note.py": NOTE, "other.py": OTHER, "memo.py": "theirs\n", "new.py": "theirs\n"})
    told = [problem.partition(": ")[2].partition(";")[0] for problem in place.assemble()]
    assert told == [
        "`backend/note.py` is moved to `backend/memo.py` here, which is generated now as well",
        "`backend/new.py` is new here, and is generated now as well",
    ]
    assert place.resolve("memo.py", "ours") == []
    assert place.resolve("new.py", "theirs") == []
    assert place.assemble() == []
    assert place.tree() == {"memo.py": NOTE, "new.py": "theirs\n", "other.py": OTHER}


@pytest.mark.parametrize("side", ["ours", "theirs", "file", ""])
def test_an_answer_is_taken_and_lasts(place: Place, side: str) -> None:
    place.edit({"note.py": _changed(NOTE, 3), "other.py": f"# ours\n{OTHER}"}, "three is ours")
    now = {"note.py": _changed(NOTE, 3, "generated()"), "other.py": OTHER}
    place.generate(now)
    assert len(place.assemble()) == 1
    both = NOTE.replace("column(3)\n", "generated(by_hand())\n")
    (place.build / "conflicts" / "backend" / "note.py").write_text(both, encoding="utf-8")
    assert len(place.assemble()) == 1  # and what the author wrote there is left alone
    assert place.resolve("note.py", side, both) == []  # type: ignore[arg-type]
    expected = {"ours": _changed(NOTE, 3), "theirs": now["note.py"]}.get(side, both)
    assert place.assemble() == []
    assert place.tree() == {"note.py": expected, "other.py": f"# ours\n{OTHER}"}
    later = now["note.py"].replace("column(9)", "later()")
    place.made({**now, "note.py": later})
    assert place.tree()["note.py"] == expected.replace("column(9)", "later()")
    assert place.resolve("note.py", "ours") == [
        "backend/note.py:0:0: notes has no conflict at this path; conflicts: there is none"
    ]


def test_what_is_no_answer_is_refused(place: Place) -> None:
    place.edit({"note.py": _changed(NOTE, 3)}, "three is ours")
    place.generate({"note.py": _changed(NOTE, 3, "generated()")})
    place.assemble()
    file = "build/notes/conflicts/backend/note.py"
    ways = "edit it until both sides are joined and no marks are left, or give --ours, --theirs or --file"
    assert place.resolve("note.py", "") == [f"{file}:8:1: nothing was resolved here yet; {ways}"]
    shown = place.shown("note.py")
    (place.root / file).write_text(f"{shown}# more\n", encoding="utf-8")
    assert place.resolve("note.py", "") == [
        f"{file}:8:1: this line is a mark of the conflict; join both sides"
    ]
    for answer, what in (
        ("", "0:0: this cannot stand in a patch: the file is empty"),
        ("x\n\x1b\n", "2:0: this cannot stand in a patch: the text holds the control character U+001B"),
    ):
        assert place.resolve("note.py", "file", answer) == [f"answer:{what}; mend it"]
    place.generate({"note.py": _changed(NOTE, 3, "other()")})
    moved = f"{file} was edited for an older conflict: move it away and build again, or: "
    assert [each.partition("; ")[2] for each in place.assemble()] == [moved + RESOLVE.format("note.py")]
    (place.root / file).write_text(_changed(NOTE, 3), encoding="utf-8")
    assert place.resolve("note.py", "") == [
        f"{file}:0:0: this was edited for an older conflict; look at it again, and give it with --file"
    ]


@pytest.mark.parametrize(("side", "left"), [("ours", False), ("theirs", True)])
def test_a_file_is_not_deleted_with_lines_that_nobody_saw_go(place: Place, side: str, left: bool) -> None:
    app = place.copy().app
    (app / "backend/note.py").write_text(_changed(NOTE, 3), encoding="utf-8")
    later = _changed(NOTE, 9, "generated()")
    place.made({"note.py": later})
    saved = save(place.repository, NAME, place.saved_from(), "three is ours")
    assert isinstance(saved, Saved)
    place.edit({"note.py": None}, "no notes")  # of a copy in which the patch is not yet
    told = "`backend/note.py` is deleted here, with lines of 001-backend.soc that were not in it then"
    assert [problem.partition(": ")[2].partition(";")[0] for problem in place.assemble()] == [told]
    assert "by_hand()" in place.shown("note.py")
    assert place.resolve("note.py", side) == []  # type: ignore[arg-type]
    assert place.assemble() == []
    assert ("note.py" in place.tree()) is left
    assert not left or place.tree()["note.py"] == _changed(later, 3)


def test_texts_that_no_patch_is_about_are_removed(place: Place) -> None:
    place.edit({"note.py": _changed(NOTE, 3)}, "three is ours")
    place.generate({"note.py": _changed(NOTE, 3, "generated()")})
    place.assemble()
    assert place.resolve("note.py", "theirs") == []
    left = [path.name for path in place.patches.rglob("*") if path.is_file()]
    assert left == [".gitattributes"]
    assert place.assemble() == []
