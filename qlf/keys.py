"""What a task depends on besides its files: the code of its stage, templates, distributions, settings.

Every input has a name, so that `qlf status` can say which one changed.
"""

from __future__ import annotations

import hashlib
import os
import platform
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qlf import __version__
from qlf.pipeline import ASSEMBLE, GENERATE, VERIFY
from qlf.repository import files_below

if TYPE_CHECKING:
    from qlf.pipeline import Stage
    from qlf.repository import Repository

_PACKAGE = Path(__file__).resolve().parent


@dataclass(slots=True)
class Inputs:
    """What a task depends on besides files, by name. doit calls it to ask whether it is as it was."""

    now: dict[str, str]

    def configure_task(self, task: Any) -> None:  # noqa: ANN401
        """Have doit remember the inputs of a success."""
        task.value_savers.append(lambda: {"inputs": self.now})

    def __call__(self, task: Any, values: dict[str, Any]) -> bool:  # noqa: ANN401, ARG002
        """Say whether nothing differs from the last success."""
        return bool(values.get("inputs") == self.now)

    def changed(self, values: dict[str, Any]) -> list[str]:
        """Return the names of what differs from the last success."""
        before = values.get("inputs") or {}
        return sorted(name for name in {*before, *self.now} if before.get(name) != self.now.get(name))


@dataclass(slots=True)
class AsLeft:
    """Whether a tree is as assembling left it: an edit by hand is found even though no source changed."""

    app: Path

    def configure_task(self, task: Any) -> None:  # noqa: ANN401
        """Have doit remember the tree of a success."""
        task.value_savers.append(lambda: {"tree": _stamp(self.app)})

    def __call__(self, task: Any, values: dict[str, Any]) -> bool:  # noqa: ANN401, ARG002
        """Say whether no file was touched since."""
        return bool(values.get("tree") == _stamp(self.app))

    def changed(self, values: dict[str, Any]) -> list[str]:
        """Return the folder."""
        return [] if values.get("tree") == _stamp(self.app) else [f"files in {self.app}"]


def _stamp(app: Path) -> str:
    """Return a digest over names, times and sizes of all files of a tree, caches of tools left out."""
    from qlf.assemble import CACHES  # noqa: PLC0415

    stamp = hashlib.sha256()
    for folder, folders, names in os.walk(app):
        folders[:] = sorted(name for name in folders if name not in CACHES)
        for name in sorted(names):
            status = os.lstat(f"{folder}/{name}")
            stamp.update(
                f"{folder}/{name}\0{status.st_mtime_ns}\0{status.st_size}\0{status.st_ino}\n".encode()
            )
    return stamp.hexdigest()


def inputs_of(stage: Stage, brief: str, part: str, repository: Repository) -> dict[str, str]:
    """Return what a step depends on besides files, each under a name that a person understands."""
    inputs = dict(_made_of(stage, part))
    if stage is ASSEMBLE:
        own = repository.custom(brief)
        inputs["own files"] = "\n".join(
            str(path) for path in ASSEMBLE.reads(repository, brief, "") if own in path.parents
        )
    if stage is GENERATE and (own_templates := files_below(repository.templates(part))):
        inputs[f"templates/{part}"] = _digest(repository.templates(part), own_templates)
    if stage is VERIFY:
        gates = repository.settings.gates
        inputs["gates.postgres_url"] = "given" if gates.postgres_url else "none"
        inputs["gates.allow_unproven"] = gates.allow_unproven.get(part, "")
    return inputs


@cache
def _made_of(stage: Stage, part: str) -> dict[str, str]:
    return {
        "qlf": __version__,
        "python": ".".join(platform.python_version_tuple()[:2]),
        **{f"qlf/{each}": _code(each) for each in (code.replace("{part}", part) for code in stage.code)},
        **{package: _version(package) for package in stage.packages},
    }


@cache
def _code(pattern: str) -> str:
    """Return the digest of those files of the package that fit a pattern."""
    if pattern.endswith("/**"):
        files = [path for path in (_PACKAGE / pattern[:-3]).rglob("*") if "__pycache__" not in path.parts]
    else:
        files = list(_PACKAGE.glob(pattern))
    return _digest(_PACKAGE, files)


def _digest(folder: Path, files: list[Path]) -> str:
    """Return a digest over names and contents of files below a folder."""
    made = hashlib.sha256()
    for path in sorted(path for path in files if path.is_file()):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        made.update(f"{path.relative_to(folder).as_posix()}\0{content}\n".encode())
    return made.hexdigest()


@cache
def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
