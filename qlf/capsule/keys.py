"""Signing keys: ECDSA on P-256 (FIPS 186-5), in files of PEM, the private one as PKCS 8.

A private key that no file holds is reached by a URI of a key management service: `awskms:`, `gcpkms:`,
`azurekms:` or `hv:` (HashiCorp Vault), as securesystemslib has them; its public key is then in a file.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from securesystemslib.exceptions import Error
from securesystemslib.signer import Key, Signature, Signer, SSlibKey

from qlf.errors import Problem, unusable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from securesystemslib.signer import SecretsHandler

PUBLIC = ".pub"
SERVICES = frozenset({"awskms", "azurekms", "gcpkms", "hv"})
# The order of the group of P-256 (SP 800-186, section 3.2.1.3).
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_LONGEST_PASSPHRASE = 1000
_PRIVATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_NAMED = "name that of whoever signed with --key, or in signing.trusted"
_ANOTHER = "give the file of a key that `qlf key new` made"


class LocalSigner(Signer):
    """A private key in this process. The same payload has the same signature (RFC 6979)."""

    def __init__(self, private: ec.EllipticCurvePrivateKey) -> None:
        self._private = private
        self._public = SSlibKey.from_crypto(private.public_key())

    @property
    def public_key(self) -> Key:
        """Return the public half."""
        return self._public

    def sign(self, payload: bytes) -> Signature:
        """Return the signature of a payload, in DER."""
        made = self._private.sign(payload, ec.ECDSA(SHA256(), deterministic_signing=True))
        return Signature(self._public.keyid, made.hex())

    @classmethod
    def from_priv_key_uri(
        cls, priv_key_uri: str, public_key: Key, secrets_handler: SecretsHandler | None = None
    ) -> Signer:
        """Refuse: files are read by `open_signer`, which looks at who may read them."""
        raise NotImplementedError


def sign(signer: Signer, payload: bytes) -> bytes:
    """Return the signature of a payload as DER, of the two that ECDSA has for it that with the lower s."""
    return _low(bytes.fromhex(signer.sign(payload).signature))


def has_signed(key: Key, signature: bytes, payload: bytes) -> bool:
    """Say whether a signature is the one that `sign` would give; its twin, or another encoding, is none."""
    try:
        key.verify_signature(Signature(key.keyid, signature.hex()), payload)
        return _low(signature) == signature
    except (Error, ValueError):
        return False


def _low(signature: bytes) -> bytes:
    r, s = decode_dss_signature(signature)
    return encode_dss_signature(r, min(s, _ORDER - s))


def new_key(file: Path, passphrase: str = "") -> list[Problem]:
    """Make a key: FILE for its owner alone (mode 0600), and FILE.pub for everyone.

    Returns nothing, or the problem of a file that is there already or cannot be written.
    """
    public = file.with_name(file.name + PUBLIC)
    for each in (file, public):
        if each.exists() or each.is_symlink():
            return [Problem(str(each), 0, 0, "there is a file of this name", "choose another name")]
    private = ec.generate_private_key(ec.SECP256R1())
    lock: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if len(passphrase.encode("utf-8", "replace")) > _LONGEST_PASSPHRASE or not passphrase.isprintable():
        what = f"the passphrase has more than {_LONGEST_PASSPHRASE} bytes, or what cannot be typed"
        return [Problem(str(file), 0, 0, what, "choose another")]
    if passphrase:
        lock = serialization.BestAvailableEncryption(passphrase.encode())
    secret = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        lock,
    )
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write(file, secret, 0o600)
    except OSError as error:
        return [unusable(error, file)]
    try:
        _write(public, public_pem(private.public_key()), 0o644)
    except OSError as error:
        file.unlink(missing_ok=True)
        return [unusable(error, public)]
    return []


def public_pem(key: ec.EllipticCurvePublicKey) -> bytes:
    """Return a public key as PEM (SubjectPublicKeyInfo, RFC 5280)."""
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def is_remote(place: str) -> bool:
    """Say whether a private key is behind a URI of a key management service, and not in a file."""
    return place.partition(":")[0] in SERVICES


def is_there(place: str) -> bool:
    """Say whether a key is behind a URI or in a file; if that cannot be found out, that is told later."""
    try:
        return is_remote(place) or Path(place).expanduser().exists()
    except RuntimeError:
        return True


def open_signer(place: str, passphrase: str = "", public: Path | None = None) -> Signer | Problem:
    """Return what signs: the key in a file, or one behind a URI, for which `public` is its public key."""
    if is_remote(place):
        return _remote(place, public)
    try:
        file = Path(place).expanduser()
        status = file.stat()
        content = file.read_bytes()
    except (OSError, RuntimeError) as error:
        what = f"the signing key cannot be read: {getattr(error, 'strerror', error)}"
        return Problem(place, 0, 0, what, "make one with: qlf key new")
    if status.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        return Problem(place, 0, 0, "others may read this private key", f"chmod 600 {place}")
    return _private_key(content, place, passphrase)


def _private_key(content: bytes, place: str, passphrase: str) -> Signer | Problem:
    try:
        private = serialization.load_pem_private_key(content, passphrase.encode() or None)
    except TypeError:
        what = "the key has no passphrase" if passphrase else "the key wants its passphrase"
        advice = "unset QLF_KEY_PASSPHRASE" if passphrase else "set QLF_KEY_PASSPHRASE"
        return Problem(place, 0, 0, what, advice)
    except (ValueError, UnsupportedAlgorithm):
        what = "this is no private key, or the passphrase is another"
        return Problem(place, 0, 0, what, _ANOTHER)
    if not isinstance(private, ec.EllipticCurvePrivateKey) or not isinstance(private.curve, ec.SECP256R1):
        return Problem(place, 0, 0, "this is no ECDSA key on P-256", _ANOTHER)
    return LocalSigner(private)


def _remote(uri: str, public: Path | None) -> Signer | Problem:
    if public is None:
        return Problem(uri, 0, 0, "its public key is not known", "name its file in signing.trusted")
    key = read_public_key(public)
    if isinstance(key, Problem):
        return key
    try:
        return Signer.from_priv_key_uri(uri, key)
    except (Error, ValueError, OSError) as error:
        return Problem(uri, 0, 0, f"the key cannot be used: {error}", "see securesystemslib's documentation")


def read_public_key(file: Path) -> Key | Problem:
    """Return the public key in a file of PEM."""
    try:
        place = file.expanduser()
        if place.exists() and not place.is_file():
            return Problem(str(file), 0, 0, "the public key cannot be read: it is no file", _NAMED)
        public = serialization.load_pem_public_key(place.read_bytes())
    except (OSError, RuntimeError) as error:
        what = f"the public key cannot be read: {getattr(error, 'strerror', error)}"
        return Problem(str(file), 0, 0, what, _NAMED)
    except (ValueError, UnsupportedAlgorithm):
        return Problem(str(file), 0, 0, "this is no public key", "give the file that ends with .pub")
    if not isinstance(public, ec.EllipticCurvePublicKey) or not isinstance(public.curve, ec.SECP256R1):
        return Problem(str(file), 0, 0, "this is no ECDSA key on P-256", _ANOTHER)
    return SSlibKey.from_crypto(public)


def read_public_keys(files: Iterable[Path]) -> tuple[Key, ...] | list[Problem]:
    """Return the public keys in some files, or a problem for each that has none."""
    read = [read_public_key(file) for file in files]
    problems = [each for each in read if isinstance(each, Problem)]
    return problems or tuple(each for each in read if isinstance(each, Key))


def _write(file: Path, content: bytes, mode: int) -> None:
    handle = os.open(file, _PRIVATE, mode)
    with os.fdopen(handle, "wb") as opened:
        os.fchmod(handle, mode)
        opened.write(content)
