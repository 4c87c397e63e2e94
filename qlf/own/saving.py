"""From what was edited in the copy to patches: one for each agent whose files they are.

Files that no agent owns, and those that cannot stand in a patch, become own files in `custom/`.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from qlf.agents.registry import AGENTS, agent
from qlf.errors import Problem, printable
from qlf.migrations.folder import IN_TREE
from qlf.model.canonical import digest
from qlf.model.edit import Edit, Edits
from qlf.own.editing import Copy, contents
from qlf.own.following import renamed
from qlf.own.patches import BASE, SUFFIX, number
from qlf.own.tree import hand_patches
from qlf.security.paths import faults
from qlf.soc.parse import LONGEST_REASON
from qlf.soc.paths import owned
from qlf.soc.source import Limits, Report, read_lines
from qlf.store import write_whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from qlf.own.patches import HandPatch
    from qlf.repository import Repository

# Line ends that git changes on some systems would be another text.
_ATTRIBUTES, _AS_IT_IS = ".gitattributes", b"* -text\n"


@dataclass(slots=True)
class Saved:
    """What was written: patches and own files, by path; `edits` are those of the patches."""

    files: dict[Path, bytes] = field(default_factory=dict)
    edits: list[Edit] = field(default_factory=list)


def save(
    repository: Repository, brief: str, copy: Copy, reason: str, only: str = ""
) -> Saved | list[Problem]:
    """Write what was edited in a copy as patches, and return what was written.

    Args:
        repository: where the brief is.
        brief: its name.
        copy: the copy that was edited.
        reason: why, in a sentence.
        only: an agent: edits in files of others are left for later.

    """
    before, after = contents(copy.base), contents(copy.app)
    patches = hand_patches(repository, brief)
    if isinstance(before, list) or isinstance(after, list) or isinstance(patches, list):
        return [problem for each in (before, after, patches) if isinstance(each, list) for problem in each]
    if problem := _unreasonable(reason):
        return [problem]
    made = _Save(repository, brief, before, after)
    by_agent, problems = made.by_agent(copy, only)
    if problems:
        return problems
    saved = Saved()
    following = max((number(patch.name) for patch in patches), default=0) + 1
    for name, edits in by_agent.items():
        unsaved = [edit for edit in edits if not _is_saved(edit, patches)]
        saved.edits += edits
        if unsaved:
            listed = tuple(path for path in before if owned(path, agent(name).owns))
            patch = Edits(reason=reason, tree=listed, edits=tuple(unsaved))
            files = written(patch, repository.patches(brief), f"{following:03}-{name}{SUFFIX}")
            saved.files |= files
    saved.files |= made.own
    for file, content in saved.files.items():
        write_whole(file, content)
    made.settle(copy, saved.edits)
    return saved


def written(patch: Edits, folder: Path, name: str) -> dict[Path, bytes]:
    """Return the files of a patch, those that it is based on first."""
    bases = {folder / f"{BASE}{key}": text.encode() for key, text in patch.bases().items()}
    return {**bases, folder / _ATTRIBUTES: _AS_IT_IS, folder / name: patch.render().encode()}


def _unreasonable(reason: str) -> Problem | None:
    report = Report("-m", 1)
    read_lines(f"{reason}\n", report, Limits())
    if not reason.strip() or len(reason) > LONGEST_REASON or "\n" in reason or report.found:
        what = f"the reason is empty, longer than {LONGEST_REASON} characters, or not one line of text"
        return Problem("-m", 0, 0, what, "say in a sentence why the application is changed by hand")
    return None


def _is_saved(edit: Edit, patches: Iterable[HandPatch]) -> bool:
    """Tell whether a patch says the same: a save that was killed may have got so far."""
    return any(edit == each.model_copy(update={"line": 0}) for patch in patches for each in patch.edits)


@dataclass(slots=True)
class _Save:
    """One saving. `own` are the files that go to `custom/`."""

    repository: Repository
    brief: str
    before: Mapping[str, bytes]
    after: Mapping[str, bytes]
    own: dict[Path, bytes] = field(default_factory=dict)

    def by_agent(self, copy: Copy, only: str) -> tuple[dict[str, list[Edit]], list[Problem]]:
        """Return the edits of each agent's files, and why some cannot be saved."""
        changed: dict[str, list[str]] = defaultdict(list)
        problems: list[Problem] = []
        for path in copy.edited:
            owner = self._owner(path)
            if only and owner != only:
                continue
            found = self._problems(copy, path, owner)
            problems += found
            if not found and owner:
                changed[owner].append(path)
            elif not found:
                self.own[self.repository.custom(self.brief) / path] = self.after[path]
        if problems:
            return {}, problems
        return {name: self._edits(paths) for name, paths in sorted(changed.items())}, []

    def _owner(self, path: str) -> str:
        """Return the agent whose file it is, or would be; none for what goes to `custom/`."""
        is_own = (self.repository.custom(self.brief) / path).is_file()
        new_and_unfit = path not in self.before and unfit(self.after[path])
        if is_own or new_and_unfit or faults(path):
            return ""
        return next((name for name in AGENTS if owned(path, agent(name).owns)), "")

    def _problems(self, copy: Copy, path: str, owner: str) -> list[Problem]:
        file = printable(str(copy.app / path))
        if found := faults(path):
            return [Problem(file, 0, 0, fault.what, fault.advice) for fault in found]
        migrations = self.repository.migrations(self.brief)
        if path.startswith(IN_TREE) and migrations.is_dir():
            return [Problem(file, 0, 0, "this is one of the migrations", f"change it in {migrations}")]
        if path not in self.after:
            advice = f"delete it in {self.repository.custom(self.brief) / path}"
            return [] if owner else [Problem(file, 0, 0, "this is your own file", advice)]
        if owner and (found_unfit := unfit(self.after[path]) or unfit(self.before.get(path, b"-"))):
            line, what = found_unfit
            advice = f"mend it, or put the file into {self.repository.custom(self.brief)} to replace it"
            return [Problem(file, line, 0, f"this cannot stand in a patch: {what}", advice)]
        return []

    def _edits(self, paths: list[str]) -> list[Edit]:
        """Return the edits of some paths; a file that is gone and one that came may be one that was moved."""
        gone = {path: self.before[path].decode() for path in paths if path not in self.after}
        new = {path: self.after[path].decode() for path in paths if path not in self.before}
        edits = []
        for path, base in gone.items():
            target = next((one for one in new if new[one] == base), None) or renamed(path, base, new)
            hand = new.pop(target) if target else None
            edits.append(Edit(path=target or path, source=path, base=base, hand=hand))
        edits += [Edit(path=path, source=path, base=None, hand=hand) for path, hand in new.items()]
        edits += [
            Edit(path=path, source=path, base=self.before[path].decode(), hand=self.after[path].decode())
            for path in paths
            if path in self.before and path in self.after
        ]
        return edits

    def settle(self, copy: Copy, edits: Iterable[Edit]) -> None:
        """Have the copy know what was saved, so that it is not saved again."""
        for edit in edits:
            if edit.hand is None or edit.moved:
                (copy.base / edit.source).unlink(missing_ok=True)
            if edit.hand is not None:
                write_whole(copy.base / edit.path, edit.hand.encode())
        custom = self.repository.custom(self.brief)
        for file, content in self.own.items():
            write_whole(copy.base / file.relative_to(custom), content)


def unfit(content: bytes) -> tuple[int, str] | None:
    """Return the line in which a file cannot stand in a patch, and why; None if it can."""
    if not content:
        return 0, "the file is empty"
    report = Report("", 1)
    read_lines(content if content.endswith(b"\n") else content + b"\n", report, Limits())
    return next(((each.line, each.what) for each in report.problems()), None)


def tidy(repository: Repository, brief: str) -> None:
    """Remove the texts that no patch is about any more."""
    patches = hand_patches(repository, brief)
    if isinstance(patches, list):
        return
    used: set[str] = set()
    for patch in patches:
        used |= Edits(reason=patch.reason, tree=patch.tree, edits=patch.edits).bases().keys()
    folder = repository.patches(brief) / BASE
    for file in sorted(folder.glob("*")) if folder.is_dir() else []:
        if file.name not in used and digest(file.read_bytes()) == file.name:
            file.unlink()
