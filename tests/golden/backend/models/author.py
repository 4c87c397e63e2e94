"""Authors."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.clock import now
from app.models.base import Base, Versioned

if TYPE_CHECKING:
    from app.models.book import Book


class Author(Versioned, Base):
    """Author."""

    __tablename__ = "authors"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    born_on: Mapped[date | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)

    books: Mapped[list[Book]] = relationship(
        foreign_keys="Book.author_id", back_populates="author", passive_deletes="all"
    )
    edited: Mapped[list[Book]] = relationship(
        foreign_keys="Book.editor_id", back_populates="editor", passive_deletes="all"
    )
