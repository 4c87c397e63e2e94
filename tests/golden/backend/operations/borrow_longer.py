"""Borrow longer: what is done in one transaction."""

from app.models import Loan
from app.problems import conflict
from app.rules import loan as loan_rules
from app.schemas.loan import BorrowLongerInput


def run_borrow_longer(loan: Loan, body: BorrowLongerInput) -> Loan:
    """Borrow longer."""
    if loan.returned_on is not None:
        raise conflict("still-out", "Still out.")
    if loan.book.copies <= 0:
        raise conflict("copies-left", "Copies left.")
    loan.days += body.days
    loan_rules.settle(loan)
    return loan
