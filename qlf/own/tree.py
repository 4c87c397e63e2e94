"""The tree of an application: what agents wrote, the author's patches on it, and the author's own files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qlf.agents.registry import AGENTS, agent
from qlf.assemble import Tree, merge
from qlf.errors import Problem
from qlf.migrations.folder import IN_TREE, read_migrations
from qlf.own.following import Followed, put_on
from qlf.own.patches import read_patches
from qlf.own.replacing import check, check_patched
from qlf.repository import files_below
from qlf.soc.apply import apply
from qlf.soc.parse import parse
from qlf.soc.patchset import PatchSet

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from qlf.own.patches import HandPatch
    from qlf.repository import Repository

LARGEST_PATCH = 16 << 20


@dataclass(frozen=True, slots=True)
class Parts:
    """What a tree is made of: the files of each agent, patches, own files and migrations by path.

    A migration has its path below `briefs/NAME/migrations/` too. Where there are some, agents write none.
    """

    generated: Mapping[str, Mapping[str, str]]
    patches: tuple[HandPatch, ...]
    own: Mapping[str, bytes]
    migrations: Mapping[str, tuple[str, bytes]]


def parts_of(repository: Repository, brief: str) -> Parts | list[Problem]:
    """Read what the tree of an application is made of, or return all that is wrong with it."""
    generated = _generated(repository.build(brief) / "patches")
    patches = hand_patches(repository, brief)
    own = files_in(repository.custom(brief))
    migrations = read_migrations(repository.migrations(brief), brief)
    if (
        isinstance(generated, list)
        or isinstance(patches, list)
        or isinstance(own, list)
        or isinstance(migrations, list)
    ):
        read = (generated, patches, own, migrations)
        return [problem for each in read if isinstance(each, list) for problem in each]
    scripts = migrations.in_tree()
    if scripts:
        generated = {name: _without_migrations(files) for name, files in generated.items()}
    return Parts(generated, patches, own, scripts)


def _without_migrations(files: Mapping[str, str]) -> dict[str, str]:
    return {path: text for path, text in files.items() if not path.startswith(IN_TREE)}


def hand_patches(repository: Repository, brief: str) -> tuple[HandPatch, ...] | list[Problem]:
    """Read the author's patches."""
    folder = repository.patches(brief)
    files = files_in(folder, LARGEST_PATCH)
    return files if isinstance(files, list) else read_patches(files, str(folder))


def put_together(parts: Parts, repository: Repository, brief: str) -> tuple[Tree | list[Problem], Followed]:
    """Return the tree, or what is wrong with it; and what became of the patches, conflicts among it."""
    followed = put_on(parts.patches, parts.generated)
    folder = repository.build(brief) / "patches"
    made = {path: f"{folder}/{name}.soc" for name, files in followed.files.items() for path in files}
    named = repository.settings.replaces.get(brief, ())
    custom = str(repository.custom(brief))
    patched = {path: followed.patches_of(path) for path in followed.steps}
    last = {path: steps[-1].patch.file for path, steps in followed.steps.items()}
    problems = [
        Problem(f"{custom}/{path}", 0, 0, f"migrations/{source} is the same file", "keep one of them")
        for path, (source, _) in parts.migrations.items()
        if path in parts.own
    ]
    problems += check(parts.own, made, named, custom) or check_patched(parts.own, last, custom)
    scripts = {path: content for path, (_, content) in parts.migrations.items()}
    return problems or merge(followed.files, {**parts.own, **scripts}, patched), followed


def _generated(folder: Path) -> dict[str, dict[str, str]] | list[Problem]:
    """Read what each agent handed over."""
    found: dict[str, dict[str, str]] = {}
    problems: list[Problem] = []
    for name in AGENTS:
        file = folder / f"{name}.soc"
        patch = parse(file.read_bytes(), str(file), agent(name).owns)
        files = apply(patch, {}) if isinstance(patch, PatchSet) else patch
        if isinstance(files, list):
            problems += files
        else:
            found[name] = files
    return problems or found


def files_in(folder: Path, largest: int = 0) -> dict[str, bytes] | list[Problem]:
    """Read the files below a folder of an author; links are refused, since what they show could be anything.

    `largest` is the size in bytes beyond which a file is refused, 0 for none.
    """
    found: dict[str, bytes] = {}
    problems = []
    if folder.is_symlink():
        return [Problem(str(folder), 0, 0, "this is a link", "put the folder itself there")]
    for path in files_below(folder):
        if path.is_symlink() or not path.is_file():
            advice = "put the file itself there"
            problems.append(Problem(str(path), 0, 0, "this is not a regular file", advice))
        elif largest and path.stat().st_size > largest:
            what = f"the file is longer than {largest} bytes"
            problems.append(Problem(str(path), 0, 0, what, "take it away, or make it shorter"))
        else:
            found[path.relative_to(folder).as_posix()] = path.read_bytes()
    return problems or found
