"""Books in requests and answers."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.enums import BookClass
from app.schemas.types import Answer, Body, Integer, Line, Moment, Money, MoneyOut, NotNull


class BookCreate(Body):
    """What a new book is made of."""

    title: Line = Field(max_length=160)
    isbn: Line | None = Field(default=None, max_length=255, pattern=r"^\d{13}$")
    author_id: UUID
    editor_id: UUID | None = None
    pages: Integer | None = Field(default=None, ge=1)
    price: Money = Field(ge=0)
    discount: Money | None = None
    copies: Integer = Field(default=1, ge=0)
    class_: BookClass | None = Field(default=None, alias="class")
    sold_out_at: Moment | None = None


class BookUpdate(Body):
    """Changes of a book; what is absent stays as it is."""

    title: Annotated[Line | None, NotNull] = Field(default=None, max_length=160)
    isbn: Line | None = Field(default=None, max_length=255, pattern=r"^\d{13}$")
    author_id: Annotated[UUID | None, NotNull] = None
    editor_id: UUID | None = None
    pages: Integer | None = Field(default=None, ge=1)
    price: Annotated[Money | None, NotNull] = Field(default=None, ge=0)
    discount: Money | None = None
    copies: Annotated[Integer | None, NotNull] = Field(default=None, ge=0)
    class_: BookClass | None = Field(default=None, alias="class")
    sold_out_at: Moment | None = None


class BookRead(Answer):
    """A book as it is answered."""

    slug: str
    title: str
    isbn: str | None
    author_id: UUID
    editor_id: UUID | None
    pages: int | None
    price: MoneyOut
    discount: MoneyOut | None
    to_pay: MoneyOut | None
    copies: int
    class_: BookClass | None = Field(serialization_alias="class")
    sold_out_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int
    loan_count: int
    on_loan: bool


class BookPage(Answer):
    """One page of books."""

    items: list[BookRead]
    total: int
