from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.cli.conftest import Qlf

OWN = """name: hipaa
version: 2.0.0
kind: compliance
title: Ours
description: Our own.
conflicts: [gdpr]
words: {zebra: 100}
"""
ZOO = """name: zoo
version: 1.0.0
kind: domain
title: Zoo
description: Animals.
requires: [hipaa]
words: {zoo: 100}
roles: [keeper]
entities:
  Animal:
    words: [animal, beast]
    description: What is kept.
    fields:
      name: text! max=80
      legs: int min=0 = 4
    unique: [[name, legs]]
    check: {some: this.legs >= 0}
"""


def test_overlays_are_listed_with_whose_they_are(qlf: Qlf) -> None:
    qlf.write("overlays/compliance/hipaa.yaml", OWN)
    done = qlf("overlays", "list")
    assert (done.returncode, done.stderr) == (0, "")
    lines = [line.split(maxsplit=4) for line in done.stdout.splitlines()]
    assert [line[0] for line in lines] == ["ecommerce", "fintech", "gdpr", "healthcare", "hipaa", "pci"]
    assert lines[4] == ["hipaa", "compliance", "2.0.0", "own", "Our own."]
    assert lines[5][3] == "shipped"
    listed = json.loads(qlf("overlays", "list", "--json").stdout)
    assert listed[4] == {
        "name": "hipaa",
        "kind": "compliance",
        "version": "2.0.0",
        "whose": "own",
        "description": "Our own.",
    }


def test_an_overlay_is_shown(qlf: Qlf) -> None:
    done = qlf("overlays", "show", "hipaa")
    assert done.returncode == 0
    assert "  file       overlays/compliance/hipaa.yaml\n" in done.stdout
    assert "  requires   healthcare\n" in done.stdout
    assert "  conflicts  nothing\n" in done.stdout
    assert "     30  patient\n" in done.stdout
    shown = json.loads(qlf("overlays", "show", "hipaa", "--json").stdout)
    assert (shown["requires"], shown["words"]["patient"], shown["whose"]) == (["healthcare"], 30, "shipped")
    assert "  entities   none\n" in done.stdout
    for command in ("show", "explain"):
        unknown = qlf("overlays", command, "hippa")
        assert (unknown.returncode, unknown.stdout) == (2, "")
        assert unknown.stderr == "hippa:0:0: there is no such overlay; did you mean hipaa?\n"


def test_the_entities_of_an_overlay_are_shown(qlf: Qlf) -> None:
    qlf.write("overlays/domains/zoo.yaml", ZOO)
    assert qlf("overlays", "show", "zoo").stdout.endswith("  entities   1\n    Animal: name, legs\n")
    shown = json.loads(qlf("overlays", "show", "zoo", "--json").stdout)
    assert (shown["roles"], shown["entities"]) == (["keeper"], {"Animal": ["name", "legs"]})


def test_an_overlay_is_explained_with_its_places(qlf: Qlf) -> None:
    qlf.write("overlays/domains/zoo.yaml", ZOO)
    done = qlf("overlays", "explain", "zoo")
    assert (done.returncode, done.stderr) == (0, "")
    assert (
        done.stdout
        == """zoo 1.0.0: Zoo (domain, own)
  Animals.
  overlays/domains/zoo.yaml
When it takes part
  named under overlays: in a brief, or with --overlay zoo
  or by words that weigh 60 together in a brief that names no overlay
  requires hipaa (overlays/domains/zoo.yaml:6:12)
    100  zoo
What it brings: entities where the brief says one of their words, or `from: zoo`
  roles that clauses name where the application has them: keeper
  Animal: What is kept.
    overlays/domains/zoo.yaml:10:3; called animal, beast
      14  name  text! max=80
      15  legs  int min=0 = 4
    unique together  name, legs
    check  some: this.legs >= 0
"""
    )
    told = json.loads(qlf("overlays", "explain", "zoo", "--json").stdout)
    assert told["entities"][0]["fields"][0] == {
        "name": "name",
        "is": "text! max=80",
        "at": "overlays/domains/zoo.yaml:14:7",
    }
    regulation = qlf("overlays", "explain", "pci").stdout
    assert "  or by a word that weighs 100 in a brief that names no overlay\n" in regulation
    assert "  words that weigh 30 together make it a question\n" in regulation
    assert regulation.endswith("It has no entities.\n")
    assert "  fields with class pan: set encrypted true (overlays/compliance/pci.yaml:" in regulation
    assert "It brings in the controls of pci-dss-4.0.1 (overlays/compliance/pci.yaml:" in regulation
    told = json.loads(qlf("overlays", "explain", "pci", "--json").stdout)
    assert told["additions"][0] == {
        "to": "fields",
        "where": {"class": ["pan"]},
        "unless": {},
        "mode": "set",
        "path": "encrypted",
        "value": True,
        "at": told["additions"][0]["at"],
    }


