from __future__ import annotations

import base64
import json
import sys
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qlf.capsule.sigstore import Identity, verify_bundle
from qlf.errors import Problem
from qlf.model.canonical import digest
from tests.capsule.oci import run
from tests.capsule.private_sigstore import LIFE, NOW, Sigstore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

ARTEFACT = b"an image\n"
STATEMENT = (
    b'{"_type":"https://in-toto.io/Statement/v1","predicate":{},"predicateType":"https://slsa.dev/provenance/v1",'
    b'"subject":[{"digest":{"sha256":"%s"},"name":"notes"}]}' % digest(ARTEFACT).encode()
)
WHO = Identity("releases@example.org", "https://accounts.example.org")
ADVICE = "trust it only if another signature on it is good"


@pytest.fixture(scope="module")
def instance() -> Sigstore:
    return Sigstore()


@pytest.fixture(scope="module")
def root(instance: Sigstore, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return instance.trusted_root(tmp_path_factory.mktemp("root") / "trusted_root.json")


@pytest.fixture(scope="module")
def bundle(instance: Sigstore) -> bytes:
    return instance.bundle(STATEMENT, *WHO)


def refused(what: str) -> list[Problem]:
    return [Problem("bundle", 0, 0, what, ADVICE)]


def test_a_statement_that_its_identity_signed_is_good(bundle: bytes, root: Path) -> None:
    assert verify_bundle(bundle, STATEMENT, WHO, root) == []


def test_cosign_agrees_that_it_is_good(bundle: bytes, root: Path, tmp_path: Path) -> None:
    artefact, file = tmp_path / "artefact", tmp_path / "bundle.json"
    artefact.write_bytes(ARTEFACT)
    file.write_bytes(bundle)
    how = ("--new-bundle-format", "--type", "slsaprovenance1", "--trusted-root", root, "--bundle", file)
    who = ("--certificate-identity", WHO.subject, "--certificate-oidc-issuer", WHO.issuer)
    done = run("cosign", "verify-blob-attestation", *how, *who, artefact)
    assert (done.returncode, done.stderr) == (0, "Verified OK\n")


def test_another_statement_identity_or_issuer_is_refused(bundle: bytes, root: Path) -> None:
    assert verify_bundle(bundle, STATEMENT + b" ", WHO, root) == refused("another statement is signed")
    (problem,) = verify_bundle(bundle, STATEMENT, WHO._replace(subject="someone@example.org"), root)
    assert "Certificate's SANs do not match someone@example.org" in problem.what
    (problem,) = verify_bundle(bundle, STATEMENT, WHO._replace(issuer="https://other.example"), root)
    assert "Certificate's OIDCIssuer does not match" in problem.what


def test_what_is_signed_as_something_else_than_a_statement_is_refused(instance: Sigstore, root: Path) -> None:
    made = instance.bundle(STATEMENT, *WHO, kind="text/plain")
    assert verify_bundle(made, STATEMENT, WHO, root) == refused("another statement is signed")


def test_a_signature_that_was_logged_after_the_certificate_is_refused(instance: Sigstore, root: Path) -> None:
    late = instance.bundle(STATEMENT, *WHO, logged=NOW + LIFE + timedelta(seconds=1))
    (problem,) = verify_bundle(late, STATEMENT, WHO, root)
    assert "cert is not valid at validation time" in problem.what


def test_a_bundle_of_another_instance_is_refused(root: Path) -> None:
    (problem,) = verify_bundle(Sigstore().bundle(STATEMENT, *WHO), STATEMENT, WHO, root)
    assert "failed to build timestamp certificate chain" in problem.what


def _entry(about: Any) -> Any:  # noqa: ANN401 - JSON
    return about["verificationMaterial"]["tlogEntries"][0]


TAMPERED: dict[str, tuple[Callable[[Any, Any], object], str]] = {
    "the envelope's signature": (
        lambda ours, other: ours["dsseEnvelope"].update(signatures=other["dsseEnvelope"]["signatures"]),
        "DSSE: invalid signature",
    ),
    "the payload": (
        lambda ours, _: ours["dsseEnvelope"].update(payload="e30="),
        "DSSE: invalid signature",
    ),
    "the certificate": (
        lambda ours, other: ours["verificationMaterial"].update(
            certificate=other["verificationMaterial"]["certificate"]
        ),
        "DSSE: invalid signature",
    ),
    "the log entry": (
        lambda ours, other: ours["verificationMaterial"].update(
            tlogEntries=other["verificationMaterial"]["tlogEntries"]
        ),
        "log entry signatures do not match bundle",
    ),
    "the promise": (
        lambda ours, other: _entry(ours).update(inclusionPromise=_entry(other)["inclusionPromise"]),
        "invalid log entry: SET: invalid inclusion promise: keyring: invalid signature",
    ),
    "the time": (
        lambda ours, _: _entry(ours).update(integratedTime=str(int(NOW.timestamp()) + 1)),
        "invalid log entry: SET: invalid inclusion promise: keyring: invalid signature",
    ),
    "the proof": (
        lambda ours, other: _entry(ours).update(inclusionProof=_entry(other)["inclusionProof"]),
        "invalid log entry: inclusion proof contains invalid root hash",
    ),
    "no log entry": (
        lambda ours, _: ours["verificationMaterial"].update(tlogEntries=[]),
        "expected exactly one log entry in bundle",
    ),
}


@pytest.mark.parametrize("name", TAMPERED)
def test_each_part_of_a_bundle_belongs_to_the_others(
    name: str, instance: Sigstore, bundle: bytes, root: Path
) -> None:
    tamper, why = TAMPERED[name]
    ours = json.loads(bundle)
    tamper(ours, json.loads(instance.bundle(STATEMENT, *WHO)))
    (problem,) = verify_bundle(json.dumps(ours).encode(), STATEMENT, WHO, root)
    assert problem.what.startswith(f"Sigstore proves nothing: {why}")


@settings(max_examples=150, deadline=None)
@given(which=st.integers(0, 100), where=st.integers(0, 10_000), flip=st.integers(1, 127))
def test_a_bundle_with_another_character_proves_nothing_and_breaks_nothing(
    which: int, where: int, flip: int, bundle: bytes, root: Path
) -> None:
    about = json.loads(bundle)
    leaves = list(_leaves(about))
    place, key = leaves[which % len(leaves)]
    before, at = place[key], where % len(place[key])
    place[key] = f"{before[:at]}{chr(ord(before[at]) ^ flip)}{before[at + 1 :]}"
    problems = verify_bundle(json.dumps(about).encode(), STATEMENT, WHO, root)
    assert len(problems) == 1 or _means_the_same(before, place[key])


def _leaves(value: Any) -> Iterator[tuple[Any, Any]]:  # noqa: ANN401 - JSON
    for key, each in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(each, str):
            yield value, key
        else:
            yield from _leaves(each)


def _means_the_same(before: str, after: str) -> bool:
    """Say whether base64 differs only in what fills it up, or a checkpoint only below the text it signs."""
    if "\u2014" in before:
        return before.partition("\u2014")[0] == after.partition("\u2014")[0]
    return base64.b64decode(before) == base64.b64decode(after)


@pytest.mark.parametrize("content", [b"", b"{}", b"null", b"[" * 100_000, b"\xff"])
def test_what_is_no_bundle_proves_nothing(content: bytes, root: Path) -> None:
    (problem,) = verify_bundle(content, STATEMENT, WHO, root)
    assert problem.what.startswith("Sigstore proves nothing: ")


@pytest.mark.parametrize("content", [None, b"", b"{}", b"\xff"])
def test_a_trusted_root_that_is_none_is_a_problem(
    content: bytes | None, bundle: bytes, tmp_path: Path
) -> None:
    file = tmp_path / "trusted_root.json"
    if content is not None:
        file.write_bytes(content)
    (problem,) = verify_bundle(bundle, STATEMENT, WHO, file)
    assert problem.file == str(file)
    assert problem.what.startswith("this is no trusted root: ")


def test_the_public_instance_does_not_know_ours(
    bundle: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    (problem,) = verify_bundle(bundle, STATEMENT, WHO)
    assert "failed to build timestamp certificate chain" in problem.what


def test_without_the_extra_it_says_what_to_install(
    bundle: bytes, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "sigstore.models", None)
    assert verify_bundle(bundle, STATEMENT, WHO, root) == [
        Problem("sigstore", 0, 0, "it is not installed", "install quantumlayer-factory[sigstore]")
    ]
