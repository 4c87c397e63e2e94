"""What a gate reads: the files of the tree that its rules name, byte for byte."""

from __future__ import annotations

import os
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from qlf.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

FILE_LIMIT = 20_000
SIZE_LIMIT = 16 * 1024 * 1024
_SKIPPED = frozenset({"__pycache__", ".git", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".venv"})


def read_files(tree: Path, patterns: Iterable[str]) -> dict[str, bytes] | list[Problem]:
    """Return the contents of all files that match, by path relative to the tree, sorted.

    Links, and files beyond the limits, are problems: what they show could change behind the digest.
    """
    wanted = tuple(patterns)
    found: dict[str, bytes] = {}
    problems: list[Problem] = []
    for file in _walk(tree):
        path = file.relative_to(tree).as_posix()
        if not matches(path, wanted):
            continue
        if file.is_symlink() or not file.is_file():
            problems.append(Problem(str(file), 0, 0, "not a regular file", "put the file itself there"))
        elif file.stat().st_size > SIZE_LIMIT or len(found) >= FILE_LIMIT:
            advice = f"keep to {FILE_LIMIT} files of {SIZE_LIMIT} bytes each"
            problems.append(Problem(str(file), 0, 0, "too much for a gate to read", advice))
        else:
            found[path] = file.read_bytes()
    return problems or dict(sorted(found.items()))


def matches(path: str, patterns: Iterable[str]) -> bool:
    """Say whether a path fits a pattern: `*` and `?` stay within a part, `**` does not."""
    return any(_expression(pattern).fullmatch(path) for pattern in patterns)


def write_files(files: Mapping[str, bytes], folder: Path, patterns: Iterable[str]) -> None:
    """Write those files that match below a folder."""
    wanted = tuple(patterns)
    for path, content in files.items():
        if matches(path, wanted):
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)


def _walk(tree: Path) -> Iterable[Path]:
    for folder, folders, names in os.walk(tree):
        here = Path(folder)
        yield from (here / name for name in folders if (here / name).is_symlink())
        folders[:] = sorted(name for name in folders if name not in _SKIPPED)
        yield from (here / name for name in sorted(names))


@cache
def _expression(pattern: str) -> re.Pattern[str]:
    made = ""
    for token in re.findall(r"\*\*/|\*\*|\*|\?|[^*?]+", pattern):
        made += {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}.get(token, re.escape(token))
    return re.compile(made)
