"""Packing: an application, its sources, the record of its build and its SBOMs become one signed file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from qlf.capsule import layout, statements
from qlf.capsule.archive import write_archive
from qlf.capsule.keys import sign
from qlf.capsule.manifest import (
    APPLICATION,
    CYCLONEDX,
    FORMAT,
    RECORD,
    SOURCES,
    SPDX,
    File,
    Gate,
    Kind,
    Maker,
    Manifest,
    is_draft,
)
from qlf.model.canonical import canonical, digest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from securesystemslib.signer import Signer

    from qlf.model.evidence import Status

OWN = "custom"


@dataclass(frozen=True, slots=True)
class Contents:
    """What is packed, all of it by path and without the folder that it gets in the capsule.

    `app` gives for each file of the application its bytes and its owner, `patched` those that were patched by
    hand; `gates` what each gate said, and
    `controls` what is known of those of each catalogue.
    """

    name: str
    version: str
    title: str
    maker: Maker
    app: Mapping[str, tuple[bytes, str]]
    sources: Mapping[str, bytes]
    record: Mapping[str, bytes]
    cyclonedx: bytes
    spdx: bytes
    gates: Mapping[str, Gate]
    controls: Mapping[str, Mapping[str, Status]] = field(default_factory=dict)
    patched: frozenset[str] = frozenset()

    @property
    def layers(self) -> dict[str, dict[str, bytes]]:
        """Return the files of each archive by whole path."""
        return {
            "app.tar": {f"{APPLICATION}{path}": content for path, (content, _) in self.app.items()},
            "sources.tar": {f"{SOURCES}{path}": content for path, content in self.sources.items()},
            "record.tar": {f"{RECORD}{path}": content for path, content in self.record.items()},
        }

    @property
    def sboms(self) -> dict[str, bytes]:
        """Return the two SBOMs by path."""
        return {CYCLONEDX: self.cyclonedx, SPDX: self.spdx}


def pack(contents: Contents, signer: Signer | None) -> bytes:
    """Return the capsule of some contents; the same for the same contents and key.

    Without a signer it is unsigned, which is only ever a draft. A path of more than 255 bytes, or a name of
    more than 100, is a ValueError.
    """
    image = layout.Image(canonical(manifest_of(contents)), layers_of(contents))
    signed = layout.Signed(image)
    if signer is not None:
        said = statements.statements(manifest_of(contents), image.digest)
        signed = layout.Signed(
            image,
            sign(signer, layout.payload(image.digest)),
            [(kind, statements.envelope(statement, signer)) for kind, statement in said],
        )
    return write_archive(layout.written(signed, contents.version))


def layers_of(contents: Contents) -> dict[str, bytes]:
    """Return the layers of the image by title."""
    archives = {title: write_archive(files) for title, files in contents.layers.items()}
    return {**archives, **contents.sboms}


def manifest_of(contents: Contents) -> Manifest:
    """Return what the capsule of some contents says of itself."""
    owners = {f"{APPLICATION}{path}": owner for path, (_, owner) in contents.app.items()}
    files = {
        path: _file(content, *_origin(path, owners, contents.patched))
        for layer in contents.layers.values()
        for path, content in layer.items()
    }
    files |= {path: _file(content, "sbom") for path, content in contents.sboms.items()}
    gates = dict(contents.gates)
    return Manifest(
        format=FORMAT,
        name=contents.name,
        version=contents.version,
        title=contents.title,
        draft=is_draft(gates),
        maker=contents.maker,
        gates=gates,
        controls={name: dict(controls) for name, controls in contents.controls.items()},
        files=files,
    )


def _origin(path: str, owners: Mapping[str, str], patched: frozenset[str]) -> tuple[Kind, str]:
    """Return the kind of a file, and its owner."""
    if path.removeprefix(APPLICATION) in patched and path in owners:
        return "patched", owners[path]
    if path in owners:
        return ("own", "") if owners[path] == OWN else ("generated", owners[path])
    return ("source", "") if path.startswith(SOURCES) else ("record", "")


def _file(content: bytes, kind: Kind, owner: str = "") -> File:
    return File(digest=digest(content), size=len(content), kind=kind, owner=owner)
