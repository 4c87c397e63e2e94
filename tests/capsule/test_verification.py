"""A capsule is believed if it is signed by a key that is trusted, and every byte is as it was signed."""

from __future__ import annotations

import base64
import itertools
import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from hypothesis import given
from hypothesis import strategies as st

from qlf.capsule import Verified, layout, statements, verify
from qlf.capsule.archive import read_archive, write_archive
from qlf.capsule.keys import new_key, sign
from qlf.capsule.manifest import LARGEST, Gate
from qlf.capsule.packing import layers_of, manifest_of, pack
from qlf.capsule.verification import check
from qlf.model.canonical import canonical, digest
from qlf.model.finding import Outcome
from tests.capsule.small import APP, CYCLONEDX, KEYS, SIGNER, SPDX, STRANGER, capsule, contents, verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from securesystemslib.signer import Key

CAPSULE = capsule()


def read_entries(content: bytes) -> dict[str, bytes]:
    entries = read_archive(content, "x")
    assert isinstance(entries, dict)
    return entries


ENTRIES = read_entries(CAPSULE)


def broken(content: bytes, keys: tuple[Key, ...] = KEYS, *, draft: bool = False) -> list[str]:
    """Return what is wrong with a capsule."""
    checked = check(content, "x", keys, draft=draft)
    return [problem.what for problem in checked] if isinstance(checked, list) else []


def test_a_capsule_holds_what_it_promises() -> None:
    verified = check(CAPSULE, "x", KEYS)
    assert isinstance(verified, Verified)
    assert verified.manifest == manifest_of(contents())
    assert verified.key == SIGNER.public_key.keyid
    assert verified.files["app/README.md"] == b"# Notes\n"
    kinds = {path: file.kind for path, file in verified.manifest.files.items()}
    assert kinds["app/README.md"] == "generated"
    assert kinds["app/docs/own.md"] == "own"
    assert kinds["sources/briefs/notes.md"] == "source"
    assert kinds["record/spec.json"] == "record"
    assert kinds["sbom.cdx.json"] == "sbom"


def test_the_same_contents_are_the_same_bytes() -> None:
    turned = replace(contents(), app=dict(reversed(APP.items())))
    assert pack(turned, SIGNER) == CAPSULE


