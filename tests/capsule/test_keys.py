"""Keys: files for their owner alone, and signatures that do not depend on chance."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from securesystemslib.signer import SIGNER_FOR_URI_SCHEME, Key, SecretsHandler, Signature, Signer

from qlf.capsule.keys import SERVICES, LocalSigner, new_key, open_signer, read_public_key
from qlf.errors import Problem
from tests.capsule.small import SIGNER


def opened(place: Path | str, passphrase: str = "") -> Signer:
    signer = open_signer(str(place), passphrase)
    assert isinstance(signer, Signer), signer
    return signer


def refused(place: Path | str, passphrase: str = "", public: Path | None = None) -> str:
    problem = open_signer(str(place), passphrase, public)
    assert isinstance(problem, Problem)
    return f"{problem.what}; {problem.advice}".replace(str(place), "KEY")


def test_a_new_key_signs_what_its_public_half_verifies(tmp_path: Path) -> None:
    file = tmp_path / "keys" / "signing.key"
    previous = os.umask(0)
    try:
        assert new_key(file) == []
    finally:
        os.umask(previous)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    signer = opened(file)
    public = read_public_key(tmp_path / "keys" / "signing.key.pub")
    assert isinstance(public, Key)
    signature = signer.sign(b"what is said")
    public.verify_signature(signature, b"what is said")
    assert signer.sign(b"what is said").signature == signature.signature
    assert public.keyid == signer.public_key.keyid
    assert b"BEGIN PRIVATE KEY" in file.read_bytes()


def test_a_passphrase_is_wanted_again(tmp_path: Path) -> None:
    file = tmp_path / "signing.key"
    assert new_key(file, "correct horse") == []
    assert b"BEGIN ENCRYPTED PRIVATE KEY" in file.read_bytes()
    opened(file, "correct horse")
    assert refused(file) == "the key wants its passphrase; set QLF_KEY_PASSPHRASE"
    assert refused(file, "wrong") == (
        "this is no private key, or the passphrase is another; give the file of a key that `qlf key new` made"
    )
    plain = tmp_path / "plain.key"
    assert new_key(plain) == []
    assert refused(plain, "x") == "the key has no passphrase; unset QLF_KEY_PASSPHRASE"


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    file, public = tmp_path / "a.key", tmp_path / "a.key.pub"
    for taken in (file, public):
        taken.symlink_to(tmp_path / "elsewhere")
        (problem,) = new_key(file)
        assert str(problem) == f"{taken}:0:0: there is a file of this name; choose another name"
        taken.unlink()
    assert list(tmp_path.iterdir()) == []
    (problem,) = new_key(Path("/proc/nowhere/a.key"))
    assert problem.what.startswith("this cannot be read or written")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_private_key_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "signing.key"
    assert new_key(file) == []
    file.chmod(mode)
    assert refused(file) == "others may read this private key; chmod 600 KEY"


def test_another_kind_of_key_is_refused(tmp_path: Path) -> None:
    assert refused(tmp_path / "none") == (
        "the signing key cannot be read: No such file or directory; make one with: qlf key new"
    )
    form = (
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public = (serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    for name, key in (
        ("ed25519", ed25519.Ed25519PrivateKey.generate()),
        ("p384", ec.generate_private_key(ec.SECP384R1())),
    ):
        file = tmp_path / name
        file.write_bytes(key.private_bytes(*form))
        file.chmod(0o600)
        assert refused(file).startswith("this is no ECDSA key on P-256")
        file.write_bytes(key.public_key().public_bytes(*public))
        read = read_public_key(file)
        assert isinstance(read, Problem)
        assert read.what == "this is no ECDSA key on P-256"
    junk = tmp_path / "junk"
    junk.write_bytes(b"junk")
    junk.chmod(0o600)
    assert refused(junk).startswith("this is no private key")
    read = read_public_key(junk)
    assert isinstance(read, Problem)
    assert str(read) == f"{junk}:0:0: this is no public key; give the file that ends with .pub"


class Service(LocalSigner):
    """A key management service, which gives no private key away."""

    asked: tuple[str, Key] | None = None

    @classmethod
    def from_priv_key_uri(
        cls,
        priv_key_uri: str,
        public_key: Key,
        secrets_handler: SecretsHandler | None = None,  # noqa: ARG003
    ) -> Signer:
        if priv_key_uri == "awskms:gone":
            message = "no such key"
            raise ValueError(message)
        cls.asked = priv_key_uri, public_key
        return SIGNER


def test_a_key_behind_a_uri_is_reached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SIGNER_FOR_URI_SCHEME, "awskms", Service)
    public = tmp_path / "a.key.pub"
    assert new_key(tmp_path / "a.key") == []
    signer = open_signer("awskms:us-east-1/key", "", public)
    assert isinstance(signer, Signer)
    assert isinstance(signer.sign(b"x"), Signature)
    assert Service.asked
    assert Service.asked[0] == "awskms:us-east-1/key"
    assert refused("awskms:x") == "its public key is not known; name its file in signing.trusted"
    assert refused("awskms:gone", "", public).startswith("the key cannot be used: no such key")
    assert refused("awskms:x", "", tmp_path / "none").startswith("the public key cannot be read")
    assert SIGNER_FOR_URI_SCHEME.keys() >= SERVICES


def test_homes_of_nobody_and_passphrases_that_nobody_types_are_told(tmp_path: Path) -> None:
    assert refused("~nosuchuser/a.key").startswith("the signing key cannot be read: ")
    read = read_public_key(Path("~nosuchuser/a.key.pub"))
    assert isinstance(read, Problem)
    assert read.what.startswith("the public key cannot be read: ")
    for passphrase in ("x" * 1001, "a\x00b", "\ud800"):
        (problem,) = new_key(tmp_path / "a.key", passphrase)
        assert problem.what.startswith("the passphrase has more than 1000 bytes")
    assert list(tmp_path.iterdir()) == []


def test_who_comes_second_takes_nothing_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a.key"
    assert new_key(file) == []
    content = file.read_bytes()
    monkeypatch.setattr(Path, "exists", lambda _: False)
    (problem,) = new_key(file)
    assert "File exists" in problem.what
    assert file.read_bytes() == content


def test_other_uris_are_names_of_files(tmp_path: Path) -> None:
    """securesystemslib would read this file whoever else may read it."""
    assert new_key(tmp_path / "a.key") == []
    (tmp_path / "a.key").chmod(0o644)
    assert refused(f"file2:{tmp_path}/a.key").startswith("the signing key cannot be read")
