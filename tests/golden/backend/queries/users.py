"""How users are selected, filtered and sorted."""

from collections.abc import Iterator
from typing import Literal

from pydantic import EmailStr
from sqlalchemy import ColumnElement, Select, select

from app.enums import UserRole
from app.models import User
from app.pagination import Ordering, PageQuery
from app.schemas.types import Line, Moment


def select_users() -> Select[User]:
    """Select users with everything that answers show."""
    return select(User)


class UserQuery(PageQuery):
    """The query parameters of the list of users."""

    email: EmailStr | None = None
    email_contains: Line | None = None
    role: UserRole | None = None
    active: bool | None = None
    created_at_min: Moment | None = None
    created_at_max: Moment | None = None
    updated_at_min: Moment | None = None
    updated_at_max: Moment | None = None
    sort: Literal["email", "-email", "created_at", "-created_at", "updated_at", "-updated_at"] = (
        "-created_at"
    )

    def conditions(self) -> Iterator[ColumnElement[bool]]:
        """Yield the condition of each filter that is given."""
        if self.email is not None:
            yield User.email == self.email
        if self.email_contains is not None:
            yield User.email.icontains(self.email_contains, autoescape=True)
        if self.role is not None:
            yield User.role == self.role
        if self.active is not None:
            yield User.active == self.active
        if self.created_at_min is not None:
            yield User.created_at >= self.created_at_min
        if self.created_at_max is not None:
            yield User.created_at <= self.created_at_max
        if self.updated_at_min is not None:
            yield User.updated_at >= self.updated_at_min
        if self.updated_at_max is not None:
            yield User.updated_at <= self.updated_at_max

    def order(self) -> Ordering:
        """Return the order that is asked for."""
        columns = {
            "email": User.email,
            "created_at": User.created_at,
            "updated_at": User.updated_at,
        }
        return Ordering(columns[self.sort.removeprefix("-")], User.id, self.sort.startswith("-"))
