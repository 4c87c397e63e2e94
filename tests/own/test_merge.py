"""The merge of three texts, with git's own as the oracle."""

from __future__ import annotations

import subprocess
import tempfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qlf.own.merge import merge

BASE = "a\nb\nc\nd\ne\n"


def _merge(base: str | None, now: str, hand: str) -> tuple[str, bool]:
    return merge(base, now, hand, now_is="generated now", hand_is="001-backend.soc: why")


@pytest.mark.parametrize(
    ("now", "hand", "merged"),
    [
        (BASE, "a\nB\nc\nd\ne\n", "a\nB\nc\nd\ne\n"),
        ("a\nb\nc\nd\nE\n", BASE, "a\nb\nc\nd\nE\n"),
        ("a\nb\nc\nd\nE\n", "A\nb\nc\nd\ne\n", "A\nb\nc\nd\nE\n"),
        ("a\nX\nc\nd\ne\n", "a\nX\nc\nd\ne", "a\nX\nc\nd\ne"),
        ("a\nb\nd\ne\n", "a\nb\nd\ne\n", "a\nb\nd\ne\n"),
        ("a\nb\nc\nd\ne\nf\n", "ä\r\nb\nc\nd\ne\n", "ä\r\nb\nc\nd\ne\nf\n"),
    ],
    ids=["by hand", "generated", "both", "the same and more", "both the same", "other letters"],
)
def test_what_can_be_joined_is(now: str, hand: str, merged: str) -> None:
    assert _merge(BASE, now, hand) == (merged, True)


def test_a_conflict_shows_both_sides_and_whose_they_are() -> None:
    assert _merge(BASE, "a\nN\nc\nd\ne\n", "a\nH\nc\nd\ne\n") == (
        "a\n<<<<<<< generated now\nN\n=======\nH\n>>>>>>> 001-backend.soc: why\nc\nd\ne\n",
        False,
    )


@pytest.mark.parametrize(
    ("base", "now", "hand"),
    [
        (BASE, "a\nN\nc\nd\ne\n", "a\nb\nH\nd\ne\n"),
        (BASE, "a\nc\nd\ne\n", "a\nB\nc\nd\ne\n"),
        (None, "a\n", "b\n"),
        (BASE, "", "a\nB\nc\nd\ne\n"),
    ],
    ids=["lines beside each other", "deleted and changed", "new on both sides", "all deleted"],
)
def test_what_cannot_be_joined_for_certain_is_a_conflict(base: str | None, now: str, hand: str) -> None:
    text, clean = _merge(base, now, hand)
    assert not clean
    assert set(hand.split("\n")) <= set(text.split("\n"))


LINES = st.lists(st.sampled_from(["a", "b", "c", "d", "", "<<<<<<< x", "=======", "ü\x0c"]), max_size=9)


@st.composite
def sides(draw: st.DrawFn) -> tuple[str, str, str]:
    """Return a text and two edits of it; any may lack its last line end."""
    base = draw(LINES)
    texts = [base]
    for mark in ("now", "hand"):
        after = list(base)
        for number in range(draw(st.integers(0, 3))):
            start = draw(st.integers(0, len(after)))
            end = draw(st.integers(start, min(len(after), start + 2)))
            after[start:end] = draw(st.sampled_from([[], [f"{mark} {number}"], ["a"], ["b", "b"]]))
        texts.append(after)
    base_text, now, hand = ("\n".join(lines) + draw(st.sampled_from(["\n", ""])) for lines in texts)
    return base_text, now, hand


@settings(max_examples=300, deadline=None)
@given(sides())
def test_a_clean_merge_has_every_line_of_both_sides(texts: tuple[str, str, str]) -> None:
    base, now, hand = texts
    merged, clean = _merge(base, now, hand)
    written = Counter(hand.split("\n")) - Counter(base.split("\n"))
    if clean:
        generated = Counter(now.split("\n")) - Counter(base.split("\n"))
        assert (written | generated) <= Counter(merged.split("\n"))
    else:
        assert written <= Counter(merged.split("\n"))


@settings(max_examples=60, deadline=None)
@given(sides())
def test_git_merges_the_same(texts: tuple[str, str, str]) -> None:
    base, now, hand = texts
    merged, clean = _merge(base, now, hand)
    with tempfile.TemporaryDirectory() as folder:
        for name, text in (("base", base), ("now", now), ("hand", hand)):
            (Path(folder) / name).write_bytes(text.encode())
        command = ["git", "merge-file", "-p", "now", "base", "hand"]
        run = subprocess.run(command, cwd=folder, capture_output=True, check=False)
    if now != hand and clean:
        assert (run.returncode, run.stdout.decode()) == (0, merged)
    elif not clean:
        assert run.returncode > 0
