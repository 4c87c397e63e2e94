"""The routes of books."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response, status

from app import hooks
from app.concurrency import IfMatch, require_version, set_etag
from app.database import SessionDep
from app.enums import UserRole
from app.models import Author, Book
from app.pagination import paginate
from app.queries.books import BookQuery, select_books
from app.rows import find, find_reference, reread
from app.rules import book as rules
from app.schemas.book import BookCreate, BookPage, BookRead, BookUpdate
from app.slugs import free_slug
from app.viewer import require

router = APIRouter(prefix="/books", tags=["Books"])


@router.get("")
def list_books(session: SessionDep, query: Annotated[BookQuery, Query()]) -> BookPage:
    """List books."""
    statement = select_books().where(*query.conditions())
    page = paginate(session, statement, query.order(), query)
    return BookPage(items=[BookRead.model_validate(row) for row in page.rows], total=page.total)


@router.get("/{book_slug}")
def read_book(book_slug: str, session: SessionDep, response: Response) -> BookRead:
    """Read a book."""
    book = find(session, select_books().where(Book.slug == book_slug))
    set_etag(response, book)
    return BookRead.model_validate(book)


@router.post(
    "", status_code=status.HTTP_201_CREATED, dependencies=[Depends(require(UserRole.LIBRARIAN))]
)
def create_book(body: BookCreate, session: SessionDep, response: Response) -> BookRead:
    """Create a book."""
    author = find_reference(session, Author, Author.id == body.author_id, pointer="/author_id")
    editor = (
        None
        if body.editor_id is None
        else find_reference(session, Author, Author.id == body.editor_id, pointer="/editor_id")
    )
    book = Book(
        slug=free_slug(session, Book.slug, body.title),
        title=body.title,
        isbn=body.isbn,
        author=author,
        editor=editor,
        pages=body.pages,
        price=body.price,
        discount=body.discount,
        copies=body.copies,
        class_=body.class_,
        sold_out_at=body.sold_out_at,
    )
    hooks.before_create_book.run(session, book)
    rules.settle(book)
    session.add(book)
    session.flush()
    book = reread(session, select_books().where(Book.id == book.id))
    hooks.after_create_book.run(session, book)
    session.commit()
    response.headers["Location"] = f"/api/v1/books/{book.slug}"
    set_etag(response, book)
    return BookRead.model_validate(book)


@router.patch("/{book_slug}", dependencies=[Depends(require(UserRole.LIBRARIAN))])
def update_book(
    book_slug: str,
    body: BookUpdate,
    session: SessionDep,
    response: Response,
    if_match: IfMatch = None,
) -> BookRead:
    """Change a book."""
    book = find(session, select_books().where(Book.slug == book_slug).with_for_update(of=Book))
    require_version(book, if_match)
    for name, value in body.model_dump(
        exclude_unset=True, exclude={"author_id", "editor_id"}
    ).items():
        setattr(book, name, value)
    if body.author_id is not None:
        book.author = find_reference(
            session, Author, Author.id == body.author_id, pointer="/author_id"
        )
    if "editor_id" in body.model_fields_set:
        book.editor = (
            None
            if body.editor_id is None
            else find_reference(session, Author, Author.id == body.editor_id, pointer="/editor_id")
        )
    hooks.before_update_book.run(session, book)
    rules.settle(book)
    session.flush()
    book = reread(session, select_books().where(Book.id == book.id))
    hooks.after_update_book.run(session, book)
    session.commit()
    set_etag(response, book)
    return BookRead.model_validate(book)


@router.delete(
    "/{book_slug}",
    status_code=status.HTTP_204_NO_CONTENT,
    dependencies=[Depends(require(UserRole.LIBRARIAN))],
)
def delete_book(book_slug: str, session: SessionDep, if_match: IfMatch = None) -> None:
    """Delete a book."""
    book = find(session, select_books().where(Book.slug == book_slug).with_for_update(of=Book))
    require_version(book, if_match)
    hooks.before_delete_book.run(session, book)
    session.delete(book)
    hooks.after_delete_book.run(session, book)
    session.commit()