def test_a_text_suggests_overlays_with_words_and_scores(qlf: Qlf) -> None:
    text = "A clinic with patients, prescriptions and more patients."
    done = qlf("overlays", "suggest", text)
    assert done.returncode == 0
    assert done.stdout == (
        'healthcare        80  taken     "clinic" 80\n'
        'hipaa             70  asked     "patients" 30, "prescriptions" 40\n'
    )
    suggested = json.loads(qlf("overlays", "suggest", text, "--json").stdout)
    assert suggested[1] == {
        "name": "hipaa",
        "kind": "compliance",
        "score": 70,
        "outcome": "asked",
        "words": [{"quote": "patients", "weight": 30}, {"quote": "prescriptions", "weight": 40}],
    }
    assert qlf("overlays", "suggest", "Books.").stdout == "No overlay's words are in this text.\n"


def test_a_bad_overlay_is_told_by_every_command_that_reads_it(qlf: Qlf) -> None:
    qlf.write("overlays/domains/zoo.yaml", OWN.replace("2.0.0", "two"))
    message = "overlays/domains/zoo.yaml:2:10: version cannot be 'two'; write a version like 1.2.0\n"
    for arguments in (["list"], ["show", "pci"], ["suggest", "A shop"]):
        done = qlf("overlays", *arguments)
        assert (done.returncode, done.stdout) == (2, "")
        assert message in done.stderr
    assert message in qlf("generate", "A shop", "--dry-run").stderr


def test_an_own_overlay_takes_part_in_a_dry_run(qlf: Qlf) -> None:
    qlf.write("overlays/compliance/hipaa.yaml", OWN)
    made = json.loads(qlf("generate", "Keep zebra books", "--dry-run", "--json").stdout)
    assert made["problems"] == []
    assert "overlays.hipaa" in {each["about"] for each in made["assumptions"]}
    refused = qlf("generate", "Keep zebra books", "--dry-run", "--overlay", "hipaa", "--overlay", "gdpr")
    assert refused.returncode == 2
    assert "and gdpr (--overlay) conflict: overlays/compliance/hipaa.yaml:6:13 says so;" in refused.stderr


def test_an_own_catalogue_must_compile_as_a_whole(qlf: Qlf) -> None:
    qlf.write("overlays/domains/zoo.yaml", ZOO.replace("this.legs >= 0", "this.lgs >= name"))
    message = (
        "overlays/domains/zoo.yaml:17:24: Animal has no lgs; did you mean legs?\n"
        "overlays/domains/zoo.yaml:17:31: there is nothing called name here; there are this, now, today\n"
    )
    for arguments in (["overlays", "list"], ["generate", "A shop", "--dry-run"]):
        done = qlf(*arguments)
        assert (done.returncode, done.stderr) == (2, message)


def test_named_overlays_win_over_what_the_text_says(qlf: Qlf) -> None:
    text = "A clinic under HIPAA with patients, accounts and wallets"
    done = qlf("generate", text, "--name", "mixed", "--overlay", "fintech", "--overlay", "gdpr", "--json")
    made = json.loads(done.stdout)
    assert made["problems"] == []
    brief = (qlf.root / "briefs/mixed.md").read_text()
    assert "overlays: [fintech, gdpr]\n" in brief
    assert "  Wallet:\n    from: fintech\n" in brief
    assert "  Patient:\n    from: healthcare\n" not in brief
    assert "Must the application comply with HIPAA?" in {each["asks"] for each in made["questions"]}


def test_why_leads_from_a_line_to_the_overlay(qlf: Qlf) -> None:
    qlf.write("overlays/domains/zoo.yaml", ZOO.replace("requires: [hipaa]\n", ""))
    made = json.loads(qlf("generate", "A zoo with beasts", "--name", "zoo", "--json").stdout)
    told = {each["about"]: each for each in made["assumptions"]}["entities.Animal"]
    assert told["holds"] == "from zoo: name, legs"
    assert told["at"] == "overlays/domains/zoo.yaml:9:3"
    assert told["because"] == '"beasts" at briefs/zoo.md:3:12'
    page = qlf.root / "build/zoo/app/docs/data-model.md"
    line = next(at for at, text in enumerate(page.read_text().splitlines(), 1) if "legs" in text)
    why = qlf("why", f"build/zoo/app/docs/data-model.md:{line}")
    assert "overlays/domains/zoo.yaml:14:7  field Animal.legs" in why.stdout
    assert qlf("build", "zoo", "--json").returncode == 0


def test_what_a_brief_takes_must_be_in_an_overlay_that_takes_part(qlf: Qlf) -> None:
    entities = "entities:\n  Patient: {from: healthcare}\n  Beast: {from: fintech}\n"
    qlf.write("briefs/odd.md", f"---\noverlays: [fintech]\n{entities}---\n# Odd\n")
    known = ", ".join(json.loads(qlf("overlays", "show", "fintech", "--json").stdout)["entities"])
    done = qlf("build", "odd")
    assert done.returncode == 2
    assert done.stderr.splitlines()[-2:] == [
        "briefs/odd.md:4:19: the overlay healthcare does not take part; add healthcare to overlays:",
        f"briefs/odd.md:5:17: fintech has no entity Beast; use one of {known}",
    ]
