"""Briefs as specs, with overlays that are shipped."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from qlf.brief.read import read_brief
from qlf.compile.compile import compile_brief
from qlf.compile.inference import infer
from qlf.model.brief import Brief
from qlf.model.spec import Spec
from qlf.overlay.files import Folder
from qlf.overlay.read import read_overlays
from qlf.overlay.resolve import resolve

if TYPE_CHECKING:
    from qlf.model.overlay import Overlay

ROOT = Path(__file__).resolve().parents[2]
BRIEF = """---
version: 1.0.0
overlays: [hipaa]
roles: [patient, doctor]
entities:
  Appointment:
    fields:
      patient: User! immutable
      starts_at: datetime! indexed
      kind: enum(visit, call)! = visit
      notes: longtext max=2000
      room: text max=20
    states: {}
    access:
      patient: create own, read where this.patient == viewer
      doctor: read, update
---
# Appointments

When who comes.
"""


@cache
def library() -> tuple[Overlay, ...]:
    read = read_overlays((Folder(ROOT / "overlays", "overlays", shipped=True),))
    assert isinstance(read, tuple), read
    return read


def spec_of(*edits: tuple[str, str], text: str = BRIEF) -> Spec:
    """Return the spec of a brief after edits, each of which must find what it replaces."""
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new)
    read = read_brief(Path("briefs/practice.md"), text.encode())
    assert isinstance(read, Brief), [str(problem) for problem in read]
    inferred = infer(read, library())
    uses = resolve(inferred.overlays, library())
    assert not isinstance(uses, list), uses
    spec = compile_brief(inferred, uses, library())
    assert isinstance(spec, Spec), [str(problem) for problem in spec]
    return spec
