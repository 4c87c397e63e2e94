"""Users in requests and answers."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import EmailStr, Field

from app.enums import UserRole
from app.schemas.types import Answer, Body, NotNull


class UserUpdate(Body):
    """Changes of a user; what is absent stays as it is."""

    email: Annotated[EmailStr | None, NotNull] = Field(default=None, max_length=254)


class UserRead(Answer):
    """A user as it is answered."""

    id: UUID
    email: str
    role: UserRole
    active: bool
    created_at: datetime
    updated_at: datetime
    version: int


class UserPage(Answer):
    """One page of users."""

    items: list[UserRead]
    total: int
