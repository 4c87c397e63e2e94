"""doit's memory. What it would keep of our steps the engine keeps itself; the rest is as in doit.

doit decides by digests of files that it wrote down; our tasks decide by their `uptodate`, so that the files,
which are there for `doit info` and `doit list --deps`, are always said to be as they were.
"""

from __future__ import annotations

import os
import re
import sqlite3
from contextlib import suppress
from typing import Any

from doit.dependency import DatabaseException, SqliteDB

from qlf.memory import journal

_STEP = re.compile(r"(?:compile|generate|assemble|verify|evidence):([^:]+)(?::[^:]+)?")
_OF_DOIT = frozenset({"ignore:", "_values_:", "result:", "deps:", "checker:"})


class Memory(SqliteDB):  # type: ignore[misc]
    """A database of doit's in a folder that may not be there yet; `doit forget` reaches our journal."""

    desc = "SQLite beside the factory's own manifest"
    running = False

    def __init__(self, name: str, codec: Any, *, module_name: str | None = None) -> None:  # noqa: ANN401
        self._folder = os.path.dirname(name)  # noqa: PTH120 - doit has strings
        try:
            os.makedirs(self._folder, exist_ok=True)  # noqa: PTH103
            super().__init__(name, codec, module_name=module_name)
        except (OSError, DatabaseException, sqlite3.Error):
            # It only knows of tasks that are none of ours; those are done again.
            super().__init__(":memory:", codec, module_name=module_name)

    def get(self, task_id: str, dependency: str) -> Any:  # noqa: ANN401
        """Return what is known; of an input of a step, that it is as it was."""
        if dependency not in _OF_DOIT and _STEP.fullmatch(task_id) and os.path.exists(dependency):  # noqa: PTH110
            return [os.path.getmtime(dependency), 0, ""]  # noqa: PTH204
        return super().get(task_id, dependency)

    def set(self, task_id: str, dependency: str, value: Any) -> None:  # noqa: ANN401
        """Keep a value, unless it is of a step and the engine keeps it."""
        if dependency == "ignore:" or not _STEP.fullmatch(task_id):
            super().set(task_id, dependency, value)

    def dump(self) -> None:
        """Write what is known of tasks; where that cannot be, on a full disk, they are done again."""
        with suppress(sqlite3.OperationalError):
            super().dump()

    def remove(self, task_id: str) -> None:
        """Forget a task, so that its step is made again; doit does so with tasks that fail as well."""
        with suppress(sqlite3.OperationalError):
            super().remove(task_id)
        if Memory.running:
            return
        if step := _STEP.fullmatch(task_id):
            journal.append(f"{self._folder}/journal", {"brief": step[1], "forget": task_id})

    def remove_all(self) -> None:
        """Forget everything; all steps are made again."""
        super().remove_all()
        for file in ("manifest", "journal"):
            if os.path.exists(f"{self._folder}/{file}"):  # noqa: PTH110
                os.remove(f"{self._folder}/{file}")  # noqa: PTH107
