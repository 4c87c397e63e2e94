"""What is attested of a capsule: in-toto Statements (v1) that follow from its manifest alone, in DSSE.

One says what it was built from (SLSA Provenance v1), one for each gate what that found (in-toto Test Result
v0.1), and one for each catalogue of controls what is known of these (a predicate of our own). Whoever has the
manifest can tell what they must say, byte for byte.
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import rfc8785
from securesystemslib.dsse import Envelope

from qlf.capsule.keys import has_signed, sign
from qlf.capsule.manifest import EVIDENCE, RECORD, SOURCES, Manifest
from qlf.model.finding import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from securesystemslib.signer import Key, Signer

    from qlf.capsule.manifest import File

PROVENANCE = "https://slsa.dev/provenance/v1"
TEST_RESULT = "https://in-toto.io/attestation/test-result/v0.1"
CONTROLS = "https://quantumlayer.dev/controls/v1"
_STATEMENT = "https://in-toto.io/Statement/v1"
_BUILD = "https://quantumlayer.dev/capsule/v1"
_TOLD = (EVIDENCE, f"{RECORD}evidence.html", f"{RECORD}oscal/")
PAYLOAD = "application/vnd.in-toto+json"


def statements(manifest: Manifest, image: str) -> list[tuple[str, bytes]]:
    """Return predicate type and Statement for all that is attested; `image` is the digest of the image."""
    made = [(PROVENANCE, _provenance(manifest))]
    applied = (name for name, gate in manifest.gates.items() if gate.outcome is not Outcome.NOT_APPLICABLE)
    made += [(TEST_RESULT, _test_result(manifest, gate)) for gate in sorted(applied)]
    made += [(CONTROLS, _controls(manifest, catalogue)) for catalogue in sorted(manifest.controls)]
    subject = [{"name": manifest.name, "digest": {"sha256": image}}]
    return [(kind, _statement(kind, predicate, subject)) for kind, predicate in made]


def _statement(kind: str, predicate: dict[str, Any], subject: list[dict[str, Any]]) -> bytes:
    about: dict[str, Any] = {"predicateType": kind, "predicate": predicate, "subject": subject}
    return rfc8785.dumps({"_type": _STATEMENT, **about})


def envelope(statement: bytes, signer: Signer) -> bytes:
    """Return a signed Statement as DSSE envelope (DSSE 1.0, "Envelope")."""
    return as_json(statement, sign(signer, Envelope(statement, PAYLOAD, {}).pae()))


def is_signed(content: bytes, statement: bytes, key: Key) -> bool:
    """Say whether an envelope holds exactly this Statement, signed by this key, and nothing else."""
    try:
        (said,) = json.loads(content)["signatures"]
        signature = base64.b64decode(said["sig"], validate=True)
    except (LookupError, TypeError, ValueError, AttributeError, RecursionError):
        return False
    signed = has_signed(key, signature, Envelope(statement, PAYLOAD, {}).pae())
    return signed and content == as_json(statement, signature)


def as_json(statement: bytes, signature: bytes) -> bytes:
    """Return the envelope of a Statement with one signature in DER, as JSON."""
    return rfc8785.dumps(
        {
            "payloadType": PAYLOAD,
            "payload": base64.b64encode(statement).decode(),
            "signatures": [{"keyid": "", "sig": base64.b64encode(signature).decode()}],
        }
    )


def _provenance(manifest: Manifest) -> dict[str, Any]:
    maker = manifest.maker
    packages = [{"uri": f"pkg:pypi/{name}@{version}"} for name, version in sorted(maker.packages.items())]
    factory = f"pkg:pypi/quantumlayer-factory@{maker.version}"
    return {
        "buildDefinition": {
            "buildType": _BUILD,
            "externalParameters": {
                "name": manifest.name,
                "version": manifest.version,
                "draft": manifest.draft,
            },
            "internalParameters": {"python": maker.python},
            "resolvedDependencies": [
                *_resources(manifest.below(SOURCES)),
                {"uri": factory, "digest": {"sha256": maker.code}},
                *packages,
            ],
        },
        "runDetails": {
            "builder": {"id": f"{_BUILD}/builder", "version": {"quantumlayer-factory": maker.version}},
            "byproducts": _resources(manifest.below(RECORD)),
        },
    }


def _test_result(manifest: Manifest, gate: str) -> dict[str, Any]:
    """Return what a gate found. One that proved nothing has not passed."""
    said = manifest.gates[gate]
    passed = said.outcome is Outcome.GREEN
    rules = {
        path: file for path, file in manifest.below(SOURCES).items() if path.endswith(f"/gates/{gate}.yaml")
    }
    verdict = manifest.below(f"{RECORD}gates/{gate}.")
    return {
        "result": "PASSED" if passed else "FAILED",
        "configuration": _resources(rules),
        "evidence": _resources(verdict),
        "outcome": said.outcome.value,
        "passedTests" if passed else "failedTests": [gate],
    }


def _controls(manifest: Manifest, catalogue: str) -> dict[str, Any]:
    """Return what is known of the controls of a catalogue, and where that is told in full."""
    found: dict[str, list[str]] = {}
    for control, status in sorted(manifest.controls[catalogue].items()):
        found.setdefault(status, []).append(control)
    rules = (f"/controls/{catalogue}.yaml", "/controls/features.yaml")
    told = {path: file for path, file in manifest.below(RECORD).items() if path.startswith(_TOLD)}
    return {
        "catalogue": catalogue,
        "controls": found,
        "configuration": _resources(
            {path: file for path, file in manifest.below(SOURCES).items() if path.endswith(rules)}
        ),
        "evidence": _resources(told),
    }


def _resources(files: Mapping[str, File]) -> list[dict[str, Any]]:
    """Return files as in-toto Resource Descriptors."""
    return [{"name": path, "digest": {"sha256": file.digest}} for path, file in sorted(files.items())]
