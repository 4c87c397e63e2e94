"""What an author changed by hand in generated files, written down as SOC text (`docs/soc.abnf`)."""

from __future__ import annotations

import difflib

from qlf.model.canonical import digest
from qlf.model.patch import FENCE, HEADER, TRAILER
from qlf.model.value import Value

_NOWHERE = "/dev/null"
_OPEN_END = "\\ No newline at end of file\n"


class Edit(Value):
    """What happened to one file: it was at `source` with the text `base`, it is at `path` with `hand`.

    A file that is new has no `base`, one that was deleted no `hand`; both have the path as `source`. Texts
    are not empty. `line` is where the edit stands in the SOC text that it was read from.
    """

    path: str
    source: str
    base: str | None
    hand: str | None
    line: int = 0

    @property
    def moved(self) -> bool:
        """Say whether the file is elsewhere now."""
        return self.path != self.source


class Edits(Value):
    """Edits in files of one agent, and why they were made. `tree` lists the agent's files of then."""

    reason: str
    tree: tuple[str, ...]
    edits: tuple[Edit, ...]

    @property
    def listing(self) -> str:
        """Return the agent's files as the text that is kept."""
        return "".join(f"{path}\n" for path in sorted(self.tree))

    def bases(self) -> dict[str, str]:
        """Return the texts that a reader needs besides, by digest."""
        texts = [self.listing, *(edit.base for edit in self.edits if edit.base is not None)]
        return {digest(text.encode()): text for text in texts}

    def render(self) -> str:
        """Return the SOC text of the edits."""
        edits = sorted(self.edits, key=lambda edit: edit.path)
        listed = "".join(_listed(edit) for edit in edits)
        diff = "".join(_diff(edit) for edit in edits)
        top = f"{HEADER}\n- reason: {self.reason}\n- tree: {digest(self.listing.encode())}\n"
        return f"{top}{listed}{FENCE}diff\n{diff}{FENCE}\n{TRAILER}\n"


def _listed(edit: Edit) -> str:
    source = f"- from: {edit.source}\n" if edit.moved else ""
    base = "" if edit.base is None else f"- base: {digest(edit.base.encode())}\n"
    return f"- file: {edit.path}\n{source}{base}"


def _diff(edit: Edit) -> str:
    old = _NOWHERE if edit.base is None else f"a/{edit.source}"
    new = _NOWHERE if edit.hand is None else f"b/{edit.path}"
    lines = difflib.unified_diff(whole_lines(edit.base or ""), whole_lines(edit.hand or ""), n=3)
    hunks = list(lines)[2:]
    return f"--- {old}\n+++ {new}\n" + "".join(
        line if line.endswith("\n") else f"{line}\n{_OPEN_END}" for line in hunks
    )


def whole_lines(text: str) -> list[str]:
    """Split at LF alone and keep it; `str.splitlines` knows more line ends than a diff does."""
    lines = [line + "\n" for line in text.split("\n")]
    lines[-1] = lines[-1].removesuffix("\n")
    return lines if lines[-1] else lines[:-1]
