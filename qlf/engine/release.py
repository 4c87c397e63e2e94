"""Releasing: packing what was built, and nothing else, while no other build runs."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from qlf.capsule.packing import Contents, pack
from qlf.capsule.verification import check
from qlf.errors import Problem
from qlf.memory.files import TEMPORARY
from qlf.model.finding import LETS_THROUGH, Outcome
from qlf.packaging import SUFFIX, contents_of
from qlf.pipeline import VERIFY, steps_of
from qlf.store import write_whole

if TYPE_CHECKING:
    from pathlib import Path

    from securesystemslib.signer import Signer

    from qlf.engine.building import Build


def release(
    build: Build, brief: str, signer: Signer | None, version: str = "", *, draft: bool = False
) -> Path | list[Problem]:
    """Pack an application that was built, and return the file, `build/NAME/NAME-VERSION.qlcapsule`.

    Args:
        build: the build, of which the lock is taken.
        brief: the application's name.
        signer: what signs; None leaves the capsule unsigned.
        version: what to call it; empty: as its brief says.
        draft: whether to pack it although gates are not green.

    Returns:
        The file, written whole, or what is wrong with what was built.
    """
    build.lock()
    contents = contents_of(build.repository, brief, version)
    if isinstance(contents, list):
        return contents
    if problems := [*(() if draft else _not_green(contents, build, brief)), *_stale(build, brief, draft)]:
        return problems
    try:
        content = pack(contents, signer)
    except ValueError as error:
        what = f"it cannot be packed: {error}"
        return [Problem(str(build.repository.build(brief)), 0, 0, what, "shorten paths")]
    file = build.repository.build(brief) / f"{brief}-{contents.version}{SUFFIX}"
    if signer is not None:
        # What would not be believed elsewhere is not handed out here.
        verified = check(content, str(file), [signer.public_key], draft=draft)
        if isinstance(verified, list):
            return verified
    if not file.is_file() or file.read_bytes() != content:
        # What a killed process left half-written the next build removes.
        write_whole(file, content, file.with_name(f".{file.name}.{os.getpid()}{TEMPORARY}"))
    return file


def _not_green(contents: Contents, build: Build, brief: str) -> list[Problem]:
    return [
        Problem(
            str(build.repository.build(brief) / "gates" / f"{name}.json"),
            0,
            0,
            f"the gate {name} is {'not proven' if gate.outcome is Outcome.UNPROVEN else gate.outcome}, "
            "so this is no release",
            "mend that, or pack a draft with --draft",
        )
        for name, gate in contents.gates.items()
        if gate.outcome not in LETS_THROUGH
    ]


def _stale(build: Build, brief: str, draft: bool) -> list[Problem]:
    """Return a problem for each step that is not done, or of which something changed since it was.

    A draft need not have passed its gates.
    """
    steps = [step for step in steps_of(brief, build.repository) if not (draft and step.stage is VERIFY)]
    reasons = {step.name: build.reasons(step) for step in steps}
    source = str(build.repository.source(brief))
    return [
        Problem(source, 0, 0, f"{name} is stale: {why[0]}", "build again, and leave it alone meanwhile")
        for name, why in reasons.items()
        if why
    ]
