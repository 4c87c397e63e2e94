"""Encrypted and masked fields: what would have to read them where it cannot is refused."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from qlf.brief.read import read_brief
from qlf.compile.compile import compile_brief
from qlf.model.brief import Brief
from qlf.model.spec import OverlayUse, Spec
from qlf.overlay.files import Folder
from qlf.overlay.read import read_overlays

if TYPE_CHECKING:
    from qlf.errors import Problem

FOLDER = Path(__file__).parents[1] / "failing" / "encrypted"
GOOD = """\
---
overlays: [sealed]
roles: [patient, doctor]
entities:
  Patient:
    owner: user
    fields:
      name: text! unique @phi
      city: text! @pii
      born_on: date! @phi
      height: int!
    derived:
      grown_up: this.born_on < today
    check: {born: this.born_on <= today}
    unique: [[name, height]]
    access:
      patient: create, read own
      doctor: read
---
# Clinic
"""


def built(folder: Path, brief: bytes) -> Spec | list[Problem]:
    """Return what a brief becomes where everything with a class is encrypted or masked."""
    (folder / "compliance").mkdir()
    overlay = (FOLDER / "overlay.yaml").read_text(encoding="utf-8")
    (folder / "compliance" / "sealed.yaml").write_text(overlay, encoding="utf-8")
    library = read_overlays((Folder(folder, "overlays", shipped=False),))
    assert isinstance(library, tuple), library
    read = read_brief(Path("input.md"), brief)
    assert isinstance(read, Brief), read
    (sealed,) = library
    use = OverlayUse(name="sealed", version="1.0.0", digest=sealed.digest, origin=read.origin)
    return compile_brief(read, (use,), library)


def test_what_cannot_be_read_is_refused_with_its_messages(tmp_path: Path) -> None:
    problems = built(tmp_path, (FOLDER / "input.md").read_bytes())

    assert isinstance(problems, list)
    expected = (FOLDER / "expected.txt").read_text(encoding="utf-8")
    assert "".join(f"{problem}\n" for problem in problems) == expected


def test_what_the_application_works_out_itself_may_read_ciphertext(tmp_path: Path) -> None:
    spec = built(tmp_path, GOOD.encode())

    assert isinstance(spec, Spec), [str(problem) for problem in spec]
    patient = spec.entity("Patient")
    name = patient.field("name")
    assert (name.stored, name.compared) == ("name_sealed", "name_digest")
    assert patient.digested(name)
    assert not patient.digested(patient.field("born_on"))


def test_lists_tell_nothing_of_what_is_encrypted_or_masked(tmp_path: Path) -> None:
    spec = built(tmp_path, GOOD.encode())

    assert isinstance(spec, Spec), [str(problem) for problem in spec]
    listing = spec.entity("Patient").listing
    hidden = {"name", "city", "born_on"}
    assert "height" in {one.property for one in listing.filters}
    assert not hidden & {one.property for one in listing.filters}
    assert not hidden & set(listing.sorts)
