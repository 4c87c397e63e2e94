"""Putting patches by hand onto files that were generated anew.

Each patch in turn, each edit by a merge of three texts. A file that is generated under another name now is
followed: one that was not there when the patch was made, and is as good as the old one. Whatever cannot be
put on cleanly is a conflict; none of the author's lines is ever left out in silence.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from qlf.model.edit import whole_lines
from qlf.own.merge import merge

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from qlf.model.edit import Edit
    from qlf.own.patches import HandPatch

GENERATED = "generated now"
_TOKEN = re.compile(r"\w+|[^\w\s]")
# So alike, of 1, a text must be to the one that is gone; names that changed with it count against it.
_ALIKE = 0.7


@dataclass(frozen=True, slots=True)
class Conflict:
    """An edit that could not be put on.

    `path` is where the file lies in the tree. `now` is the text that the edit met at `place`, None if there
    was none; `left` is the file that it moved away from, if that is another. `marked` shows both sides, and
    `line` is the first of its lines where they differ.
    """

    path: str
    patch: HandPatch
    edit: Edit
    what: str
    now: str | None
    marked: str
    line: int
    place: str
    left: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """What one patch made of a file."""

    patch: HandPatch
    before: str
    after: str


@dataclass(slots=True)
class Followed:
    """The files of each agent with all patches on. `steps` tells of each patched file what was done.

    `moved` has the paths that are generated under another name now, `deleted` those that a patch deleted.
    """

    files: dict[str, dict[str, str]]
    steps: dict[str, list[Step]] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)
    deleted: dict[str, HandPatch] = field(default_factory=dict)
    conflicts: list[Conflict] = field(default_factory=list)

    def patches_of(self, path: str) -> tuple[str, ...]:
        """Return the names of the patches that wrote into a file."""
        return tuple(dict.fromkeys(step.patch.name for step in self.steps.get(path, ())))


def put_on(patches: Iterable[HandPatch], generated: Mapping[str, Mapping[str, str]]) -> Followed:
    """Put patches onto the files of each agent, path to text."""
    result = Followed({agent: dict(files) for agent, files in generated.items()})
    stuck: set[str] = set()
    for patch in patches:
        for edit in patch.edits:
            if {edit.path, edit.source} & stuck:
                continue  # it is to be seen when the conflict before it is resolved
            conflict = _put(edit, patch, result)
            if conflict is not None:
                result.conflicts.append(conflict)
                stuck |= {edit.path, edit.source, conflict.path}
    return result


def _put(edit: Edit, patch: HandPatch, result: Followed) -> Conflict | None:
    files = result.files[patch.agent]
    if edit.base is None:
        return _create(edit, patch, result)
    place = _place(edit, patch, result)
    if place is None:
        if edit.hand is None:
            return None
        what = f"`{edit.source}` is changed here and is generated no more"
        return _conflict(edit, patch, edit.path, what, None)
    now = files[place]
    if edit.hand is None:
        if unseen := _unseen(edit, result.steps.get(place, [])):
            what = f"`{place}` is deleted here, with lines of {unseen} that were not in it then"
            return replace(_conflict(edit, patch, place, what, now), place=place)
        del files[place]
        result.steps.pop(place, None)
        result.deleted[place] = patch
        return None
    target = edit.path if edit.moved else place
    if target != place and target in files:
        what = f"`{edit.source}` is moved to `{target}` here, which is generated now as well"
        return replace(_conflict(edit, patch, target, what, files[target]), left=place)
    names = {"now_is": GENERATED, "hand_is": f"{patch.name}: {patch.reason}"}
    merged = merge(edit.base, now, edit.hand, **names)
    if not merged.clean:
        what = f"`{place}` is changed here and in what is generated, in the same lines"
        return Conflict(target, patch, edit, what, now, merged.text, _first_mark(merged.text), place)
    steps = result.steps.pop(place, [])
    del files[place]
    files[target] = merged.text
    result.steps[target] = [*steps, Step(patch, now, merged.text)]
    return None


def _unseen(edit: Edit, steps: list[Step]) -> str:
    """Return the patch of which whoever deleted a file cannot have seen a line; none if all were seen."""
    if not steps:
        return ""
    seen = Counter(whole_lines(edit.base or ""))
    for line, patch in zip(whole_lines(steps[-1].after), authors(steps), strict=True):
        if patch is not None and not seen[line]:
            return patch.name
        seen[line] -= 1
    return ""


def _create(edit: Edit, patch: HandPatch, result: Followed) -> Conflict | None:
    files = result.files[patch.agent]
    hand = edit.hand or ""
    now = files.get(edit.path)
    if now is not None and now != hand:
        what = f"`{edit.path}` is new here, and is generated now as well"
        return _conflict(edit, patch, edit.path, what, now)
    files[edit.path] = hand
    result.steps[edit.path] = [Step(patch, now or "", hand)]
    return None


def _conflict(edit: Edit, patch: HandPatch, path: str, what: str, now: str | None) -> Conflict:
    names = {"now_is": GENERATED, "hand_is": f"{patch.name}: {patch.reason}"}
    marked = merge(None, now or "", edit.hand or "", **names).text
    return Conflict(path, patch, edit, what, now, marked, _first_mark(marked), path)


def _first_mark(text: str) -> int:
    lines = text.split("\n")
    return next((number for number, line in enumerate(lines, 1) if line.startswith("<<<<<<< ")), 1)


def _place(edit: Edit, patch: HandPatch, result: Followed) -> str | None:
    """Return where the file of an edit lies now, None if it is not generated any more."""
    files = result.files[patch.agent]
    known = result.moved.get(edit.source, edit.source)
    if known in files:
        return known
    if known in result.deleted:
        return None
    new = [path for path in files if path not in patch.tree and path not in result.steps]
    found = renamed(edit.source, edit.base or "", {path: files[path] for path in new})
    if found is not None:
        result.moved[edit.source] = found
    return found


def renamed(path: str, text: str, others: Mapping[str, str]) -> str | None:
    """Return which of some files is the one that was at a path with a text; None if no one, or not one alone.

    It has the same folder or the same name, and the same words and signs for the most part.
    """
    folder, _, name = path.rpartition("/")
    near = {
        other: likeness
        for other, its in others.items()
        if (other.rpartition("/")[0] == folder or other.rpartition("/")[2] == name)
        and other.rpartition(".")[2] == path.rpartition(".")[2]
        and (likeness := _likeness(text, its)) >= _ALIKE
    }
    best = sorted(near, key=lambda other: (-near[other], other))[:2]
    if not best or (len(best) > 1 and near[best[0]] == near[best[1]]):
        return None
    return best[0]


def _likeness(one: str, other: str) -> float:
    """Return how much of both texts is the same words and signs, from 0 to 1 (Dice's coefficient)."""
    first, second = Counter(_TOKEN.findall(one)), Counter(_TOKEN.findall(other))
    total = first.total() + second.total()
    return 2 * (first & second).total() / total if total else 1.0


def authors(steps: Iterable[Step]) -> list[HandPatch | None]:
    """Return for each line of a file the patch that wrote it, None for what is generated."""
    owners: list[HandPatch | None] = []
    for number, step in enumerate(steps):
        before, after = whole_lines(step.before), whole_lines(step.after)
        if not number:
            owners = [None] * len(before)
        made: list[HandPatch | None] = []
        for tag, start, end, new_start, new_end in SequenceMatcher(
            None, before, after, autojunk=False
        ).get_opcodes():
            made += owners[start:end] if tag == "equal" else [step.patch] * (new_end - new_start)
        owners = made
    return owners
