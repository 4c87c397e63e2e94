"""Paths mean the same file everywhere; `tests/failing/soc/path-*` has the messages of what does not."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qlf.security.paths import Collision, collisions, faults


@pytest.mark.parametrize(
    "path",
    [
        "a",
        "README.md",
        ".github/workflows/ci.yml",
        ".gitignore",
        "app/[id]/page.tsx",
        "app/$slug.tsx",
        "docs/Über uns.md",
        "文件/数据.txt",
        "console.py",
        "com10.txt",
        "a" * 255,
        "/".join(["a"] * 64),
    ],
)
def test_good_paths(path: str) -> None:
    assert faults(path) == []


@pytest.mark.parametrize(
    "path",
    ["aux", "x/CON.tar.gz", "lpt9", "com0.txt", "nul .txt", "conin$", "prn"],
)
def test_devices(path: str) -> None:
    assert [fault.what for fault in faults(path)] == [f"`{path.removeprefix('x/')}` is a device on Windows"]


@pytest.mark.parametrize(
    "path",
    [
        "...",
        "a/..",
        "a/",
        "/",
        "a//b",
        "~/.git",
        ".Git/config",
        ".git\u200c/x",
        "a\n",
        "a\u00a0b",
        "a\ue000",
        "a?b",
    ],
)
def test_bad_paths(path: str) -> None:
    assert faults(path)


@given(st.text())
def test_any_text_is_judged(path: str) -> None:
    for fault in faults(path):
        assert 0 <= fault.offset <= len(path)


@given(st.text(), st.text())
def test_what_some_file_system_takes_for_one_path_collides_or_is_faulty(first: str, second: str) -> None:
    variants = {first, first.upper(), unicodedata.normalize("NFD", first), second}
    good = [path for path in variants if not faults(path)]
    kept = set(good) - {clash.path for clash in collisions(good)}
    folded = {unicodedata.normalize("NFD", path).casefold() for path in kept}
    assert len(folded) == len(kept)


def test_collisions_name_each_later_path_once() -> None:
    assert collisions(["b/x", "B/y", "b/z", "c", "c/d", "e.py", "E.py", "e.py"]) == [
        Collision("b/x", "B/y", "differs from `B/y` only in case"),
        Collision("b/z", "B/y", "differs from `B/y` only in case"),
        Collision("c/d", "c", "lies below `c`, which is a file"),
        Collision("e.py", "E.py", "differs from `E.py` only in case"),
    ]


def test_file_below_a_file_is_found_whatever_sorts_between() -> None:
    assert [clash.path for clash in collisions(["a", "a-b", "a.py", "a/x"])] == ["a/x"]


def test_different_paths_do_not_collide() -> None:
    assert collisions(["src/a.py", "src/b.py", "srcs/a.py", "a.py"]) == []


def test_case_is_compared_after_decomposition() -> None:
    """Unicode D145: the capital of U+0390 has no composed form."""
    small, capital = "\u0390", "\u03aa\u0301"
    assert faults(small) == faults(capital) == []
    assert [clash.path for clash in collisions([small, capital])] == [capital]
