"""What an agent is to the rest of the factory: a name, what it reads, what it may write, and how."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qlf.model.value import Value

if TYPE_CHECKING:
    from collections.abc import Callable

    from qlf.model.spec import Spec


class Reads(Value):
    """The part of the spec that an agent reads.

    `sections` are members of `Spec`. `without` are names of leaves (`description`, `summary`, ...)
    that are left out wherever they occur; origins always are.
    """

    sections: tuple[str, ...]
    without: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Agent:
    """A writer of one part of the application.

    `owns` are the folders (`backend/`) and single files (`README.md`) of the tree that it may
    write. `write` turns its slice into SOC text and does nothing else.
    """

    name: str
    reads: Reads
    owns: tuple[str, ...]
    write: Callable[[Spec], str]
