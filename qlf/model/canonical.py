"""Canonical JSON (RFC 8785) and digests over it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import rfc8785

if TYPE_CHECKING:
    from pydantic import BaseModel


def canonical(value: BaseModel) -> bytes:
    """Return the canonical JSON of a value, defaults written out."""
    return rfc8785.dumps(value.model_dump(mode="json"))


def digest(content: bytes) -> str:
    """Return the SHA-256 digest as 64 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()
