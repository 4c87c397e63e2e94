"""A reader of capsules written from docs/capsule.md alone: it knows nothing of the factory's code."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import tarfile
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

COSIGN = "dev.cosignproject.cosign"
OCI = "application/vnd.oci.image"
OURS = "application/vnd.quantumlayer.capsule"
INTOTO = "application/vnd.in-toto+json"
SIMPLE = "application/vnd.dev.cosign.simplesigning.v1+json"
DSSE = "application/vnd.dsse.envelope.v1+json"
LAYERS = {
    "app.tar": f"{OURS}.app.v1.tar",
    "sources.tar": f"{OURS}.sources.v1.tar",
    "record.tar": f"{OURS}.record.v1.tar",
    "sbom.cdx.json": "application/vnd.cyclonedx+json",
    "sbom.spdx.json": "application/spdx+json",
}
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
LONG_AGO = "0001-01-01T00:00:00Z"


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def text(value: Any) -> bytes:  # noqa: ANN401 - JSON
    """Return canonical JSON; names here are ASCII, and numbers whole, so this is RFC 8785."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def check(holds: object, what: str) -> None:
    if not holds:
        raise ValueError(what)


def signed(key: ec.EllipticCurvePublicKey, signature: bytes, content: bytes) -> None:
    key.verify(signature, content, ec.ECDSA(SHA256()))
    r, s = decode_dss_signature(signature)
    check(s <= ORDER // 2 and encode_dss_signature(r, s) == signature, "the signature is the other one")


def archive(content: bytes) -> dict[str, bytes]:
    """Return the files of an archive; paths are checked by whoever unpacks."""
    files: dict[str, bytes] = {}
    made, place = b"", 0
    while any(content[place : place + 512]):
        entry = tarfile.TarInfo.frombuf(content[place : place + 512], "utf-8", "strict")
        files[entry.name] = content[place + 512 : place + 512 + entry.size]
        place += 512 + -(-entry.size // 512) * 512
    for path in sorted(files, key=str.encode):
        about = tarfile.TarInfo(path)
        about.size, about.mode = len(files[path]), 0o644
        made += about.tobuf(tarfile.USTAR_FORMAT) + files[path] + bytes(-len(files[path]) % 512)
    made += bytes(1024)
    check(content == made + bytes(-len(made) % 10240), "the archive has another form")
    return files


def described(kind: str, content: bytes, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return {"mediaType": kind, "digest": f"sha256:{sha(content)}", "size": len(content), **more}


def oci(config: dict[str, Any], layers: list[dict[str, Any]], **more: str) -> bytes:
    kind = f"{OCI}.manifest.v1+json"
    return text({"schemaVersion": 2, "mediaType": kind, "config": config, "layers": layers, **more})


def resources(manifest: dict[str, Any], start: str, end: str = "") -> list[dict[str, Any]]:
    named = sorted(path for path in manifest["files"] if path.startswith(start) and path.endswith(end))
    return [{"name": path, "digest": {"sha256": manifest["files"][path]["digest"]}} for path in named]


def statements(manifest: dict[str, Any], image: str) -> list[tuple[str, bytes]]:
    """Return what the manifest has attested."""
    maker, build = manifest["maker"], "https://quantumlayer.dev/capsule/v1"
    factory = {
        "uri": f"pkg:pypi/quantumlayer-factory@{maker['version']}",
        "digest": {"sha256": maker["code"]},
    }
    packages = [{"uri": f"pkg:pypi/{name}@{maker['packages'][name]}"} for name in sorted(maker["packages"])]
    definition = {
        "buildType": build,
        "externalParameters": {name: manifest[name] for name in ("name", "version", "draft")},
        "internalParameters": {"python": maker["python"]},
        "resolvedDependencies": [*resources(manifest, "sources/"), factory, *packages],
    }
    builder = {"id": f"{build}/builder", "version": {"quantumlayer-factory": maker["version"]}}
    details = {"builder": builder, "byproducts": resources(manifest, "record/")}
    provenance = {"buildDefinition": definition, "runDetails": details}
    said: list[tuple[str, dict[str, Any]]] = [("https://slsa.dev/provenance/v1", provenance)]
    for gate in sorted(manifest["gates"]):
        passed = manifest["gates"][gate]["outcome"] == "green"
        result = {
            "result": "PASSED" if passed else "FAILED",
            "configuration": resources(manifest, "sources/", f"/gates/{gate}.yaml"),
            "evidence": resources(manifest, f"record/gates/{gate}."),
            "outcome": manifest["gates"][gate]["outcome"],
            "passedTests" if passed else "failedTests": [gate],
        }
        said.append(("https://in-toto.io/attestation/test-result/v0.1", result))
    for catalogue in sorted(manifest["controls"]):
        controls = manifest["controls"][catalogue]
        known = {
            "catalogue": catalogue,
            "controls": {
                each: sorted(name for name in controls if controls[name] == each)
                for each in set(controls.values())
            },
            "configuration": [
                *resources(manifest, "sources/", f"/controls/{catalogue}.yaml"),
                *resources(manifest, "sources/", "/controls/features.yaml"),
            ],
            "evidence": [
                *resources(manifest, "record/evidence.html"),
                *resources(manifest, "record/evidence.json"),
                *resources(manifest, "record/oscal/"),
            ],
        }
        known["configuration"].sort(key=lambda each: each["name"])
        said.append(("https://quantumlayer.dev/controls/v1", known))
    subject = [{"name": manifest["name"], "digest": {"sha256": image}}]
    about = {"_type": "https://in-toto.io/Statement/v1", "subject": subject}
    return [(kind, text({**about, "predicateType": kind, "predicate": each})) for kind, each in said]


def written(config: bytes, layers: dict[str, bytes], sealed: str, envelopes: list[bytes]) -> dict[str, bytes]:
    """Return the entries of a capsule: all that the page makes of these."""
    manifest = json.loads(config)
    titled = [
        described(LAYERS[title], layers[title], annotations={"org.opencontainers.image.title": title})
        for title in LAYERS
    ]
    image = oci(described(f"{OURS}.config.v1+json", config), titled, artifactType=f"{OURS}.v1")
    kinds = [kind for kind, _ in statements(manifest, sha(image))]
    simple = described(SIMPLE, signing(sha(image)), annotations={f"{COSIGN}/signature": sealed})
    attested = [
        described(DSSE, each, annotations={f"{COSIGN}/signature": "", "predicateType": kind})
        for kind, each in zip(kinds, envelopes, strict=True)
    ]
    carried = [carrier([simple]), carrier(attested)]
    listed = [
        described(f"{OCI}.manifest.v1+json", image, artifactType=f"{OURS}.v1"),
        *(described(f"{OCI}.manifest.v1+json", each) for _, each in carried),
    ]
    for each, name in zip(listed, ("image", "sigs", "atts"), strict=True):
        each["annotations"] = {"kind": f"{COSIGN}/{name}"}
    listed[0]["annotations"]["org.opencontainers.image.ref.name"] = manifest["version"]
    index = {"schemaVersion": 2, "mediaType": f"{OCI}.index.v1+json", "manifests": listed}
    blobs = [config, *layers.values(), image, signing(sha(image)), *envelopes, *carried[0], *carried[1]]
    return {
        "oci-layout": text({"imageLayoutVersion": "1.0.0"}),
        "index.json": text(index),
        **{f"blobs/sha256/{sha(each)}": each for each in blobs},
    }


def signing(image: str) -> bytes:
    critical = {
        "identity": {"docker-reference": "capsule"},
        "image": {"docker-manifest-digest": f"sha256:{image}"},
        "type": "cosign container image signature",
    }
    return text({"critical": critical, "optional": None})


def carrier(layers: list[dict[str, Any]]) -> tuple[bytes, bytes]:
    """Return the config and the manifest that hold signatures or attestations."""
    below = {"type": "layers", "diff_ids": [layer["digest"] for layer in layers]}
    empty = {"architecture": "", "os": "", "created": LONG_AGO, "config": {}, "rootfs": below}
    config = text({**empty, "history": [{"created": LONG_AGO} for _ in layers]})
    return config, oci(described(f"{OCI}.config.v1+json", config), layers)


def verified(content: bytes, pem: bytes) -> dict[str, bytes]:
    """Return the files of a capsule that is no draft; whatever it raises is a refusal."""
    key = load_pem_public_key(pem)
    assert isinstance(key, ec.EllipticCurvePublicKey)
    entries = archive(content)

    def blob(descriptor: dict[str, str]) -> bytes:
        found = entries[f"blobs/sha256/{descriptor['digest'].removeprefix('sha256:')}"]
        check(descriptor["digest"] == f"sha256:{sha(found)}", "the blob has another digest")
        return found

    image, sigs, atts = json.loads(entries["index.json"])["manifests"]
    (layer,) = json.loads(blob(sigs))["layers"]
    sealed = layer["annotations"][f"{COSIGN}/signature"]
    digest = image["digest"].removeprefix("sha256:")
    signed(key, base64.b64decode(sealed, validate=True), signing(digest))

    said = json.loads(blob(image))
    config = blob(said["config"])
    layers = {title: blob(each) for title, each in zip(LAYERS, said["layers"], strict=True)}
    manifest = json.loads(config)
    check(manifest["format"] == 1 and config == text(manifest), "the manifest has another form")
    envelopes = []
    wanted = statements(manifest, digest)
    for each, (_, statement) in zip(json.loads(blob(atts))["layers"], wanted, strict=True):
        (one,) = json.loads(blob(each))["signatures"]
        pae = b"DSSEv1 28 %s %d %s" % (INTOTO.encode(), len(statement), statement)
        signed(key, base64.b64decode(one["sig"], validate=True), pae)
        made = {"payload": base64.b64encode(statement).decode(), "payloadType": INTOTO}
        envelopes.append(text({**made, "signatures": [{"keyid": "", "sig": one["sig"]}]}))
    check(entries == written(config, layers, sealed, envelopes), "an entry is not as the page has it")
    return promised(manifest, layers)


def promised(manifest: dict[str, Any], layers: dict[str, bytes]) -> dict[str, bytes]:
    """Return the files, if they, SBOMs and gates are what the manifest says (steps 7 to 13)."""
    files = {title: layers[title] for title in LAYERS if title.startswith("sbom.")}
    for title in ("app", "sources", "record"):
        unpacked = archive(layers[f"{title}.tar"])
        check(all(path.startswith(f"{title}/") for path in unpacked), "a file has no place in its layer")
        files |= unpacked
    told = {path: (each["digest"], each["size"]) for path, each in manifest["files"].items()}
    check({path: (sha(each), len(each)) for path, each in files.items()} == told, "files are others")
    lock = files.get("app/backend/requirements.lock", b"").decode()
    pins = re.findall(r"^([\w.-]+)(?:\[[^\]]*\])?==([^\s;\\]+)( ;)?", lock, re.MULTILINE)
    cyclonedx, spdx = (json.loads(files[title]) for title in ("sbom.cdx.json", "sbom.spdx.json"))
    (root,) = (r for r in spdx["relationships"] if r["relationshipType"] == "DESCRIBES")
    listed = {normal(each["name"], each["version"]) for each in cyclonedx["components"]}
    others = (each for each in spdx["packages"] if each["SPDXID"] != root["relatedSpdxElement"])
    check(listed == {normal(each["name"], each["versionInfo"]) for each in others}, "the SBOMs differ")
    check({normal(*pin[:2]) for pin in pins if not pin[2]} <= listed, "the SBOMs lack a package")
    check(listed <= {normal(*pin[:2]) for pin in pins}, "the SBOMs have a package more")
    for gate, said in manifest["gates"].items():
        if said["verdict"] is None:
            check(said["outcome"] == "unproven" and f"record/gates/{gate}.json" not in files, "no verdict")
            continue
        verdict = json.loads(files[f"record/gates/{gate}.json"])
        check(sha(files[f"record/gates/{gate}.json"]) == said["verdict"], "the verdict is another")
        check(text(verdict) == files[f"record/gates/{gate}.json"], "the verdict is not canonical")
        check((verdict["gate"], verdict["outcome"]) == (gate, said["outcome"]), "the verdict says otherwise")
        check(verdict["files"] or said["outcome"] != "green", "the gate has read nothing")
        runs = [run["outcome"] for run in verdict["runs"] if run["executed"] or run["outcome"] != "green"]
        proven = "green" in runs and "red" not in runs
        check(proven or said["outcome"] != "green", "no tool says so")
        for path, digest in verdict["files"].items():
            check(manifest["files"][f"app/{path}"]["digest"] == digest, "the gate judged another file")
    judged = {f"record/gates/{gate}.json" for gate in manifest["gates"]}
    there = {path for path in files if path.startswith("record/gates/") and path.endswith(".json")}
    check(there <= judged, "the verdict of another gate")
    told_of(manifest, files)
    red = [gate for gate, said in manifest["gates"].items() if said["outcome"] != "green"]
    check(manifest["draft"] is (bool(red) or not manifest["gates"]), "it is not marked as a draft")
    check(not manifest["draft"], "it is a draft")
    return files


def told_of(manifest: dict[str, Any], files: dict[str, bytes]) -> None:
    """Refuse evidence that is not about this capsule (step 10)."""
    if "record/evidence.json" not in files:
        check(not manifest["controls"], "there is no evidence")
        return
    evidence = json.loads(files["record/evidence.json"])
    check(text(evidence) == files["record/evidence.json"], "the evidence is not canonical")
    controls = [each for catalogue in evidence["catalogues"] for each in catalogue["controls"]]
    said = {
        catalogue["catalogue"]: {each["id"]: each["status"] for each in catalogue["controls"]}
        for catalogue in evidence["catalogues"]
    }
    check(said == manifest["controls"], "the evidence says otherwise")
    app = {
        path.removeprefix("app/"): each["digest"]
        for path, each in manifest["files"].items()
        if path.startswith("app/")
    }
    check(not controls or evidence["tree"] == sha(text(app)), "the evidence is about another application")
    counted = {each["gate"]: each for each in evidence["gates"] if each["counts"]}
    for gate, each in counted.items():
        known = {name: each[name] for name in ("outcome", "verdict")}
        check(manifest["gates"].get(gate) == known, "the evidence is about another verdict")
    passed = set()
    for each in evidence["checks"]:
        if each["status"] in {"satisfied", "not-satisfied"}:
            check(each["verdict"] == counted.get(each["gate"], {}).get("verdict"), "no verdict says so")
        if each["status"] == "satisfied":
            passed.add(each["name"])
    for each in controls:
        check(all(app.get(line["file"]) == line["digest"] for line in each["lines"]), "another file")
        if each["status"] == "satisfied":
            check(each["lines"] and each["checks"], "nothing carries or proves it")
            check(passed.issuperset(each["checks"]), "a check of it is not satisfied")


def normal(name: str, version: str) -> tuple[str, str]:
    return re.sub(r"[-_.]+", "-", name).lower(), version
