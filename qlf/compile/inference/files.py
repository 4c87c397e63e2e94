"""The catalogue's files: YAML whose scalars are all texts."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import yaml

_FOLDER = files("qlf.compile.inference") / "catalogue"
_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


@cache
def load(name: str) -> dict[str, Any]:
    """Return one file of the catalogue, read once. It belongs to the factory: a broken one is a defect."""
    text = (_FOLDER / f"{name}.yaml").read_text(encoding="utf-8")
    # A base loader makes texts, lists and mappings and nothing else.
    read: dict[str, Any] = yaml.load(text, Loader=_LOADER)  # noqa: S506  # nosec B506
    return read
