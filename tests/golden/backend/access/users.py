"""Who may do what with which users."""

from sqlalchemy import ColumnElement, true

from app.enums import UserRole
from app.models import User


def may_read_users(viewer: User) -> ColumnElement[bool]:
    """Say which users the viewer may read."""
    match viewer.role:
        case UserRole.MEMBER | UserRole.LIBRARIAN:
            return User.id == viewer.id
        case UserRole.ADMIN:
            return true()


def may_update_users(viewer: User) -> ColumnElement[bool]:
    """Say which users the viewer may update."""
    return User.id == viewer.id
