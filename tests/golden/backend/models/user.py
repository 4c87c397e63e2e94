"""Users."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.clock import now
from app.columns import choice
from app.enums import UserRole
from app.models.base import Base, Versioned

if TYPE_CHECKING:
    from app.models.loan import Loan


class User(Versioned, Base):
    """User."""

    __tablename__ = "users"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    password_hash: Mapped[str] = mapped_column(String(255))
    role: Mapped[UserRole] = mapped_column(choice(UserRole), default=UserRole.MEMBER)
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)

    loans: Mapped[list[Loan]] = relationship(
        foreign_keys="Loan.member_id", back_populates="member", passive_deletes="all"
    )
