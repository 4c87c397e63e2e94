"""Reader and patcher against `git apply`, the grammar against the reader, and both ways round."""

from __future__ import annotations

import difflib
import os
import subprocess
import tempfile
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from abnf import ParseError, Rule
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from qlf.model.patch import Document, Patch
from qlf.soc.apply import apply
from qlf.soc.hunks import OPEN_END
from qlf.soc.parse import parse
from qlf.soc.patchset import PatchSet

if TYPE_CHECKING:
    from collections.abc import Mapping

GRAMMAR = Path(__file__).parents[2] / "docs" / "soc.abnf"

# Lines that look like the contract itself are the ones that confuse readers.
TRICKY = [
    "",
    "x",
    "-- a/x",
    "++ b/x",
    "```",
    "```diff",
    "### END",
    "### FACTORY/1 PATCH",
    "@@ -1 +1 @@",
    OPEN_END,
]
LINES = st.sampled_from(TRICKY) | st.text(
    st.characters(exclude_categories=("Cc", "Cs"), include_characters="\t"),
    max_size=5,
)
WHOLE = st.lists(LINES, min_size=1, max_size=12).map(lambda lines: "\n".join(lines) + "\n")
PATHS = st.sampled_from(
    ["backend/a.py", "backend/b c/ä.md", "backend/b c/d.py", "z", "README.md", "+++ b", "-"]
)
TREES = st.dictionaries(PATHS, WHOLE, min_size=1)


@st.composite
def edits(draw: st.DrawFn) -> tuple[str, str]:
    """Return a text and an edited one; either may lack its last line end."""
    before = draw(st.lists(LINES, min_size=1, max_size=25))
    after = list(before)
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(after)))
        end = draw(st.integers(start, min(len(after), start + 3)))
        after[start:end] = draw(st.lists(LINES, max_size=3))
    texts = ["\n".join(lines) + draw(st.sampled_from(["\n", ""])) for lines in (before, after)]
    assume(texts[0] != texts[1])
    assume(all(texts))
    return texts[0], texts[1]


def _split(text: str) -> list[str]:
    return [line for line in text.replace("\n", "\n\0").split("\0") if line]


def _diff(path: str, before: str, after: str, context: int) -> str:
    lines = difflib.unified_diff(_split(before), _split(after), f"a/{path}", f"b/{path}", n=context)
    return "".join(line if line.endswith("\n") else f"{line}\n{OPEN_END}\n" for line in lines)


def _soc(path: str, diff: str) -> str:
    return f"### FACTORY/1 PATCH\n- file: {path}\n```diff\n{diff}```\n### END\n"


