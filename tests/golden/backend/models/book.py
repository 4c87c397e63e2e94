"""Books."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, query_expression, relationship

from app.clock import now
from app.columns import choice, exact
from app.enums import BookClass
from app.models.base import Base, Versioned

if TYPE_CHECKING:
    from app.models.author import Author
    from app.models.loan import Loan


class Book(Versioned, Base):
    """Book."""

    __tablename__ = "books"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    slug: Mapped[str] = mapped_column(String(255), unique=True)
    title: Mapped[str] = mapped_column(String(160))
    isbn: Mapped[str | None] = mapped_column(String(255), unique=True)
    author_id: Mapped[UUID] = mapped_column(ForeignKey("authors.id"))
    editor_id: Mapped[UUID | None] = mapped_column(ForeignKey("authors.id", ondelete="SET NULL"))
    pages: Mapped[int | None]
    price: Mapped[Decimal] = mapped_column(exact(18, 2))
    discount: Mapped[Decimal | None] = mapped_column(exact(18, 2))
    to_pay: Mapped[Decimal | None] = mapped_column(exact(18, 2))
    copies: Mapped[int] = mapped_column(default=1)
    class_: Mapped[BookClass | None] = mapped_column("class", choice(BookClass))
    sold_out_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)

    author: Mapped[Author] = relationship(foreign_keys=[author_id], back_populates="books")
    editor: Mapped[Author | None] = relationship(foreign_keys=[editor_id], back_populates="edited")
    loans: Mapped[list[Loan]] = relationship(
        foreign_keys="Loan.book_id", back_populates="book", passive_deletes="all"
    )

    loan_count: Mapped[int] = query_expression()
    on_loan: Mapped[bool] = query_expression()
