"""Overlays bring policies into the applications in which they take part."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qlf.repository import Repository, open_repository
from qlf.stages import beside_files, compile_brief_file, overlays, policy_files, spec_of

if TYPE_CHECKING:
    from pathlib import Path

OVERLAY = """\
name: house
version: 1.0.0
kind: compliance
title: House rules
description: What the house asks for.
policies: [accounts-lock, {policy}]
"""
BRIEF = """\
---
overlays: [house]
entities:
  Note: {fields: {title: text! max=80}}
---
# Notes
"""


def repository(root: Path, policy: str) -> Repository:
    (root / "overlays" / "compliance").mkdir(parents=True)
    (root / "overlays" / "compliance" / "house.yaml").write_text(OVERLAY.replace("{policy}", policy))
    (root / "briefs").mkdir()
    (root / "briefs" / "notes.md").write_text(BRIEF)
    made = open_repository(root, {})
    assert isinstance(made, Repository)
    return made


def test_a_spec_names_the_policies_of_its_overlays(tmp_path: Path) -> None:
    made = repository(tmp_path, "lists-are-paged")
    assert compile_brief_file(made, "notes", "").problems == ()
    assert spec_of(made, "notes").policies == ("accounts-lock", "lists-are-paged")


def test_a_policy_that_there_is_not_is_a_problem_where_it_is_named(tmp_path: Path) -> None:
    made = repository(tmp_path, "lists-are-payed")
    expected = (
        "overlays/compliance/house.yaml:6:27: "
        "there is no policy lists-are-payed; did you mean lists-are-paged?"
    )
    found = overlays(made)
    assert isinstance(found, list)
    assert [str(problem) for problem in found] == [expected]
    assert [str(problem) for problem in compile_brief_file(made, "notes", "").problems] == [expected]


def test_a_policy_of_ones_own_is_read_in_the_place_of_the_shipped_one(tmp_path: Path) -> None:
    made = repository(tmp_path, "house-rule")
    (tmp_path / "rules" / "policies").mkdir(parents=True)
    for name in ("house-rule", "lists-are-paged"):
        (tmp_path / "rules" / "policies" / f"{name}.yaml").write_text("")
    assert compile_brief_file(made, "notes", "").problems == ()
    assert spec_of(made, "notes").policies == ("accounts-lock", "house-rule")
    files = [path for path in policy_files(made) if path.stem == "lists-are-paged"]
    assert files == [tmp_path / "rules" / "policies" / "lists-are-paged.yaml"]
    assert beside_files(made, "notes")[0] == made.build("notes") / "spec.json"


def test_what_an_overlay_asks_for_is_part_of_its_digest(tmp_path: Path) -> None:
    one = overlays(repository(tmp_path / "one", "lists-are-paged"))
    other = overlays(repository(tmp_path / "other", "texts-are-bounded"))
    assert isinstance(one, tuple)
    assert isinstance(other, tuple)
    digests = [{each.name: each.digest for each in library}["house"] for library in (one, other)]
    assert len(set(digests)) == 2
