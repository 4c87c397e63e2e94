"""Reading SOC text: what is good is read whole, what is not is refused with the place and the advice."""

from __future__ import annotations

from pathlib import Path

import pytest

from qlf.model.patch import Document, Patch
from qlf.soc.parse import parse
from qlf.soc.patchset import FilePatch, Hunk, Kind, PatchSet
from qlf.soc.source import Limits

HOSTILE = Path(__file__).parents[1] / "failing" / "soc"
OWNS = ("backend/", "README.md")


def _texts(source: bytes | str, limits: Limits = Limits()) -> list[str]:  # noqa: B008 - frozen
    answer = parse(source, "p.soc", OWNS, limits)
    assert isinstance(answer, list), answer
    return [str(problem) for problem in answer]


def _change(hunks: str) -> str:
    diff = f"--- a/backend/a.py\n+++ b/backend/a.py\n{hunks}"
    return f"### FACTORY/1 PATCH\n- file: backend/a.py\n```diff\n{diff}```\n### END\n"


def test_rendered_patch_is_read_whole() -> None:
    text = "first\n```\n--- a/x\n+++ b/x\n### END\n\n"
    patch = Patch(
        documents=(Document(path="README.md", text="hi\n"), Document(path="backend/a.py", text=text))
    )
    assert parse(patch.render(), "p.soc", OWNS) == PatchSet(
        "p.soc",
        (
            FilePatch("README.md", Kind.CREATE, 5, (Hunk(7, 1, (), ("hi\n",), trails=False),)),
            FilePatch(
                "backend/a.py",
                Kind.CREATE,
                9,
                (Hunk(11, 1, (), tuple(text.splitlines(keepends=True)), trails=False),),
            ),
        ),
    )


def test_change_and_deletion_are_read() -> None:
    diff = (
        "--- a/backend/a.py\n+++ b/backend/a.py\n"
        "@@ -1,2 +1,3 @@ def f():\n a\n+b\n c\n"
        "@@ -9,2 +10 @@\n x\n-y\n\\ No newline at end of file\n"
        "--- a/backend/b.py\n+++ /dev/null\n@@ -1 +0,0 @@\n--- a/q\n"
    )
    source = f"### FACTORY/1 PATCH\n- file: backend/a.py\n- file: backend/b.py\n```diff\n{diff}```\n### END\n"
    assert parse(source.encode(), "p.soc", OWNS) == PatchSet(
        "p.soc",
        (
            FilePatch(
                "backend/a.py",
                Kind.CHANGE,
                5,
                (
                    Hunk(7, 1, ("a\n", "c\n"), ("a\n", "b\n", "c\n"), trails=True),
                    Hunk(11, 9, ("x\n", "y"), ("x\n",), trails=False),
                ),
            ),
            FilePatch("backend/b.py", Kind.DELETE, 15, (Hunk(17, 1, ("-- a/q\n",), (), trails=False),)),
        ),
    )


def test_author_of_a_brief_may_write_anywhere_but_outside() -> None:
    patch = Patch(documents=(Document(path="anything/at all.txt", text="x\n"),))
    assert isinstance(parse(patch.render(), "p.soc", None), PatchSet)
    assert isinstance(parse(patch.render().replace("anything", ".."), "p.soc", None), list)


def test_nothing_is_owned_by_an_empty_list() -> None:
    patch = Patch(documents=(Document(path="a.txt", text="x\n"),))
    answer = parse(patch.render(), "p.soc", ())
    assert isinstance(answer, list)
    assert str(answer[0]) == "p.soc:2:9: the path is outside what this agent owns; write only nothing"


@pytest.mark.parametrize("folder", sorted(HOSTILE.iterdir()), ids=lambda folder: folder.name)
def test_hostile_patch_is_refused_with_its_message(folder: Path) -> None:
    answer = parse((folder / "input.soc").read_bytes(), "input.soc", OWNS)
    assert isinstance(answer, list)
    expected = (folder / "expected.txt").read_text(encoding="utf-8")
    assert "".join(f"{problem}\n" for problem in answer) == expected


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        (Limits(size=20), "p.soc:0:0: the text is longer than 20 bytes; hand over less at once"),
        (Limits(lines=5), "p.soc:0:0: the text has more than 5 lines; hand over less at once"),
        (Limits(line=18), "p.soc:1:19: the line is longer than 18 characters; break it up"),
        (Limits(files=1), "p.soc:0:0: the patch lists more than 1 files; hand over less at once"),
    ],
)
def test_limits_are_kept(limits: Limits, message: str) -> None:
    documents = tuple(Document(path=f"backend/{name}.py", text="x\n") for name in "ab")
    assert message in _texts(Patch(documents=documents).render(), limits)


def test_files_beyond_the_limit_are_refused_in_the_diff_too() -> None:
    documents = tuple(Document(path=f"backend/{name}.py", text="x\n") for name in "abc")
    source = Patch(documents=documents).render().replace("- file: backend/b.py\n- file: backend/c.py\n", "")
    message = "p.soc:12:0: the patch has more than 1 files; hand over less at once"
    assert message in _texts(source, Limits(files=1))


def test_problems_are_cut_off_with_a_word() -> None:
    source = _change("@@ -1,2 +1,2 @@\n a\n b\n" * 9)
    assert len(_texts(source)) == 17
    cut = _texts(source, Limits(problems=3))
    assert len(cut) == 4
    assert cut[-1] == "p.soc:0:0: there are more than 3 problems; mend these first"


def test_lone_surrogate_in_a_text_is_refused() -> None:
    source = _change("@@ -1,2 +1,2 @@\n a\n-b\n+c\ud800\n")
    assert _texts(source) == ["p.soc:9:3: the text is not UTF-8; write it in UTF-8"]


def test_messages_quote_nothing_that_a_terminal_obeys() -> None:
    path = "backend/" + "\x1b]0;x\x07" + "a" * 500
    source = Patch(documents=(Document(path=path, text="x\n"),)).render().replace(f"- file: {path}\n", "")
    text = "\n".join(_texts(source))
    assert "\x1b" not in text
    assert "`backend/\\u001b]0;x\\u0007aaa" in text
    assert max(map(len, text.splitlines())) < 300


def test_text_separators_of_unicode_are_content() -> None:
    patch = Patch(documents=(Document(path="backend/a.py", text="a\u2028b\u2029c\n"),))
    answer = parse(patch.render(), "p.soc", OWNS)
    assert isinstance(answer, PatchSet)
    assert answer.files[0].hunks[0].new == ("a\u2028b\u2029c\n",)
