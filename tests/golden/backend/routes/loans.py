"""The routes of loans."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response, status

from app import hooks
from app.access.loans import may_borrow_longer_loans, may_read_loans
from app.concurrency import IfMatch, check_version, require_version, set_etag
from app.database import SessionDep
from app.enums import LoanStatus, UserRole
from app.models import Book, Loan, User
from app.operations.borrow_longer import run_borrow_longer
from app.pagination import paginate
from app.queries.loans import LoanQuery, select_loans
from app.rows import find, find_reference, reread
from app.rules import loan as rules
from app.schemas.loan import BorrowLongerInput, LoanCreate, LoanPage, LoanRead, LoanUpdate
from app.viewer import require

router = APIRouter(prefix="/loans", tags=["Loans"])
MemberOrLibrarianViewer = Annotated[User, Depends(require(UserRole.MEMBER, UserRole.LIBRARIAN))]


@router.get("")
def list_loans(
    viewer: MemberOrLibrarianViewer, session: SessionDep, query: Annotated[LoanQuery, Query()]
) -> LoanPage:
    """List loans."""
    statement = select_loans().where(may_read_loans(viewer), *query.conditions())
    page = paginate(session, statement, query.order(), query)
    return LoanPage(items=[LoanRead.model_validate(row) for row in page.rows], total=page.total)


@router.get("/{loan_id}")
def read_loan(
    loan_id: UUID, viewer: MemberOrLibrarianViewer, session: SessionDep, response: Response
) -> LoanRead:
    """Read a loan."""
    loan = find(session, select_loans().where(Loan.id == loan_id, may_read_loans(viewer)))
    set_etag(response, loan)
    return LoanRead.model_validate(loan)


@router.post("", status_code=status.HTTP_201_CREATED)
def create_loan(
    body: LoanCreate, viewer: MemberOrLibrarianViewer, session: SessionDep, response: Response
) -> LoanRead:
    """Create a loan."""
    book = find_reference(session, Book, Book.slug == body.book_id, pointer="/book_id")
    loan = Loan(
        member=viewer,
        status=LoanStatus.OPEN,
        book=book,
        days=body.days,
        due_on=body.due_on,
        returned_on=body.returned_on,
        book_price=body.book_price,
    )
    hooks.before_create_loan.run(session, loan)
    rules.settle(loan)
    session.add(loan)
    session.flush()
    hooks.after_create_loan.run(session, loan)
    session.commit()
    response.headers["Location"] = f"/api/v1/loans/{loan.id}"
    set_etag(response, loan)
    return LoanRead.model_validate(loan)


@router.patch("/{loan_id}", dependencies=[Depends(require(UserRole.LIBRARIAN))])
def update_loan(
    loan_id: UUID,
    body: LoanUpdate,
    session: SessionDep,
    response: Response,
    if_match: IfMatch = None,
) -> LoanRead:
    """Change a loan."""
    loan = find(session, select_loans().where(Loan.id == loan_id).with_for_update(of=Loan))
    require_version(loan, if_match)
    for name, value in body.model_dump(exclude_unset=True).items():
        setattr(loan, name, value)
    hooks.before_update_loan.run(session, loan)
    rules.settle(loan)
    session.flush()
    hooks.after_update_loan.run(session, loan)
    session.commit()
    set_etag(response, loan)
    return LoanRead.model_validate(loan)


@router.delete(
    "/{loan_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    dependencies=[Depends(require(UserRole.LIBRARIAN))],
)
def delete_loan(loan_id: UUID, session: SessionDep, if_match: IfMatch = None) -> None:
    """Delete a loan."""
    loan = find(session, select_loans().where(Loan.id == loan_id).with_for_update(of=Loan))
    require_version(loan, if_match)
    hooks.before_delete_loan.run(session, loan)
    session.delete(loan)
    hooks.after_delete_loan.run(session, loan)
    session.commit()


@router.post("/{loan_id}/close", dependencies=[Depends(require(UserRole.LIBRARIAN))])
def close_loan(
    loan_id: UUID, session: SessionDep, response: Response, if_match: IfMatch = None
) -> LoanRead:
    """Close a loan."""
    loan = find(session, select_loans().where(Loan.id == loan_id).with_for_update(of=Loan))
    check_version(loan, if_match)
    hooks.before_close_loan.run(session, loan)
    rules.close(loan)
    rules.settle(loan)
    session.flush()
    hooks.after_close_loan.run(session, loan)
    session.commit()
    set_etag(response, loan)
    return LoanRead.model_validate(loan)


@router.post("/{loan_id}/borrow-longer")
def borrow_longer(
    loan_id: UUID,
    body: BorrowLongerInput,
    viewer: MemberOrLibrarianViewer,
    session: SessionDep,
    response: Response,
) -> LoanRead:
    """Borrow longer."""
    loan = find(
        session,
        select_loans()
        .where(Loan.id == loan_id, may_borrow_longer_loans(viewer))
        .with_for_update(of=Loan),
    )
    hooks.before_borrow_longer.run(session, loan)
    loan = run_borrow_longer(loan, body)
    session.flush()
    loan = reread(session, select_loans().where(Loan.id == loan.id))
    hooks.after_borrow_longer.run(session, loan)
    session.commit()
    set_etag(response, loan)
    return LoanRead.model_validate(loan)
