"""Authors in requests and answers."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.schemas.types import Answer, Body, Day, Line, NotNull


class AuthorCreate(Body):
    """What a new author is made of."""

    name: Line = Field(max_length=80)
    born_on: Day | None = None


class AuthorUpdate(Body):
    """Changes of a author; what is absent stays as it is."""

    name: Annotated[Line | None, NotNull] = Field(default=None, max_length=80)
    born_on: Day | None = None


class AuthorRead(Answer):
    """A author as it is answered."""

    id: UUID
    name: str
    born_on: date | None
    created_at: datetime
    updated_at: datetime
    version: int


class AuthorPage(Answer):
    """One page of authors."""

    items: list[AuthorRead]
    total: int
