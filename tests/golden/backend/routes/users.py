"""The routes of users."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from app import hooks
from app.access.users import may_read_users
from app.concurrency import set_etag
from app.database import SessionDep
from app.enums import UserRole
from app.models import User
from app.pagination import paginate
from app.queries.users import UserQuery, select_users
from app.rows import find
from app.schemas.auth import RoleChange
from app.schemas.user import UserPage, UserRead, UserUpdate
from app.viewer import Viewer, require

router = APIRouter(prefix="/users", tags=["Users"])
AdminViewer = Annotated[User, Depends(require(UserRole.ADMIN))]


@router.get("/me")
def read_me(viewer: Viewer, session: SessionDep, response: Response) -> UserRead:
    """Read one's own account."""
    user = find(session, select_users().where(User.id == viewer.id))
    set_etag(response, user)
    return UserRead.model_validate(user)


@router.patch("/me")
def update_me(
    body: UserUpdate, viewer: Viewer, session: SessionDep, response: Response
) -> UserRead:
    """Change one's own account."""
    user = viewer
    for name, value in body.model_dump(exclude_unset=True).items():
        setattr(user, name, value)
    hooks.before_update_me.run(session, user)
    session.flush()
    hooks.after_update_me.run(session, user)
    session.commit()
    set_etag(response, user)
    return UserRead.model_validate(user)


@router.put("/{user_id}/role", dependencies=[Depends(require(UserRole.ADMIN))])
def set_role(user_id: UUID, body: RoleChange, session: SessionDep, response: Response) -> UserRead:
    """Give a person another role."""
    user = find(session, select_users().where(User.id == user_id))
    hooks.before_set_role.run(session, user)
    user.role = body.role
    session.flush()
    hooks.after_set_role.run(session, user)
    session.commit()
    set_etag(response, user)
    return UserRead.model_validate(user)


@router.get("")
def list_users(
    viewer: AdminViewer, session: SessionDep, query: Annotated[UserQuery, Query()]
) -> UserPage:
    """List users."""
    statement = select_users().where(may_read_users(viewer), *query.conditions())
    page = paginate(session, statement, query.order(), query)
    return UserPage(items=[UserRead.model_validate(row) for row in page.rows], total=page.total)


@router.get("/{user_id}")
def read_user(
    user_id: UUID, viewer: AdminViewer, session: SessionDep, response: Response
) -> UserRead:
    """Read a user."""
    user = find(session, select_users().where(User.id == user_id, may_read_users(viewer)))
    set_etag(response, user)
    return UserRead.model_validate(user)
