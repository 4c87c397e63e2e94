"""`qlf why` and `qlf controls`: from controls to clauses, lines and tests; from lines and entities back."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from qlf.cli.main import code_of
from qlf.repository import shipped
from tests.evidence.application import BRIEF, NAME, assembled, evidence, said

if TYPE_CHECKING:
    from pathlib import Path

    from qlf.repository import Repository

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    repository = assembled(tmp_path_factory.mktemp("vault"))
    (repository.root / "factory.toml").write_text("", encoding="utf-8")
    for gate in ("compliance", "policy"):
        said(repository, gate)
    evidence(repository)
    return repository


@pytest.fixture
def qlf(vault: Repository, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.chdir(vault.root)

    def run(*arguments: str) -> tuple[int, str, str]:
        code = code_of(arguments)
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run


def numbered(file: Path, text: str) -> int:
    rows = file.read_text(encoding="utf-8").splitlines()
    return next(number for number, row in enumerate(rows, 1) if text in row)


def line_of(vault: Repository, path: str, text: str) -> int:
    return numbered(vault.build(NAME) / "app" / path, text)


def test_from_a_control_to_clauses_lines_and_tests(vault: Repository, qlf: Run) -> None:
    code, out, _ = qlf("why", "vault:pci-3.5.1")
    line = line_of(vault, "backend/app/models/card.py", "number = Sealed")
    sealed = numbered(shipped("overlays") / "compliance" / "pci.yaml", "encrypted: true")
    assert code == 0
    assert out.startswith("pci-3.5.1 of vault: Stored card numbers cannot be read (satisfied)\n")
    assert (
        f"  origin    briefs/vault.md:{numbered(BRIEF, '      number:')}:7  field Card.number (@pan)\n" in out
    )
    assert f"  origin    overlays/compliance/pci.yaml:{sealed}:11  Card.number.encrypted: true\n" in out
    assert f"  line      backend/app/models/card.py:{line}  number = Sealed" in out
    assert "  check     encryption (satisfied): tests/compliance/test_encryption.py, " in out


def test_from_a_control_as_json(qlf: Run) -> None:
    _, out, _ = qlf("why", "vault:hipaa-164.312.b", "--json")
    (control,) = json.loads(out)["controls"]
    names = {each["name"]: each["tests"] for each in control["checks"]}
    assert names["audit_events"]
    assert {each["outcome"] for each in names["audit_events"]} == {"passed"}
    assert {each["file"] for each in control["lines"]} >= {"backend/app/audit.py"}


def test_from_a_line_within_what_carries_a_control_to_the_control(vault: Repository, qlf: Run) -> None:
    path = "backend/app/encryption.py"
    line = line_of(vault, path, "nonce = secrets.token_bytes")
    _, out, _ = qlf("why", f"build/vault/app/{path}:{line}")
    assert "  control   pci-3.5.1 (satisfied): Stored card numbers cannot be read [encryption]\n" in out
    other = line_of(vault, path, "import base64")
    _, out, _ = qlf("why", f"build/vault/app/{path}:{other}")
    assert "control" not in out
    _, out, _ = qlf("why", f"build/vault/app/{path}", "--json")
    assert "pci-3.5.1" in {each["id"] for each in json.loads(out)["controls"]}


def test_evidence_about_other_bytes_says_nothing_of_a_line(vault: Repository, qlf: Run) -> None:
    file = vault.build(NAME) / "app" / "backend/app/masking.py"
    line = line_of(vault, "backend/app/masking.py", "class Mask")
    assert "pci-3.4.1" in qlf("why", f"{file}:{line}")[1]
    before = file.read_text(encoding="utf-8")
    file.write_text(f"{before}\n", encoding="utf-8")
    try:
        assert "pci-3.4.1" not in qlf("why", f"{file}:{line}")[1]
    finally:
        file.write_text(before, encoding="utf-8")


def test_from_an_entity_to_its_controls_and_files(qlf: Run) -> None:
    _, out, _ = qlf("why", "vault:Card")
    assert out.startswith(f"Card of vault\n  clause    briefs/vault.md:{numbered(BRIEF, '  Card:')}:3\n")
    assert f"  field     briefs/vault.md:{numbered(BRIEF, '      number:')}:7  number @pan\n" in out
    assert "  control   pci-3.4.1 (satisfied): Card numbers are masked\n" in out
    assert "  file      backend/app/models/card.py\n" in out
    _, out, _ = qlf("why", "vault:Charge", "--json")
    assert json.loads(out)["controls"] == []


def test_what_is_not_there_is_told(qlf: Run) -> None:
    code, _, err = qlf("why", "vault:pci-3.5.2")
    assert (code, err) == (
        2,
        "vault:pci-3.5.2:0:0: vault has no control and no entity pci-3.5.2; did you mean pci-3.5.1?\n",
    )


def test_catalogues_are_listed_and_shown(qlf: Run) -> None:
    _, out, _ = qlf("controls", "list")
    assert "pci-dss-4.0.1 " in out
    _, out, _ = qlf("controls", "show", "gdpr")
    assert "carried by subject_erasure; proven by subject_erasure" in out
    _, out, _ = qlf("controls", "show", "gdpr", "--json")
    assert json.loads(out)["controls"][0]["id"] == "gdpr-5.1.e"
    code, _, err = qlf("controls", "show", "gdp")
    assert (code, err) == (2, "gdp:0:0: there is no such catalogue; did you mean gdpr?\n")
