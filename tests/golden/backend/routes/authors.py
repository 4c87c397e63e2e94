"""The routes of authors."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response, status

from app import hooks
from app.concurrency import IfMatch, require_version, set_etag
from app.database import SessionDep
from app.enums import UserRole
from app.models import Author
from app.pagination import paginate
from app.queries.authors import AuthorQuery, select_authors
from app.rows import find
from app.schemas.author import AuthorCreate, AuthorPage, AuthorRead, AuthorUpdate
from app.viewer import require

router = APIRouter(prefix="/authors", tags=["Authors"])


@router.get("")
def list_authors(session: SessionDep, query: Annotated[AuthorQuery, Query()]) -> AuthorPage:
    """List authors."""
    statement = select_authors().where(*query.conditions())
    page = paginate(session, statement, query.order(), query)
    return AuthorPage(items=[AuthorRead.model_validate(row) for row in page.rows], total=page.total)


@router.get("/{author_id}")
def read_author(author_id: UUID, session: SessionDep, response: Response) -> AuthorRead:
    """Read an author."""
    author = find(session, select_authors().where(Author.id == author_id))
    set_etag(response, author)
    return AuthorRead.model_validate(author)


@router.post(
    "", status_code=status.HTTP_201_CREATED, dependencies=[Depends(require(UserRole.LIBRARIAN))]
)
def create_author(body: AuthorCreate, session: SessionDep, response: Response) -> AuthorRead:
    """Create an author."""
    author = Author(name=body.name, born_on=body.born_on)
    hooks.before_create_author.run(session, author)
    session.add(author)
    session.flush()
    hooks.after_create_author.run(session, author)
    session.commit()
    response.headers["Location"] = f"/api/v1/authors/{author.id}"
    set_etag(response, author)
    return AuthorRead.model_validate(author)


@router.patch("/{author_id}", dependencies=[Depends(require(UserRole.LIBRARIAN))])
def update_author(
    author_id: UUID,
    body: AuthorUpdate,
    session: SessionDep,
    response: Response,
    if_match: IfMatch = None,
) -> AuthorRead:
    """Change an author."""
    author = find(
        session, select_authors().where(Author.id == author_id).with_for_update(of=Author)
    )
    require_version(author, if_match)
    for name, value in body.model_dump(exclude_unset=True).items():
        setattr(author, name, value)
    hooks.before_update_author.run(session, author)
    session.flush()
    hooks.after_update_author.run(session, author)
    session.commit()
    set_etag(response, author)
    return AuthorRead.model_validate(author)


@router.delete(
    "/{author_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    dependencies=[Depends(require(UserRole.LIBRARIAN))],
)
def delete_author(author_id: UUID, session: SessionDep, if_match: IfMatch = None) -> None:
    """Delete an author."""
    author = find(
        session, select_authors().where(Author.id == author_id).with_for_update(of=Author)
    )
    require_version(author, if_match)
    hooks.before_delete_author.run(session, author)
    session.delete(author)
    hooks.after_delete_author.run(session, author)
    session.commit()
