"""A capsule that nobody signed with a key can be vouched for by an identity."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from qlf.capsule import Verified
from qlf.capsule.packing import pack
from qlf.capsule.sigstore import Bundle, Identity
from qlf.capsule.verification import check, check_identity
from qlf.cli.main import cli, code_of
from qlf.model.finding import Outcome
from tests.capsule.private_sigstore import Sigstore
from tests.capsule.small import KEYS, SIGNER, contents

if TYPE_CHECKING:
    from pathlib import Path

WHO = Identity("releases@example.org", "https://accounts.example.org")


@pytest.fixture(scope="module")
def instance() -> Sigstore:
    return Sigstore()


@pytest.fixture(scope="module")
def root(instance: Sigstore, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return instance.trusted_root(tmp_path_factory.mktemp("root") / "trusted_root.json")


def provenance(file: Path) -> bytes:
    printed = CliRunner().invoke(cli, ["capsule", "provenance", str(file)])
    assert printed.exit_code == 0
    return printed.stdout_bytes


def test_an_identity_vouches_for_a_capsule(instance: Sigstore, root: Path, tmp_path: Path) -> None:
    file, signed = tmp_path / "notes.qlcapsule", tmp_path / "bundle.json"
    content = pack(contents(), None)
    file.write_bytes(content)
    assert isinstance(check(content, "x", KEYS), list)
    signed.write_bytes(instance.bundle(provenance(file), *WHO))
    verified = check_identity(content, "x", Bundle(signed.read_bytes(), WHO, root))
    assert isinstance(verified, Verified)
    assert verified.key == WHO.subject
    options = ["--who", WHO.subject, "--issuer", WHO.issuer, "--root", str(root)]
    assert code_of(["capsule", "identity", str(file), str(signed), *options]) == 0
    options[1] = "someone@example.org"
    assert code_of(["capsule", "identity", str(file), str(signed), *options]) == 1
    assert code_of(["capsule", "identity", str(file), str(tmp_path / "none"), *options]) == 2


def test_it_vouches_for_no_other_capsule(instance: Sigstore, root: Path, tmp_path: Path) -> None:
    file = tmp_path / "notes.qlcapsule"
    file.write_bytes(pack(contents(), SIGNER))
    bundle = Bundle(instance.bundle(provenance(file), *WHO), WHO, root)
    red = pack(contents(outcome=Outcome.RED), None)
    (problem,) = check_identity(red, "x", bundle)  # type: ignore[misc]
    assert str(problem) == (
        "x:0:0: another statement is signed; trust it only if another signature on it is good"
    )
    assert isinstance(check_identity(b"junk", "x", bundle), list)
    flipped = bytearray(file.read_bytes())
    flipped[len(flipped) // 2] ^= 1
    assert isinstance(check_identity(bytes(flipped), "x", bundle), list)


def test_it_does_not_hide_what_nobody_looked_at(instance: Sigstore, root: Path, tmp_path: Path) -> None:
    file = tmp_path / "notes.qlcapsule"
    file.write_bytes(pack(contents(), SIGNER))
    bundle = Bundle(instance.bundle(provenance(file), *WHO), WHO, root)
    (problem,) = check_identity(file.read_bytes(), "x", bundle)  # type: ignore[misc]
    assert problem.what == "it is signed by a key as well, which nobody looks at here"


def test_a_draft_stays_one(instance: Sigstore, root: Path, tmp_path: Path) -> None:
    file = tmp_path / "notes.qlcapsule"
    content = pack(contents(outcome=Outcome.RED), None)
    file.write_bytes(content)
    bundle = Bundle(instance.bundle(provenance(file), *WHO), WHO, root)
    (problem,) = check_identity(content, "x", bundle)  # type: ignore[misc]
    assert problem.what == "it is a draft: static is red"
    assert isinstance(check_identity(content, "x", bundle, draft=True), Verified)
