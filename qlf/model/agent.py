"""What an agent is to the rest of the factory: a name, what it reads, what it may write, and how."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from qlf.model.value import Value

if TYPE_CHECKING:
    from pathlib import Path

    from qlf.model.spec import Spec


class Reads(Value):
    """The part of the spec that an agent reads.

    `sections` are members of `Spec`. `without` are names of leaves (`description`, `summary`, ...)
    that are left out wherever they occur; origins always are.
    """

    sections: tuple[str, ...]
    without: tuple[str, ...] = ()


class Write(Protocol):
    """How an agent writes: from its slice to SOC text.

    A file STACK/NAME below one of the folders `templates` stands for the agent's template of that name.
    """

    def __call__(self, spec: Spec, templates: tuple[Path, ...] = (), /) -> str:
        """Return SOC text."""


@dataclass(frozen=True, slots=True)
class Agent:
    """A writer of one part of the application.

    `owns` are the folders (`backend/`) and single files (`README.md`) of the tree that it may
    write. `write` turns its slice into SOC text and does nothing else.
    """

    name: str
    reads: Reads
    owns: tuple[str, ...]
    write: Write
