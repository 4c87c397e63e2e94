"""Where a repository is, and where its builds keep what they know. Settings are not read for that."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FILE = "factory.toml"


def find_root(start: Path) -> Path:
    """Return the nearest folder from `start` upwards that has settings or a `dodo.py`, else `start`."""
    start = start.resolve()
    for folder in (start, *start.parents):
        if (folder / FILE).is_file() or (folder / "dodo.py").is_file():
            return folder
    return start


def state_folder(environ: Mapping[str, str]) -> str:
    """Return where the builds of the repository in the current folder keep what they know.

    It lies with the products. Settings that cannot be read are as good as none: whoever uses them says so.
    """
    build = environ.get("QLF_BUILD") or _said() or "build"
    return f"{build}/.qlf"


def _said() -> str:
    try:
        with open(FILE, "rb") as opened:  # noqa: PTH123
            text = opened.read()
    except OSError:
        return ""
    if b"build" not in text:
        return ""
    import tomllib  # noqa: PLC0415 - few repositories say it

    try:
        said = tomllib.loads(text.decode())["folders"]["build"]
    except (ValueError, KeyError, TypeError):
        return ""
    return said if isinstance(said, str) else ""
