"""Building a capsule again from the sources inside it, and telling which bytes come out the same."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from qlf.capsule.manifest import SOURCES
from qlf.capsule.packing import manifest_of
from qlf.capsule.unpacking import write_new
from qlf.config import Cache, load
from qlf.errors import Problem
from qlf.packaging import LIBRARY, contents_of
from qlf.pipeline import build
from qlf.repository import SUFFIXES, Repository

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from qlf.capsule.manifest import File, Manifest
    from qlf.capsule.packing import Contents
    from qlf.capsule.verification import Verified
    from qlf.pipeline import Step
    from qlf.stages import Done

Fate = Literal["identical", "different", "not rebuilt", "new"]
_PASSED_ON = ("QLF_CACHE", "QLF_POSTGRES_URL", "QLF_JOBS")


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What came of building a capsule again.

    `fates` says of each file, but the sources themselves, whether it came out the same; `files` has both
    contents of those that are different, old and new. `same_maker`: whether this factory is the one that
    made the capsule; `same_manifest`: whether the manifest is the same but for that, and for such files.
    """

    fates: Mapping[str, Fate]
    files: Mapping[str, tuple[bytes, bytes]]
    same_maker: bool
    same_manifest: bool

    @property
    def identical(self) -> bool:
        """Say whether all files came out the same, and what the manifest says of them."""
        return self.same_manifest and all(fate == "identical" for fate in self.fates.values())


def rebuild(verified: Verified, watch: Callable[[Step, Done | None], None]) -> Rebuilt | list[Problem]:
    """Build a capsule again in a folder of its own, gates included as far as their tools are there.

    Returns what came out, or the problems of the sources, of which there should be none.
    """
    name = verified.manifest.name
    with tempfile.TemporaryDirectory(prefix="qlf-") as place:
        sources = {
            path.removeprefix(SOURCES): content
            for path, content in verified.files.items()
            if path.startswith(SOURCES)
        }
        root = Path(place).resolve() / name
        if problem := _unfit(sources, name):
            return [problem]
        if problems := write_new(sources, root):
            return problems
        config = load(root, {key: os.environ[key] for key in _PASSED_ON if key in os.environ})
        if isinstance(config, list):
            return config
        cache = _forgetful(Path(place), Repository(root, config.settings).cache())
        settings = config.settings.model_copy(update={"cache": Cache(folder=str(cache))})
        repository = Repository(root, settings, root / LIBRARY)
        done = build(repository, name, watch)
        if problems := [problem for each in done for problem in each.problems]:
            return problems
        made = contents_of(repository, name, verified.manifest.version)
    return made if isinstance(made, list) else _compared(verified, made)


def _unfit(sources: Mapping[str, bytes], name: str) -> Problem | None:
    """Return why sources are none: products among them would be taken for what the gates said."""
    if not any(Path(path).stem == name and Path(path).suffix in SUFFIXES for path in sources):
        return Problem(name, 0, 0, "its sources have no brief of its name", "do not use it")
    if any("gates" in Path(path).parts and "rules" not in Path(path).parts for path in sources):
        return Problem(name, 0, 0, "its sources hold products", "do not use it")
    return None


def _forgetful(place: Path, cache: Path) -> Path:
    """Return a cache that has the environments of another but none of its results: gates are to run."""
    environments = (cache / "environments").absolute()
    environments.mkdir(parents=True, exist_ok=True)
    (place / ".cache").mkdir()
    (place / ".cache" / "environments").symlink_to(environments)
    return place / ".cache"


def _compared(verified: Verified, made: Contents) -> Rebuilt:
    manifest = manifest_of(made)
    contents = {path: content for layer in made.layers.values() for path, content in layer.items()}
    contents |= made.sboms
    before, after = verified.manifest.files, manifest.files
    paths = [path for path in sorted({**before, **after}) if not path.startswith(SOURCES)]
    return Rebuilt(
        {path: _fate(before.get(path), after.get(path)) for path in paths},
        {
            path: (verified.files[path], contents[path])
            for path in paths
            if path in before and path in after and before[path].digest != after[path].digest
        },
        manifest.maker == verified.manifest.maker,
        _promised(manifest) == _promised(verified.manifest),
    )


def _promised(manifest: Manifest) -> dict[str, object]:
    """Return what a manifest says besides contents: name, title, and of each file whose it is."""
    owners = {path: (file.kind, file.owner) for path, file in manifest.files.items()}
    return {"name": manifest.name, "title": manifest.title, "files": owners}


def _fate(before: File | None, after: File | None) -> Fate:
    if after is None:
        return "not rebuilt"
    if before is None:
        return "new"
    return "identical" if before.digest == after.digest else "different"
