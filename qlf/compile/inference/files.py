"""The catalogue's files: YAML whose scalars are all texts."""

from __future__ import annotations

import json
from contextlib import suppress
from functools import cache
from importlib.resources import files
from typing import Any

from qlf.model.canonical import digest
from qlf.store import Store, cache_folder

_FOLDER = files("qlf.compile.inference") / "catalogue"


@cache
def load(name: str) -> dict[str, Any]:
    """Return one file of the catalogue, read once. It belongs to the factory: a broken one is a defect.

    YAML takes long to read: the same as JSON is kept in the user's cache folder, where that can be written.
    """
    content = (_FOLDER / f"{name}.yaml").read_bytes()
    store, key = Store(cache_folder() / "catalogue"), digest(content)
    kept = None
    with suppress(OSError):
        kept = store.read(key)
    if kept is None:
        kept = json.dumps(_read(content)).encode()
        with suppress(OSError):
            store.write(key, kept)
    read: dict[str, Any] = json.loads(kept)
    return read


def _read(content: bytes) -> Any:  # noqa: ANN401
    import yaml  # noqa: PLC0415 - only where nothing is kept

    # A base loader makes texts, lists and mappings and nothing else.
    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    return yaml.load(content, Loader=loader)  # noqa: S506  # nosec B506
