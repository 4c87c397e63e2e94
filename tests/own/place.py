"""A repository in which the agents hand over whatever a test says, and an author edits by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qlf.agents.registry import AGENTS
from qlf.config import Settings
from qlf.model.patch import Document, Patch
from qlf.own.editing import Copy, find_copy, open_copy
from qlf.own.following import put_on
from qlf.own.resolving import resolve
from qlf.own.saving import Saved, save
from qlf.own.tree import Parts, parts_of
from qlf.repository import Repository
from qlf.stages import assemble

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from qlf.own.following import Conflict
    from qlf.own.resolving import Side

NAME = "notes"
# Each agent hands over something; what backend does is up to the test.
OTHERS = {
    "database": "database/a.sql",
    "api": "api/openapi.json",
    "tests": "tests/test_a.py",
    "documentation": "README.md",
}


class Place:
    """The repository, with one brief."""

    def __init__(self, root: Path, settings: Settings | None = None) -> None:
        self.root = root
        self.repository = Repository(root, settings or Settings())
        self.build = self.repository.build(NAME)
        self.app = self.build / "app"
        self.patches = self.repository.patches(NAME)
        for name in AGENTS[1:]:
            self._hand_over(name, {OTHERS[name]: "x\n"})

    def generate(self, files: Mapping[str, str]) -> None:
        """Have the agent `backend` hand over files, paths below its folder."""
        self._hand_over("backend", {f"backend/{path}": text for path, text in files.items()})

    def _hand_over(self, name: str, files: Mapping[str, str]) -> None:
        patch = Patch(documents=tuple(Document(path=path, text=text) for path, text in files.items()))
        file = self.build / "patches" / f"{name}.soc"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(patch.render(), encoding="utf-8")

    def assemble(self) -> list[str]:
        """Put the tree together, and return the problems."""
        done = assemble(self.repository, NAME, "")
        return [str(each).replace(f"{self.root}/", "") for each in done.problems]

    def made(self, files: Mapping[str, str]) -> None:
        """Generate and assemble, without problems."""
        self.generate(files)
        assert self.assemble() == []

    def tree(self) -> dict[str, str]:
        """Return the files of backend that are in the tree."""
        folder = self.app / "backend"
        return {
            path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }

    def copy(self) -> Copy:
        """Open the editable copy."""
        copy = open_copy(self.repository, NAME)
        assert isinstance(copy, Copy), copy
        return copy

    def saved_from(self) -> Copy:
        """Return the copy as it lies there, whatever was built since."""
        copy = find_copy(self.repository, NAME)
        assert isinstance(copy, Copy), copy
        return copy

    def edit(self, files: Mapping[str, str | None], reason: str = "why not") -> Saved:
        """Write files in the copy, or delete them, and save."""
        app = self.copy().app
        for path, text in files.items():
            file = app / "backend" / path
            if text is None:
                file.unlink()
            else:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, encoding="utf-8")
        saved = save(self.repository, NAME, self.copy(), reason)
        assert isinstance(saved, Saved), saved
        return saved

    def resolve(self, path: str, side: Side, answer: str = "") -> list[str]:
        """Answer a conflict, and return the problems."""
        file = self.root / "answer"
        file.write_text(answer, encoding="utf-8")
        result = resolve(self.repository, NAME, f"backend/{path}", side, file)
        if not isinstance(result, list):
            return []
        return [str(each).replace(f"{self.root}/", "") for each in result]

    def conflicts(self) -> list[Conflict]:
        """Return the conflicts that the patches are in."""
        parts = parts_of(self.repository, NAME)
        assert isinstance(parts, Parts), parts
        return put_on(parts.patches, parts.generated).conflicts

    def shown(self, path: str) -> str:
        """Return the file that shows a conflict."""
        return (self.build / "conflicts" / "backend" / path).read_text(encoding="utf-8")
