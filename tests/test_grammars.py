"""A parser is the same whether its tables are made, kept, or cannot be kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import lark
import pytest

from qlf.grammars import parser

if TYPE_CHECKING:
    from pathlib import Path

SUM = """
start: WORD ("+" WORD)*
WORD: /[a-z]+/
%ignore " "
"""


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("QLF_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "grammars"


def words(made: lark.Lark, text: str) -> list[str]:
    return [str(child) for child in made.parse(text).children]


def test_kept_tables_are_used_again(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert words(parser(SUM), "a + b") == ["a", "b"]
    assert len(list(cache.glob("[!.]*"))) == 1
    monkeypatch.setattr(lark.lark, "load_grammar", None)
    assert words(parser(SUM), "c + d") == ["c", "d"]


def test_another_grammar_has_its_own_tables(cache: Path) -> None:
    parser(SUM)
    assert words(parser(SUM.replace('"+"', '"-"')), "a - b") == ["a", "b"]
    parser(SUM, propagate_positions=True)
    assert len(list(cache.glob("[!.]*"))) == 3


def test_callbacks_hold_for_kept_tables(cache: Path) -> None:
    def loud(token: lark.Token) -> lark.Token:
        return token.update(value=token.upper())

    for _ in range(2):
        assert words(parser(SUM, {"WORD": loud}), "a + b") == ["A", "B"]
    assert words(parser(SUM), "a + b") == ["a", "b"]
    assert cache.is_dir()


def test_broken_tables_are_made_again(cache: Path) -> None:
    parser(SUM)
    for kept in cache.glob("[!.]*"):
        kept.write_bytes(kept.read_bytes()[:100])
    assert words(parser(SUM), "a + b") == ["a", "b"]


def test_tables_that_cannot_be_kept_are_made(cache: Path) -> None:
    cache.parent.mkdir()
    cache.write_text("in the way", encoding="utf-8")
    assert words(parser(SUM), "a + b") == ["a", "b"]
