"""What holds for every loan."""

from decimal import Decimal

from app.enums import LoanStatus
from app.models import Loan
from app.problems import conflict
from app.rules.states import illegal_transition


def compute(loan: Loan) -> None:
    """Work out the fields that follow from others."""
    loan.fine = (loan.book_price * loan.days).quantize(Decimal("0.01"))


def settle(loan: Loan) -> None:
    """Make a row ready to be written."""
    compute(loan)


def close(loan: Loan) -> None:
    """Move from open to closed; Problem 409 from elsewhere."""
    if loan.status is not LoanStatus.OPEN:
        raise illegal_transition("Close", loan.status)
    if loan.returned_on is None:
        raise conflict("guard-failed", "Close is not possible yet.")
    loan.status = LoanStatus.CLOSED
