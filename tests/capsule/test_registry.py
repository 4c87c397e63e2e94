"""What we sign, the real cosign verifies; what we pack, the real oras carries to a registry and back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from qlf.capsule.archive import read_archive
from qlf.capsule.keys import LocalSigner, public_pem
from qlf.capsule.manifest import Gate, Maker
from qlf.capsule.packing import Contents, pack
from qlf.capsule.statements import PROVENANCE, TEST_RESULT
from qlf.model.canonical import digest
from qlf.model.finding import Outcome
from tests.capsule.oci import cosign, layout, oras, run

if TYPE_CHECKING:
    from pathlib import Path

GATES = ("static", "unit")
CONTENTS = Contents(
    name="notes",
    version="1.0.0",
    title="Notes",
    maker=Maker(version="0", code="0" * 64, python="3.11.7", packages={"jinja2": "3.1.6"}),
    app={"README.md": (b"# Notes\n", "documentation")},
    sources={"briefs/notes.md": b"# Notes\n"},
    record={f"gates/{gate}.json": b"{}" for gate in GATES},
    cyclonedx=b"{}",
    spdx=b"{}",
    gates={gate: Gate(outcome=Outcome.GREEN, verdict=digest(b"{}")) for gate in GATES},
)
PRIVATE = ec.derive_private_key(7, ec.SECP256R1())
TYPES = {"slsaprovenance1": (PROVENANCE, 1), TEST_RESULT: (TEST_RESULT, len(GATES))}


@pytest.fixture
def capsule(tmp_path: Path) -> Path:
    file = tmp_path / "notes-1.0.0.qlcapsule"
    file.write_bytes(pack(CONTENTS, LocalSigner(PRIVATE)))
    return file


@pytest.fixture
def key(tmp_path: Path) -> Path:
    file = tmp_path / "signer.pub"
    file.write_bytes(public_pem(PRIVATE.public_key()))
    return file


def entries(capsule: Path) -> dict[str, bytes]:
    files = read_archive(capsule.read_bytes(), capsule.name)
    assert isinstance(files, dict)
    return files


def listed(capsule: Path) -> dict[str, str]:
    """Return the digests of the image, its signatures and its attestations."""
    index = json.loads(entries(capsule)["index.json"])
    return {each["annotations"]["kind"].rpartition("/")[2]: each["digest"] for each in index["manifests"]}


def proved(place: str | Path, key: Path, image: str) -> None:
    """Have cosign find the signature, and each attestation that there should be, all about this image."""
    done = cosign("verify", key, place)
    assert done.returncode == 0, done.stderr
    assert [said["critical"]["image"]["docker-manifest-digest"] for said in json.loads(done.stdout)] == [
        image
    ]
    for kind, (predicate, count) in TYPES.items():
        done = cosign("verify-attestation", key, place, "--type", kind)
        assert done.returncode == 0, done.stderr
        said = [json.loads(line) for line in done.stdout.splitlines()]
        assert len(said) == count, f"cosign drops each {predicate} that is not signed"


def test_cosign_verifies_signature_and_attestations_of_an_unpacked_capsule(
    capsule: Path, key: Path, tmp_path: Path
) -> None:
    proved(layout(entries(capsule), tmp_path / "layout"), key, listed(capsule)["image"])


def test_cosign_refuses_another_key(capsule: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.pub"
    other.write_bytes(public_pem(ec.derive_private_key(8, ec.SECP256R1()).public_key()))
    folder = layout(entries(capsule), tmp_path / "layout")
    done = cosign("verify", other, folder)
    assert (done.returncode, "no matching signatures: invalid signature" in done.stderr) == (1, True)
    done = cosign("verify-attestation", other, folder, "--type", TEST_RESULT)
    assert (done.returncode, "accepted signatures do not match threshold" in done.stderr) == (1, True)


def test_cosign_refuses_another_manifest(capsule: Path, key: Path, tmp_path: Path) -> None:
    files = entries(capsule)
    path = f"blobs/sha256/{listed(capsule)['image'].removeprefix('sha256:')}"
    files[path] = files[path].replace(b'"schemaVersion":2', b'"schemaVersion":2 ')
    folder = layout(files, tmp_path / "layout")
    done = cosign("verify", key, folder)
    assert (done.returncode, "invalid or missing digest in claim" in done.stderr) == (1, True)
    done = cosign("verify-attestation", key, folder, "--type", "slsaprovenance1")
    assert (done.returncode, "no matching subject digest found" in done.stderr) == (1, True)


def test_oras_carries_a_capsule_to_a_registry_and_back_and_cosign_verifies_it_there(
    capsule: Path, key: Path, registry: str, tmp_path: Path
) -> None:
    known, there = listed(capsule), f"{registry}/carried/notes"
    image = known["image"].replace(":", "-")
    for what, tag in (("image", "1.0.0"), ("sigs", f"{image}.sig"), ("atts", f"{image}.att")):
        source, goal = f"{capsule}@{known[what]}", f"{there}:{tag}"
        oras("cp", "--from-oci-layout", "--to-plain-http", source, goal)
    proved(f"{there}@{known['image']}", key, known["image"])
    back = tmp_path / "back"
    oras("cp", "--from-plain-http", "--to-oci-layout", f"{there}:1.0.0", f"{back}:1.0.0")
    (pulled,) = json.loads((back / "index.json").read_text())["manifests"]
    assert pulled["digest"] == known["image"]
    files = entries(capsule)
    for blob in (back / "blobs" / "sha256").iterdir():
        assert files[f"blobs/sha256/{blob.name}"] == blob.read_bytes()


def test_the_version_is_the_tag_under_which_oras_finds_the_image(capsule: Path) -> None:
    done = oras("manifest", "fetch", "--oci-layout", "--descriptor", f"{capsule}:1.0.0")
    assert json.loads(done)["digest"] == listed(capsule)["image"]


def test_cosign_loads_and_saves_a_capsule_with_its_signature_and_attestations(
    capsule: Path, key: Path, registry: str, tmp_path: Path
) -> None:
    known, there = listed(capsule), f"{registry}/loaded/notes"
    folder = layout(entries(capsule), tmp_path / "layout")
    done = run("cosign", "load", "--allow-http-registry", "--dir", folder, f"{there}:1.0.0")
    assert done.returncode == 0, done.stderr
    proved(f"{there}@{known['image']}", key, known["image"])
    saved = tmp_path / "saved"
    there = f"{there}@{known['image']}"
    done = run("cosign", "save", "--allow-http-registry", "--dir", saved, there)
    assert done.returncode == 0, done.stderr
    proved(saved, key, known["image"])
    index = json.loads((saved / "index.json").read_text())
    assert [each["digest"] for each in index["manifests"]] == list(known.values())
