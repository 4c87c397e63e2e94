"""Both sides of a review: what lies there, what the sources would give now, what a revision of git gives.

The other side is built in a folder of its own, through the same cache, without gates; `build/` is left alone.
"""

from __future__ import annotations

import json
import os
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from qlf.capsule.unpacking import write_new
from qlf.config import Cache, Gates, load
from qlf.engine.run import run
from qlf.errors import Problem
from qlf.gates.gate import Gate, read_gate
from qlf.migrations.folder import read_migrations
from qlf.model.finding import Verdict
from qlf.model.review import Review
from qlf.repository import Repository, files_below
from qlf.review.compare import NOTHING, UNMIGRATED, Side, carried, review
from qlf.security.paths import faults
from qlf.stages import controls_of, settings_of, spec_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import pygit2

NOW = "the working tree"
LAST = "the last build"
_MOST_BYTES = 1 << 28


@dataclass(frozen=True, slots=True)
class Pair:
    """The review of two states, and the files of both by brief, for whoever shows them."""

    review: Review
    files: Mapping[str, tuple[Mapping[str, bytes], Mapping[str, bytes]]]


def plan(
    repository: Repository, names: Sequence[str], watch: Callable[[str, str | None], None]
) -> Pair | list[Problem]:
    """Compare what the last build left with what the sources give now."""
    sources = working_sources(repository)
    if isinstance(sources, list):
        return sources
    with _elsewhere(sources, repository, names, watch) as drawn:
        if isinstance(drawn, list):
            return drawn
        known = {**dict.fromkeys(repository.sources()), **dict.fromkeys(_left(repository))}
        chosen = [name for name in known if not names or name in names]
        olds = {name: _side(repository, name, _verdicts(repository, name)) for name in chosen}
        news = {name: _side(drawn, name, _inputs(drawn, name)) for name in chosen}
        return _paired(LAST, NOW, olds, news)


def between(
    repository: Repository, base: str, head: str | None, watch: Callable[[str, str | None], None]
) -> Pair | list[Problem]:
    """Compare what the sources of two revisions give; without `head`, of a revision and the working tree."""
    olds = revision_sources(repository, base)
    news = working_sources(repository) if head is None else revision_sources(repository, head)
    if isinstance(olds, list) or isinstance(news, list):
        return [*(olds if isinstance(olds, list) else ()), *(news if isinstance(news, list) else ())]
    with (
        _elsewhere(olds, repository, (), watch) as before,
        _elsewhere(news, repository, (), watch) as after,
    ):
        if isinstance(before, list) or isinstance(after, list):
            told = [(base, before), (head or NOW, after)]
            return [
                replace(each, file=f"{name}: {each.file}")
                for name, some in told
                if isinstance(some, list)
                for each in some
            ]
        chosen = sorted({*before.sources(), *after.sources()})
        return _paired(
            base,
            head or NOW,
            {name: _side(before, name, _inputs(before, name)) for name in chosen},
            {name: _side(after, name, _inputs(after, name)) for name in chosen},
        )


def not_committed(
    repository: Repository, watch: Callable[[str, str | None], None]
) -> list[str] | list[Problem]:
    """Return a line for each file of applications that git's index has otherwise than sources give it."""
    sources = working_sources(repository)
    if isinstance(sources, list):
        return sources
    build = repository.settings.folders.build
    with _elsewhere(sources, repository, (), watch) as drawn:
        if isinstance(drawn, list):
            return drawn
        wanted: dict[str, bytes] = {}
        for name in drawn.sources():
            folder = drawn.build(name)
            tree = {f"app/{path}": content for path, content in _tree(folder).items()}
            tree["assembled.json"] = (folder / "assembled.json").read_bytes()
            wanted |= {f"{build}/{name}/{path}": content for path, content in tree.items()}
    return _unlike(repository, wanted, build)


