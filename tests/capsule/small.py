"""A small capsule, made by hand, of which everything is known."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import ec

from qlf.capsule.keys import LocalSigner, public_pem
from qlf.capsule.manifest import Gate, Maker
from qlf.capsule.packing import Contents, pack
from qlf.model.canonical import canonical, digest
from qlf.model.finding import Outcome, ToolRun, Verdict

if TYPE_CHECKING:
    from securesystemslib.signer import Key

PRIVATE = ec.derive_private_key(20_261_122, ec.SECP256R1())
SIGNER = LocalSigner(PRIVATE)
PUBLIC = public_pem(PRIVATE.public_key())
STRANGER = LocalSigner(ec.derive_private_key(11, ec.SECP256R1()))
KEYS: tuple[Key, ...] = (SIGNER.public_key,)
LOCK = (
    b"click==8.5.1 \\\n    --hash=sha256:" + b"0" * 64 + b"\ncolorama==0.4.6 ; sys_platform == 'win32' \\\n"
)
APP = {
    "README.md": (b"# Notes\n", "documentation"),
    "backend/app/main.py": (b'"""The notes."""\n', "backend"),
    "backend/requirements.lock": (LOCK, "backend"),
    "docs/own.md": (b"Ours.\n", "custom"),
}
CYCLONEDX = json.dumps(
    {
        "bomFormat": "CycloneDX",
        "components": [{"name": "click", "version": "8.5.1", "bom-ref": "click==8.5.1"}],
        "specVersion": "1.6",
    }
).encode()
SPDX = json.dumps(
    {
        "packages": [
            {"SPDXID": "SPDXRef-0", "name": "notes", "versionInfo": "1.0.0"},
            {"SPDXID": "SPDXRef-1", "name": "click", "versionInfo": "8.5.1"},
        ],
        "relationships": [
            {
                "relatedSpdxElement": "SPDXRef-0",
                "relationshipType": "DESCRIBES",
                "spdxElementId": "SPDXRef-DOCUMENT",
            }
        ],
    }
).encode()


def verdict(
    gate: str = "static", outcome: Outcome = Outcome.GREEN, files: dict[str, str] | None = None
) -> bytes:
    """Return the verdict of a gate that read some files, by default the application's own main module."""
    path = "backend/app/main.py"
    run = ToolRun(tool="ruff", version="1", outcome=outcome, executed=1)
    read = files or {path: digest(APP[path][0])}
    return canonical(Verdict(gate=gate, outcome=outcome, inputs="1" * 64, files=read, runs=(run,)))


def contents(said: bytes | None = None, outcome: Outcome = Outcome.GREEN) -> Contents:
    """Return what a capsule with one gate is made of."""
    said = said or verdict(outcome=outcome)
    return Contents(
        name="notes",
        version="1.0.0",
        title="Notes",
        maker=Maker(version="0.1.0", code="2" * 64, python="3.11", packages={"jinja2": "3.1.6"}),
        app=APP,
        sources={"briefs/notes.md": b"# Notes\n", "library/rules/gates/static.yaml": b"gate: static\n"},
        record={"spec.json": b"{}", "gates/static.json": said},
        cyclonedx=CYCLONEDX,
        spdx=SPDX,
        gates={"static": Gate(outcome=outcome, verdict=digest(said))},
    )


def capsule(**changes: object) -> bytes:
    """Return a signed capsule of other contents."""
    return pack(replace(contents(), **changes), SIGNER)  # type: ignore[arg-type]
