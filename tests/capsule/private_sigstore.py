"""A Sigstore of our own: a Fulcio, a certificate transparency log and a Rekor that exist only in a test.

It certifies whom it is told to, so that statements of ours can be signed without a network, and taken apart.
"""

from __future__ import annotations

import base64
import hashlib
import json
import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import rfc8785
from cryptography import x509
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LIFE = timedelta(minutes=10)
YEAR = timedelta(days=365)
PAYLOAD = "application/vnd.in-toto+json"
_ISSUER = x509.ObjectIdentifier("1.3.6.1.4.1.57264.1.1")  # Fulcio, "OID information"
_TIMESTAMPS = x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2")  # RFC 6962, 3.3
_KEY = {"keyDetails": "PKIX_ECDSA_P256_SHA_256", "validFor": {"start": "2025-01-01T00:00:00Z"}}


def b64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def spki(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def identifier(key: ec.EllipticCurvePrivateKey) -> bytes:
    return hashlib.sha256(spki(key)).digest()


def signed(key: ec.EllipticCurvePrivateKey, content: bytes) -> bytes:
    return key.sign(content, ec.ECDSA(SHA256()))


@dataclass(frozen=True, slots=True)
class Log:
    """A log of one other entry before ours."""

    key: ec.EllipticCurvePrivateKey

    def entry(self, body: bytes, when: datetime) -> dict[str, Any]:
        """Return the entry with proof of inclusion and promise (Rekor, `pkg/generated/models/log_entry`)."""
        other = hashlib.sha256(b"\0another entry").digest()
        root = hashlib.sha256(b"\1" + other + hashlib.sha256(b"\0" + body).digest()).digest()
        place, known = {"logIndex": 1, "integratedTime": int(when.timestamp())}, identifier(self.key)
        promised = rfc8785.dumps({"body": b64(body), "logID": known.hex(), **place})
        note = f"log.example - 1\n2\n{b64(root)}\n"
        seal = b64(known[:4] + signed(self.key, note.encode()))
        return {
            **{name: str(number) for name, number in place.items()},
            "logId": {"keyId": b64(known)},
            "kindVersion": {"kind": "dsse", "version": "0.0.1"},
            "inclusionPromise": {"signedEntryTimestamp": b64(signed(self.key, promised))},
            "inclusionProof": {
                "logIndex": "1",
                "treeSize": "2",
                "rootHash": b64(root),
                "hashes": [b64(other)],
                "checkpoint": {"envelope": f"{note}\n\u2014 log.example {seal}\n"},
            },
            "canonicalizedBody": b64(body),
        }


class Sigstore:
    """One instance, with keys of its own."""

    def __init__(self) -> None:
        self._authority, self._transparency = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
        self._log = Log(ec.generate_private_key(ec.SECP256R1()))
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "fulcio.example")])
        public = self._authority.public_key()
        self._root = (
            x509.CertificateBuilder(self._name, self._name, public, 1, NOW - YEAR, NOW + YEAR)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(ca=True), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .sign(self._authority, SHA256())
        )

    def trusted_root(self, file: Path) -> Path:
        """Write what has to be trusted, as Sigstore's protobuf-specs have it, and return the file."""
        authority = {
            "subject": {"organization": "example", "commonName": "fulcio.example"},
            "uri": "http://fulcio.example",
            "certChain": {"certificates": [{"rawBytes": b64(self._root.public_bytes(Encoding.DER))}]},
            "validFor": {"start": "2025-01-01T00:00:00Z"},
        }
        kind = "application/vnd.dev.sigstore.trustedroot+json;version=0.1"
        about = {
            "mediaType": kind,
            "tlogs": [_instance(self._log.key)],
            "certificateAuthorities": [authority],
            "ctlogs": [_instance(self._transparency)],
            "timestampAuthorities": [],
        }
        file.write_text(json.dumps(about))
        return file

    def bundle(
        self, statement: bytes, email: str, issuer: str, logged: datetime = NOW, kind: str = PAYLOAD
    ) -> bytes:
        """Have somebody sign a statement, and return the bundle that says so (`bundle.v0.3`)."""
        private = ec.generate_private_key(ec.SECP256R1())
        certificate = self._certified(private, email, issuer)
        pae = b"DSSEv1 %d %s %d %s" % (len(kind), kind.encode(), len(statement), statement)
        sealed = b64(signed(private, pae))
        envelope = {"payload": b64(statement), "payloadType": kind, "signatures": [{"sig": sealed}]}
        verifier = b64(certificate.public_bytes(Encoding.PEM))
        spec: dict[str, Any] = {
            "envelopeHash": _hash(json.dumps(envelope).encode()),
            "payloadHash": _hash(statement),
            "signatures": [{"signature": sealed, "verifier": verifier}],
        }
        body = rfc8785.dumps({"apiVersion": "0.0.1", "kind": "dsse", "spec": spec})
        material = {
            "certificate": {"rawBytes": b64(certificate.public_bytes(Encoding.DER))},
            "tlogEntries": [self._log.entry(body, logged)],
        }
        about = {
            "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
            "verificationMaterial": material,
            "dsseEnvelope": envelope,
        }
        return json.dumps(about).encode()

    def _certified(self, private: ec.EllipticCurvePrivateKey, email: str, issuer: str) -> x509.Certificate:
        """Return a certificate that the transparency log has stamped (RFC 6962, 3.2)."""
        authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._authority.public_key())
        builder = (
            x509.CertificateBuilder(self._name, x509.Name([]), private.public_key(), 2, NOW, NOW + LIFE)
            .add_extension(_usage(ca=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), critical=False)
            .add_extension(authority, critical=False)
            .add_extension(x509.SubjectAlternativeName([x509.RFC822Name(email)]), critical=True)
            .add_extension(x509.UnrecognizedExtension(_ISSUER, issuer.encode()), critical=False)
        )
        bare = builder.sign(self._authority, SHA256()).tbs_certificate_bytes
        when = int(NOW.timestamp() * 1000)
        size = struct.pack("!I", len(bare))[1:]
        entry = b"\0\0" + struct.pack("!QH", when, 1) + identifier(self._authority) + size + bare + b"\0\0"
        seal = signed(self._transparency, entry)
        stamp = struct.pack("!B32sQHBBH", 0, identifier(self._transparency), when, 0, 4, 3, len(seal)) + seal
        listed = asn1.encode_der(struct.pack("!HH", len(stamp) + 2, len(stamp)) + stamp)
        return builder.add_extension(x509.UnrecognizedExtension(_TIMESTAMPS, listed), critical=False).sign(
            self._authority, SHA256()
        )


def _usage(*, ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not ca,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=ca,
        crl_sign=ca,
        encipher_only=False,
        decipher_only=False,
    )


def _instance(key: ec.EllipticCurvePrivateKey) -> dict[str, Any]:
    return {
        "baseUrl": "http://log.example",
        "hashAlgorithm": "SHA2_256",
        "publicKey": {"rawBytes": b64(spki(key)), **_KEY},
        "logId": {"keyId": b64(identifier(key))},
    }


def _hash(content: bytes) -> dict[str, str]:
    return {"algorithm": "sha256", "value": hashlib.sha256(content).hexdigest()}
