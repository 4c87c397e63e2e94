"""How books are selected, filtered and sorted."""

from collections.abc import Iterator
from typing import Literal
from uuid import UUID

from pydantic import Field
from sqlalchemy import ColumnElement, Select, false, func, select
from sqlalchemy.orm import with_expression

from app.enums import BookClass
from app.models import Book, Loan
from app.pagination import Ordering, PageQuery
from app.schemas.types import IntegerText, Line, Moment, Money


def select_books() -> Select[Book]:
    """Select books with everything that answers show."""
    return select(Book).options(
        with_expression(
            Book.loan_count,
            select(func.count())
            .select_from(Loan)
            .where(Loan.book_id == Book.id)
            .correlate(Book)
            .scalar_subquery(),
        ),
        with_expression(
            Book.on_loan, func.coalesce(Book.loans.any(Loan.returned_on.is_(None)), false())
        ),
    )


class BookQuery(PageQuery):
    """The query parameters of the list of books."""

    slug: Line | None = None
    slug_contains: Line | None = None
    title: Line | None = None
    title_contains: Line | None = None
    isbn: Line | None = None
    isbn_contains: Line | None = None
    author_id: UUID | None = None
    editor_id: UUID | None = None
    pages: IntegerText | None = None
    pages_min: IntegerText | None = None
    pages_max: IntegerText | None = None
    price: Money | None = None
    price_min: Money | None = None
    price_max: Money | None = None
    discount: Money | None = None
    discount_min: Money | None = None
    discount_max: Money | None = None
    to_pay: Money | None = None
    to_pay_min: Money | None = None
    to_pay_max: Money | None = None
    copies: IntegerText | None = None
    copies_min: IntegerText | None = None
    copies_max: IntegerText | None = None
    class_: BookClass | None = Field(default=None, alias="class")
    sold_out_at: Moment | None = None
    sold_out_at_min: Moment | None = None
    sold_out_at_max: Moment | None = None
    created_at_min: Moment | None = None
    created_at_max: Moment | None = None
    updated_at_min: Moment | None = None
    updated_at_max: Moment | None = None
    sort: Literal[
        "title",
        "-title",
        "price",
        "-price",
        "copies",
        "-copies",
        "created_at",
        "-created_at",
        "updated_at",
        "-updated_at",
    ] = "-created_at"

    def conditions(self) -> Iterator[ColumnElement[bool]]:
        """Yield the condition of each filter that is given."""
        if self.slug is not None:
            yield Book.slug == self.slug
        if self.slug_contains is not None:
            yield Book.slug.icontains(self.slug_contains, autoescape=True)
        if self.title is not None:
            yield Book.title == self.title
        if self.title_contains is not None:
            yield Book.title.icontains(self.title_contains, autoescape=True)
        if self.isbn is not None:
            yield Book.isbn == self.isbn
        if self.isbn_contains is not None:
            yield Book.isbn.icontains(self.isbn_contains, autoescape=True)
        if self.author_id is not None:
            yield Book.author_id == self.author_id
        if self.editor_id is not None:
            yield Book.editor_id == self.editor_id
        if self.pages is not None:
            yield Book.pages == self.pages
        if self.pages_min is not None:
            yield Book.pages >= self.pages_min
        if self.pages_max is not None:
            yield Book.pages <= self.pages_max
        if self.price is not None:
            yield Book.price == self.price
        if self.price_min is not None:
            yield Book.price >= self.price_min
        if self.price_max is not None:
            yield Book.price <= self.price_max
        if self.discount is not None:
            yield Book.discount == self.discount
        if self.discount_min is not None:
            yield Book.discount >= self.discount_min
        if self.discount_max is not None:
            yield Book.discount <= self.discount_max
        if self.to_pay is not None:
            yield Book.to_pay == self.to_pay
        if self.to_pay_min is not None:
            yield Book.to_pay >= self.to_pay_min
        if self.to_pay_max is not None:
            yield Book.to_pay <= self.to_pay_max
        if self.copies is not None:
            yield Book.copies == self.copies
        if self.copies_min is not None:
            yield Book.copies >= self.copies_min
        if self.copies_max is not None:
            yield Book.copies <= self.copies_max
        if self.class_ is not None:
            yield Book.class_ == self.class_
        if self.sold_out_at is not None:
            yield Book.sold_out_at == self.sold_out_at
        if self.sold_out_at_min is not None:
            yield Book.sold_out_at >= self.sold_out_at_min
        if self.sold_out_at_max is not None:
            yield Book.sold_out_at <= self.sold_out_at_max
        if self.created_at_min is not None:
            yield Book.created_at >= self.created_at_min
        if self.created_at_max is not None:
            yield Book.created_at <= self.created_at_max
        if self.updated_at_min is not None:
            yield Book.updated_at >= self.updated_at_min
        if self.updated_at_max is not None:
            yield Book.updated_at <= self.updated_at_max

    def order(self) -> Ordering:
        """Return the order that is asked for."""
        columns = {
            "title": Book.title,
            "price": Book.price,
            "copies": Book.copies,
            "created_at": Book.created_at,
            "updated_at": Book.updated_at,
        }
        return Ordering(columns[self.sort.removeprefix("-")], Book.id, self.sort.startswith("-"))
