"""Whatever is edited in the brief and by hand, in any order: no line by hand is lost without a conflict."""

from __future__ import annotations

import tempfile
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from qlf.own import following
from qlf.own.editing import Copy, find_copy, open_copy
from qlf.own.merge import Merged
from qlf.own.saving import Saved, save
from tests.own.place import NAME, Place

if TYPE_CHECKING:
    from collections.abc import Callable

    from qlf.own.resolving import Side

PATHS = st.sampled_from(["a.py", "b.py", "deep/a.py", "deep/c.py"])
SIDES: st.SearchStrategy[Side] = st.sampled_from(["ours", "theirs", "file"])


def _by_hand(text: str) -> set[str]:
    return {line for line in text.split("\n") if line.startswith("hand ")}


class Author(RuleBasedStateMachine):
    """A generator that changes its mind, an author who edits, and builds between."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self.place = Place(Path(self._folder.name))
        self.numbers = count()
        self.generated = {"a.py": self._text(8), "b.py": self._text(6), "deep/a.py": self._text(4)}
        self.saved: set[str] = set()
        self.in_conflict = False
        self.place.made(self.generated)

    def teardown(self) -> None:
        self._folder.cleanup()

    def _text(self, lines: int) -> str:
        return "".join(f"generated {next(self.numbers)}\n" for _ in range(lines))

    def _edited(self, text: str, who: str, draw: st.DataObject) -> str:
        lines = text.split("\n")[:-1]
        start = draw.draw(st.integers(0, len(lines)))
        end = draw.draw(st.integers(start, min(len(lines), start + 2)))
        new = [f"{who} {next(self.numbers)}" for _ in range(draw.draw(st.integers(0, 2)))]
        lines[start:end] = new
        return "".join(f"{line}\n" for line in lines) or f"{who} {next(self.numbers)}\n"

    # The generator

    @rule(draw=st.data())
    @precondition(lambda self: self.generated)
    def generate_otherwise(self, draw: st.DataObject) -> None:
        path = draw.draw(st.sampled_from(sorted(self.generated)))
        self.generated[path] = self._edited(self.generated[path], "generated", draw)

    @rule(path=PATHS)
    def generate_more_or_less(self, path: str) -> None:
        if path in self.generated:
            del self.generated[path]
        else:
            self.generated[path] = self._text(5)

    @rule(draw=st.data(), to=PATHS)
    @precondition(lambda self: self.generated)
    def generate_under_another_name(self, draw: st.DataObject, to: str) -> None:
        path = draw.draw(st.sampled_from(sorted(self.generated)))
        self.generated[to] = self.generated.pop(path)

    # The author

    def _app(self) -> Path | None:
        """Return the copy; one with edits that the tree has left behind is saved first."""
        copy = open_copy(self.place.repository, NAME)
        if isinstance(copy, list):
            self.save()
            copy = open_copy(self.place.repository, NAME)
        return copy.app / "backend" if isinstance(copy, Copy) else None

    @rule(draw=st.data())
    def edit(self, draw: st.DataObject) -> None:
        app = self._app()
        if app is None:
            return
        file = draw.draw(st.sampled_from(sorted(path for path in app.rglob("*") if path.is_file()) or [app]))
        if file.is_file():
            file.write_text(self._edited(file.read_text(), "hand", draw))

    @rule(path=PATHS)
    def add_or_delete(self, path: str) -> None:
        app = self._app()
        if app is None:
            return
        file = app / path
        if file.exists():
            file.unlink()
        else:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(f"hand {next(self.numbers)}\n")

    @rule(path=PATHS, to=PATHS)
    def move(self, path: str, to: str) -> None:
        app = self._app()
        if app is not None and (app / path).is_file() and not (app / to).exists():
            (app / to).parent.mkdir(parents=True, exist_ok=True)
            (app / path).rename(app / to)

    @rule()
    def save(self) -> None:
        copy = find_copy(self.place.repository, NAME)
        if copy is None or not isinstance(copy, Copy) or not copy.edited:
            return
        before, after = (_lines(folder) for folder in (copy.base, copy.app))
        saved = save(self.place.repository, NAME, copy, "why not")
        assert isinstance(saved, Saved), saved
        self.saved = (self.saved - (before - after)) | (after - before)

    # Builds

    @rule()
    def build(self) -> None:
        self.place.generate(self.generated or {"none.py": "none\n"})
        problems = self.place.assemble()
        self.in_conflict = bool(problems)
        if not problems:
            assert self.saved <= _lines(self.place.app)
        for problem in problems:
            assert "qlf patch resolve" in problem

    @rule(side=SIDES)
    @precondition(lambda self: self.in_conflict)
    def resolve(self, side: Side) -> None:
        parts = self.place.conflicts()
        if not parts:
            return
        conflict = parts[0]
        written = _by_hand(conflict.edit.hand or "") - _by_hand(conflict.edit.base or "")
        assert _by_hand(conflict.edit.hand or "") <= _by_hand(conflict.marked)
        answer = "\n".join(sorted(written)) + "\nhand and more\n"
        self.saved -= written & self.saved if side == "theirs" else set()
        if side == "file" or (side == "ours" and conflict.edit.hand is None):
            self.saved -= _by_hand(conflict.edit.hand or "") | _by_hand(conflict.now or "")
        path = conflict.path.removeprefix("backend/")
        assert self.place.resolve(path, side, answer) == []
        self.build()

    @invariant()
    def no_half_written_copy(self) -> None:
        assert not list(self.place.build.glob(".edit*"))


def _lines(folder: Path) -> set[str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {line for file in files for line in _by_hand(file.read_text(encoding="utf-8"))}


LONG = settings(
    max_examples=120, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)


def test_no_line_by_hand_is_lost_without_a_conflict() -> None:
    run_state_machine_as_test(Author, settings=LONG)


def _takes_what_is_generated(base: str | None, now: str, hand: str, **_: str) -> Merged:
    return Merged(hand if now == base else now, clean=True)


def _forgets_a_line(base: str | None, now: str, hand: str, **names: str) -> Merged:
    from qlf.own.merge import merge  # noqa: PLC0415

    merged = merge(base, now, hand, **names)
    lines = merged.text.split("\n")
    return merged if now == base or len(lines) < 4 else Merged("\n".join(lines[1:]), merged.clean)


def _forgets_to_tell(base: str | None, now: str, hand: str, **names: str) -> Merged:
    from qlf.own.merge import merge  # noqa: PLC0415

    merged = merge(base, now, hand, **names)
    return merged if merged.clean else Merged(now, clean=True)


@pytest.mark.parametrize("broken", [_takes_what_is_generated, _forgets_a_line, _forgets_to_tell])
def test_a_broken_merger_is_found(monkeypatch: pytest.MonkeyPatch, broken: Callable[..., Merged]) -> None:
    monkeypatch.setattr(following, "merge", broken)
    until_found = settings(
        LONG, max_examples=300, phases=[Phase.generate], report_multiple_bugs=False, derandomize=True
    )
    with pytest.raises(AssertionError):
        run_state_machine_as_test(Author, settings=until_found)
