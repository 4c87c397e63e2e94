"""Reading the patches of an author: `briefs/NAME/patches/NNN-AGENT.soc`, and the texts they are about.

The text that a patched file had lies beside the patches as `base/DIGEST`, so that the author's text is known
to the letter whatever is generated today, in every checkout.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qlf.agents.registry import AGENTS, agent
from qlf.errors import Problem, printable
from qlf.model.canonical import digest
from qlf.model.edit import Edit
from qlf.soc.apply import apply
from qlf.soc.parse import parse
from qlf.soc.patchset import Kind, PatchSet

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qlf.soc.patchset import FilePatch

BASE = "base/"
SUFFIX = ".soc"
_NAME = re.compile(r"(?P<number>[0-9]{3,6})-(?P<agent>[a-z]+)\.soc")
_BASE_NAME = re.compile(r"base/(?P<digest>[0-9a-f]{64})")
_RESTORE = "take it back from version control, or delete the patch"


@dataclass(frozen=True, slots=True)
class HandPatch:
    """A patch by hand. `name` is that of its file, `file` its whole path, `tree` what files there were."""

    name: str
    file: str
    agent: str
    reason: str
    tree: tuple[str, ...]
    edits: tuple[Edit, ...]


def read_patches(files: Mapping[str, bytes], folder: str) -> tuple[HandPatch, ...] | list[Problem]:
    """Read all patches of an application in their order.

    Args:
        files: what lies in the folder, by path below it.
        folder: what to call the folder in problems.

    Returns:
        The patches, or every problem. What begins with a dot is not looked at.

    """
    problems = []
    bases: dict[str, str] = {}
    names = []
    for path, content in sorted(files.items()):
        if found := _BASE_NAME.fullmatch(path):
            text = _base_text(content, found["digest"], f"{folder}/{path}")
            if isinstance(text, Problem):
                problems.append(text)
            else:
                bases[found["digest"]] = text
        elif (named := _NAME.fullmatch(path)) and named["agent"] in AGENTS:
            names.append(path)
        elif not path.startswith("."):
            advice = f"call it NNN-AGENT.soc, AGENT being one of {', '.join(AGENTS)}, or take it away"
            problems.append(Problem(f"{folder}/{printable(path)}", 0, 0, "this is no patch", advice))
    if problems:
        return sorted(problems)
    patches = []
    for name in sorted(names, key=number):
        read = _read(name, files[name], folder, bases)
        if isinstance(read, list):
            problems += read
        else:
            patches.append(read)
    return sorted(problems) or tuple(patches)


def number(name: str) -> int:
    """Return the number of a patch by the name of its file; another name is a defect."""
    found = _NAME.fullmatch(name)
    if found is None:
        raise ValueError(name)
    return int(found["number"])


def _base_text(content: bytes, name: str, file: str) -> str | Problem:
    if digest(content) != name:
        what = "this is not the text that its name says, line ends included"
        return Problem(file, 0, 0, what, _RESTORE)
    try:
        return content.decode()
    except UnicodeDecodeError:
        return Problem(file, 0, 0, "this is not UTF-8", _RESTORE)


def _read(name: str, content: bytes, folder: str, bases: Mapping[str, str]) -> HandPatch | list[Problem]:
    found = _NAME.fullmatch(name)
    owner = found["agent"] if found else ""
    file = f"{folder}/{name}"
    patch = parse(content, file, agent(owner).owns)
    if not isinstance(patch, PatchSet):
        return patch
    if problems := _unfounded(patch, bases, folder):
        return problems
    edits = []
    for each in patch.files:
        edit = _edit(patch, each, bases)
        if isinstance(edit, list):
            problems += edit
        else:
            edits.append(edit)
    listed = tuple(bases[patch.tree].splitlines())
    return problems or HandPatch(name, file, owner, patch.reason, listed, tuple(edits))


def _unfounded(patch: PatchSet, bases: Mapping[str, str], folder: str) -> list[Problem]:
    """Return what a patch by hand must say besides, and the texts that are not there."""
    found = []
    if not patch.reason:
        found.append(Problem(patch.file, 2, 1, "the patch gives no reason", "add `- reason: WHY`"))
    if not patch.tree:
        advice = "make it with `qlf patch save`"
        found.append(Problem(patch.file, 2, 1, "the patch does not say of which files it was made", advice))
    elif patch.tree not in bases:
        what = f"the list of files {patch.tree} is missing"
        found.append(Problem(f"{folder}/{BASE}{patch.tree}", 0, 0, what, _RESTORE))
    for each in patch.files:
        if each.kind is Kind.CREATE:
            continue
        if not each.base:
            what = f"the patch does not say of which text of `{each.path}` it was made"
            found.append(Problem(patch.file, each.line, 1, what, "make it with `qlf patch save`"))
        elif each.base not in bases:
            what = f"the text of `{each.source or each.path}` that the patch was made of is missing"
            found.append(Problem(f"{folder}/{BASE}{each.base}", 0, 0, what, _RESTORE))
    return sorted(found)


def _edit(patch: PatchSet, each: FilePatch, bases: Mapping[str, str]) -> Edit | list[Problem]:
    source = each.source or each.path
    base = bases[each.base] if each.base else None
    alone = PatchSet(patch.file, (each,))
    after = apply(alone, {} if base is None else {source: base})
    if isinstance(after, list):
        return after
    return Edit(path=each.path, source=source, base=base, hand=after.get(each.path), line=each.line)