@pytest.mark.slow
@pytest.mark.parametrize("part", range(4))
def test_no_byte_can_be_another(part: int) -> None:
    for place in range(part, len(CAPSULE), 4):
        other = bytes([CAPSULE[place] ^ 1 << (place // 4 + part) % 8])
        assert broken(CAPSULE[:place] + other + CAPSULE[place + 1 :]), f"byte {place}"


def test_no_end_can_be_cut_or_added() -> None:
    for cut in (1, 511, 512, 10240, len(CAPSULE) // 2, len(CAPSULE)):
        assert broken(CAPSULE[:-cut])
    assert broken(CAPSULE + b"\0" * 512)


def test_no_entry_can_be_dropped_renamed_or_added() -> None:
    for path in ENTRIES:
        others = {name: content for name, content in ENTRIES.items() if name != path}
        assert broken(write_archive(others)), path
        assert broken(write_archive({**others, f"{path}x": ENTRIES[path]})), path
        assert broken(write_archive({**others, path: b""})), path
        assert broken(write_archive({**ENTRIES, f"{path}.more": b"{}"})) == [
            f"{path}.more belongs to nothing that is signed"
        ]


def test_no_two_entries_can_change_places() -> None:
    blobs = sorted(ENTRIES)
    for one, other in itertools.pairwise(blobs):
        assert broken(write_archive({**ENTRIES, one: ENTRIES[other], other: ENTRIES[one]})), (one, other)


@pytest.mark.parametrize("title", ["app.tar", "sources.tar", "record.tar"])
def test_no_file_of_a_layer_can_be_another(title: str) -> None:
    """Whoever has no key can still make everything consistent but the signature."""
    files = contents().layers[title]
    for path, content in files.items():
        others = {name: each for name, each in files.items() if name != path}
        for changed in (others, {**others, f"{path}x": content}, {**files, path: content + b"\n"}):
            image = layout.Image(
                canonical(manifest_of(contents())),
                {**layers_of(contents()), title: write_archive(changed)},
            )
            assert broken(resigned(image, STRANGER)) == ["no trusted key has signed it"]
            # A key that is trusted does not make a manifest true.
            assert any(path in what for what in broken(resigned(image, SIGNER))), path


def test_no_layer_can_hide_a_file_of_another() -> None:
    """Whoever unpacks one layer alone must find in it what the gates have judged."""
    layers = contents().layers
    hidden = write_archive({**layers["app.tar"], "app/README.md": b"# Evil\n"})
    shown = write_archive({**layers["record.tar"], "app/README.md": b"# Notes\n"})
    changed = {**layers_of(contents()), "app.tar": hidden, "record.tar": shown}
    image = layout.Image(canonical(manifest_of(contents())), changed)
    signed = [
        (kind, statements.envelope(statement, SIGNER))
        for kind, statement in statements.statements(manifest_of(contents()), image.digest)
    ]
    assert broken(resigned(image, SIGNER, signed)) == ["app/README.md has no place in record.tar"]


def resigned(image: layout.Image, signer: object, envelopes: list[tuple[str, bytes]] | None = None) -> bytes:
    """Return a capsule of an image, signed by someone, with the attestations of the true one."""
    assert isinstance(signer, type(SIGNER))
    signature = sign(signer, layout.payload(image.digest))
    read = layout.read_layout(ENTRIES, "x")
    assert isinstance(read, tuple)
    signed = layout.Signed(image, signature, envelopes if envelopes is not None else read[0].envelopes)
    return write_archive(layout.written(signed, "1.0.0"))


def true_image() -> layout.Image:
    return layout.Image(canonical(manifest_of(contents())), layers_of(contents()))


def test_a_stranger_is_not_trusted() -> None:
    stranger = pack(contents(), STRANGER)
    assert broken(stranger) == ["no trusted key has signed it"]
    assert broken(stranger, (*KEYS, STRANGER.public_key)) == []
    assert broken(CAPSULE, ()) == ["no trusted key has signed it"]


def test_the_twin_of_a_signature_is_none() -> None:
    """Anyone can make (r, n - s) of (r, s): it would be other bytes for the same promise."""
    read = layout.read_layout(ENTRIES, "x")
    assert isinstance(read, tuple)
    signed, tag = read
    r, s = decode_dss_signature(signed.signature)
    order = int("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", 16)
    twin = replace(signed, signature=encode_dss_signature(r, order - s))
    assert broken(write_archive(layout.written(twin, tag))) == ["no trusted key has signed it"]
    assert broken(write_archive(layout.written(signed, tag))) == []


def test_the_signature_comes_first() -> None:
    """What is behind a bad signature is not read, whatever it is."""
    image = ENTRIES["index.json"]
    manifest = json.loads(image)["manifests"][0]["digest"].removeprefix("sha256:")
    junk = {**ENTRIES, f"blobs/sha256/{manifest}": b"[" * 100_000}
    assert broken(write_archive(junk), (STRANGER.public_key,)) == ["no trusted key has signed it"]


def test_attestations_cannot_be_left_out_or_exchanged() -> None:
    read = layout.read_layout(ENTRIES, "x")
    assert isinstance(read, tuple)
    envelopes = list(read[0].envelopes)
    assert [kind for kind, _ in envelopes] == [
        "https://slsa.dev/provenance/v1",
        "https://in-toto.io/attestation/test-result/v0.1",
    ]
    assert broken(resigned(true_image(), SIGNER, envelopes[:1])) == ["it has 1 attestations and not 2"]
    assert broken(resigned(true_image(), SIGNER, [])) == ["it has 0 attestations and not 2"]
    turned = broken(resigned(true_image(), SIGNER, envelopes[::-1]))
    assert [what.partition(" of ")[0] for what in turned] == ["its attestation"] * 2
    foreign = layout.read_layout(read_entries(pack(contents(), STRANGER)), "x")
    assert isinstance(foreign, tuple)
    assert len(broken(resigned(true_image(), SIGNER, list(foreign[0].envelopes)))) == 2


def test_only_a_source_is_the_configuration_of_a_gate() -> None:
    app = {**APP, "backend/gates/static.yaml": (b"", "custom")}
    _, (_, statement) = statements.statements(manifest_of(replace(contents(), app=app)), "0" * 64)
    said = json.loads(statement)["predicate"]
    assert [each["name"] for each in said["configuration"]] == ["sources/library/rules/gates/static.yaml"]
    assert [each["name"] for each in said["evidence"]] == ["record/gates/static.json"]


@pytest.mark.parametrize("kind", ["sigs", "atts"])
@given(data=st.data())
def test_what_is_not_signed_is_read_with_care(kind: str, data: st.DataObject) -> None:
    """Signatures and attestations are outside of what is signed: anyone can write anything there."""
    index = json.loads(ENTRIES["index.json"])
    (listed,) = (each for each in index["manifests"] if each["annotations"]["kind"].endswith(kind))
    manifest = json.loads(ENTRIES[f"blobs/sha256/{listed['digest'].removeprefix('sha256:')}"])
    place = data.draw(st.sampled_from(list(places(manifest))))
    put(manifest, place, data.draw(ANYTHING))
    content = json.dumps(manifest).encode()
    listed["digest"] = f"sha256:{digest(content)}"
    entries = {
        **ENTRIES,
        "index.json": json.dumps(index).encode(),
        f"blobs/sha256/{digest(content)}": content,
    }
    assert broken(write_archive(entries))


ODD: tuple[object, ...] = (
    *(None, 0, -1, 1e400, float("nan"), 10**400, "", "x", "\ud800"),
    *([], {}, [[]], {"a": 1}),
)
ANYTHING = st.sampled_from(ODD)


def places(value: object, before: tuple[object, ...] = ()) -> Iterator[tuple[object, ...]]:
    """Yield the way to each member of a JSON value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, each in inner:
        yield (*before, name)
        yield from places(each, (*before, name))


def put(value: Any, place: tuple[Any, ...], other: object) -> None:  # noqa: ANN401 - JSON
    for name in place[:-1]:
        value = value[name]
    value[place[-1]] = other


def test_an_envelope_says_nothing_besides() -> None:
    read = layout.read_layout(ENTRIES, "x")
    assert isinstance(read, tuple)
    (kind, envelope), *rest = read[0].envelopes
    said = json.loads(envelope)
    others: tuple[object, ...] = (
        {**said, "signatures": [*said["signatures"], *said["signatures"]]},
        {**said, "more": 1},
        {**said, "payloadType": "text/plain"},
        {**said, "signatures": []},
        {**said, "signatures": [{"keyid": "", "sig": base64.b64encode(b"x" * 70).decode()}]},
        [],
    )
    for other in others:
        changed = [(kind, json.dumps(other, separators=(",", ":"), sort_keys=True).encode()), *rest]
        assert broken(resigned(true_image(), SIGNER, changed)) == [
            f"its attestation of {kind} is not what follows from its manifest, or not signed"
        ]


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (
            lambda: {"cyclonedx": CYCLONEDX.replace(b'"click"', b'"clack"')},
            [
                "sbom.cdx.json lacks click 8.5.1, which backend/requirements.lock installs",
                "sbom.cdx.json has clack 8.5.1, which backend/requirements.lock does not install",
                "sbom.cdx.json and sbom.spdx.json differ",
            ],
        ),
        (
            lambda: {"spdx": SPDX.replace(b"8.5.1", b"8.5.2")},
            [
                "sbom.spdx.json lacks click 8.5.1, which backend/requirements.lock installs",
                "sbom.spdx.json has click 8.5.2, which backend/requirements.lock does not install",
                "sbom.cdx.json and sbom.spdx.json differ",
            ],
        ),
        (lambda: {"spdx": b"{}"}, ["an SBOM cannot be read"]),
        (lambda: {"cyclonedx": b"[" * 100_000}, ["an SBOM cannot be read"]),
        (
            lambda: said(verdict(files={"backend/app/main.py": "0" * 64})),
            ["the gate static judged another backend/app/main.py"],
        ),
        (
            lambda: said(verdict(files={"gone.py": "0" * 64})),
            ["the gate static judged another gone.py"],
        ),
        (lambda: said(verdict("unit")), ["the verdict of the gate static says unit is green"]),
        (
            lambda: said(verdict(outcome=Outcome.RED)),
            ["the verdict of the gate static says static is red"],
        ),
        (lambda: said(b"{}"), ["the verdict of the gate static cannot be read"]),
        (
            lambda: {"gates": {"static": Gate(outcome=Outcome.GREEN, verdict="0" * 64)}},
            ["the verdict of the gate static is another"],
        ),
        (
            lambda: {"gates": {"static": Gate(outcome=Outcome.GREEN, verdict=None)}},
            ["the gate static is said to be green without a verdict"],
        ),
    ],
)
def test_a_signature_does_not_make_it_true(change: Callable[[], dict[str, object]], what: list[str]) -> None:
    assert broken(capsule(**change())) == what


def said(content: bytes) -> dict[str, object]:
    """Return contents in which the gate's verdict, said to be green, is another file."""
    return {
        "record": {"gates/static.json": content},
        "gates": {"static": Gate(outcome=Outcome.GREEN, verdict=digest(content))},
    }


def test_a_gate_that_read_nothing_has_proven_nothing() -> None:
    nothing = json.loads(verdict())
    nothing["files"] = {}
    content = json.dumps(nothing, separators=(",", ":"), sort_keys=True).encode()
    assert broken(capsule(**said(content))) == ["the gate static has read no file"]


def test_a_verdict_is_canonical_and_named() -> None:
    twice = verdict().replace(b'{"files"', b'{"outcome":"red","files"', 1)
    assert broken(capsule(**said(twice))) == ["the verdict of the gate static is not canonical JSON"]
    red = verdict("unit", Outcome.RED)
    record = {"gates/static.json": verdict(), "gates/unit.json": red}
    assert broken(capsule(record=record)) == [
        "record/gates/unit.json is the verdict of a gate that it does not name"
    ]


@pytest.mark.parametrize("size", ["-1", "1152921504606846976"])
def test_a_size_is_one_of_a_file(size: str) -> None:
    config = re.sub(rb'"size":\d+', f'"size":{size}'.encode(), canonical(manifest_of(contents())), count=1)
    (what,) = broken(resigned(layout.Image(config, layers_of(contents())), SIGNER))
    assert what.startswith("its manifest is none of this format: ")


def test_versions_in_sboms_are_texts() -> None:
    assert broken(capsule(spdx=SPDX.replace(b'"8.5.1"', b"null"))) == ["an SBOM cannot be read"]


@pytest.mark.parametrize("runs", [[], [("green", 0)], [("red", 3)], [("green", 2), ("red", 1)]])
def test_a_gate_is_green_because_its_tools_are(runs: list[tuple[str, int]]) -> None:
    other = json.loads(verdict())
    other["runs"] = [
        {**other["runs"][0], "outcome": outcome, "executed": executed} for outcome, executed in runs
    ]
    content = json.dumps(other, separators=(",", ":"), sort_keys=True).encode()
    assert broken(capsule(**said(content))) == [
        "the gate static is said to be green, and no tool of it, or not all, says so"
    ]


@pytest.mark.parametrize("outcome", [Outcome.RED, Outcome.UNPROVEN])
def test_a_draft_says_that_it_is_one(outcome: Outcome) -> None:
    content = pack(contents(outcome=outcome), SIGNER)
    assert broken(content) == [f"it is a draft: static is {outcome}"]
    assert broken(content, draft=True) == []
    verified = check(content, "x", KEYS, draft=True)
    assert isinstance(verified, Verified)
    assert verified.manifest.draft


def test_a_capsule_without_gates_is_a_draft() -> None:
    content = capsule(gates={}, record={"spec.json": b"{}"})
    assert broken(content) == ["it is a draft: no gate ran"]


def test_a_draft_cannot_be_signed_as_released() -> None:
    red = contents(outcome=Outcome.RED)
    manifest = manifest_of(red).model_copy(update={"draft": False})
    image = layout.Image(canonical(manifest), layers_of(red))
    assert "it is not marked as a draft, but not all gates are green" in broken(resigned(image, SIGNER))


def test_what_is_not_signed_is_not_believed() -> None:
    assert broken(pack(contents(), None)) == ["it is not signed"]


@pytest.mark.parametrize(
    "config", [b"", b"{}", b"[]", b"null", b"{" * 100_000, b'{"format": 2}', b"\xff", b" " + b"{}"]
)
def test_a_manifest_of_another_format_is_none(config: bytes) -> None:
    (what,) = broken(resigned(layout.Image(config, layers_of(contents())), SIGNER))
    assert what.startswith("its manifest is none of this format: ")


def test_a_manifest_is_canonical() -> None:
    config = json.dumps(json.loads(canonical(manifest_of(contents()))), indent=1).encode()
    image = layout.Image(config, layers_of(contents()))
    assert broken(resigned(image, SIGNER)) == ["its manifest is not canonical JSON"]


SURROGATE = re.sub(rb"sha256:[0-9a-f]{64}", rb"sha256:\\ud800", ENTRIES["index.json"])


@pytest.mark.parametrize(
    "index", [b"", b"[]", b"{}", b"[" * 100_000, b'{"manifests": [{}]}', b"null", SURROGATE]
)
def test_another_index_is_none_of_a_capsule(index: bytes) -> None:
    assert broken(write_archive({**ENTRIES, "index.json": index})) == ["it is not laid out as a capsule"]


def test_the_file_and_the_keys_are_read(tmp_path: Path) -> None:
    file, key = tmp_path / "notes.qlcapsule", tmp_path / "signing.key"
    assert new_key(key) == []
    public = tmp_path / "signing.key.pub"
    problems = verify(file, [public, tmp_path / "none.pub"])
    assert isinstance(problems, list)
    assert [problem.what for problem in problems] == [
        "the public key cannot be read: No such file or directory",
        "the capsule cannot be read: No such file or directory",
    ]
    file.write_bytes(CAPSULE)
    problems = verify(file, [public])
    assert isinstance(problems, list)
    assert [str(problem) for problem in problems] == [
        f"{file}:0:0: no trusted key has signed it; trust it only if you made it, or give its key with --key"
    ]
    with file.open("ab") as opened:
        opened.truncate(LARGEST + 1)
    problems = verify(file, [public])
    assert isinstance(problems, list)
    assert [problem.what for problem in problems] == [f"it has more than {LARGEST} bytes"]
