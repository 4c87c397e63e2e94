"""How authors are selected, filtered and sorted."""

from collections.abc import Iterator
from typing import Literal

from sqlalchemy import ColumnElement, Select, select

from app.models import Author
from app.pagination import Ordering, PageQuery
from app.schemas.types import Day, Line, Moment


def select_authors() -> Select[Author]:
    """Select authors with everything that answers show."""
    return select(Author)


class AuthorQuery(PageQuery):
    """The query parameters of the list of authors."""

    name: Line | None = None
    name_contains: Line | None = None
    born_on: Day | None = None
    born_on_min: Day | None = None
    born_on_max: Day | None = None
    created_at_min: Moment | None = None
    created_at_max: Moment | None = None
    updated_at_min: Moment | None = None
    updated_at_max: Moment | None = None
    sort: Literal["name", "-name", "created_at", "-created_at", "updated_at", "-updated_at"] = (
        "-created_at"
    )

    def conditions(self) -> Iterator[ColumnElement[bool]]:
        """Yield the condition of each filter that is given."""
        if self.name is not None:
            yield Author.name == self.name
        if self.name_contains is not None:
            yield Author.name.icontains(self.name_contains, autoescape=True)
        if self.born_on is not None:
            yield Author.born_on == self.born_on
        if self.born_on_min is not None:
            yield Author.born_on >= self.born_on_min
        if self.born_on_max is not None:
            yield Author.born_on <= self.born_on_max
        if self.created_at_min is not None:
            yield Author.created_at >= self.created_at_min
        if self.created_at_max is not None:
            yield Author.created_at <= self.created_at_max
        if self.updated_at_min is not None:
            yield Author.updated_at >= self.updated_at_min
        if self.updated_at_max is not None:
            yield Author.updated_at <= self.updated_at_max

    def order(self) -> Ordering:
        """Return the order that is asked for."""
        columns = {
            "name": Author.name,
            "created_at": Author.created_at,
            "updated_at": Author.updated_at,
        }
        return Ordering(columns[self.sort.removeprefix("-")], Author.id, self.sort.startswith("-"))
