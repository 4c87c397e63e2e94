"""Applications that are committed with their sources: what git is to keep of the folder of products.

An application's tree is kept, with the record of its digests, by which the next build tells its own files
from edits. All else is left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from qlf.memory.files import CACHES
from qlf.store import write_whole

if TYPE_CHECKING:
    from pathlib import Path

    from qlf.repository import Repository

_KEPT = ("!.gitignore", "!.gitattributes", "!*/", "!*/app/**", "!*/assembled.json")
_LINGUIST = "*/app/** linguist-generated\n*/assembled.json linguist-generated\n"


def prepare(repository: Repository) -> None:
    """Have git keep the applications of a repository that commits them, and nothing else of the products."""
    commit = repository.settings.commit
    folder = repository.root / repository.settings.folders.build
    if not commit.applications or not folder.is_dir():
        return
    ignored = "\n".join(["*", *_KEPT, ".qlf/", *(f"{name}/" for name in sorted(CACHES)), ""])
    for name, text in ((".gitignore", ignored), (".gitattributes", _LINGUIST if commit.linguist else "")):
        _put(folder / name, text)


def _put(file: Path, text: str) -> None:
    if not text:
        file.unlink(missing_ok=True)
    elif not file.is_file() or file.read_text(encoding="utf-8") != text:
        write_whole(file, text.encode())
