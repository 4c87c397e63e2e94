"""What overlays say to agents: read with its places, and in the prompts of a repository."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from qlf.model.overlay import Overlay
from qlf.overlay.files import Folder
from qlf.overlay.read import read_overlay, read_overlays
from qlf.prompts.compose import Composed
from qlf.repository import Repository, open_repository
from qlf.stages import prompt
from tests.policies.examples import ROOT

if TYPE_CHECKING:
    from pathlib import Path

OVERLAY = """\
name: house
version: 1.0.0
kind: compliance
title: House rules
description: What the house asks for.
prompts:
  all:
    rules: Be brief.
  backend:
    checks: {text: Count twice., replaces: [gdpr]}
"""


def read(root: Path, text: str) -> Overlay | list[str]:
    file = root / "overlays" / "compliance" / "house.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(text)
    shipped = Folder(ROOT / "overlays", "overlays", shipped=True)
    library = read_overlays([Folder(root / "overlays", "own", shipped=False), shipped])
    if isinstance(library, list):
        return [str(problem) for problem in library]
    return next(one for one in library if one.name == "house")


def test_prompts_of_an_overlay_are_read(tmp_path: Path) -> None:
    made = read(tmp_path, OVERLAY)
    assert isinstance(made, Overlay)
    said = [(one.agent, one.place, one.text, one.replaces, one.origin.line) for one in made.prompts]
    assert said == [
        ("all", "rules", "Be brief.", (), 8),
        ("backend", "checks", "Count twice.", ("gdpr",), 10),
    ]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (
            "  backend:",
            "  backned:",
            "9:3: prompts has no key 'backned'; did you mean backend?",
        ),
        (
            "    rules:",
            "    output:",
            "8:5: all has no key 'output'; use one of task, rules, checks",
        ),
        (
            "[gdpr]",
            "[gdrp]",
            "10:20: there is no other overlay gdrp whose text this could replace; did you mean gdpr?",
        ),
        (
            "[gdpr]",
            "[house]",
            "10:20: there is no other overlay house whose text this could replace; ",
        ),
    ],
)
def test_bad_prompts_have_their_places(tmp_path: Path, old: str, new: str, problem: str) -> None:
    found = read(tmp_path, OVERLAY.replace(old, new))
    assert isinstance(found, list)
    assert found[0].removeprefix("own/compliance/house.yaml:").startswith(problem)


@pytest.mark.parametrize(
    "name", ["compliance/pci", "compliance/hipaa", "compliance/gdpr", "domains/healthcare"]
)
def test_shipped_overlays_speak_to_agents(name: str) -> None:
    made = read_overlay(ROOT / "overlays" / f"{name}.yaml", name, shipped=True)
    assert isinstance(made, Overlay), [str(problem) for problem in made]
    assert {one.agent for one in made.prompts} > {"all"}


def test_a_repository_has_its_own_texts_overlays_and_policies_in_a_prompt(tmp_path: Path) -> None:
    read(tmp_path, OVERLAY)
    (tmp_path / "briefs").mkdir()
    brief = "---\noverlays: [house, gdpr]\nentities:\n  Note: {fields: {title: text! max=80}}\n---\n# Notes\n"
    (tmp_path / "briefs" / "notes.md").write_text(brief)
    (tmp_path / "prompts" / "backend").mkdir(parents=True)
    (tmp_path / "prompts" / "backend" / "role.md").write_text("You are one of us.")
    repository = open_repository(tmp_path, {})
    assert isinstance(repository, Repository)
    made = prompt(repository, "notes", "backend", 10**6)
    assert isinstance(made, Composed), [str(problem) for problem in made]
    assert "# Role\n\nYou are one of us.\n" in made.text
    names = [part.name for part in made.parts if part.kind == "overlay"]
    assert names == [
        "overlay/house/rules",
        "overlay/gdpr/rules",
        "overlay/gdpr/rules",
        "overlay/house/checks",
    ]
    assert "- people-have-their-rights: " in made.text
    assert not (tmp_path / "build").exists()
