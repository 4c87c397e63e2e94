"""The values that fields can have."""

from enum import StrEnum


class UserRole(StrEnum):
    """User: role."""

    MEMBER = "member"
    LIBRARIAN = "librarian"
    ADMIN = "admin"


class BookClass(StrEnum):
    """Book: class."""

    NOVEL = "novel"
    NON_FICTION = "non-fiction"


class LoanStatus(StrEnum):
    """Loan: status."""

    OPEN = "open"
    CLOSED = "closed"
