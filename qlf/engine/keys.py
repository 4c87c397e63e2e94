"""What a step depends on, each input under a name that a person understands, with a digest of it.

Inputs are the files that a step reads, the code of its stage, templates, distributions, settings and the
version of the factory. Files have their paths in the repository as names, so that a step has the same inputs
in every checkout.
"""

from __future__ import annotations

import hashlib
import os
import platform
import sysconfig
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from qlf import __version__
from qlf.memory.files import CACHES
from qlf.pipeline import ASSEMBLE, STAGES, VERIFY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from qlf.memory.files import Files
    from qlf.pipeline import Stage, Step
    from qlf.repository import Repository

_PACKAGE = Path(__file__).resolve().parents[1]


def shared_inputs(files: Files) -> dict[str, str]:
    """Return what steps of all briefs depend on, by name: code, templates, distributions, versions."""
    code = {each for stage in STAGES for part in stage.parts for each in _code(stage, part)}
    packages = {package for stage in STAGES for package in stage.packages}
    return {
        "qlf": __version__,
        "python": ".".join(platform.python_version_tuple()[:2]),
        **{f"qlf/{pattern}": _digest(pattern, files) for pattern in code},
        **{package: _version(package) for package in packages},
    }


def read_by_all(repository: Repository) -> list[str]:
    """Return settings, overlays, rules and own templates: files and folders that steps of any brief read."""
    templates = repository.root / repository.settings.folders.templates
    folders = (*repository.overlays(), *repository.rules(), templates)
    return [
        str(repository.root / "factory.toml"),
        *(path for folder in folders for path in (*_missing(folder), *_below(str(folder)))),
    ]


def _missing(folder: Path) -> list[str]:
    """Return a folder that is not there: that it appears is a change as well."""
    return [] if folder.is_dir() else [str(folder)]


def shared_paths(repository: Repository) -> list[str]:
    """Return the files and folders whose change may change the shared inputs, or which briefs there are."""
    return [
        str(repository.briefs),
        sysconfig.get_path("purelib"),
        *read_by_all(repository),
        *_below(str(_PACKAGE)),
    ]


def inputs_of(
    step: Step, repository: Repository, shared: dict[str, str], digest: Callable[[Path], str]
) -> dict[str, str]:
    """Return the inputs of a step; `digest` gives that of a file."""
    stage, brief, part = step.stage, step.brief, step.part
    names = ("qlf", "python", *(f"qlf/{pattern}" for pattern in _code(stage, part)), *stage.packages)
    inputs = {name: shared[name] for name in names}
    reads = stage.reads(repository, brief, part)
    inputs |= {_shown(path, repository): digest(path) for path in reads}
    if stage is ASSEMBLE and (replaces := repository.settings.replaces.get(brief)):
        inputs["replaces"] = ", ".join(replaces)
    if stage is VERIFY:
        gates = repository.settings.gates
        rule = next((path for path in reads if path.name == f"{part}.yaml"), None)
        if rule and _needs_server(rule, digest(rule)):
            inputs["gates.postgres_url"] = "given" if gates.postgres_url else "none"
        inputs["gates.allow_unproven"] = gates.allow_unproven.get(part, "none")
    return inputs


@cache
def _needs_server(rule: Path, _digest: str) -> bool:
    """Say whether a tool of a gate may need a database server, as its rules with this digest say."""
    from qlf.gates.needs import needs  # noqa: PLC0415 - where no gate is stale, no rule is read

    return rule.is_file() and "postgres" in needs(rule.read_bytes())


def companions(repository: Repository, brief: str) -> list[str]:
    """Return the folders in which a new file would be an input of a brief, as far as they are there."""
    own = repository.custom(brief)
    return [
        *(path for path in (str(own.parent),) if own.parent.is_dir()),
        *_below(str(own), only_folders=True),
        *_below(str(repository.patches(brief)), only_folders=True),
        *_below(str(repository.migrations(brief)), only_folders=True),
    ]


def tree_folders(repository: Repository, step: Step) -> list[str]:
    """Return the folders of a tree: a file that is added to one by hand is found by them."""
    if step.stage is not ASSEMBLE:
        return []
    return list(_below(str(repository.build(step.brief) / "app"), only_folders=True))


def _below(folder: str, *, only_folders: bool = False) -> Iterator[str]:
    """Yield a folder and what lies below it, without caches; nothing if it is not there."""
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in CACHES)
        yield place
        if not only_folders:
            yield from (f"{place}/{name}" for name in sorted(files))


def _shown(path: Path, repository: Repository) -> str:
    if path.is_relative_to(repository.root):
        return path.relative_to(repository.root).as_posix()
    return f"shipped {'/'.join(path.parts[-3:])}"


def _code(stage: Stage, part: str) -> tuple[str, ...]:
    return tuple(pattern.replace("{part}", part) for pattern in stage.code)


def _digest(pattern: str, files: Files) -> str:
    """Return the digest of those files of the package that fit a pattern."""
    if pattern.endswith("/**"):
        found = [path for path in (_PACKAGE / pattern[:-3]).rglob("*") if "__pycache__" not in path.parts]
    else:
        found = list(_PACKAGE.glob(pattern))
    made = hashlib.sha256()
    for path in sorted(path for path in found if path.is_file()):
        made.update(f"{path.relative_to(_PACKAGE).as_posix()}\0{files.digest(str(path))}\n".encode())
    return made.hexdigest()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
