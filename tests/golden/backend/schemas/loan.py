"""Loans in requests and answers."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import AliasPath, Field

from app.clock import today
from app.enums import LoanStatus
from app.schemas.types import Answer, Body, Day, Integer, Money, MoneyOut, NotNull, Slug


class LoanCreate(Body):
    """What a new loan is made of."""

    book_id: Slug
    days: Integer = 14
    due_on: Day = Field(default_factory=today)
    returned_on: Day | None = None
    book_price: Money = Decimal("1")


class LoanUpdate(Body):
    """Changes of a loan; what is absent stays as it is."""

    days: Annotated[Integer | None, NotNull] = None
    due_on: Annotated[Day | None, NotNull] = None
    returned_on: Day | None = None
    book_price: Annotated[Money | None, NotNull] = None


class LoanRead(Answer):
    """A loan as it is answered."""

    id: UUID
    member_id: UUID
    book_id: str = Field(validation_alias=AliasPath("book", "slug"))
    days: int
    due_on: date
    returned_on: date | None
    fine: MoneyOut
    book_price: MoneyOut
    status: LoanStatus
    created_at: datetime
    updated_at: datetime
    version: int


class LoanPage(Answer):
    """One page of loans."""

    items: list[LoanRead]
    total: int


class BorrowLongerInput(Body):
    """What the operation is given."""

    days: Integer = Field(ge=1, le=30)
