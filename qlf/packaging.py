"""From a repository to a capsule: what of an application, its sources and its record is packed.

Sources are what the stages of the pipeline declare to read, so that a capsule can be built again from itself.
"""

from __future__ import annotations

import hashlib
import json
import platform
import re
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import tomlkit

from qlf import __version__
from qlf.agents.registry import AGENTS
from qlf.capsule.keys import open_signer
from qlf.capsule.manifest import TAG, Gate, Maker
from qlf.capsule.packing import Contents
from qlf.capsule.sbom import LOCK, PROJECT, TOOLS, sboms
from qlf.errors import Problem, problems_of
from qlf.evidence.products import EVIDENCE, PRODUCTS
from qlf.memory.place import FILE
from qlf.model.canonical import digest
from qlf.model.evidence import Evidence
from qlf.model.finding import Outcome, Verdict
from qlf.pipeline import GATES, STAGES, steps_of
from qlf.repository import files_below, shipped
from qlf.stages import spec_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from securesystemslib.signer import Signer

    from qlf.model.evidence import Status
    from qlf.repository import Repository

SUFFIX = ".qlcapsule"
PASSPHRASE = "QLF_KEY_PASSPHRASE"  # noqa: S105 - the name of a variable
LIBRARY = "library"
_PACKAGE = Path(__file__).resolve().parent
_LEFT_OUT = frozenset({"__pycache__"})


def contents_of(repository: Repository, brief: str, version: str = "") -> Contents | list[Problem]:
    """Return what the capsule of an application holds, or what is missing or not as it was built."""
    folder = repository.build(brief)
    try:
        spec = spec_of(repository, brief)
        owners = json.loads((folder / "assembled.json").read_bytes())["files"]
    except FileNotFoundError as error:
        return [Problem(str(error.filename), 0, 0, "it is not built yet", f"run: qlf build {brief}")]
    called = version or spec.version
    if not re.fullmatch(TAG, called):
        what = f"the version {called!r} cannot be a tag in a registry"
        return [Problem(str(repository.source(brief)), 0, 0, what, "give one of letters, digits and ._-")]
    app = _application(folder / "app", owners)
    chosen = repository.settings.gates.run
    gates = _gates(folder / "gates", chosen)
    if isinstance(app, list) or isinstance(gates, list):
        return problems_of(app, gates)
    controls = _controls(folder)
    if isinstance(controls, list):
        return controls
    made = sboms(app[LOCK][0], app[PROJECT][0], repository.cache())
    if isinstance(made, str):
        return [Problem(str(folder / "app" / LOCK), 0, 0, f"it has no SBOM: {made}", "mend that")]
    return Contents(
        name=brief,
        version=called,
        title=spec.title,
        maker=_maker(),
        app=app,
        sources=sources_of(repository, brief),
        record=_record(folder, chosen),
        cyclonedx=made.cyclonedx,
        spdx=made.spdx,
        gates=gates,
        controls=controls,
        patched=frozenset(path for path, each in owners.items() if each.get("patches")),
    )


def sources_of(repository: Repository, brief: str) -> dict[str, bytes]:
    """Return what an application is built from, by path in a repository; what is shipped below `library/`."""
    build = repository.build(brief)
    library = repository.library or shipped("rules").parent
    found = {FILE: _settings(repository)}
    for step in steps_of(brief, repository):
        for path in step.stage.reads(repository, brief, step.part):
            if build not in path.parents:
                found[_called(path, repository.root, library)] = path.read_bytes()
    return found


def signer_of(repository: Repository, key: str, passphrase: str) -> Signer | Problem:
    """Return what signs, by the place of a private key; empty: that of the settings."""
    return open_signer(key or repository.signing_key(), passphrase, repository.trusted_keys()[0])


def _application(
    app: Path, owners: dict[str, dict[str, str]]
) -> dict[str, tuple[bytes, str]] | list[Problem]:
    """Return the files of a tree with their owners; each must be as it was assembled."""
    found: dict[str, tuple[bytes, str]] = {}
    problems = []
    for path, each in owners.items():
        file = app / path
        if file.is_symlink() or not file.is_file():
            problems.append(Problem(str(file), 0, 0, "the file is missing", "build it again"))
            continue
        found[path] = file.read_bytes(), each["owner"]
        if digest(found[path][0]) not in each["digests"]:
            problems.append(
                Problem(
                    str(file), 0, 0, "the file was edited by hand", "build again, or keep it with `qlf edit`"
                )
            )
    return problems or found


def _gates(folder: Path, chosen: Collection[str]) -> dict[str, Gate] | list[Problem]:
    """Return what each gate of the pipeline said; one that is not chosen to run has proven nothing."""
    found = {}
    for name in GATES:
        file = folder / f"{name}.json"
        if name not in chosen or not file.is_file():
            found[name] = Gate(outcome=Outcome.UNPROVEN, verdict=None)
            continue
        content = file.read_bytes()
        try:
            verdict = Verdict.model_validate_json(content)
        except ValueError:
            return [Problem(str(file), 0, 0, "this is no verdict", "build again")]
        found[name] = Gate(outcome=verdict.outcome, verdict=digest(content))
    return found


def _controls(folder: Path) -> dict[str, dict[str, Status]] | list[Problem]:
    """Return by catalogue what is known of each control."""
    file = folder / EVIDENCE
    try:
        evidence = Evidence.model_validate_json(file.read_bytes())
    except FileNotFoundError:
        return [Problem(str(file), 0, 0, "it is not built yet", "build again")]
    except ValueError:
        return [Problem(str(file), 0, 0, "this is no evidence", "build again")]
    return {
        each.catalogue: {control.id: control.status for control in each.controls}
        for each in evidence.catalogues
    }


def _record(folder: Path, gates: Collection[str]) -> dict[str, bytes]:
    """Return what the build has left beside the tree, of gates only those that are chosen to run."""
    files = [folder / "spec.json", folder / "assembled.json"]
    files += [path for name in PRODUCTS if (path := folder / name).is_file()]
    files += [folder / "patches" / f"{name}.soc" for name in AGENTS]
    left = [path for gate in sorted(gates) for path in sorted((folder / "gates").glob(f"{gate}.*"))]
    files += [path for path in left if path.is_file() and not path.is_symlink()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def _maker() -> Maker:
    packages = sorted({*TOOLS, *(package for stage in STAGES for package in stage.packages)})
    return Maker(
        version=__version__,
        code=own_digest(),
        python=".".join(platform.python_version_tuple()[:2]),
        packages={name: version(name) for name in packages},
    )


@cache
def own_digest() -> str:
    """Return the digest of the factory's code, templates and library."""
    made = hashlib.sha256()
    for path in _own_files():
        made.update(path.relative_to(_PACKAGE).as_posix().encode() + b"\0")
        made.update(hashlib.sha256(path.read_bytes()).digest())
    return made.hexdigest()


def _own_files() -> Iterator[Path]:
    for path in files_below(_PACKAGE):
        if not _LEFT_OUT.intersection(path.parts) and "shipped" not in path.relative_to(_PACKAGE).parts[:1]:
            yield path


def _settings(repository: Repository) -> bytes:
    return tomlkit.dumps(repository.settings.of_products(), sort_keys=True).encode()


def _called(path: Path, root: Path, library: Path) -> str:
    for folder in ("rules", "overlays"):
        if path.resolve().is_relative_to((library / folder).resolve()):
            return f"{LIBRARY}/{path.resolve().relative_to(library.resolve()).as_posix()}"
    return path.relative_to(root).as_posix()
