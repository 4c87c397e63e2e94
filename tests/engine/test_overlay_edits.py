"""For each edit of an overlay whose entity a brief takes: which tasks run, and what changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.engine.conftest import Place, told
from tests.engine.test_edits import AGENTS, SPEC, TREE, WHOLE, copy_of, edit, tasks_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.engine.test_edits import Edit

FILE = "overlays/domains/zoo.yaml"
ZOO = """name: zoo
version: 1.0.0
kind: domain
title: Zoo
description: Animals.
entities:
  Animal:
    description: What is kept.
    fields:
      name: text! max=80
  Cage:
    fields:
      size: int
"""
BRIEF = "---\noverlays: [zoo]\nentities:\n  Animal: {from: zoo}\n---\n# Animals\n"
PLAIN = "---\nentities:\n  Thing: {fields: {name: text!}}\n---\n# Things\n"
# The spec has the digests of overlays, and what reads it as a whole reads those too.
READ = "compile policy evidence"
EDITS: tuple[tuple[str, Edit, str, str], ...] = (
    ("a comment", edit("entities:", "# all\nentities:", FILE), READ, SPEC),
    ("words that no brief has", edit("  Cage:", "  Cage:\n    words: [pen]", FILE), READ, SPEC),
    ("a field of an entity that is not taken", edit("size: int", "size: text", FILE), READ, SPEC),
    ("a description", edit("What is kept.", "A beast.", FILE), f"compile api documentation {TREE}", "*"),
    ("a bound", edit("max=80", "max=90", FILE), WHOLE, "*"),
    ("a field", edit("max=80", "max=80\n      legs: int", FILE), WHOLE, "*"),
)


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Give a repository of a brief with an entity from an overlay, and one without, both built."""
    made = Place(tmp_path_factory.mktemp("origin"))
    made.own_package()
    made.write(FILE, ZOO)
    made.write("briefs/notes.md", BRIEF)
    made.write("briefs/other.md", PLAIN)
    assert len(made.made()) == 2 * len(WHOLE.split())
    return made


@pytest.mark.parametrize(
    ("act", "tasks", "files"), [each[1:] for each in EDITS], ids=[each[0] for each in EDITS]
)
def test_an_edit_of_an_overlay_remakes_only_what_reads_it(
    origin: Place, tmp_path: Path, act: Edit, tasks: str, files: str
) -> None:
    place = copy_of(origin, tmp_path / "copy")
    act(place)
    before = place.products()
    done = place.doit()
    after = place.products()
    assert done.returncode == 0, done.stdout + done.stderr
    assert told(done.stdout, ".") == tasks_of(tasks) | {"compile:other"}
    changed = {path for path in {*before, *after} if before.get(path) != after.get(path)}
    assert not [path for path in changed if path.startswith("other/")]
    if files != "*":
        assert changed == {f"notes/{files}"}
    agents = {path.split("/")[2] for path in changed if path.startswith("notes/patches/")}
    assert agents == {f"{agent}.soc" for agent in AGENTS.split() if agent in tasks.split()}
    assert place.doit().stdout == ""
