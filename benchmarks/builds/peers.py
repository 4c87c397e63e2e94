"""Others over the same files: ninja and plain doit with the same edges, and a loop of lstat in C."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from builds.measure import python

if TYPE_CHECKING:
    from collections.abc import Iterator

    from builds.measure import Place

NINJA = "ninja"
PLAIN = "plain doit tasks"
STAT = "C loop of lstat"

_DODO = '''"""The same edges as doit tasks, which do nothing."""

import json
from pathlib import Path

EDGES = json.loads(Path(__file__).with_name("edges.json").read_text())
DOIT_CONFIG = {"dep_file": str(Path(__file__).with_name("doit.db")), "reporter": "zero"}


def nothing():
    pass


def task_edge():
    for name, inputs, outputs in EDGES:
        yield {"name": name, "actions": [nothing], "file_dep": inputs, "targets": outputs}
'''

_STAT = r"""
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int main(int count, char **words) {
    FILE *list = count == 2 ? fopen(words[1], "r") : NULL;
    if (!list) return 2;
    char *path = NULL;
    size_t room = 0;
    struct stat status;
    long missing = 0;
    while (getdelim(&path, &room, 0, list) > 0) missing += lstat(path, &status) != 0;
    return missing != 0;
}
"""


@dataclass(frozen=True, slots=True)
class Edge:
    """One step of the graph: a name, what it reads and what it makes, relative to the repository."""

    name: str
    inputs: list[str]
    outputs: list[str]


def edges(repository: Path) -> Iterator[Edge]:
    """Yield the graph of a built repository without gates.

    brief -> spec and slices, slice -> patch, patches -> tree, spec and tree -> evidence.
    """
    for brief in sorted((repository / "briefs").glob("*.md")):
        name = brief.stem
        build = repository / "build" / name
        slices = _files(repository, build / "slices")
        patches = _files(repository, build / "patches")
        yield Edge(f"{name}-compile", [f"briefs/{brief.name}"], [f"build/{name}/spec.json", *slices])
        for patch in patches:
            agent = Path(patch).stem
            yield Edge(f"{name}-{agent}", [f"build/{name}/slices/{agent}.json"], [patch])
        tree = [*_files(repository, build / "app"), f"build/{name}/assembled.json"]
        yield Edge(f"{name}-assemble", patches, tree)
        assembled = [f"build/{name}/spec.json", f"build/{name}/assembled.json"]
        yield Edge(f"{name}-evidence", assembled, [f"build/{name}/evidence.json"])


def _files(repository: Path, folder: Path) -> list[str]:
    found = (path.relative_to(repository).as_posix() for path in folder.rglob("*") if path.is_file())
    return sorted(found)


def prepare(place: Place, folder: Path) -> tuple[dict[str, list[str]], dict[str, str], int]:
    """Write what the peers need into a folder of their own and have each look at the files once.

    Returns their commands, why the others cannot run, and how many files are looked at.
    """
    folder.mkdir()
    graph = list(edges(place.folder))
    paths = sorted({path for edge in graph for path in (*edge.inputs, *edge.outputs)})
    commands: dict[str, list[str]] = {}
    missing: dict[str, str] = {}
    if ninja := _ninja():
        (folder / "build.ninja").write_text("".join(_manifest(graph, folder)))
        commands[NINJA] = [ninja, "--quiet", "-f", str(folder / "build.ninja")]
        place.run(commands[NINJA])
    else:
        missing[NINJA] = "ninja is not installed"
    (folder / "edges.json").write_text(json.dumps([[one.name, one.inputs, one.outputs] for one in graph]))
    (folder / "dodo.py").write_text(_DODO)
    commands[PLAIN] = python("doit", "-f", str(folder / "dodo.py"), "-d", ".")
    (folder / "paths").write_bytes(b"".join(path.encode() + b"\0" for path in paths))
    if compiler := shutil.which("cc"):
        (folder / "stat.c").write_text(_STAT)
        made = [compiler, "-O2", "-D_GNU_SOURCE", "-o", str(folder / "stat"), str(folder / "stat.c")]
        subprocess.run(made, check=True)  # noqa: S603 - no shell
        commands[STAT] = [str(folder / "stat"), str(folder / "paths")]
    else:
        missing[STAT] = "there is no C compiler"
    return commands, missing, len(paths)


def _ninja() -> str | None:
    """Return the ninja of this environment, no other."""
    beside = Path(sys.executable).parent / "ninja"
    return str(beside) if find_spec("ninja") and beside.exists() else None


def _manifest(graph: list[Edge], folder: Path) -> Iterator[str]:
    yield f"builddir = {folder}\n\nrule make\n  command = true\n  restat = 1\n\n"
    for edge in graph:
        yield f"build {' '.join(edge.outputs)}: make {' '.join(edge.inputs)}\n"
