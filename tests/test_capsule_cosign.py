"""The table of docs/capsule.md says what cosign leaves unchecked, and the factory does not."""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from qlf.capsule.archive import read_archive, write_archive
from qlf.capsule.keys import public_pem
from qlf.capsule.manifest import Gate
from qlf.capsule.statements import TEST_RESULT
from qlf.capsule.verification import check
from qlf.model.canonical import digest
from qlf.model.finding import Outcome
from tests.capsule.oci import cosign, layout
from tests.capsule.small import KEYS, PRIVATE, capsule, contents, verdict
from tests.test_documents import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PAGE = (ROOT / "docs" / "capsule.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (.*?) \| (.*?) \| (.*?) \| (.*?) \|$", PAGE.partition("| changed |")[2], re.MULTILINE)
SAID = {row[0]: row[1:] for row in ROWS[:7]}
Entries = dict[str, bytes]


def two_gates() -> Entries:
    both = {gate: verdict(gate) for gate in ("static", "unit")}
    read = read_archive(
        capsule(
            gates={
                gate: Gate(outcome=Outcome.GREEN, verdict=digest(content)) for gate, content in both.items()
            },
            record={**contents().record, **{f"gates/{gate}.json": content for gate, content in both.items()}},
        ),
        "x",
    )
    assert isinstance(read, dict)
    return read


ENTRIES = two_gates()
INDEX: dict[str, Any] = json.loads(ENTRIES["index.json"])
IMAGE, SIGS, ATTS = (f"blobs/sha256/{each['digest'].removeprefix('sha256:')}" for each in INDEX["manifests"])


def said(path: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(ENTRIES[path])
    return read


def blob(descriptor: dict[str, str]) -> str:
    return f"blobs/sha256/{descriptor['digest'].removeprefix('sha256:')}"


def without(path: str) -> Entries:
    return {name: content for name, content in ENTRIES.items() if name != path}


def flipped(path: str) -> Entries:
    content = bytearray(ENTRIES[path])
    content[len(content) // 2] ^= 1
    return {**ENTRIES, path: bytes(content)}


def wrong_size() -> Entries:
    first, *others = INDEX["manifests"]
    manifests = [{**first, "size": first["size"] + 1}, *others]
    return {**ENTRIES, "index.json": json.dumps({**INDEX, "manifests": manifests}).encode()}


def relisted(manifest: dict[str, Any]) -> Entries:
    """Return the capsule with other attestations."""
    content = json.dumps(manifest).encode()
    image, sigs, atts = INDEX["manifests"]
    listed = [image, sigs, {**atts, "digest": f"sha256:{digest(content)}", "size": len(content)}]
    index = json.dumps({**INDEX, "manifests": listed}).encode()
    return {**without(ATTS), "index.json": index, f"blobs/sha256/{digest(content)}": content}


def broken_attestation() -> Entries:
    manifest = said(ATTS)
    last = manifest["layers"][-1]
    envelope = json.loads(ENTRIES[blob(last)])
    envelope["signatures"][0]["sig"] = base64.b64encode(b"no signature").decode()
    content = json.dumps(envelope).encode()
    last |= {"digest": f"sha256:{digest(content)}", "size": len(content)}
    return {**relisted(manifest), blob(last): content}


def lying_type() -> Entries:
    manifest = said(ATTS)
    manifest["layers"][0]["annotations"]["predicateType"] = TEST_RESULT
    return relisted(manifest)


CHANGES: dict[str, tuple[Callable[[], Entries], ...]] = {
    "a layer or the config has another byte, or is missing": (
        lambda: flipped(blob(said(IMAGE)["layers"][0])),
        lambda: without(blob(said(IMAGE)["layers"][0])),
        lambda: flipped(blob(said(IMAGE)["config"])),
        lambda: without(blob(said(IMAGE)["config"])),
    ),
    "a size in `index.json` is wrong": (wrong_size,),
    "`oci-layout` is missing, a file is added": (
        lambda: without("oci-layout"),
        lambda: {**ENTRIES, "more": b""},
    ),
    "the config of `sigs` or `atts` is missing": (
        lambda: without(blob(said(SIGS)["config"])),
        lambda: without(blob(said(ATTS)["config"])),
    ),
    "one of several attestations of a type is broken": (broken_attestation,),
    "the annotation `predicateType` lies": (lying_type,),
    "the image's manifest has another byte": (
        lambda: {**ENTRIES, IMAGE: ENTRIES[IMAGE].replace(b'"schemaVersion":2', b'"schemaVersion":2 ')},
    ),
}
CASES = [(row, number) for row, changes in CHANGES.items() for number in range(len(changes))]


def test_the_table_has_these_rows() -> None:
    assert list(SAID) == list(CHANGES)


@pytest.mark.parametrize(("row", "number"), CASES)
def test_what_the_table_says_is_so(row: str, number: int, tmp_path: Path) -> None:
    key = tmp_path / "signer.pub"
    key.write_bytes(public_pem(PRIVATE.public_key()))
    entries = CHANGES[row][number]()
    folder = layout(entries, tmp_path / "layout")
    signature = cosign("verify", key, folder)
    attested = cosign("verify-attestation", key, folder, "--type", TEST_RESULT)
    lines = len(attested.stdout.splitlines())
    fewer = ", one line less" if lines == 1 else ""
    assert lines == (0 if attested.returncode else 1 if fewer else 2)
    ours = isinstance(check(write_archive(entries), "x", KEYS), list)
    words = tuple(
        "refuses" if refused else "accepts" for refused in (signature.returncode, attested.returncode, ours)
    )
    assert (words[0], words[1] + fewer, words[2]) == SAID[row], signature.stderr + attested.stderr


def test_what_was_not_changed_is_accepted_by_all(tmp_path: Path) -> None:
    key = tmp_path / "signer.pub"
    key.write_bytes(public_pem(PRIVATE.public_key()))
    folder = layout(ENTRIES, tmp_path / "layout")
    assert cosign("verify", key, folder).returncode == 0
    assert cosign("verify-attestation", key, folder, "--type", TEST_RESULT).stdout.count("\n") == 2
    assert not isinstance(check(write_archive(ENTRIES), "x", KEYS), list)
