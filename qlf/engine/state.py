"""What past builds left of a repository, against what is there now: which briefs are to be looked at.

A manifest is read whole once; a section of it is opened only for a brief of which a file changed, or of which
something was left to do. A journal that was left by a build that did not end counts as well.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from qlf.engine.keys import companions, read_by_all, shared_inputs, shared_paths
from qlf.memory import fresh, journal, manifest
from qlf.memory.files import Files, signatures
from qlf.memory.manifest import SHARED, Header, Packed, Record, Section
from qlf.store import write_whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from collections.abc import Set as AbstractSet
    from pathlib import Path

    from qlf.repository import Repository


@dataclass(slots=True)
class State:
    """What is known of a repository. `shared` are the inputs of all briefs, by name.

    `interrupted`: a build before this one did not come to its end.
    """

    repository: Repository
    folder: Path
    environment: dict[str, str]
    shared: dict[str, str] = field(default_factory=dict)
    files: Files = field(default_factory=Files)
    packed: dict[str, Packed] = field(default_factory=dict)
    opened: dict[str, Section] = field(default_factory=dict)
    changed: set[str] = field(default_factory=set)
    interrupted: bool = False

    @property
    def journal(self) -> str:
        """Return the file to which steps that were done are added."""
        return str(self.folder / "journal")

    def section(self, brief: str) -> Section:
        """Return what is known of a brief."""
        if brief not in self.opened:
            packed = self.packed.get(brief)
            section = self.opened[brief] = _section(packed)
            folder = self.repository.build(brief)
            # A step that says to have left something elsewhere must not have it removed.
            section.steps = {
                step: each for step, each in section.steps.items() if within(each.outputs, folder)
            }
        return self.opened[brief]

    def to_look_at(self) -> list[str]:
        """Return the briefs of which a step may be stale, in their order."""
        briefs = self.repository.sources()
        return [name for name in briefs if name in self.changed or not self._complete(name)]

    def orphans(self) -> list[str]:
        """Return the briefs that are gone but have left products."""
        briefs = self.repository.sources()
        return [name for name in {**self.packed, **self.opened} if name not in briefs and name != SHARED]

    def _complete(self, brief: str) -> bool:
        known = self.opened.get(brief) or self.packed.get(brief)
        return known is not None and known.complete

    def replay(self, briefs: AbstractSet[str] | None = None) -> None:
        """Put what the journal has of some briefs, or of all, into their sections."""
        for entry in journal.entries(self.journal):
            brief = entry["brief"]
            if not _is_name(brief) or (briefs is not None and brief not in briefs):
                continue
            section = self.section(brief)
            section.complete = False
            if "forget" in entry:
                section.fail(entry["forget"])
            elif within(entry["outputs"], self.repository.build(brief)):
                section.steps[entry["step"]] = Record(entry["inputs"], entry["outputs"])

    def mend(self) -> None:
        """Remove manifest and journal if they cannot be read and written: they count as none."""
        for path in (self.folder / "manifest", self.folder / "journal"):
            if path.is_symlink() or path.is_file():
                if path.is_symlink() or not os.access(path, os.R_OK | os.W_OK):
                    path.unlink()
            elif path.is_dir():
                shutil.rmtree(path)

    def forget(self, brief: str) -> None:
        """Know nothing of a brief any more."""
        self.packed.pop(brief, None)
        self.opened.pop(brief, None)
        self.changed.discard(brief)

    def save(self) -> None:
        """Write the manifest, and begin a new journal. On a full disk, an OSError, nothing is lost.

        What the manifest says of files that briefs share is new; so a brief that changed, or came, and was
        not looked at since is still to be looked at.
        """
        for name, section in self.opened.items():
            self.packed[name] = section.packed()
        for name in self.changed & self.packed.keys():
            self.packed[name] = replace(self.packed[name], complete=False)
        for name in self.repository.sources().keys() - self.packed.keys():
            self.packed[name] = Section().packed()
        shared = Section(files=self.files, complete=True)
        sections = {**self.packed, SHARED: shared.packed()}
        content = manifest.written(self.environment, self.shared, dict(sorted(sections.items())))
        write_whole(self.folder / "manifest", content)
        (self.folder / "journal").unlink(missing_ok=True)
        self.changed.clear()


def load(repository: Repository, environ: Mapping[str, str]) -> State:
    """Return what is known of a repository, with the sections that changed marked so."""
    folder = repository.root / repository.settings.folders.build / ".qlf"
    state = State(repository, folder, fresh.environment(environ))
    read = manifest.read(str(folder / "manifest"))
    header, state.packed = read or (Header({}, {}, []), {})
    state.packed = {name: each for name, each in state.packed.items() if name == SHARED or _is_name(name)}
    state.changed = {name for name, each in state.packed.items() if _moved(each)}
    if (shared := state.packed.pop(SHARED, None)) is not None:
        state.files = _section(shared).files
    if shared is None or SHARED in state.changed or header.environment != state.environment:
        _look_around(state, header)
    else:
        state.shared = header.shared
    state.interrupted = os.path.lexists(state.journal)
    state.replay()
    return state


def within(paths: Iterable[str], folder: Path) -> bool:
    """Say whether all of some paths lead to places below a folder."""
    prefix = f"{folder}/"
    return all(path.startswith(prefix) and "/../" not in f"{path}/" for path in paths)


def _is_name(brief: str) -> bool:
    return brief not in {"", ".", ".."} and "/" not in brief


def _section(packed: Packed | None) -> Section:
    """Return a section; one that is not as it was written is as good as none."""
    try:
        return packed.section() if packed else Section()
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return Section()


def _moved(packed: Packed) -> bool:
    return signatures(packed.paths.split(b"\0")[:-1]) != packed.signatures


def _look_around(state: State, header: Header) -> None:
    """Take stock of what all briefs share, and find the briefs that it, or a new folder, concerns."""
    repository = state.repository
    paths = shared_paths(repository)
    state.files.known = {path: state.files.known[path] for path in paths if path in state.files.known}
    before = {path: known for path, (_, known) in state.files.known.items()}
    for path in paths:
        state.files.digest(path)
    state.shared = shared_inputs(state.files)
    read = {path: state.files.digest(path) for path in read_by_all(repository)}
    settled = all(before.get(path) == known for path, known in read.items())
    if not settled or state.shared != header.shared or header.environment != state.environment:
        state.changed |= state.packed.keys()
    for name, packed in state.packed.items():
        if any(os.fsencode(path) + b"\0" not in packed.paths for path in companions(repository, name)[:1]):
            state.changed.add(name)


def entry(brief: str, step: str, record: Record) -> dict[str, Any]:
    """Return a step that was done as the journal has it."""
    return {"brief": brief, "step": step, "inputs": record.inputs, "outputs": record.outputs}
