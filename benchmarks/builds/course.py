"""What is measured, in which order, over one repository."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from builds import peers
from builds.measure import ROOT, Place, Row, in_turns, python
from builds.samples import edited, write_repository
from qlf.reporting import REPORT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

HELP = "doit help"
DOIT = "no-op, doit"
BUILD = "no-op, qlf build"
EDIT = "one edit"
TEMPLATE = "template edit"
COLD = "cold build"
FIRST = "fresh checkout, first run"
SECOND = "fresh checkout, second run"
RESTORE = "restore from cache"
CALM = (HELP, DOIT, BUILD, peers.NINJA, peers.PLAIN, peers.STAT)
BUSY = (EDIT, TEMPLATE, RESTORE, FIRST, SECOND, COLD)
_FEW = 10
_TEMPLATE = "documentation/markdown/README.md.jinja"
_BUILD = python("doit")


def measure(folder: Path, briefs: int, runs: int) -> list[Row]:
    """Measure everything over a repository of so many briefs below a folder, and leave nothing there.

    Whatever writes all applications is done once only where there are more than a few. A row is there for
    each of CALM and BUSY.
    """
    place = Place(folder / "repository", folder / "cache")
    write_repository(place.folder, briefs)
    heavy = runs if briefs <= _FEW else 1
    try:
        rows = [_cold(place, briefs, heavy)]
        rows += _calm(place, folder / "peers", briefs, runs)
        rows += [_edits(place, briefs, runs), _templates(place, briefs, heavy)]
        rows += [_restores(place, briefs, heavy), *_checkouts(place, folder / "fresh", briefs, heavy)]
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    order = (*CALM, *BUSY)
    return sorted(rows, key=lambda row: order.index(row.name))


def _cold(place: Place, briefs: int, runs: int) -> Row:
    """Measure builds from briefs alone, with an empty cache; bytecode of the package is there."""
    place.run(python("qlf", "--help"))
    row = Row(COLD, briefs)
    for _ in range(runs):
        _drop(place.folder / "build", place.cache)
        row.add(place.run(_BUILD, workers=True))
    row.files = _count(place.folder / "build")
    return row


def _calm(place: Place, folder: Path, briefs: int, runs: int) -> list[Row]:
    """Measure what it costs to find that there is nothing to do, by all contenders over the same files."""
    commands, missing, looked_at = peers.prepare(place, folder)
    ours = {HELP: python("doit", "help"), DOIT: _BUILD, BUILD: python("qlf", "build")}
    rows = in_turns(place, {**ours, **commands}, briefs, runs, looked_at)
    return rows + [Row(name, briefs, why=why) for name, why in missing.items()]


def _edits(place: Place, briefs: int, runs: int) -> Row:
    """Measure builds after one field of one brief was changed, each time to a value that it never had."""
    file = place.folder / "briefs" / f"app-{briefs // 2:04}.md"

    spec = place.folder / "build" / file.stem / "spec.json"

    def edit(number: int) -> None:
        file.write_text(edited(file.read_text(), number))

    return _after(place, Row(EDIT, briefs), runs, edit, [spec])


def _templates(place: Place, briefs: int, runs: int) -> Row:
    """Measure builds after a template of one agent was changed in the repository itself."""
    shipped = ROOT / "qlf" / "agents" / _TEMPLATE.replace("/", "/templates/", 1)
    own = place.folder / "templates" / _TEMPLATE
    own.parent.mkdir(parents=True)
    written = list((place.folder / "build").glob("*/patches/documentation.soc"))

    def edit(number: int) -> None:
        own.write_text(f"{shipped.read_text()}\nRevision {number} of this page.\n")

    return _after(place, Row(TEMPLATE, briefs), runs, edit, written)


def _after(place: Place, row: Row, runs: int, edit: Callable[[int], None], written: Sequence[Path]) -> Row:
    """Measure builds after edits. A build that leaves any of the `written` as it was ends the benchmark."""
    for number in range(runs):
        before = [path.read_bytes() for path in written]
        edit(number)
        row.add(place.run(_BUILD, workers=row.name == TEMPLATE))
        stale = [path for path, was in zip(written, before, strict=True) if path.read_bytes() == was]
        if stale:
            failure = f"{row.name}: {len(stale)} files were not written again"
            raise SystemExit(failure)
        place.run(_BUILD)
    return row


def _restores(place: Place, briefs: int, runs: int) -> Row:
    """Measure builds where the products are gone and the cache has them all."""
    row = Row(RESTORE, briefs)
    for _ in range(runs):
        _drop(place.folder / "build")
        row.add(place.run(_BUILD, workers=True))
    row.files = _count(place.folder / "build")
    return row


def _checkouts(place: Place, folder: Path, briefs: int, runs: int) -> tuple[Row, Row]:
    """Measure the first two builds in a copy in which every file has another inode and other times."""
    first, second = Row(FIRST, briefs), Row(SECOND, briefs)
    for _ in range(runs):
        shutil.copytree(place.folder, folder, symlinks=True, copy_function=shutil.copyfile)
        copy = Place(folder, place.cache)
        first.add(copy.run(_BUILD))
        second.add(copy.run(_BUILD))
        _drop(folder)
    return first, second


def _count(build: Path) -> int:
    """Return how many files there are of applications, and of what led to them."""
    files = (path for brief in build.glob("[!.]*") for path in brief.rglob("*") if path.is_file())
    return sum(path.name != REPORT for path in files)


def _drop(*folders: Path) -> None:
    for folder in folders:
        if folder.exists():
            shutil.rmtree(folder)
