"""A brief repository: where its sources and products lie, and where those of the factory do."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from qlf.config import Config, Settings, load

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qlf.errors import Problem

NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
SUFFIXES = (".md", ".yaml")


@dataclass(frozen=True, slots=True)
class Repository:
    """A folder with briefs. All paths begin with `root`, which is `.` for whoever works in it.

    `library` has rules and overlays that count where the repository has none of its own; None: those that
    come with the factory.
    """

    root: Path
    settings: Settings
    library: Path | None = None

    @property
    def briefs(self) -> Path:
        """Return the folder of the briefs."""
        return self.root / self.settings.folders.briefs

    def sources(self) -> dict[str, tuple[Path, ...]]:
        """Return the files of every brief by its name; more than one file is the author's mistake."""
        found: dict[str, tuple[Path, ...]] = {}
        if self.briefs.is_dir():
            for path in sorted(self.briefs.iterdir()):
                if path.suffix in SUFFIXES and path.is_file():
                    found[path.stem] = (*found.get(path.stem, ()), path)
        return found

    def files(self, name: str) -> tuple[Path, ...]:
        """Return the files of one brief."""
        candidates = (self.briefs / f"{name}{suffix}" for suffix in SUFFIXES)
        return tuple(path for path in candidates if path.is_file())

    def source(self, name: str) -> Path:
        """Return the file of a brief, that of a new one if there is none."""
        return (*self.files(name), self.briefs / f"{name}.md")[0]

    def custom(self, name: str) -> Path:
        """Return the folder of an author's own files for an application."""
        return self.briefs / name / "custom"

    def patches(self, name: str) -> Path:
        """Return the folder of an author's patches of an application."""
        return self.briefs / name / "patches"

    def migrations(self, name: str) -> Path:
        """Return the folder of an application's migrations."""
        return self.briefs / name / "migrations"

    def build(self, name: str) -> Path:
        """Return the folder of an application's products."""
        return self.root / self.settings.folders.build / name

    def rules(self) -> tuple[Path, ...]:
        """Return the folders of rules; the first that has a rule wins."""
        own = self.root / self.settings.folders.rules
        return self._with_library(own, "rules")

    def overlays(self) -> tuple[Path, ...]:
        """Return the folders of overlays; the first that has an overlay wins."""
        own = self.root / self.settings.folders.overlays
        return self._with_library(own, "overlays")

    def prompts(self) -> tuple[Path, ...]:
        """Return the folders of prompts; the first that has a text wins."""
        own = self.root / self.settings.folders.prompts
        return self._with_library(own, "prompts")

    def _with_library(self, own: Path, folder: str) -> tuple[Path, ...]:
        library = self.library / folder if self.library else shipped(folder)
        return (own, library) if own.resolve() != library.resolve() else (own,)

    def templates(self, agent: str) -> Path:
        """Return the folder of templates that win over those of an agent."""
        return self.root / self.settings.folders.templates / agent

    def cache(self) -> Path:
        """Return the folder of what can be made again and is shared between repositories."""
        if self.settings.cache.folder:
            return self.root / Path(self.settings.cache.folder).expanduser()
        from qlf.store import cache_folder  # noqa: PLC0415 - only whoever uses it pays

        return cache_folder()

    def signing_key(self) -> str:
        """Return where the private key of capsules is, by default where `qlf key new` puts it."""
        if self.settings.signing.key:
            return self.settings.signing.key
        from platformdirs import user_config_path  # noqa: PLC0415 - who names a key does not pay for it

        return str(user_config_path("quantumlayer-factory", appauthor=False) / "signing.key")

    def trusted_keys(self) -> tuple[Path, ...]:
        """Return the files of the public keys that may have signed a capsule."""
        named = [Path(file) for file in self.settings.signing.trusted] or [Path(f"{self.signing_key()}.pub")]
        return tuple(file if file.parts[0].startswith("~") else self.root / file for file in named)


def files_below(folder: Path) -> list[Path]:
    """Return what lies below a folder, folders left out, in order; links are not followed."""
    return sorted(path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())


def shipped(folder: str) -> Path:
    """Return a folder of sources that comes with the factory: in the wheel, or in its own repository."""
    package = Path(__file__).resolve().parent
    installed = package / "shipped" / folder
    return installed if installed.is_dir() else package.parent / folder


def open_repository(root: Path, environ: Mapping[str, str]) -> Repository | list[Problem]:
    """Return the repository at a folder, or the problems of its settings."""
    config = load(root, environ)
    return Repository(root, config.settings) if isinstance(config, Config) else config
