"""Catalogues are read strictly: all problems at once, each with its place."""

from __future__ import annotations

from pathlib import Path

from qlf.controls.conditions import Conditions
from qlf.controls.read import Library, read_catalogue, read_controls
from qlf.model.control import Catalogue
from qlf.policies.files import Rules

ROOT = Path(__file__).resolve().parents[2]
HEAD = "name: ours\ntitle: Ours\nversion: '1'\npublisher: Us\nsource: A page\ncontrols:\n"
CONTROL = "  - {id: o-1, title: T, wording: W, clause: C, checked: here, organisational: people do it}\n"
FEATURES = ("encryption", "roles")


def problems(text: str) -> list[str]:
    read = read_catalogue(text.encode(), "ours", "rules/controls/ours.yaml", FEATURES)
    assert isinstance(read, list)
    return [str(problem).removeprefix("rules/controls/ours.yaml:") for problem in read]


def test_a_catalogue_is_read_with_places() -> None:
    read = read_catalogue(f"{HEAD}{CONTROL}".encode(), "ours", "ours.yaml", FEATURES)
    assert isinstance(read, Catalogue)
    (control,) = read.controls
    assert (control.origin.line, control.origin.column) == (7, 5)
    assert control.applies_to == "true"


def test_all_problems_are_told_at_once() -> None:
    text = (
        f"{HEAD.replace('ours', 'theirs')}{CONTROL}{CONTROL}"
        "  - {id: o-2, title: T, wording: W, clause: C, checked: here}\n"
        "  - {id: o-3, title: T, wording: W, clause: C, checked: here, implemented_by: [encrypton]}\n"
        "  - id: o-4\n    title: T\n    wording: W\n    clause: C\n    checked: here\n"
        "    applies_to: spec.entitys.exists(e, true)\n"
        "    implemented_by: [roles]\n    proven_by: [roles, static/bandit, policy/policies/x]\n"
    )
    assert problems(text) == [
        "1:7: name is theirs, and the file's name says ours; make them the same",
        "8:10: o-1 is there already, on line 7; give each control an identifier of its own",
        "9:10: o-2 has none of implemented_by, organisational, not_assessed; give it exactly one of them",
        "10:10: o-3 has only one of implemented_by and proven_by; say what carries it and what proves it",
        "10:80: there is no feature encrypton; did you mean encryption?",
        "16:22: spec has no entitys; did you mean entities?",
    ]


def test_the_schema_refuses_what_no_catalogue_has() -> None:
    assert problems(f"{HEAD}{CONTROL.replace('o-1', 'O 1')}  - {{id: x}}\nmore: 1\n") == [
        "7:10: id cannot be 'O 1'; write one like pci-3.5.1: a letter first",
        *(
            f"8:5: item 2 of controls has no {name!r}; add {name}:"
            for name in ("checked", "clause", "title", "wording")
        ),
        "9:1: the controls has no key 'more'; did you mean source?",
    ]


def test_own_catalogues_win_by_name(tmp_path: Path) -> None:
    (tmp_path / "controls").mkdir()
    (tmp_path / "controls/gdpr.yaml").write_text(f"{HEAD.replace('ours', 'gdpr')}{CONTROL}", encoding="utf-8")
    read = read_controls([Rules(tmp_path, "mine"), Rules(ROOT / "rules", "rules")], ["gdpr", "hipaa-164.312"])
    assert isinstance(read, Library)
    assert [each.file for each in read.catalogues] == [
        "mine/controls/gdpr.yaml",
        "rules/controls/hipaa-164.312.yaml",
    ]


def test_a_catalogue_that_is_not_there_is_a_problem() -> None:
    read = read_controls([Rules(ROOT / "rules", "rules")], ["gdpr2"])
    assert isinstance(read, list)
    assert [str(problem) for problem in read] == [
        "rules/controls/gdpr2.yaml:0:0: there is no catalogue gdpr2; did you mean gdpr?"
    ]


def test_a_condition_is_true_false_or_why_not() -> None:
    conditions = Conditions({"auth": None, "entities": [{"name": "A"}]})
    assert conditions.holds("spec.auth == null") is True
    assert conditions.holds("spec.entities.exists(e, e.name == 'B')") is False
    assert conditions.holds("spec.gone") == 'NOT_FOUND: Key not found in map : "gone"'
