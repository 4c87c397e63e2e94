"""Two applications of one brief, side by side."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

import rfc8785

from qlf.controls.conditions import Conditions
from qlf.migrations.folder import IN_TREE, Migrations
from qlf.migrations.history import since
from qlf.migrations.schema import schema_of
from qlf.model.canonical import canonical, digest
from qlf.model.review import BriefReview, Fate, FileChange
from qlf.review.api import api_changes
from qlf.review.words import changes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from qlf.controls.read import Library
    from qlf.model.control import Control
    from qlf.model.migration import Change
    from qlf.model.spec import Spec


UNMIGRATED = Migrations(MappingProxyType({}), ())
_MIGRATION = re.compile(IN_TREE + r"[^/]+/([^/]+)\.up\.sql")


@dataclass(frozen=True, slots=True)
class Side:
    """An application: its spec, files, the controls that it is under and carries, and what its gates read.

    An application that is not there has no spec. `migrations` are those of its author.
    """

    spec: Spec | None = None
    files: Mapping[str, bytes] = field(default_factory=lambda: MappingProxyType({}))
    controls: tuple[Control, ...] = ()
    gates: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    migrations: Migrations = UNMIGRATED

    def digest(self) -> str:
        """Return the digest of the spec and of all files, "" of an application that is not there."""
        if self.spec is None:
            return ""
        files = {path: digest(content) for path, content in self.files.items()}
        return digest(rfc8785.dumps({"spec": digest(canonical(self.spec)), "files": files}))


NOTHING = Side()


def carried(spec: Spec, library: Library) -> tuple[Control, ...]:
    """Return the controls that an application is under and that its code carries."""
    conditions = Conditions(spec.model_dump(mode="json"))
    return tuple(
        control
        for catalogue in library.catalogues
        for control in catalogue.controls
        if control.implemented_by and conditions.holds(control.applies_to) is True
    )


def review(brief: str, old: Side, new: Side) -> BriefReview:
    """Return what differs between two applications of a brief."""
    before = {control.id: control.title for control in old.controls}
    after = {control.id: control.title for control in new.controls}
    counts = Counter(name for control in new.controls for name in control.concerns)
    files = tuple(_files(old.files, new.files))
    sentences = changes(old.spec, new.spec, counts)
    return BriefReview(
        brief=brief,
        fate=_fate(old, new, differs=bool(files or sentences)),
        spec=sentences,
        api=api_changes(old.spec, new.spec),
        database=_database(old, new),
        gained=tuple(f"{name} {title}" for name, title in after.items() if name not in before),
        lost=tuple(f"{name} {title}" for name, title in before.items() if name not in after),
        files=files,
        gates=tuple(gate for gate, inputs in new.gates.items() if old.gates.get(gate) != inputs),
        before=old.digest(),
        digest=new.digest(),
    )


def _database(old: Side, new: Side) -> tuple[Change, ...]:
    """Return what a database that was deployed with the old application goes through."""
    if old.spec is None or new.spec is None:
        return ()
    known = {found[1] for path in old.files if (found := _MIGRATION.fullmatch(path))}
    return since(known, new.migrations, schema_of(old.spec), schema_of(new.spec))


def _fate(old: Side, new: Side, *, differs: bool) -> Fate:
    if old.spec is None or new.spec is None:
        return "new" if old.spec is None else "gone"
    return "changed" if differs else "same"


def _files(old: Mapping[str, bytes], new: Mapping[str, bytes]) -> Iterator[FileChange]:
    for path in sorted(old.keys() | new.keys()):
        before, after = old.get(path), new.get(path)
        if before == after:
            continue
        fate = "added" if before is None else "removed" if after is None else "changed"
        gained, lost = _lines(before or b"", after or b"")
        yield FileChange(path=path, fate=fate, gained=gained, lost=lost)


def _lines(before: bytes, after: bytes) -> tuple[int, int] | tuple[None, None]:
    """Return how many lines are gained and lost."""
    try:
        old, new = before.decode().splitlines(), after.decode().splitlines()
    except UnicodeDecodeError:
        return None, None
    marks = Counter(line[0] for line in list(difflib.unified_diff(old, new, n=0))[2:] if line)
    return marks["+"], marks["-"]
