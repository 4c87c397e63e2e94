"""Sigstore: statements that somebody signed with an identity in place of a key, verified without a network.

Such a signature is a bundle (sigstore/protobuf-specs, `Bundle`): a DSSE envelope, the certificate that Fulcio
gave for a few minutes to the owner of an identity, and the proof that Rekor has logged the signature in these
minutes. sigstore-python verifies all of it against a trusted root; it comes with the extra `sigstore`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from qlf.capsule.statements import PAYLOAD
from qlf.errors import Problem

if TYPE_CHECKING:
    from pathlib import Path

    from sigstore.verify import Verifier

_AGAIN = "trust it only if another signature on it is good"


class Identity(NamedTuple):
    """Who has to have signed: an e-mail address or URI, as this OpenID Connect issuer vouches for it."""

    subject: str
    issuer: str


class Bundle(NamedTuple):
    """A bundle as JSON, who has to have signed, and the file of the trusted root, if it is not Sigstore's."""

    content: bytes
    identity: Identity
    root: Path | None = None


def verify_bundle(
    bundle: bytes, statement: bytes, identity: Identity, root: Path | None = None, name: str = "bundle"
) -> list[Problem]:
    """Verify that a bundle holds exactly this in-toto Statement, signed by this identity.

    The bundle's own bytes are not fixed by that: base64 can be filled up in other ways, and nobody signs the
    name that stands at a checkpoint's signature. Have something else fix them where that counts.

    Args:
        bundle: The bundle as JSON, of version 0.1 to 0.3.
        statement: The Statement that has to be signed, byte for byte.
        identity: Whoever has to have signed it.
        root: The file of the trusted root as JSON; without one, that of Sigstore's public instance which
            sigstore-python keeps, as it was when that last asked for it.
        name: What the bundle is called in problems.

    Returns:
        Nothing, or the one reason why it proves nothing.
    """
    verifier = _verifier(root)
    if isinstance(verifier, Problem):
        return [verifier]
    from sigstore.models import Bundle  # noqa: PLC0415 - takes a quarter of a second
    from sigstore.verify import policy  # noqa: PLC0415

    wanted = policy.Identity(identity=identity.subject, issuer=identity.issuer)
    try:
        kind, payload = verifier.verify_dsse(Bundle.from_json(bundle), wanted)
    except Exception as error:  # noqa: BLE001 - whatever hostile bytes raise in there, they prove nothing
        return [Problem(name, 0, 0, f"Sigstore proves nothing: {_first_line(error)}", _AGAIN)]
    if (kind, payload) != (PAYLOAD, statement):
        return [Problem(name, 0, 0, "another statement is signed", _AGAIN)]
    return []


def _verifier(root: Path | None) -> Verifier | Problem:
    try:
        from sigstore.models import TrustedRoot  # noqa: PLC0415
        from sigstore.verify import Verifier  # noqa: PLC0415
    except ImportError:
        return Problem("sigstore", 0, 0, "it is not installed", "install quantumlayer-factory[sigstore]")
    from sigstore.errors import Error  # noqa: PLC0415

    try:
        if root is None:
            return Verifier.production(offline=True)
        return Verifier(trusted_root=TrustedRoot.from_file(str(root)))
    except (Error, ValueError, LookupError, OSError) as error:
        what = f"this is no trusted root: {_first_line(error)}"
        return Problem(str(root or "sigstore"), 0, 0, what, "give the trusted_root.json of whom you trust")


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)
