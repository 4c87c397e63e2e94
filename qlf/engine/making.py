"""Bringing one step up to date: leave it, take its products from the cache, or do it and remember.

inputs -> as recorded, products as left?  -> current
-> kept in the cache under the key of the inputs?  -> restored
-> run, add to the journal, keep in the cache  -> made
"""

from __future__ import annotations

import json
import os
import traceback
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from qlf.engine.keys import companions, inputs_of, tree_folders
from qlf.engine.state import entry, within
from qlf.errors import ending, unusable
from qlf.memory import journal
from qlf.memory.files import MISSING, TEMPORARY
from qlf.memory.manifest import Record
from qlf.pipeline import ASSEMBLE, EVIDENCE, VERIFY, passes, steps_of
from qlf.stages import Done, conflicts_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from qlf.engine.state import State
    from qlf.memory.manifest import Section
    from qlf.pipeline import Step
    from qlf.repository import Repository
    from qlf.store import Contents


class Outcome(StrEnum):
    """What came of a step."""

    CURRENT = "current"
    RESTORED = "restored"
    MADE = "made"
    FAILED = "failed"
    CRASHED = "crashed"
    WAITS = "waits"


GOOD = frozenset({Outcome.CURRENT, Outcome.RESTORED, Outcome.MADE})


@dataclass(frozen=True, slots=True)
class Made:
    """What came of a step, by its name, and why it was made. `crash` is a traceback, of a defect."""

    step: str
    outcome: Outcome
    done: Done = field(default_factory=Done)
    crash: str = ""
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes steps of a repository. `store` keeps products by the key of what they are made of."""

    state: State
    store: Contents

    def bring(self, steps: Sequence[Step], begin: Callable[[str], None] = lambda _: None) -> Iterator[Made]:
        """Make the steps of one brief in turn; after one that failed, those that read it wait."""
        failed = None
        if steps:
            self._tidy(steps[0].brief)
        for step in steps:
            if failed is not None and step.stage is not failed.stage:
                yield Made(step.name, Outcome.WAITS)
                continue
            begin(step.name)
            made = self.make(step)
            if made.outcome not in GOOD:
                failed = failed or step
            yield made

    def make(
        self, step: Step, *, always: bool = False, run: Callable[[Repository], Done] | None = None
    ) -> Made:
        """Make one step; `always` runs it even if there is nothing to do, `run` is another way to do so."""
        section = self.state.section(step.brief)
        reasons: tuple[str, ...] = ()
        try:
            inputs = self._inputs(step, section)
            reasons = tuple(self._reasons(step, section, inputs))
            if not always and not reasons:
                return Made(step.name, Outcome.CURRENT)
            if not always and (outputs := self._restored(step, inputs)):
                self._remember(step, section, Record(inputs, outputs))
                return Made(step.name, Outcome.RESTORED, reasons=reasons)
            done = (run or step.run)(self.state.repository)
            if done.problems or (done.verdict and not passes(done.verdict, self.state.repository)):
                section.fail(step.name)
                return Made(step.name, Outcome.FAILED, done, reasons=reasons)
            folders = {path: section.files.digest(path) for path in tree_folders(self.state.repository, step)}
            record = Record(inputs, {**done.made, **folders})
            self._keep(step, record)
            self._remember(step, section, record)
        except OSError as error:
            section.fail(step.name)
            return Made(step.name, Outcome.FAILED, Done((unusable(error, step.name),)), reasons=reasons)
        except Exception as error:
            if ended := ending(error):
                raise ended from error
            section.fail(step.name)
            return Made(step.name, Outcome.CRASHED, crash=traceback.format_exc(), reasons=reasons)
        return Made(step.name, Outcome.RESTORED if done.recalled else Outcome.MADE, done, reasons=reasons)

    def reasons(self, step: Step) -> list[str]:
        """Say what makes a step stale, by the names of its inputs; nothing if it is not."""
        section = self.state.section(step.brief)
        return self._reasons(step, section, self._inputs(step, section))

    def finish(self, brief: str, outcomes: Sequence[Made]) -> None:
        """Note which files of a brief are watched from now on, and whether all of it was done."""
        section = self.state.section(brief)
        steps = [step.name for step in steps_of(brief, self.state.repository)]
        for gone in section.steps.keys() - steps:
            self._discard(section.steps.pop(gone), Record({}, {}), section)
        good = {made.step for made in outcomes if made.outcome in GOOD}
        section.complete = good.issuperset(steps)
        self.state.changed.discard(brief)
        watched = dict.fromkeys(self._watched(brief, section))
        # No step reads a folder, so nobody has looked at it since a file was put there.
        for path in {*watched.keys() - section.files.known.keys(), *companions(self.state.repository, brief)}:
            section.files.digest(path)
        section.files.known = {path: section.files.known[path] for path in watched}

    def _watched(self, brief: str, section: Section) -> list[str]:
        repository = self.state.repository
        custom = (path for path in ASSEMBLE.reads(repository, brief, "") if _below(path, repository.briefs))
        return [
            *(str(path) for path in repository.files(brief)),
            *companions(repository, brief),
            *(str(path) for path in custom),
            *(path for record in section.steps.values() for path in record.outputs),
        ]

    def _inputs(self, step: Step, section: Section) -> dict[str, str]:
        repository, state = self.state.repository, self.state
        own = (repository.briefs, repository.build(step.brief))

        def digest(path: Path) -> str:
            files = section.files if any(_below(path, folder) for folder in own) else state.files
            return files.digest(str(path))

        return inputs_of(step, repository, state.shared, digest)

    def _reasons(self, step: Step, section: Section, inputs: dict[str, str]) -> list[str]:
        record = section.steps.get(step.name)
        if record is None or not record.inputs:
            return ["not made yet, or failed"]
        reasons = []
        for name in sorted({*record.inputs, *inputs}):
            before, now = record.inputs.get(name), inputs.get(name)
            if before is None:
                reasons.append(f"new input: {name}")
            elif now is None:
                reasons.append(f"no input any more: {name}")
            elif now != before:
                reasons.append(f"missing: {name}" if now == MISSING else f"changed: {name}")
        for path, left in record.outputs.items():
            now = section.files.digest(path)
            if now != left:
                reasons.append(f"missing: {path}" if now == MISSING else f"not as it was made: {path}")
        return reasons

    def _remember(self, step: Step, section: Section, record: Record) -> None:
        before = section.steps.get(step.name)
        self._discard(before, record, section)
        for path, known in record.outputs.items():
            section.files.learn(path, known)
        section.steps[step.name] = record
        journal.append(self.state.journal, entry(step.brief, step.name, record))

    def _discard(self, before: Record | None, record: Record, section: Section) -> None:
        """Remove what the step made the last time and makes no more, if it is as it was left."""
        for path in (before.outputs.keys() if before else set()) - record.outputs.keys():
            if section.files.digest(path) == before.outputs[path] and not Path(path).is_dir():  # type: ignore[union-attr]
                Path(path).unlink(missing_ok=True)

    def _tidy(self, brief: str) -> None:
        """Remove what a build that was killed left half-written."""
        folder = self.state.repository.build(brief)
        for place in (folder, *(folder / name for name in ("slices", "patches", "gates"))):
            with suppress(FileNotFoundError):
                for unfinished in [path for path in place.iterdir() if path.name.endswith(TEMPORARY)]:
                    unfinished.unlink(missing_ok=True)

    def _key(self, step: Step, inputs: dict[str, str]) -> str:
        from qlf.model.canonical import digest  # noqa: PLC0415

        return digest(json.dumps([step.name, inputs], sort_keys=True).encode())

    def _keep(self, step: Step, record: Record) -> None:
        """Keep the products, or only their digests where making them again is as cheap as copying."""
        if not step.stage.kept:
            return
        root = self.state.repository.root
        outputs = {os.path.relpath(path, root): known for path, known in record.outputs.items()}
        contents = (
            [Path(path).read_bytes() for path in record.outputs] if step.stage.kept == "contents" else []
        )
        head = json.dumps([outputs, [len(content) for content in contents]]).encode()
        with suppress(OSError):  # a full cache is no reason to fail
            self.store.write(self._key(step, record.inputs), b"\n".join((head, b"".join(contents))))

    def _restored(self, step: Step, inputs: dict[str, str]) -> dict[str, str] | None:
        """Have the products as another build made them; None if none did, or they are not what it says."""
        from qlf.model.canonical import digest  # noqa: PLC0415
        from qlf.stages import put  # noqa: PLC0415

        if step.stage is ASSEMBLE and conflicts_of(self.state.repository, step.brief):
            return None  # only the step itself clears away what it showed
        if not step.stage.kept or (kept := self.store.read(self._key(step, inputs))) is None:
            return None
        head, _, rest = kept.partition(b"\n")
        said, lengths = json.loads(head)
        root = self.state.repository.root
        outputs = {str(root / path): known for path, known in said.items()}
        if not within(outputs, self.state.repository.build(step.brief)):
            return None
        if not lengths:
            files = self.state.section(step.brief).files
            return outputs if all(files.digest(path) == known for path, known in outputs.items()) else None
        contents, start = {}, 0
        for path, length in zip(outputs, lengths, strict=True):
            contents[Path(path)] = rest[start : start + length]
            start += length
        if any(digest(content) != outputs[str(path)] for path, content in contents.items()):
            return None
        return put(contents)


def _below(path: Path, folder: Path) -> bool:
    return folder in path.parents


def is_late(step: Step) -> bool:
    """Say whether a step is made when all applications are written: it judges one, or tells of judgements."""
    return step.stage in (VERIFY, EVIDENCE)


def is_gate(step: Step) -> bool:
    """Say whether a step judges, and so runs beside others in a thread."""
    return step.stage is VERIFY