def _unlike(repository: Repository, wanted: Mapping[str, bytes], build: str) -> list[str] | list[Problem]:
    import pygit2  # noqa: PLC0415 - only for this

    opened = _git(repository)
    if isinstance(opened, Problem):
        return [opened]
    git, inside = opened
    prefix = "" if inside == "." else f"{inside}/"
    index = {
        entry.path.removeprefix(prefix): str(entry.id)
        for entry in git.index
        if entry.path.startswith(f"{prefix}{build}/")
        and entry.path.count("/") > f"{prefix}{build}/".count("/")
    }
    found = [f"{path}: it is committed, and the sources give no such file" for path in index.keys() - wanted]
    for path, content in wanted.items():
        if path not in index:
            found.append(f"{path}: it is not committed")
        elif index[path] != str(pygit2.hash(content)):
            found.append(f"{path}: what is committed is not what the sources give")
    return sorted(found)


def _git(repository: Repository) -> tuple[pygit2.Repository, str] | Problem:
    """Return the git repository around a repository, and where in it that lies."""
    import pygit2  # noqa: PLC0415 - only for this

    root = repository.root.resolve()
    place = pygit2.discover_repository(str(root))
    if place is None:
        return Problem(".git", 0, 0, "this folder is in no git repository", "work in a clone")
    git = pygit2.Repository(place)
    return git, root.relative_to(Path(git.workdir or place).resolve()).as_posix()


def _paired(base: str, head: str, olds: Mapping[str, Side], news: Mapping[str, Side]) -> Pair:
    briefs = tuple(review(name, olds[name], news[name]) for name in olds)
    files = {name: (olds[name].files, news[name].files) for name in olds}
    return Pair(Review(base=base, head=head, briefs=briefs), files)


def working_sources(repository: Repository) -> dict[str, bytes] | list[Problem]:
    """Return the sources of a repository as they lie there, by path; links are refused."""
    found: dict[str, bytes] = {}
    problems = []
    root = repository.root
    places = [root / "factory.toml", *(root / folder for folder in _folders(repository))]
    for path in (file for place in places for file in (files_below(place) if place.is_dir() else [place])):
        if path.is_symlink():
            problems.append(Problem(str(path), 0, 0, "this is a link", "put the file itself there"))
        elif path.is_file():
            found[path.relative_to(root).as_posix()] = path.read_bytes()
    return problems or found


def _folders(repository: Repository) -> tuple[str, ...]:
    folders = repository.settings.folders
    return (folders.briefs, folders.overlays, folders.rules, folders.templates, folders.prompts)


def revision_sources(repository: Repository, revision: str) -> dict[str, bytes] | list[Problem]:
    """Return the sources of a repository at a revision of git, by path; links and submodules are refused."""
    import pygit2  # noqa: PLC0415 - only for this

    def refused(what: str, advice: str) -> list[Problem]:
        return [Problem(revision, 0, 0, what, advice)]

    opened = _git(repository)
    if isinstance(opened, Problem):
        return [opened]
    git, inside = opened
    try:
        tree = git.revparse_single(revision).peel(pygit2.Tree)
    except (KeyError, ValueError, pygit2.GitError):
        return refused("git knows no such revision", "name a branch, a tag or a commit; fetch it first")
    if inside != ".":
        try:
            tree = tree[inside].peel(pygit2.Tree)
        except KeyError:
            return refused(f"the revision has no folder {inside}", "compare with a later one")
    return _blobs(tree, ("factory.toml", *_folders(repository)), revision)


def _blobs(tree: pygit2.Tree, wanted: Sequence[str], revision: str) -> dict[str, bytes] | list[Problem]:
    import pygit2  # noqa: PLC0415 - as above

    found: dict[str, bytes] = {}
    problems: list[Problem] = []
    waiting: list[tuple[str, pygit2.Object]] = [(name, tree[name]) for name in wanted if name in tree]
    while waiting:
        path, entry = waiting.pop()
        if isinstance(entry, pygit2.Tree):
            waiting += [(f"{path}/{each.name}", each) for each in entry]
        elif not isinstance(entry, pygit2.Blob) or entry.filemode == pygit2.enums.FileMode.LINK:
            problems.append(
                Problem(f"{revision}:{path}", 0, 0, "this is no file", "put the file itself there")
            )
        elif wrong := next(iter(faults(path)), None):
            problems.append(Problem(f"{revision}:{path}", 0, 0, wrong.what, wrong.advice))
        else:
            found[path] = entry.data
    if sum(map(len, found.values())) > _MOST_BYTES:
        return [Problem(revision, 0, 0, f"its sources take more than {_MOST_BYTES} bytes", "keep less there")]
    return sorted(problems) or found


