"""Whether anything changed since the last build. Nothing heavy is imported: mostly the answer is no."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from qlf.memory.files import side_by_side, signatures
from qlf.memory.manifest import Watch, read_watch
from qlf.memory.place import state_folder

if TYPE_CHECKING:
    from collections.abc import Mapping

SECRETS = frozenset({"QLF_POSTGRES_URL"})


def environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Return what counts of the environment; of a secret, only that it is there."""
    variables = {name: value for name, value in environ.items() if name.startswith("QLF_")}
    given = dict.fromkeys(SECRETS & variables.keys(), "given")
    places = {"python": sys.executable, "qlf": __file__, "path": environ.get("PYTHONPATH", "")}
    return {"version": sys.version, **places, **variables, **given}


def changed(watch: Watch) -> set[str]:
    """Return the sections of which a file is not as it was; SHARED is that of what all briefs share."""
    if side_by_side(watch.paths.split(b"\0")[:-1]) == watch.signatures:
        return set()
    return {name for name, paths, seen, _ in watch.parts() if signatures(paths.split(b"\0")[:-1]) != seen}


def fresh(environ: Mapping[str, str]) -> bool:
    """Say whether the repository in the current folder was built whole, and nothing changed since."""
    folder = state_folder(environ)
    try:
        if os.stat(f"{folder}/journal").st_size:  # noqa: PTH116
            return False
    except OSError:
        pass
    watch = read_watch(f"{folder}/manifest")
    return (
        watch is not None
        and watch.header.complete
        and watch.header.environment == environment(environ)
        and not changed(watch)
    )
