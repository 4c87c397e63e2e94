"""The bases of every value that crosses a seam: frozen, closed, and aware of where it came from."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

OriginKind = Literal["brief", "overlay", "default", "inferred"]


class Value(BaseModel):
    """An immutable value that refuses members it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Origin(Value):
    """Why a node of the spec is there.

    `file`, `line` and `column` (from 1) point at the clause for kinds `brief` and `overlay`, and at
    the prose that led to it for kind `inferred`. `because` names the rule of a default, or quotes
    the words behind an inference.
    """

    kind: OriginKind
    file: str = ""
    line: int = 0
    column: int = 0
    because: str = ""


def default(because: str) -> Origin:
    """Return the origin of something that the factory adds by itself, for the reason given."""
    return Origin(kind="default", because=because)


class Node(Value):
    """A value with an origin. Slices leave origins out, so that moving a line remakes nothing."""

    origin: Origin = Origin(kind="default")