@contextmanager
def _elsewhere(
    sources: Mapping[str, bytes],
    repository: Repository,
    names: Sequence[str],
    watch: Callable[[str, str | None], None],
) -> Iterator[Repository | list[Problem]]:
    """Build sources in a folder of their own, gates left out, and give the repository there."""
    with tempfile.TemporaryDirectory(prefix="qlf-review-") as place:
        root = Path(place).resolve() / "repository"
        problems = write_new(sources, root)
        config = load(root, {key: value for key, value in os.environ.items() if key != "QLF_BUILD"})
        if problems or isinstance(config, list):
            yield problems or (config if isinstance(config, list) else [])
            return
        settings = config.settings.model_copy(
            update={
                "cache": Cache(folder=str(repository.cache().resolve())),
                "gates": Gates(run=()),
                "jobs": repository.settings.jobs,
            }
        )
        made = Repository(root, settings, repository.library)
        present = [name for name in names if name in made.sources()]
        if names and not present:
            yield made
            return
        ran = run(made, present, watch, lambda _: None, tells=False)
        told = [replace(each, file=_inside(each.file, root)) for each in ran.problems]
        told += [Problem(_inside(crash, root), 0, 0, "a step crashed", "report it") for crash in ran.crashes]
        yield sorted(told) or Repository(root, config.settings, repository.library)


def _inside(path: str, root: Path) -> str:
    return path.replace(f"{root}/", "")


def _side(repository: Repository, brief: str, gates: Mapping[str, str]) -> Side:
    """Return an application as it lies there."""
    try:
        spec = spec_of(repository, brief)
    except FileNotFoundError:
        return NOTHING
    folder = repository.build(brief)
    record = folder / "assembled.json"
    paths = json.loads(record.read_bytes())["files"] if record.is_file() else ()
    files = {
        path: (folder / "app" / path).read_bytes() for path in paths if (folder / "app" / path).is_file()
    }
    library = controls_of(repository, spec)
    controls = () if isinstance(library, list) else carried(spec, library)
    migrations = read_migrations(repository.migrations(brief))
    made = UNMIGRATED if isinstance(migrations, list) else migrations
    return Side(spec, files, controls, gates, made)


def _tree(folder: Path) -> dict[str, bytes]:
    """Return the files of an application by path, as far as they are there, without what tools left."""
    record = folder / "assembled.json"
    paths = json.loads(record.read_bytes())["files"] if record.is_file() else ()
    return {path: (folder / "app" / path).read_bytes() for path in paths if (folder / "app" / path).is_file()}


def _left(repository: Repository) -> list[str]:
    """Return the briefs that have products, be they still there or not."""
    folder = repository.root / repository.settings.folders.build
    return sorted(path.parent.name for path in folder.glob("*/spec.json"))


def _verdicts(repository: Repository, brief: str) -> dict[str, str]:
    """Return the inputs of the gates that have run, as their verdicts have them."""
    found: dict[str, str] = {}
    for gate in repository.settings.gates.run:
        file = repository.build(brief) / "gates" / f"{gate}.json"
        if file.is_file():
            found[gate] = Verdict.model_validate_json(file.read_bytes()).inputs
    return found


def _inputs(repository: Repository, brief: str) -> dict[str, str]:
    """Return the inputs that the gates of an application have."""
    app = repository.build(brief) / "app"
    if not app.is_dir():
        return {}
    spec = spec_of(repository, brief)
    found: dict[str, str] = {}
    for gate in repository.settings.gates.run:
        settings = settings_of(repository, brief, spec, gate)
        read = settings if isinstance(settings, list) else read_gate(gate, app, settings)
        found[gate] = read.inputs() if isinstance(read, Gate) else "unreadable"
    return found
