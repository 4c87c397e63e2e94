"""A capsule as an OCI image layout, in the form that `cosign save` leaves and `cosign load` takes.

The image is an artifact manifest (OCI Image Format 1.1, "Guidelines for Artifact Usage") with the capsule's
manifest as config and five layers. Its signature and its attestations are images beside it, as cosign keeps
them in a registry (cosign, "Signature Spec" and "Attestation Spec").
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import rfc8785

from qlf.capsule.manifest import CYCLONEDX, SPDX
from qlf.errors import Problem
from qlf.model.canonical import digest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_OURS = "application/vnd.quantumlayer.capsule"
ARTIFACT = f"{_OURS}.v1"
CONFIG = f"{_OURS}.config.v1+json"
DSSE = "application/vnd.dsse.envelope.v1+json"
_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_INDEX = "application/vnd.oci.image.index.v1+json"
_SIGNING = "application/vnd.dev.cosign.simplesigning.v1+json"
_SIGNATURE = "dev.cosignproject.cosign/signature"
_TITLE = "org.opencontainers.image.title"
_TAG = "org.opencontainers.image.ref.name"
_KIND = "dev.cosignproject.cosign"
LAYERS = {
    "app.tar": f"{_OURS}.app.v1.tar",
    "sources.tar": f"{_OURS}.sources.v1.tar",
    "record.tar": f"{_OURS}.record.v1.tar",
    CYCLONEDX: "application/vnd.cyclonedx+json",
    SPDX: "application/spdx+json",
}
_DIGEST = re.compile(r"sha256:([0-9a-f]{64})")
_AGAIN = "get the file again"
_LONGEST = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Image:
    """What is signed: the capsule's manifest, and the layers by title."""

    config: bytes
    layers: Mapping[str, bytes]

    @property
    def manifest(self) -> bytes:
        """Return the OCI manifest."""
        layers = [
            _descriptor(kind, self.layers[title], annotations={_TITLE: title})
            for title, kind in LAYERS.items()
        ]
        return _manifest(_descriptor(CONFIG, self.config), layers, artifactType=ARTIFACT)

    @property
    def digest(self) -> str:
        """Return the SHA-256 digest of the OCI manifest, by which registries know the capsule."""
        return digest(self.manifest)


@dataclass(frozen=True, slots=True)
class Signed:
    """An image with its signature in DER and its DSSE envelopes by predicate type; none of a mere draft."""

    image: Image
    signature: bytes = b""
    envelopes: Sequence[tuple[str, bytes]] = ()


def payload(image: str) -> bytes:
    """Return what is signed for an image with this digest (cosign, "Signature Spec", simple signing)."""
    critical: dict[str, Any] = {
        "identity": {"docker-reference": "capsule"},
        "image": {"docker-manifest-digest": f"sha256:{image}"},
        "type": "cosign container image signature",
    }
    return rfc8785.dumps({"critical": critical, "optional": None})


def written(signed: Signed, tag: str) -> dict[str, bytes]:
    """Return the files of the layout; `tag` is what the image is called in a registry."""
    image, blobs = signed.image, _Blobs()
    for content in (image.config, *image.layers.values()):
        blobs.add(content)
    listed = [_listed("image", blobs.add(image.manifest), artifactType=ARTIFACT, tag=tag)]
    if signed.signature:
        sealed = base64.b64encode(signed.signature).decode()
        signing = payload(image.digest)
        blobs.add(signing)
        layer = _descriptor(_SIGNING, signing, annotations={_SIGNATURE: sealed})
        listed.append(_listed("sigs", blobs.carrier([layer])))
        layers = [
            _descriptor(DSSE, envelope, annotations={_SIGNATURE: "", "predicateType": predicate})
            for predicate, envelope in signed.envelopes
        ]
        for _, envelope in signed.envelopes:
            blobs.add(envelope)
        listed.append(_listed("atts", blobs.carrier(layers)))
    index: dict[str, Any] = {"schemaVersion": 2, "mediaType": _INDEX, "manifests": listed}
    return {
        "oci-layout": rfc8785.dumps({"imageLayoutVersion": "1.0.0"}),
        "index.json": rfc8785.dumps(index),
        **{f"blobs/sha256/{name}": content for name, content in blobs.items()},
    }


