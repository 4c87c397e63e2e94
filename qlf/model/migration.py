"""What a changed brief changes in a database, each change with its grade.

| grade | what it means |
|---|---|
| safe | no row is lost, nothing waits, and the former version of the application still works |
| slow | every row, or an index over all of them, is written while others wait |
| breaking | it fails on rows that do not fit, or the former version of the application fails after it |
| data-losing | values that are stored are gone afterwards |
"""

from __future__ import annotations

from typing import Literal

from qlf.model.value import Value

Grade = Literal["safe", "slow", "breaking", "data-losing"]


class Change(Value):
    """One change: the table and column as they are called now, or were if they go; `why` is the grade's."""

    table: str
    column: str | None = None
    what: str
    grade: Grade
    why: str
