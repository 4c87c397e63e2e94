"""The report over what lies in `build/`: `build/index.html`, and `build/NAME/report.html` for each brief.

Only pages of briefs of which something was remade are written again. What the page over all says of the
others is remembered in `build/.qlf/report.json`; where that is missing or damaged, all pages are made anew.
"""

from __future__ import annotations

import json
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from functools import partial
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

from pydantic import Field, ValidationError

from qlf.evidence.products import EVIDENCE, PAGE
from qlf.model.evidence import Evidence
from qlf.model.finding import Verdict
from qlf.model.value import Value
from qlf.observe.verdicts import details, runs
from qlf.report.facts import Facts, Judged, Remade, Row, Size, row
from qlf.report.pages import brief_page, index_page
from qlf.stages import spec_of
from qlf.store import write_whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from qlf.model.spec import Spec
    from qlf.repository import Repository

INDEX = "index.html"
REPORT = "report.html"
_MEMORY = "report.json"
# Fewer pages are made sooner here than in processes of their own.
_FEW = 8
_LINKS = (
    ("the application", "app/README.md"),
    ("contract", "app/api/openapi.json"),
    ("evidence of controls", PAGE),
    ("spec", "spec.json"),
)


class News(Value):
    """What the last build did for a brief, and what kept it from coming further."""

    remade: tuple[Remade, ...] = ()
    problems: tuple[str, ...] = ()


class _Memory(Value):
    """What is known of all briefs."""

    rows: dict[str, Row] = Field(default={})
    news: dict[str, News] = Field(default={})


def update(
    repository: Repository, news: Mapping[str, News] | None, workers: int, untold: Sequence[str] = ()
) -> None:
    """Make the pages of briefs of which there are news, and the page over all.

    Args:
        repository: the briefs, built as far as they could be.
        news: by brief; a brief without is as it was. None makes all pages anew.
        workers: how many processes may work.
        untold: briefs that a build did something for which did not come to tell it.
    """
    memory = _remembered(repository)
    there = list(repository.sources())
    known = {name: each for name, each in {**memory.news, **(news or {})}.items() if name in there}
    fresh = memory.rows.keys() - (there if news is None else {*news, *untold})
    stale = [name for name in there if name not in fresh or not _page(repository, name).is_file()]
    rows = {name: each for name, each in memory.rows.items() if name in there}
    made = _made(repository, [(name, known.get(name, News())) for name in stale], workers)
    rows.update(zip(stale, made, strict=True))
    ordered = [rows[name] for name in there]
    _put(_build(repository) / INDEX, index_page(ordered, repository.settings.gates.run).encode())
    kept = _Memory(rows=dict(zip(there, ordered, strict=True)), news=known)
    _put(_build(repository) / ".qlf" / _MEMORY, kept.model_dump_json().encode())


def forget(repository: Repository, brief: str) -> None:
    """Remove the page of a brief that is gone; the page over all is made without it."""
    _page(repository, brief).unlink(missing_ok=True)


def pages(repository: Repository) -> list[Path]:
    """Return all files that the report is made of."""
    own = [_page(repository, name) for name in repository.sources()]
    return [_build(repository) / INDEX, _build(repository) / ".qlf" / _MEMORY, *own]


def _build(repository: Repository) -> Path:
    return repository.root / repository.settings.folders.build


def _page(repository: Repository, brief: str) -> Path:
    return repository.build(brief) / REPORT


def _remembered(repository: Repository) -> _Memory:
    try:
        return _Memory.model_validate_json((_build(repository) / ".qlf" / _MEMORY).read_bytes())
    except (OSError, ValidationError):
        return _Memory()


def _made(repository: Repository, stale: Sequence[tuple[str, News]], workers: int) -> list[Row]:
    make = partial(_brief, repository)
    if len(stale) <= _FEW or workers == 1:
        return [make(each) for each in stale]
    with ProcessPoolExecutor(workers, get_context("fork")) as pool:
        return list(pool.map(make, stale, chunksize=_FEW))


def _brief(repository: Repository, told: tuple[str, News]) -> Row:
    facts = read_facts(repository, *told)
    _put(_page(repository, facts.brief), brief_page(facts).encode())
    return row(facts)


def _put(file: Path, content: bytes) -> None:
    with suppress(OSError):
        if file.read_bytes() == content:
            return
    file.parent.mkdir(parents=True, exist_ok=True)
    write_whole(file, content)


def read_facts(repository: Repository, brief: str, news: News) -> Facts:
    """Return what the products of a brief say, as far as there are any."""
    folder = repository.build(brief)
    owned = _owned(folder)
    return Facts(
        brief=brief,
        source=repository.source(brief).relative_to(repository.root).as_posix(),
        problems=news.problems,
        spec=_spec(repository, brief),
        gates=tuple(_judged(folder, repository)),
        controls=_controls(folder),
        sizes=tuple(_sizes(folder / "app", owned)),
        by_hand=tuple(
            path
            for path, each in owned.items()
            if each["owner"] == "custom" or each.get("patches") or each.get("replaces")
        ),
        links=tuple((name, path) for name, path in _links(folder) if (folder / path).is_file()),
        remade=news.remade,
    )


def _spec(repository: Repository, brief: str) -> Spec | None:
    try:
        return spec_of(repository, brief)
    except (OSError, ValueError):
        return None


def _owned(folder: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads((folder / "assembled.json").read_bytes())["files"]
    except (OSError, ValueError, LookupError):
        return {}
    return dict(sorted(found.items()))


def _judged(folder: Path, repository: Repository) -> Iterable[Judged]:
    for gate in repository.settings.gates.run:
        try:
            verdict = Verdict.model_validate_json((folder / "gates" / f"{gate}.json").read_bytes())
        except (OSError, ValidationError):
            continue
        wrong = tuple(details(verdict, None))
        yield Judged(gate=gate, outcome=verdict.outcome, rests=runs(verdict), details=wrong)


def _controls(folder: Path) -> Any:  # noqa: ANN401 - assessments
    try:
        return Evidence.model_validate_json((folder / EVIDENCE).read_bytes()).catalogues
    except (OSError, ValidationError):
        return ()


def _sizes(app: Path, owned: Mapping[str, Any]) -> Iterable[Size]:
    contents: dict[str, list[bytes]] = {}
    for path, each in owned.items():
        with suppress(OSError):
            contents.setdefault(each["owner"], []).append((app / path).read_bytes())
    for owner, some in sorted(contents.items()):
        yield Size(
            owner=owner,
            files=len(some),
            lines=sum(content.count(b"\n") for content in some),
            bytes=sum(map(len, some)),
        )


def _links(folder: Path) -> list[tuple[str, str]]:
    capsules = sorted(path.name for path in folder.glob("*.qlcapsule"))
    return [*_LINKS, *(("capsule", name) for name in capsules)]
