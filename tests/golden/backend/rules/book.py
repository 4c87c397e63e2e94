"""What holds for every book."""

from decimal import Decimal

from app.models import Book
from app.problems import FieldError, invalid


def compute(book: Book) -> None:
    """Work out the fields that follow from others."""
    book.to_pay = (
        (book.price - book.discount).quantize(Decimal("0.01"))
        if book.discount is not None
        else None
    )


def settle(book: Book) -> None:
    """Refuse a row that breaks a rule; Problem 422 with an entry for each."""
    compute(book)
    errors = []
    if book.discount is not None and book.discount > book.price:
        errors.append(FieldError("/discount", "The discount is more than the price."))
    if errors:
        raise invalid(*errors)
