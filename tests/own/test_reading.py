"""Patches, copies and own files from outside: what is not as it should be is refused with its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from qlf.config import Settings
from qlf.own.editing import find_copy, open_copy
from qlf.own.saving import Saved, save
from tests.own.place import NAME, Place

if TYPE_CHECKING:
    from pathlib import Path

A = "".join(f"a {number}\n" for number in range(9))
STALE = "make the patch against the files as they are"
SAVED = "briefs/notes/patches/001-backend.soc"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    place = Place(tmp_path)
    place.made({"a.py": A, "b.py": "b\n"})
    return place


def _rewritten(place: Place, old: str, new: str) -> list[str]:
    file = place.root / SAVED
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")
    return place.assemble()


def test_a_text_that_is_missing_or_changed_is_told(place: Place) -> None:
    place.edit({"a.py": A.replace("a 4", "ours")})
    bases = sorted((place.patches / "base").iterdir())
    texts = {file.name: file.read_bytes() for file in bases}
    restore = "take it back from version control, or delete the patch"
    for file in bases:
        file.write_bytes(texts[file.name].replace(b"\n", b"\r\n"))
    assert place.assemble() == [
        f"briefs/notes/patches/base/{file.name}:0:0: "
        f"this is not the text that its name says, line ends included; {restore}"
        for file in bases
    ]
    listing = next(name for name, text in texts.items() if b"backend/a.py" in text)
    base = next(name for name in texts if name != listing)
    for file in bases:
        file.unlink()
    told = [
        f"the list of files {listing} is missing",
        "the text of `backend/a.py` that the patch was made of",
    ]
    problems = place.assemble()
    assert len(problems) == 2
    assert [any(what in problem for problem in problems) for what in told] == [True, True]
    assert f"briefs/notes/patches/base/{base}:0:0: " in "".join(problems)


def test_a_fresh_checkout_builds_the_same(place: Place, tmp_path: Path) -> None:
    place.edit({"a.py": A.replace("a 4", "ours"), "b.py": None, "c.py": "c\n"})
    place.generate({"a.py": A.replace("a 8", "later"), "b.py": "b 2\n"})
    assert place.assemble() == []
    other = Place(tmp_path / "clone")
    for file in place.patches.rglob("*.*"):
        (other.patches / "base").mkdir(parents=True, exist_ok=True)
        (other.patches / file.name).write_bytes(file.read_bytes())
    for file in (place.patches / "base").iterdir():
        (other.patches / "base" / file.name).write_bytes(file.read_bytes())
    other.made({"a.py": A.replace("a 8", "later"), "b.py": "b 2\n"})
    assert other.tree() == place.tree()


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("- reason: why not\n", "", ":2:1: the patch gives no reason; add `- reason: WHY`"),
        (
            "backend/a.py",
            "../backend/a.py",
            ":4:9: the path has the part `..`; write where the file lies, without detours",
        ),
        (
            "backend/a.py",
            "tests/a.py",
            ":4:9: the path is outside what this agent owns; write only `backend/`",
        ),
        (
            "-a 4\n",
            "-a 5\n",
            ":9:0: line 5 of `backend/a.py` is `a 4`, not `a 5`; " + STALE,
        ),
        (
            "### END\n",
            "",
            ":19:1: the trailer `### END` is missing: the patch may be cut off; end the patch with it",
        ),
    ],
    ids=["no reason", "outside", "of another agent", "not of its base", "cut off"],
)
def test_a_patch_that_was_tampered_with_is_refused(place: Place, old: str, new: str, problem: str) -> None:
    place.edit({"a.py": A.replace("a 4", "ours")})
    before = place.tree()
    assert _rewritten(place, old, new) == [f"{SAVED}{problem}"]
    assert place.tree() == before


def test_a_patch_without_base_or_list_is_refused(place: Place) -> None:
    place.edit({"a.py": A.replace("a 4", "ours")})
    lines = (place.root / SAVED).read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith(("- base: ", "- tree: "))]
    (place.root / SAVED).write_text("".join(kept), encoding="utf-8")
    assert place.assemble() == [
        f"{SAVED}:2:1: the patch does not say of which files it was made; make it with `qlf patch save`",
        (
            f"{SAVED}:5:1: the patch does not say of which text of `backend/a.py` it was made; "
            "make it with `qlf patch save`"
        ),
    ]


def test_what_is_no_patch_in_its_folder_is_told(place: Place) -> None:
    names = "AGENT being one of backend, database, api, tests, documentation, or take it away"
    place.patches.mkdir(parents=True)
    for name in ("1-backend.soc", "001-nobody.soc", "x.diff", ".gitattributes"):
        (place.patches / name).write_text("x")
    (place.patches / "link.soc").symlink_to("/etc/passwd")
    assert place.assemble() == [
        "briefs/notes/patches/link.soc:0:0: this is not a regular file; put the file itself there"
    ]
    (place.patches / "link.soc").unlink()
    assert place.assemble() == [
        f"briefs/notes/patches/{name}:0:0: this is no patch; call it NNN-AGENT.soc, {names}"
        for name in ("001-nobody.soc", "1-backend.soc", "x.diff")
    ]


def test_a_huge_patch_is_not_read(place: Place) -> None:
    place.patches.mkdir(parents=True)
    with (place.patches / "001-backend.soc").open("wb") as file:
        file.truncate((16 << 20) + 1)
    assert place.assemble() == [
        f"{SAVED}:0:0: the file is longer than 16777216 bytes; take it away, or make it shorter"
    ]


# Own files


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("x = 1\n", False),
        ('"""Ours."""\n# factory: replaces\n', True),
        ("// factory: replaces\n", True),
        ("/* factory: replaces */\n", True),
        ("<!-- factory: replaces -->\n", True),
        ("-- factory: replaces\nselect 1;\n", True),
        ("factory: replaces\n", False),
        ("# factory: replaces nothing\n", False),
        ("\n" * 5 + "# factory: replaces\n", False),
    ],
)
def test_an_own_file_replaces_a_generated_one_only_if_it_says_so(place: Place, text: str, says: bool) -> None:
    file = place.repository.custom(NAME) / "backend" / "a.py"
    file.parent.mkdir(parents=True)
    file.write_text(text, encoding="utf-8")
    advice = (
        "write `factory: replaces` in a comment of its own within the first five lines, "
        "or name it under [replaces] in factory.toml"
    )
    problem = "this file is generated as well, build/notes/patches/backend.soc"
    assert place.assemble() == (
        [] if says else [f"briefs/notes/custom/backend/a.py:0:0: {problem}; {advice}"]
    )
    assert place.tree()["a.py"] == (text if says else A)


def test_an_own_file_replaces_what_the_settings_name(tmp_path: Path) -> None:
    place = Place(tmp_path, Settings.model_validate({"replaces": {"notes": ("api/openapi.json",)}}))
    file = place.repository.custom(NAME) / "api" / "openapi.json"
    file.parent.mkdir(parents=True)
    file.write_text("{}", encoding="utf-8")
    place.made({"a.py": A})
    assert (place.app / "api/openapi.json").read_text(encoding="utf-8") == "{}"


def test_an_own_file_does_not_hide_a_patch(place: Place) -> None:
    place.edit({"a.py": A.replace("a 4", "ours")})
    file = place.repository.custom(NAME) / "backend" / "a.py"
    file.parent.mkdir(parents=True)
    file.write_text("# factory: replaces\n", encoding="utf-8")
    assert place.assemble() == [
        f"briefs/notes/custom/backend/a.py:0:0: this file is patched as well, by {place.root}/{SAVED}; "
        "make the change in your own file and delete it from the patch, or take the file away".replace(
            f"{place.root}/", ""
        )
    ]


def test_a_build_that_was_killed_beside_a_conflict_goes_on(place: Place) -> None:
    place.edit({"a.py": A.replace("a 4", "ours")})
    place.generate({"a.py": A.replace("a 4", "theirs")})
    first = place.assemble()
    (place.build / "conflicts.json").unlink()  # as if it had ended before this was written
    assert place.assemble() == first
    assert place.resolve("a.py", "ours") == []
    assert place.assemble() == []


# The copy


def test_edits_that_are_not_saved_are_not_thrown_away(place: Place) -> None:
    app = place.copy().app
    (app / "backend/a.py").write_text("ours\n")
    assert place.copy().edited == ("backend/a.py",)
    place.made({"a.py": A, "b.py": "b 2\n"})
    told = open_copy(place.repository, NAME)
    assert isinstance(told, list)
    assert [str(each).replace(f"{place.root}/", "") for each in told] == [
        (
            "build/notes/edit/app:0:0: 1 files were edited here, and the application was built anew since; "
            "run: qlf patch save notes; or delete build/notes/edit to lose the edits"
        )
    ]
    assert (app / "backend/a.py").read_text() == "ours\n"


def test_edits_in_the_tree_itself_are_taken_over(place: Place) -> None:
    (place.app / "backend/a.py").write_text("ours\n")
    (place.app / "backend/new.py").write_text("new\n")
    (place.app / "backend/b.py").unlink()
    assert len(place.assemble()) == 2
    assert place.copy().edited == ("backend/a.py", "backend/new.py")
    assert place.assemble() == []
    place.edit({})
    assert place.assemble() == []
    assert place.tree() == {"a.py": "ours\n", "b.py": "b\n", "new.py": "new\n"}
    (place.app / "backend/a.py").write_text("in the tree\n")
    (place.copy().app / "backend/b.py").write_text("in the copy\n")
    (place.app / "backend/b.py").write_text("in the tree\n")
    told = open_copy(place.repository, NAME)
    assert isinstance(told, list)
    assert [str(each).replace(f"{place.root}/", "") for each in told] == [
        (
            "build/notes/app/backend/b.py:0:0: this was edited, "
            "and build/notes/edit/app/backend/b.py as well; join them in the copy, delete this"
        )
    ]


@pytest.mark.parametrize("left", ["nothing", "a half", "no copy", "the old one"])
def test_a_copy_that_was_half_made_is_made_again(place: Place, left: str) -> None:
    """Killed before or between the two renames by which a copy takes the place of another."""
    app = place.copy().app
    half = place.build / ".edit-unfinished"
    if left != "nothing":
        (half / "app" / "backend").mkdir(parents=True)
        (half / "app" / "backend" / "half.py").write_text("half\n")
    if left in {"no copy", "the old one"}:
        (place.build / "edit").rename(place.build / ".edit-unfinished-old")
    assert place.copy().edited == ()
    assert sorted(path.name for path in (app / "backend").iterdir()) == ["a.py", "b.py"]
    (app / "backend/a.py").write_text("ours\n")
    assert place.copy().edited == ("backend/a.py",)
    place.edit({})
    place.made({"a.py": A, "b.py": "b 2\n"})
    assert place.copy().edited == ()
    assert sorted(path.name for path in place.build.glob(".edit*")) == []


def test_what_is_no_agents_or_no_text_becomes_an_own_file(place: Place) -> None:
    app = place.copy().app
    (app / "LICENSE").write_text("free\n")
    (app / "backend/logo.png").write_bytes(b"\x89PNG\x00")
    (app / "backend/empty.py").write_bytes(b"")
    saved = save(place.repository, NAME, place.copy(), "why not")
    assert isinstance(saved, Saved)
    custom = place.repository.custom(NAME)
    assert sorted(saved.files) == [
        custom / path for path in ("LICENSE", "backend/empty.py", "backend/logo.png")
    ]
    assert place.assemble() == []
    assert place.copy().edited == ()
    (place.copy().app / "LICENSE").write_text("freer\n")
    assert isinstance(save(place.repository, NAME, place.copy(), "why not"), Saved)
    assert (custom / "LICENSE").read_text() == "freer\n"


def test_what_cannot_be_saved_is_told_and_nothing_is(place: Place) -> None:
    app = place.copy().app
    (app / "backend/a.py").write_bytes(b"a\n\xff\n")
    (app / "backend/b.py").write_bytes(b"")
    (app / "backend/aux.py").write_text("x\n")
    told = save(place.repository, NAME, place.copy(), "why not")
    assert isinstance(told, list)
    instead = f"mend it, or put the file into {place.repository.custom(NAME)} to replace it"
    assert [str(each) for each in told] == [
        f"{app}/backend/a.py:2:0: this cannot stand in a patch: the text is not UTF-8; {instead}",
        f"{app}/backend/aux.py:0:0: `aux.py` is a device on Windows; choose another name",
        f"{app}/backend/b.py:0:0: this cannot stand in a patch: the file is empty; {instead}",
    ]
    assert not place.patches.exists()
    (app / "link").symlink_to("/etc/passwd")
    told = find_copy(place.repository, NAME)  # type: ignore[assignment]
    assert isinstance(told, list)
    assert [str(each) for each in told] == [
        f"{app}/link:0:0: this is no regular file; delete it, links are not followed"
    ]


@pytest.mark.parametrize("reason", ["", "  ", "a\nb", "\x1b[2J", "x" * 501])
def test_a_reason_is_a_sentence(place: Place, reason: str) -> None:
    (place.copy().app / "backend/a.py").write_text("ours\n")
    told = save(place.repository, NAME, place.copy(), reason)
    assert isinstance(told, list)
    assert [str(each) for each in told] == [
        (
            "-m:0:0: the reason is empty, longer than 500 characters, or not one line of text; "
            "say in a sentence why the application is changed by hand"
        )
    ]


def test_a_save_that_was_killed_is_done_again_without_harm(place: Place) -> None:
    (place.copy().app / "backend/a.py").write_text("ours\n")
    copy = place.copy()
    before = (copy.base / "backend/a.py").read_text()
    assert isinstance(save(place.repository, NAME, copy, "why not"), Saved)
    (copy.base / "backend/a.py").write_text(before)  # as if it had ended before this was written
    assert isinstance(save(place.repository, NAME, place.copy(), "why not"), Saved)
    assert [path.name for path in place.patches.glob("*.soc")] == ["001-backend.soc"]
    assert place.assemble() == []
    assert place.tree()["a.py"] == "ours\n"


def test_edits_of_one_agent_can_be_saved_alone(place: Place) -> None:
    app = place.copy().app
    (app / "backend/a.py").write_text("ours\n")
    (app / "README.md").write_text("ours\n")
    assert isinstance(save(place.repository, NAME, place.copy(), "read this", "documentation"), Saved)
    assert [path.name for path in place.patches.glob("*.soc")] == ["001-documentation.soc"]
    assert place.copy().edited == ("backend/a.py",)
