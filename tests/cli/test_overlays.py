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
    unknown = qlf("overlays", "show", "hippa")
    assert (unknown.returncode, unknown.stdout) == (2, "")
    assert unknown.stderr == "hippa:0:0: there is no such overlay; did you mean hipaa?\n"


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
    refused = qlf("generate", "Keep zebra books", "--dry-run", "--overlay", "gdpr")
    assert refused.returncode == 2
    assert "and gdpr (--overlay) conflict: overlays/compliance/hipaa.yaml:6:13 says so;" in refused.stderr
