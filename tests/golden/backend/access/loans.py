"""Who may do what with which loans."""

from sqlalchemy import ColumnElement, false, true

from app.enums import UserRole
from app.models import Loan, User


def may_borrow_longer_loans(viewer: User) -> ColumnElement[bool]:
    """Say which loans the viewer may borrow longer."""
    match viewer.role:
        case UserRole.MEMBER:
            return Loan.member_id == viewer.id
        case UserRole.LIBRARIAN:
            return true()
        case _:
            return false()


def may_read_loans(viewer: User) -> ColumnElement[bool]:
    """Say which loans the viewer may read."""
    match viewer.role:
        case UserRole.MEMBER:
            return Loan.member_id == viewer.id
        case UserRole.LIBRARIAN:
            return true()
        case _:
            return false()