def _git(diff: str, base: Mapping[str, str]) -> dict[str, str] | None:
    """Return the files after `git apply`, None if it refuses."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for path, text in base.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(text.encode())
        environment = {"PATH": os.environ["PATH"], "GIT_CEILING_DIRECTORIES": str(folder.parent)}
        command = ["git", "apply", "--whitespace=nowarn", "-"]
        run = subprocess.run(
            command, input=diff.encode(), cwd=folder, env=environment, capture_output=True, check=False
        )
        if run.returncode:
            return None
        files = [path for path in folder.rglob("*") if path.is_file()]
        return {str(path.relative_to(folder)): path.read_bytes().decode() for path in files}


def _within_fence(source: str) -> str:
    return source.split("```diff\n", 1)[1].rsplit("```\n### END\n", 1)[0]


@cache
def _grammar() -> Rule:
    class Soc(Rule):
        pass

    Soc.from_file(GRAMMAR)
    return Soc("soc")


def _in_grammar(source: str) -> bool:
    try:
        _grammar().parse_all(source)
    except ParseError:
        return False
    return True


def _render(tree: Mapping[str, str]) -> str:
    return Patch(documents=tuple(Document(path=path, text=text) for path, text in tree.items())).render()


@given(TREES)
def test_rendered_documents_come_back(tree: dict[str, str]) -> None:
    patch = parse(_render(tree), "p.soc", None)
    assert isinstance(patch, PatchSet)
    assert apply(patch, {}) == tree


@settings(max_examples=25, deadline=None)
@given(TREES)
def test_rendered_documents_are_the_same_for_git(tree: dict[str, str]) -> None:
    assert _git(_within_fence(_render(tree)), {}) == tree


@given(edits(), st.integers(1, 4))
def test_edit_is_applied(edit: tuple[str, str], context: int) -> None:
    patch = parse(_soc("a", _diff("a", *edit, context)), "p.soc", None)
    assert isinstance(patch, PatchSet), patch
    assert apply(patch, {"a": edit[0], "b": "x"}) == {"a": edit[1], "b": "x"}


@settings(max_examples=60, deadline=None)
@given(edits(), st.integers(1, 3), WHOLE)
def test_edit_is_the_same_for_git(edit: tuple[str, str], context: int, other: str) -> None:
    """What applies here applies in git with the same result, also on a file that is not the one expected."""
    diff = _diff("a", *edit, context)
    patch = parse(_soc("a", diff), "p.soc", None)
    assert isinstance(patch, PatchSet)
    assert _git(diff, {"a": edit[0]}) == {"a": edit[1]}
    for base in ({"a": other}, {"a": other + edit[0]}, {"a": edit[0] + other}):
        answer = apply(patch, base)
        if isinstance(answer, dict):
            assert _git(diff, base) == answer


@given(edits(), WHOLE)
def test_edit_does_not_move(edit: tuple[str, str], above: str) -> None:
    """Where the lines are found further down, git follows them; here they must be where they are said."""
    patch = parse(_soc("a", _diff("a", *edit, 3)), "p.soc", None)
    assert isinstance(patch, PatchSet)
    base = {"a": above + edit[0]}
    answer = apply(patch, base)
    old = [line for hunk in patch.files[0].hunks for line in hunk.old]
    if isinstance(answer, dict):
        lines = _split(base["a"])
        found = [
            line
            for hunk in patch.files[0].hunks
            for line in lines[hunk.start - 1 : hunk.start - 1 + len(hunk.old)]
        ]
        assert found == old


@settings(deadline=None)
@given(TREES)
def test_rendered_documents_are_in_the_grammar(tree: dict[str, str]) -> None:
    assert _in_grammar(_render(tree))


@settings(deadline=None)
@given(edits(), st.integers(1, 3))
def test_edits_are_in_the_grammar(edit: tuple[str, str], context: int) -> None:
    assert _in_grammar(_soc("a", _diff("a", *edit, context)))


@settings(max_examples=300, deadline=None)
@given(TREES, st.data())
def test_reader_is_as_strict_as_the_grammar(tree: dict[str, str], draws: st.DataObject) -> None:
    """Whatever is done to the lines of a patch: what the reader takes, the grammar has."""
    lines = _render(tree).splitlines(keepends=True)
    for _ in range(draws.draw(st.integers(1, 3))):
        start = draws.draw(st.integers(0, len(lines)))
        end = draws.draw(st.integers(start, min(len(lines), start + 2)))
        marked = st.sampled_from(["+", "-", " ", ""]).flatmap(
            lambda mark: LINES.map(lambda line: f"{mark}{line}\n")
        )
        lines[start:end] = draws.draw(st.lists(marked, max_size=2))
    source = "".join(lines)
    if isinstance(parse(source, "p.soc", None), PatchSet):
        assert _in_grammar(source)


def test_hostile_patches_in_the_grammar_are_those_it_cannot_refuse() -> None:
    """The folder's other patches are refused by grammar and reader alike."""
    folder = Path(__file__).parents[1] / "failing" / "soc"
    taken = set()
    for case in folder.iterdir():
        raw = (case / "input.soc").read_bytes()
        if case.name != "invalid-utf-8" and _in_grammar(raw.decode()):
            taken.add(case.name)
    by_rule = {
        "case",
        "count",
        "creation",
        "deletion",
        "file",
        "hunk",
        "hunks",
        "listed",
        "open",
        "patched",
        "path",
    }
    taken.discard("no-hunk")  # which a file that is moved may lack
    assert {name.split("-")[0] for name in taken} <= by_rule | {"renamed", "moved", "reason"}
    assert len(taken) > 20


@given(TREES, st.data())
def test_mutated_bytes_are_judged(tree: dict[str, str], draws: st.DataObject) -> None:
    raw = bytearray(_render(tree).encode())
    for _ in range(draws.draw(st.integers(1, 4))):
        place = draws.draw(st.integers(0, len(raw) - 1))
        raw[place : place + draws.draw(st.integers(0, 3))] = draws.draw(st.binary(max_size=3))
        assume(raw)
    answer = parse(bytes(raw), "p.soc", None)
    assert isinstance(answer, PatchSet) or answer
    if isinstance(answer, list):
        assert all(earlier <= later for earlier, later in pairwise(answer))


@given(st.text() | st.binary())
def test_anything_is_judged(source: str | bytes) -> None:
    assert isinstance(parse(source, "p.soc", None), list)
