"""Imports that a module surely does not use, taken out before ruff looks for the rest of them.

Templates import all that a module might need. Ruff takes the needless names out too, but reads a module anew
after each round of that, which would be most of what formatting costs.
"""

from __future__ import annotations

import re

_IMPORT = re.compile(
    r"^(?:from (?!__future__)[\w.]+ import (?P<names>\([^()#]+\)|[^()#\\\n]+)"
    r"|import [\w.]+ as (?P<name>\w+))\n",
    re.MULTILINE,
)
_WORD = re.compile(r"\w+")


def without_unused(path: str, text: str) -> str:
    """Return a module without the names that it imports at its top and that stand nowhere else in it.

    A package's `__init__.py` imports for others, and where ruff is told to let something pass it decides.
    """
    if path.endswith("__init__.py") or "noqa" in text:
        return text
    words = frozenset(_WORD.findall(_IMPORT.sub("", text)))

    def used(statement: re.Match[str]) -> str:
        if statement["name"]:
            return statement[0] if statement["name"] in words else ""
        names = [name for each in statement["names"].strip("()").split(",") if (name := each.strip())]
        kept = [name for name in names if name.split()[-1] in words or "*" in name]
        if len(kept) == len(names):
            return statement[0]
        return statement[0].replace(statement["names"], f"({', '.join(kept)})") if kept else ""

    return _IMPORT.sub(used, text)
