"""Loans."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.clock import now, today
from app.columns import choice, exact
from app.enums import LoanStatus
from app.models.base import Base, Versioned

if TYPE_CHECKING:
    from app.models.book import Book
    from app.models.user import User


class Loan(Versioned, Base):
    """Loan."""

    __tablename__ = "loans"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    member_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    book_id: Mapped[UUID] = mapped_column(ForeignKey("books.id"))
    days: Mapped[int] = mapped_column(default=14)
    due_on: Mapped[date] = mapped_column(default=today)
    returned_on: Mapped[date | None]
    fine: Mapped[Decimal] = mapped_column(exact(18, 2))
    book_price: Mapped[Decimal] = mapped_column(exact(18, 2), default=Decimal("1"))
    status: Mapped[LoanStatus] = mapped_column(choice(LoanStatus), default=LoanStatus.OPEN)
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)

    member: Mapped[User] = relationship(foreign_keys=[member_id], back_populates="loans")
    book: Mapped[Book] = relationship(foreign_keys=[book_id], back_populates="loans")
