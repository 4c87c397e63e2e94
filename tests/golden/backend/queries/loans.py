"""How loans are selected, filtered and sorted."""

from collections.abc import Iterator
from typing import Literal
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select

from app.enums import LoanStatus
from app.models import Book, Loan
from app.pagination import Ordering, PageQuery
from app.schemas.types import Day, IntegerText, Moment, Money, Slug


def select_loans() -> Select[Loan]:
    """Select loans with everything that answers show."""
    return select(Loan)


class LoanQuery(PageQuery):
    """The query parameters of the list of loans."""

    member_id: UUID | None = None
    book_id: Slug | None = None
    days: IntegerText | None = None
    days_min: IntegerText | None = None
    days_max: IntegerText | None = None
    due_on: Day | None = None
    due_on_min: Day | None = None
    due_on_max: Day | None = None
    returned_on: Day | None = None
    returned_on_min: Day | None = None
    returned_on_max: Day | None = None
    fine: Money | None = None
    fine_min: Money | None = None
    fine_max: Money | None = None
    book_price: Money | None = None
    book_price_min: Money | None = None
    book_price_max: Money | None = None
    status: LoanStatus | None = None
    created_at_min: Moment | None = None
    created_at_max: Moment | None = None
    updated_at_min: Moment | None = None
    updated_at_max: Moment | None = None
    sort: Literal[
        "days",
        "-days",
        "due_on",
        "-due_on",
        "fine",
        "-fine",
        "book_price",
        "-book_price",
        "created_at",
        "-created_at",
        "updated_at",
        "-updated_at",
    ] = "-created_at"

    def conditions(self) -> Iterator[ColumnElement[bool]]:
        """Yield the condition of each filter that is given."""
        if self.member_id is not None:
            yield Loan.member_id == self.member_id
        if self.book_id is not None:
            yield Loan.book.has(Book.slug == self.book_id)
        if self.days is not None:
            yield Loan.days == self.days
        if self.days_min is not None:
            yield Loan.days >= self.days_min
        if self.days_max is not None:
            yield Loan.days <= self.days_max
        if self.due_on is not None:
            yield Loan.due_on == self.due_on
        if self.due_on_min is not None:
            yield Loan.due_on >= self.due_on_min
        if self.due_on_max is not None:
            yield Loan.due_on <= self.due_on_max
        if self.returned_on is not None:
            yield Loan.returned_on == self.returned_on
        if self.returned_on_min is not None:
            yield Loan.returned_on >= self.returned_on_min
        if self.returned_on_max is not None:
            yield Loan.returned_on <= self.returned_on_max
        if self.fine is not None:
            yield Loan.fine == self.fine
        if self.fine_min is not None:
            yield Loan.fine >= self.fine_min
        if self.fine_max is not None:
            yield Loan.fine <= self.fine_max
        if self.book_price is not None:
            yield Loan.book_price == self.book_price
        if self.book_price_min is not None:
            yield Loan.book_price >= self.book_price_min
        if self.book_price_max is not None:
            yield Loan.book_price <= self.book_price_max
        if self.status is not None:
            yield Loan.status == self.status
        if self.created_at_min is not None:
            yield Loan.created_at >= self.created_at_min
        if self.created_at_max is not None:
            yield Loan.created_at <= self.created_at_max
        if self.updated_at_min is not None:
            yield Loan.updated_at >= self.updated_at_min
        if self.updated_at_max is not None:
            yield Loan.updated_at <= self.updated_at_max

    def order(self) -> Ordering:
        """Return the order that is asked for."""
        columns = {
            "days": Loan.days,
            "due_on": Loan.due_on,
            "fine": Loan.fine,
            "book_price": Loan.book_price,
            "created_at": Loan.created_at,
            "updated_at": Loan.updated_at,
        }
        return Ordering(columns[self.sort.removeprefix("-")], Loan.id, self.sort.startswith("-"))
