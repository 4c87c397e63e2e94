"""The files that evidence is kept in, below `build/NAME/`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qlf.evidence.oscal import COMPONENTS, PLAN, RESULTS, documents
from qlf.evidence.page import page
from qlf.model.canonical import canonical

if TYPE_CHECKING:
    from qlf.model.evidence import Evidence

EVIDENCE = "evidence.json"
PAGE = "evidence.html"
OSCAL = "oscal/"
PRODUCTS = (EVIDENCE, PAGE, *(f"{OSCAL}{name}" for name in (COMPONENTS, RESULTS, PLAN)))


def products(evidence: Evidence) -> dict[str, bytes]:
    """Return the files of PRODUCTS that there are for some evidence; without controls, only the first."""
    made = {EVIDENCE: canonical(evidence)}
    if evidence.catalogues:
        made[PAGE] = page(evidence).encode()
        made |= {f"{OSCAL}{name}": content for name, content in documents(evidence).items()}
    return made