def seal(files: Mapping[str, bytes], name: str) -> tuple[str, bytes] | Problem:
    """Return the digest of the image in a layout, and its signature in DER, empty if there is none.

    Nothing else is read, so that nothing is believed before the signature was checked.
    """
    try:
        listed = _by_kind(files)
        image = _digest_of(listed["image"])
        if "sigs" not in listed:
            return image, b""
        (layer,) = _json(files, _digest_of(listed["sigs"]))["layers"]
        return image, base64.b64decode(layer["annotations"][_SIGNATURE], validate=True)
    except (LookupError, TypeError, ValueError, AttributeError, RecursionError):
        return Problem(name, 0, 0, "it is not laid out as a capsule", _AGAIN)


def read_layout(files: Mapping[str, bytes], name: str) -> tuple[Signed, str] | Problem:
    """Return what a layout holds, and its tag. Contents are those that their digests say."""
    try:
        listed = _by_kind(files)
        manifest = _json(files, _digest_of(listed["image"]))
        layers = {
            layer["annotations"][_TITLE]: _blob(files, _digest_of(layer)) for layer in manifest["layers"]
        }
        if layers.keys() != LAYERS.keys():
            return Problem(name, 0, 0, f"its layers are {', '.join(layers)}", _AGAIN)
        image = Image(_blob(files, _digest_of(manifest["config"])), layers)
        tag = listed["image"]["annotations"][_TAG]
        if "sigs" not in listed:
            return Signed(image), tag
        (layer,) = _json(files, _digest_of(listed["sigs"]))["layers"]
        signature = base64.b64decode(layer["annotations"][_SIGNATURE], validate=True)
        envelopes = [
            (each["annotations"]["predicateType"], _blob(files, _digest_of(each)))
            for each in _json(files, _digest_of(listed["atts"]))["layers"]
        ]
        for text in (tag, *(kind for kind, _ in envelopes)):
            text.encode()
        return Signed(image, signature, envelopes), tag
    except (LookupError, TypeError, ValueError, AttributeError, RecursionError) as error:
        return Problem(name, 0, 0, f"it is not laid out as a capsule ({error})", _AGAIN)


class _Blobs(dict[str, bytes]):
    """Contents by digest."""

    def add(self, content: bytes) -> bytes:
        self[digest(content)] = content
        return content

    def carrier(self, layers: list[dict[str, Any]]) -> bytes:
        """Add an image that holds signatures or attestations, and return its manifest."""
        about: dict[str, Any] = {
            "architecture": "",
            "os": "",
            "created": "0001-01-01T00:00:00Z",
            "config": {},
            "history": [{"created": "0001-01-01T00:00:00Z"} for _ in layers],
            "rootfs": {"type": "layers", "diff_ids": [layer["digest"] for layer in layers]},
        }
        config = rfc8785.dumps(about)
        self.add(config)
        return self.add(_manifest(_descriptor("application/vnd.oci.image.config.v1+json", config), layers))


def _manifest(config: dict[str, Any], layers: list[dict[str, Any]], **more: str) -> bytes:
    made: dict[str, Any] = {"schemaVersion": 2, "config": config, "layers": layers}
    return rfc8785.dumps({**made, "mediaType": _MANIFEST, **more})


def _descriptor(kind: str, content: bytes, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return {"mediaType": kind, "digest": f"sha256:{digest(content)}", "size": len(content), **more}


def _listed(kind: str, manifest: bytes, tag: str = "", **more: str) -> dict[str, Any]:
    annotations = {"kind": f"{_KIND}/{kind}", **({_TAG: tag} if tag else {})}
    return _descriptor(_MANIFEST, manifest, annotations=annotations, **more)


def _by_kind(files: Mapping[str, bytes]) -> dict[str, Any]:
    index = json.loads(files["index.json"][:_LONGEST])
    return {each["annotations"]["kind"].removeprefix(f"{_KIND}/"): each for each in index["manifests"]}


def _json(files: Mapping[str, bytes], name: str) -> Any:  # noqa: ANN401 - whatever JSON can say
    return json.loads(_blob(files, name)[:_LONGEST])


def _blob(files: Mapping[str, bytes], name: str) -> bytes:
    content = files[f"blobs/sha256/{name}"]
    if digest(content) != name:
        message = f"the blob {name} has another digest"
        raise ValueError(message)
    return content


def _digest_of(descriptor: dict[str, str]) -> str:
    found = _DIGEST.fullmatch(descriptor["digest"])
    if found is None:
        message = "no digest"
        raise ValueError(message)
    return found[1]
