"""Which paths a tree may hold: those that name one and the same file on every system that unpacks it.

Sources of the rules: POSIX.1-2017 3.271 (pathname), Unicode Standard Annex 15 (NFC) and D145 (canonical
caseless match), Microsoft's "Naming Files, Paths, and Namespaces", and git's own refusal of `.git` parts
(CVE-2014-9390, CVE-2019-1353).
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

PATH_BYTES = 1024
PART_BYTES = 255
PATH_PARTS = 64

_FORBIDDEN = frozenset('"*:<>?\\|')
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"})
_NUMBERED = tuple("0123456789¹²³")
_RESERVED = frozenset(
    ["con", "prn", "aux", "nul", "conin$", "conout$", *(p + n for p in ("com", "lpt") for n in _NUMBERED)],
)
_GIT = frozenset({".git", "git~1"})
_RENAME = "choose another name"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a path, `offset` characters (from 0) into it."""

    offset: int
    what: str
    advice: str


@dataclass(frozen=True, slots=True)
class Collision:
    """Two paths that cannot lie in one tree everywhere. `path` sorts after `other`."""

    path: str
    other: str
    what: str


def faults(path: str) -> list[Fault]:
    """Return everything that is wrong with a relative path of a tree; an empty list if it is good."""
    if not path:
        return [Fault(0, "the path is empty", "name a file")]
    found: list[Fault] = []
    if len(path.encode("utf-8", "surrogatepass")) > PATH_BYTES:
        found.append(Fault(0, f"the path is longer than {PATH_BYTES} bytes", "choose shorter names"))
    if path.count("/") >= PATH_PARTS:
        found.append(Fault(0, f"the path has more than {PATH_PARTS} parts", "nest less deeply"))
    if unicodedata.normalize("NFC", path) != path:
        found.append(Fault(0, "the path is not in Unicode's NFC", "write it with composed characters"))
    found += _character_faults(path)
    offset = 0
    for part in path.split("/"):
        fault = _part_fault(part, offset)
        if fault is not None:
            found.append(fault)
        offset += len(part) + 1
    return sorted(found, key=lambda fault: fault.offset)


def _character_faults(path: str) -> list[Fault]:
    return [
        Fault(offset, f"the path holds the character {_named(character)}", "leave it out")
        for offset, character in enumerate(path)
        if character in _FORBIDDEN or (character != " " and unicodedata.category(character) in _INVISIBLE)
    ]


def _named(character: str) -> str:
    return f"`{character}`" if character in _FORBIDDEN else f"U+{ord(character):04X}"


def _part_fault(part: str, offset: int) -> Fault | None:
    if not part:
        what = "the path starts with `/`" if offset == 0 else "the path has an empty part"
        return Fault(offset, what, "write it relative to the tree, one `/` between parts")
    if part in {".", ".."}:
        return Fault(offset, f"the path has the part `{part}`", "write where the file lies, without detours")
    if part[-1] in ". ":
        return Fault(offset + len(part) - 1, "a part of the path ends with a dot or a space", _RENAME)
    folded = part.casefold()
    if folded in _GIT:
        return Fault(offset, f"`{part}` belongs to git", "leave git's own files alone")
    if folded.partition(".")[0].rstrip() in _RESERVED:
        return Fault(offset, f"`{part}` is a device on Windows", _RENAME)
    if len(part.encode("utf-8", "surrogatepass")) > PART_BYTES:
        return Fault(offset, f"a part of the path is longer than {PART_BYTES} bytes", "choose a shorter name")
    return None


def collisions(paths: Iterable[str]) -> list[Collision]:
    """Return the pairs of paths that differ only in case, or of which one is a folder of the other.

    Folders count as well: `Src/a.py` and `src/b.py` are one folder on some systems and two on others.
    Each path is named at most once as the later one of a pair.
    """
    seen: dict[str, tuple[str, str]] = {}
    files: set[str] = set()
    found: list[Collision] = []
    for path in sorted(set(paths)):
        collision = _collision(path, seen, files)
        if collision is not None:
            found.append(collision)
        files.add(path)
        for prefix in _prefixes(path):
            seen.setdefault(_folded(prefix), (prefix, path))
    return found


def _collision(path: str, seen: dict[str, tuple[str, str]], files: set[str]) -> Collision | None:
    for prefix in _prefixes(path):
        spelling, other = seen.get(_folded(prefix), (prefix, path))
        if spelling != prefix:
            return Collision(path, other, f"differs from `{other}` only in case")
        if prefix != path and prefix in files:
            return Collision(path, prefix, f"lies below `{prefix}`, which is a file")
    return None


def _prefixes(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[: length + 1]) for length in range(len(parts))]


def _folded(path: str) -> str:
    if path.isascii():
        return path.lower()
    return unicodedata.normalize("NFD", unicodedata.normalize("NFD", path).casefold())
