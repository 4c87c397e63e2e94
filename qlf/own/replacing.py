"""Own files in the place of generated ones: only where the author says so."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from qlf.errors import Problem, printable

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_FIRST_LINES = 5
_SAYS_SO = re.compile(rb"(#|//|/\*|--|<!--|;|%)\s*factory: replaces\s*(\*/|-->)?\s*")
_ADVICE = (
    "write `factory: replaces` in a comment of its own within the first five lines, "
    "or name it under [replaces] in factory.toml"
)


def check(
    own: Mapping[str, bytes],
    generated: Mapping[str, str],
    named: Collection[str],
    folder: str,
) -> list[Problem]:
    """Return a problem for each own file that takes the place of a generated one and does not say so.

    Args:
        own: the author's files, path in the tree to content.
        generated: whose the generated files are, by path, said as `file (agent)`.
        named: the paths that `factory.toml` names.
        folder: where the author's files lie.

    """
    return [
        Problem(
            f"{folder}/{printable(path)}", 0, 0, f"this file is generated as well, {generated[path]}", _ADVICE
        )
        for path in sorted(own.keys() & generated.keys())
        if path not in named and not says_so(own[path])
    ]


def check_patched(own: Mapping[str, bytes], patched: Mapping[str, str], folder: str) -> list[Problem]:
    """Return a problem for each own file that stands in for one that is patched: the patch would be lost.

    `patched` has for each file that is patched the last patch, as a file.
    """
    advice = "make the change in your own file and delete it from the patch, or take the file away"
    return [
        Problem(
            f"{folder}/{printable(path)}", 0, 0, f"this file is patched as well, by {patched[path]}", advice
        )
        for path in sorted(own.keys() & patched.keys())
    ]


def says_so(content: bytes) -> bool:
    """Tell whether a file says in a comment at its beginning that it replaces a generated one."""
    first = content.split(b"\n", _FIRST_LINES)[:_FIRST_LINES]
    return any(_SAYS_SO.fullmatch(line.strip()) for line in first)
