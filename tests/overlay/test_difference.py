"""What the overlays of the shipped briefs change: the whole difference, in a file that one can read.

`QLF_REFRESH_GOLDEN=1` writes the files anew.
"""

from __future__ import annotations

import difflib
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from qlf.agents.registry import AGENTS, agent
from qlf.brief.read import read_brief
from qlf.compile.compile import compile_brief
from qlf.compile.inference import infer
from qlf.compile.slices import slice_spec
from qlf.model.brief import Brief
from qlf.model.spec import Spec
from qlf.overlay.files import Folder
from qlf.overlay.read import read_overlays
from qlf.overlay.resolve import resolve
from qlf.soc.apply import apply
from qlf.soc.parse import parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qlf.model.overlay import Overlay

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden" / "overlays"
BRIEFS = sorted(path.stem for path in (ROOT / "briefs").glob("*.md"))
SHOWN = ("backend/app/models/", "backend/app/access/", "backend/app/queries/")


def tree(brief: Brief, library: tuple[Overlay, ...]) -> dict[str, str]:
    inferred = infer(brief, library)
    uses = resolve(inferred.overlays, library)
    assert isinstance(uses, tuple)
    spec = compile_brief(inferred, uses, library)
    assert isinstance(spec, Spec), [str(problem) for problem in spec]
    files: dict[str, str] = {}
    for name in AGENTS:
        patch = parse(agent(name).write(slice_spec(spec, agent(name).reads)).encode(), name, agent(name).owns)
        assert not isinstance(patch, list)
        made = apply(patch, {})
        assert isinstance(made, dict)
        files |= made
    return files


def told(without: dict[str, str], within: dict[str, str]) -> Iterator[str]:
    """Yield a line for each file that is another, then the changes of those that tell most."""
    changed = [path for path in sorted({*without, *within}) if without.get(path) != within.get(path)]
    for path in changed:
        before, after = without.get(path, "").splitlines(), within.get(path, "").splitlines()
        if path not in without:
            yield f"new      {path} ({len(after)} lines)\n"
            continue
        diff = [line[0] for line in difflib.unified_diff(before, after, n=0, lineterm="")][2:]
        yield f"changed  {path} (+{diff.count('+')} -{diff.count('-')})\n"
    for path in changed:
        if path.startswith(SHOWN) and path in without:
            yield "\n"
            yield from difflib.unified_diff(
                without[path].splitlines(keepends=True),
                within[path].splitlines(keepends=True),
                f"without/{path}",
                f"with/{path}",
                n=1,
            )


@pytest.mark.parametrize("name", BRIEFS)
def test_what_overlays_change_is_as_it_was_read(name: str) -> None:
    library = read_overlays((Folder(ROOT / "overlays", "overlays", shipped=True),))
    brief = read_brief(ROOT / "briefs" / f"{name}.md")
    assert isinstance(library, tuple)
    assert isinstance(brief, Brief)
    assert brief.overlays
    without = tree(brief.model_copy(update={"overlays": ()}), ())

    difference = "".join(told(without, tree(brief, library)))

    file = GOLDEN / f"{name}.diff"
    if os.environ.get("QLF_REFRESH_GOLDEN"):
        file.write_text(difference, encoding="utf-8")
    assert difference == file.read_text(encoding="utf-8")
