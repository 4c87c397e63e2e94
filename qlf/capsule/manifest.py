"""What a capsule says of itself: its manifest, the config of the OCI image (`capsule.json`)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from qlf.model.evidence import Status
from qlf.model.finding import LETS_THROUGH, Outcome
from qlf.model.value import Value

FORMAT = 1
# No capsule is so large, in bytes.
LARGEST = 1 << 30
APPLICATION = "app/"
SOURCES = "sources/"
RECORD = "record/"
EVIDENCE = "record/evidence.json"
CYCLONEDX = "sbom.cdx.json"
SPDX = "sbom.spdx.json"

Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=100)]
# Also a tag of the OCI distribution specification, so that a registry can call it by its version.
TAG = r"^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$"
Version = Annotated[str, StringConstraints(pattern=TAG)]
Kind = Literal["generated", "patched", "own", "source", "record", "sbom"]


class File(Value):
    """One file of the capsule: SHA-256, size in bytes, and who wrote it.

    `kind`: `generated` by the agent `owner`, `patched` by hand after that, `own` as the authors put it
    there, a `source`, a `record` of the build, or an `sbom`.
    """

    digest: Digest
    size: int = Field(ge=0, le=LARGEST)
    kind: Kind
    owner: str = ""


class Gate(Value):
    """What a gate said, and the digest of the file that says so; none if it did not run."""

    outcome: Outcome
    verdict: Digest | None


class Maker(Value):
    """What made the capsule: version and code of the factory, Python, and the distributions that count."""

    version: str
    code: Digest
    python: str
    packages: dict[str, str]


class Manifest(Value):
    """Everything that a capsule promises. `draft`: not all gates are green, so it is not to be released.

    `controls` gives for each catalogue that the application is under the status of each of its controls.
    """

    format: Literal[1]
    name: Name
    version: Version
    title: str
    draft: bool
    maker: Maker
    gates: dict[str, Gate]
    controls: dict[str, dict[str, Status]] = Field(default={})
    files: dict[str, File]

    def below(self, folder: str) -> dict[str, File]:
        """Return the files of a folder by whole path."""
        return {path: file for path, file in self.files.items() if path.startswith(folder)}


def is_draft(gates: dict[str, Gate]) -> bool:
    """Say whether an application may only be packed as a draft: not all gates that apply are green."""
    outcomes = {gate.outcome for gate in gates.values()}
    return Outcome.GREEN not in outcomes or not outcomes <= LETS_THROUGH
