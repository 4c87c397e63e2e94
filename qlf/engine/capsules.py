"""Capsules as doit tasks, `package:NAME`: packed when what they hold has changed, by doit's own memory."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from doit.exceptions import TaskError, TaskFailed
from doit.tools import config_changed

from qlf.errors import Problem
from qlf.pipeline import ASSEMBLE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qlf.engine.board import Board
    from qlf.engine.building import Build
    from qlf.pipeline import Step
    from qlf.repository import Repository


def capsule_tasks(board: Board) -> Iterator[dict[str, Any]]:
    """Yield the task of each brief; it waits for all its steps, and is red where gates are not green."""
    repository = board.build.repository
    by_brief: dict[str, dict[str, Step]] = {}
    for name, step in board.steps.items():
        by_brief.setdefault(step.brief, {})[name] = step
    for brief, steps in by_brief.items():
        if ASSEMBLE not in {step.stage for step in steps.values()}:
            continue  # by its name it is no application
        files = {
            str(path)
            for step in steps.values()
            for path in (
                *step.stage.reads(repository, brief, step.part),
                *step.stage.makes(repository, brief, step.part),
            )
        }
        yield {
            "name": brief,
            "doc": "Pack an application into a signed capsule.",
            "actions": [(_pack, [board.build, brief])],
            "task_dep": list(steps),
            "file_dep": sorted({*files, *_key_files(repository)}),
            "uptodate": [config_changed(_settings(repository)), _is_there],
            "clean": [(_clean, [repository, brief])],
            "io": {"capture": False},
        }


def _settings(repository: Repository) -> dict[str, Any]:
    return {"key": repository.signing_key(), **repository.settings.of_products()}


def _key_files(repository: Repository) -> list[str]:
    return [str(file) for file in repository.trusted_keys() if file.is_file()]


def _is_there(task: Any, values: dict[str, Any]) -> bool:  # noqa: ANN401, ARG001 - doit goes by the names
    """Say whether the capsule is there as it was packed, and this factory would make the same."""
    from qlf.model.canonical import digest  # noqa: PLC0415 - `doit list` does not pay for it
    from qlf.packaging import own_digest  # noqa: PLC0415

    file = Path(values.get("capsule", ""))
    known = values.get("digest"), values.get("code")
    return file.is_file() and known == (digest(file.read_bytes()), own_digest())


def _pack(build: Build, brief: str) -> dict[str, str] | TaskError | TaskFailed:
    from qlf.engine.release import release  # noqa: PLC0415 - only packing pays for it
    from qlf.model.canonical import digest  # noqa: PLC0415
    from qlf.packaging import PASSPHRASE, own_digest, signer_of  # noqa: PLC0415

    signer = signer_of(build.repository, "", os.environ.get(PASSPHRASE, ""))
    if isinstance(signer, Problem):
        return TaskError(str(signer))
    packed = release(build, brief, signer)
    if isinstance(packed, list):
        return TaskFailed("\n".join(str(problem) for problem in packed))
    return {"capsule": str(packed), "digest": digest(packed.read_bytes()), "code": own_digest()}


def _clean(repository: Repository, brief: str, dryrun: bool) -> None:
    from qlf.packaging import SUFFIX  # noqa: PLC0415 - as above

    for file in repository.build(brief).glob(f"{brief}-*{SUFFIX}"):
        if dryrun:
            print(file)  # noqa: T201 - doit shows what an action prints
        else:
            file.unlink()
