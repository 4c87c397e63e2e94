"""What a change of sources changes, brief by brief."""

from __future__ import annotations

from typing import Literal

from qlf.model.migration import Change
from qlf.model.value import Value

Grade = Literal["breaking", "safe"]
Fate = Literal["new", "changed", "gone", "same"]


class ApiChange(Value):
    """One difference of one operation, `PATCH /api/v1/clinics/{id}` say."""

    operation: str
    grade: Grade
    what: str


class FileChange(Value):
    """One file of a tree that differs, and how many lines it gains and loses; None: it is no text."""

    path: str
    fate: Literal["added", "changed", "removed"]
    gained: int | None = None
    lost: int | None = None


class BriefReview(Value):
    """What changes in the application of one brief.

    `spec` are sentences, `database` is what a deployed one goes through. `gained` and `lost` are controls:
    identifier and title. `gates` are those that have to run, and `digest` is that of the spec and of all
    files afterwards, "" if the application is gone.
    """

    brief: str
    fate: Fate
    spec: tuple[str, ...] = ()
    api: tuple[ApiChange, ...] = ()
    database: tuple[Change, ...] = ()
    gained: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    files: tuple[FileChange, ...] = ()
    gates: tuple[str, ...] = ()
    before: str = ""
    digest: str = ""

    @property
    def breaking(self) -> bool:
        """Whether a client that keeps to the old API is broken by the new one."""
        return any(change.grade == "breaking" for change in self.api)

    @property
    def data_losing(self) -> bool:
        """Whether values that are stored are gone afterwards."""
        return any(change.grade == "data-losing" for change in self.database)


class Review(Value):
    """What changes between two states of a repository, which `base` and `head` name."""

    format: Literal[1] = 1
    base: str
    head: str
    briefs: tuple[BriefReview, ...]

    @property
    def changed(self) -> tuple[BriefReview, ...]:
        """The briefs whose applications are not as they were, or whose gates have to run."""
        return tuple(each for each in self.briefs if each.fate != "same" or each.gates)
