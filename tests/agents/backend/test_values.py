"""CEL as the Python and the SQLAlchemy of the written backend."""

from __future__ import annotations

import itertools
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from qlf.agents.backend.python_values import PythonValues
from qlf.agents.backend.sql_values import SqlValues
from qlf.brief.read import read_brief
from qlf.compile.compile import compile_brief
from qlf.evaluation import evaluate
from qlf.model.brief import Brief
from qlf.model.spec import Spec

if TYPE_CHECKING:
    from pathlib import Path

    from tests.agents.backend.conftest import Understood

# A condition, its opposite, and the condition where a null breaks no rule.
LONGEST = "highest_loans_days := max((item.days for item in book.loans), default=None)"
LOWEST = "lowest_loans_days := min((item.days for item in book.loans), default=None)"
HIGHEST = "highest_loans_fine := max((item.fine for item in book.loans), default=None)"
PYTHON = [
    ("this.copies > 0", "book.copies > 0", "book.copies <= 0", "book.copies > 0"),
    (
        "this.pages > 100",
        "book.pages is not None and book.pages > 100",
        "book.pages is None or book.pages <= 100",
        "book.pages is None or book.pages > 100",
    ),
    (
        "this.pages == 100",
        "book.pages == 100",
        "book.pages is None or book.pages != 100",
        "book.pages is None or book.pages == 100",
    ),
    (
        "this.pages != 100",
        "book.pages is not None and book.pages != 100",
        "book.pages is None or book.pages == 100",
        "book.pages is None or book.pages != 100",
    ),
    ("this.pages == null", "book.pages is None", "book.pages is not None", "book.pages is None"),
    (
        "this.pages != null && this.pages > 100",
        "book.pages is not None and book.pages > 100",
        "book.pages is None or book.pages <= 100",
        "book.pages is not None and book.pages > 100",
    ),
    (
        "this.pages == null || this.pages > 100",
        "book.pages is None or book.pages > 100",
        "book.pages is not None and book.pages <= 100",
        "book.pages is None or book.pages > 100",
    ),
    (
        "this.pages > 100 && this.pages < 200",
        "(book.pages is not None and book.pages > 100) and book.pages < 200",
        "(book.pages is None or book.pages <= 100) or book.pages >= 200",
        "(book.pages is None or book.pages > 100) and (book.pages is None or book.pages < 200)",
    ),
    ("!(this.copies > 0)", "not book.copies > 0", "book.copies > 0", "not book.copies > 0"),
    (
        "!(this.pages > 100)",
        "not (book.pages is None or book.pages > 100)",
        "book.pages is None or book.pages > 100",
        "not (book.pages is not None and book.pages > 100)",
    ),
    (
        "!(this.copies > 0 && this.price > 1)",
        'not (book.copies > 0 and book.price > Decimal("1"))',
        'book.copies > 0 and book.price > Decimal("1")',
        'not (book.copies > 0 and book.price > Decimal("1"))',
    ),
    (
        "!(this.copies > 0 || this.pages > 100)",
        "not (book.copies > 0 or (book.pages is None or book.pages > 100))",
        "book.copies > 0 or (book.pages is None or book.pages > 100)",
        "not (book.copies > 0 or (book.pages is not None and book.pages > 100))",
    ),
    (
        "this.discount <= this.price",
        "book.discount is not None and book.discount <= book.price",
        "book.discount is None or book.discount > book.price",
        "book.discount is None or book.discount <= book.price",
    ),
    (
        "this.price * 2 - (this.price - 1) > 0.5",
        'book.price * 2 - (book.price - Decimal("1")) > Decimal("0.5")',
        'book.price * 2 - (book.price - Decimal("1")) <= Decimal("0.5")',
        'book.price * 2 - (book.price - Decimal("1")) > Decimal("0.5")',
    ),
    (
        "this.editor.name == 'Ada'",
        'book.editor is not None and book.editor.name == "Ada"',
        'book.editor is None or book.editor.name != "Ada"',
        'book.editor is None or book.editor.name == "Ada"',
    ),
    (
        "this.editor.born_on < today",
        "book.editor is not None and book.editor.born_on is not None and book.editor.born_on < today()",
        "book.editor is None or book.editor.born_on is None or book.editor.born_on >= today()",
        "book.editor is None or book.editor.born_on is None or book.editor.born_on < today()",
    ),
    (
        "this.author.name != 'Ada'",
        'book.author.name != "Ada"',
        'book.author.name == "Ada"',
        'book.author.name != "Ada"',
    ),
    (
        "this.author == this.editor",
        "book.author == book.editor",
        "book.editor is None or book.author != book.editor",
        "book.editor is None or book.author == book.editor",
    ),
    (
        "this.class == 'non-fiction'",
        "book.class_ == BookClass.NON_FICTION",
        "book.class_ is None or book.class_ != BookClass.NON_FICTION",
        "book.class_ is None or book.class_ == BookClass.NON_FICTION",
    ),
    (
        "this.class in ['novel', 'non-fiction']",
        "book.class_ in {BookClass.NOVEL, BookClass.NON_FICTION}",
        "book.class_ not in {BookClass.NOVEL, BookClass.NON_FICTION}",
        "book.class_ is None or book.class_ in {BookClass.NOVEL, BookClass.NON_FICTION}",
    ),
    (
        "!(this.copies in [1, 2])",
        "not book.copies in {1, 2}",
        "book.copies in {1, 2}",
        "not book.copies in {1, 2}",
    ),
    ("count(this.loans) > 0", "book.loans", "not book.loans", "book.loans"),
    ("count(this.loans) == 0", "not book.loans", "book.loans", "not book.loans"),
    ("count(this.loans) < 3", "len(book.loans) < 3", "len(book.loans) >= 3", "len(book.loans) < 3"),
    (
        "sum(this.loans.days) > 3",
        "sum(item.days for item in book.loans) > 3",
        "sum(item.days for item in book.loans) <= 3",
        "sum(item.days for item in book.loans) > 3",
    ),
    (
        "sum(this.loans.fine) == 0",
        'sum((item.fine for item in book.loans), Decimal(0)) == Decimal("0")',
        'sum((item.fine for item in book.loans), Decimal(0)) != Decimal("0")',
        'sum((item.fine for item in book.loans), Decimal(0)) == Decimal("0")',
    ),
    (
        "this.loans.exists(l, l.returned_on == null)",
        "any(l.returned_on is None for l in book.loans)",
        "not any(l.returned_on is None for l in book.loans)",
        "any(l.returned_on is None for l in book.loans)",
    ),
    (
        "this.loans.all(l, l.days < 30)",
        "all(l.days < 30 for l in book.loans)",
        "not all(l.days < 30 for l in book.loans)",
        "all(l.days < 30 for l in book.loans)",
    ),
    (
        "this.loans.exists(l, l.member == viewer)",
        "any(l.member == viewer for l in book.loans)",
        "not any(l.member == viewer for l in book.loans)",
        "any(l.member == viewer for l in book.loans)",
    ),
    (
        "this.sold_out_at < now - days(2)",
        "book.sold_out_at is not None and book.sold_out_at < now() - timedelta(days=2)",
        "book.sold_out_at is None or book.sold_out_at >= now() - timedelta(days=2)",
        "book.sold_out_at is None or book.sold_out_at < now() - timedelta(days=2)",
    ),
    (
        "this.author.born_on + days(2) > today",
        "book.author.born_on is not None and book.author.born_on + timedelta(days=2) > today()",
        "book.author.born_on is None or book.author.born_on + timedelta(days=2) <= today()",
        "book.author.born_on is None or book.author.born_on + timedelta(days=2) > today()",
    ),
    (
        "this.title.startsWith('A') || lower(this.title) == 'b'",
        'book.title.startswith("A") or book.title.lower() == "b"',
        'not book.title.startswith("A") and book.title.lower() != "b"',
        'book.title.startswith("A") or book.title.lower() == "b"',
    ),
    (
        "this.title.contains('x') && size(this.title) > 2",
        '"x" in book.title and len(book.title) > 2',
        'not "x" in book.title or len(book.title) <= 2',
        '"x" in book.title and len(book.title) > 2',
    ),
    (
        "viewer == null || viewer.active",
        "viewer is None or viewer.active",
        "viewer is not None and not viewer.active",
        "viewer is None or viewer.active",
    ),
    (
        "this.pages == null ? this.copies > 1 : this.pages > 1",
        "book.copies > 1 if book.pages is None else book.pages > 1",
        "not (book.copies > 1 if book.pages is None else book.pages > 1)",
        "book.copies > 1 if book.pages is None else book.pages > 1",
    ),
    (
        "this.on_loan",
        "any(loan.returned_on is None for loan in book.loans)",
        "not any(loan.returned_on is None for loan in book.loans)",
        "any(loan.returned_on is None for loan in book.loans)",
    ),
    ("this.loan_count > 2", "len(book.loans) > 2", "len(book.loans) <= 2", "len(book.loans) > 2"),
    (
        "!this.on_loan",
        "not any(loan.returned_on is None for loan in book.loans)",
        "any(loan.returned_on is None for loan in book.loans)",
        "not any(loan.returned_on is None for loan in book.loans)",
    ),
    ("this.copies / 2 == 1", "book.copies // 2 == 1", "book.copies // 2 != 1", "book.copies // 2 == 1"),
    ("this.copies % 2 == 1", "book.copies % 2 == 1", "book.copies % 2 != 1", "book.copies % 2 == 1"),
    ("-this.copies < 0", "-book.copies < 0", "-book.copies >= 0", "-book.copies < 0"),
    (
        "min(this.loans.days) > 3",
        f"({LOWEST}) is not None and lowest_loans_days > 3",
        f"({LOWEST}) is None or lowest_loans_days <= 3",
        f"({LOWEST}) is None or lowest_loans_days > 3",
    ),
    (
        "max(this.loans.fine) + 1 <= this.price",
        f'({HIGHEST}) is not None and highest_loans_fine + Decimal("1") <= book.price',
        f'({HIGHEST}) is None or highest_loans_fine + Decimal("1") > book.price',
        f'({HIGHEST}) is None or highest_loans_fine + Decimal("1") <= book.price',
    ),
    (
        "max(this.loans.days) == 3",
        "max((item.days for item in book.loans), default=None) == 3",
        f"({LONGEST}) is None or highest_loans_days != 3",
        f"({LONGEST}) is None or highest_loans_days == 3",
    ),
    (
        "min(this.loans.days) == null",
        "min((item.days for item in book.loans), default=None) is None",
        "min((item.days for item in book.loans), default=None) is not None",
        "min((item.days for item in book.loans), default=None) is None",
    ),
    (
        "min(this.loans.days) > 3 && min(this.loans.days) < 9",
        f"(({LOWEST}) is not None and lowest_loans_days > 3) and lowest_loans_days < 9",
        f"(({LOWEST}) is None or lowest_loans_days <= 3) or lowest_loans_days >= 9",
        f"(({LOWEST}) is None or lowest_loans_days > 3) and (({LOWEST}) is None or lowest_loans_days < 9)",
    ),
    (
        "min(this.loans.days) in [3, 4]",
        f"({LOWEST}) is not None and lowest_loans_days in {{3, 4}}",
        f"({LOWEST}) is None or lowest_loans_days not in {{3, 4}}",
        f"({LOWEST}) is None or lowest_loans_days in {{3, 4}}",
    ),
    (
        "this.class in ['novel']",
        "book.class_ in {BookClass.NOVEL}",
        "book.class_ not in {BookClass.NOVEL}",
        "book.class_ is None or book.class_ in {BookClass.NOVEL}",
    ),
    (
        "!(this.class in ['novel'])",
        "not (book.class_ is None or book.class_ in {BookClass.NOVEL})",
        "book.class_ is None or book.class_ in {BookClass.NOVEL}",
        "not book.class_ in {BookClass.NOVEL}",
    ),
    (
        "this.editor.name in ['Ada']",
        'book.editor is not None and book.editor.name in {"Ada"}',
        'book.editor is None or book.editor.name not in {"Ada"}',
        'book.editor is None or book.editor.name in {"Ada"}',
    ),
    (
        "this.isbn.startsWith('9')",
        'book.isbn is not None and book.isbn.startswith("9")',
        'not (book.isbn is not None and book.isbn.startswith("9"))',
        'book.isbn is None or book.isbn.startswith("9")',
    ),
    (
        "!this.isbn.contains('9')",
        'not (book.isbn is None or "9" in book.isbn)',
        'book.isbn is None or "9" in book.isbn',
        'not (book.isbn is not None and "9" in book.isbn)',
    ),
    (
        "this.editor.name.endsWith('a')",
        'book.editor is not None and book.editor.name.endswith("a")',
        'not (book.editor is not None and book.editor.name.endswith("a"))',
        'book.editor is None or book.editor.name.endswith("a")',
    ),
    (
        "this.isbn != null && this.isbn.startsWith('9')",
        'book.isbn is not None and book.isbn.startswith("9")',
        'book.isbn is None or not book.isbn.startswith("9")',
        'book.isbn is not None and book.isbn.startswith("9")',
    ),
]
EDITOR = "select(Author.name).where(Author.id == Book.editor_id).scalar_subquery()"
OF_LOANS = ".select_from(Loan).where(Loan.book_id == Book.id).correlate(Book).scalar_subquery()"
SQL = [
    ("this.copies > 0", "Book.copies > 0"),
    ("this.pages > 100", "Book.pages > 100"),
    ("this.pages == 100", "Book.pages == 100"),
    ("this.pages != 100", "Book.pages != 100"),
    ("this.pages == null", "Book.pages.is_(None)"),
    ("this.pages != null && this.pages > 100", "and_(Book.pages.is_not(None), Book.pages > 100)"),
    ("this.pages == null || this.pages > 100", "or_(Book.pages.is_(None), Book.pages > 100)"),
    ("this.pages > 100 && this.pages < 200", "and_(Book.pages > 100, Book.pages < 200)"),
    ("!(this.copies > 0)", "~(Book.copies > 0)"),
    ("!(this.pages > 100)", "~(Book.pages > 100)"),
    ("!(this.copies > 0 && this.price > 1)", '~and_(Book.copies > 0, Book.price > Decimal("1"))'),
    ("!(this.copies > 0 || this.pages > 100)", "~or_(Book.copies > 0, Book.pages > 100)"),
    ("this.discount <= this.price", "Book.discount <= Book.price"),
    (
        "this.price * 2 - (this.price - 1) > 0.5",
        '((Book.price * 2) - (Book.price - Decimal("1"))) > Decimal("0.5")',
    ),
    ("this.editor.name == 'Ada'", 'Book.editor.has(Author.name == "Ada")'),
    ("this.editor.born_on < today", "Book.editor.has(Author.born_on < today())"),
    ("this.author.name != 'Ada'", 'Book.author.has(Author.name != "Ada")'),
    ("this.author == this.editor", "Book.author_id == Book.editor_id"),
    ("this.class == 'non-fiction'", "Book.class_ == BookClass.NON_FICTION"),
    ("this.class in ['novel', 'non-fiction']", "Book.class_.in_([BookClass.NOVEL, BookClass.NON_FICTION])"),
    ("!(this.copies in [1, 2])", "~Book.copies.in_([1, 2])"),
    (
        "count(this.loans) > 0",
        f"select(func.count()){OF_LOANS} > 0",
    ),
    (
        "count(this.loans) == 0",
        f"select(func.count()){OF_LOANS} == 0",
    ),
    (
        "count(this.loans) < 3",
        f"select(func.count()){OF_LOANS} < 3",
    ),
    (
        "sum(this.loans.days) > 3",
        f"select(func.coalesce(func.sum(Loan.days), 0)){OF_LOANS} > 3",
    ),
    (
        "sum(this.loans.fine) == 0",
        f'select(func.coalesce(func.sum(Loan.fine), Decimal(0))){OF_LOANS} == Decimal("0")',
    ),
    ("this.loans.exists(l, l.returned_on == null)", "Book.loans.any(Loan.returned_on.is_(None))"),
    ("this.loans.all(l, l.days < 30)", "~Book.loans.any(~(Loan.days < 30))"),
    ("this.loans.exists(l, l.member == viewer)", "Book.loans.any(Loan.member_id == viewer.id)"),
    ("this.sold_out_at < now - days(2)", "Book.sold_out_at < now() - timedelta(days=2)"),
    (
        "this.author.born_on + days(2) > today",
        "Book.author.has(Author.born_on > today() - timedelta(days=2))",
    ),
    (
        "this.title.startsWith('A') || lower(this.title) == 'b'",
        'or_(Book.title.startswith("A", autoescape=True), func.lower(Book.title) == "b")',
    ),
    (
        "this.title.contains('x') && size(this.title) > 2",
        'and_(Book.title.contains("x", autoescape=True), func.length(Book.title) > 2)',
    ),
    ("viewer == null || viewer.active", "literal(viewer is None or viewer.active)"),
    (
        "this.pages == null ? this.copies > 1 : this.pages > 1",
        "case((Book.pages.is_(None), Book.copies > 1), else_=Book.pages > 1)",
    ),
    ("this.on_loan", "Book.loans.any(Loan.returned_on.is_(None))"),
    (
        "this.loan_count > 2",
        f"select(func.count()){OF_LOANS} > 2",
    ),
    ("!this.on_loan", "~Book.loans.any(Loan.returned_on.is_(None))"),
    ("this.copies / 2 == 1", "(Book.copies // 2) == 1"),
    ("this.copies % 2 == 1", "(Book.copies % 2) == 1"),
    ("-this.copies < 0", "-Book.copies < 0"),
    ("this.class in ['novel']", "Book.class_.in_([BookClass.NOVEL])"),
    ("!(this.class in ['novel'])", "~Book.class_.in_([BookClass.NOVEL])"),
    (
        "this.editor.name in ['Ada']",
        f'{EDITOR}.in_(["Ada"])',
    ),
    ("min(this.loans.days) > 3", f"select(func.min(Loan.days)){OF_LOANS} > 3"),
    ("max(this.loans.days) == null", f"select(func.max(Loan.days)){OF_LOANS}.is_(None)"),
    ("this.isbn.startsWith('9')", 'Book.isbn.startswith("9", autoescape=True)'),
    ("!this.isbn.contains('9')", '~Book.isbn.contains("9", autoescape=True)'),
    (
        "this.editor.name.endsWith('a')",
        f'{EDITOR}.endswith("a", autoescape=True)',
    ),
    (
        "this.isbn != null && this.isbn.startsWith('9')",
        'and_(Book.isbn.is_not(None), Book.isbn.startswith("9", autoescape=True))',
    ),
]


@pytest.mark.parametrize("texts", PYTHON, ids=[one[0] for one in PYTHON])
def test_condition_in_python(library: Spec, of_book: Understood, texts: tuple[str, ...]) -> None:
    source, condition, opposite, check = texts
    translate = PythonValues(library, {"this": "book", "viewer": "viewer"})
    lenient = PythonValues(library, {"this": "book", "viewer": "viewer"}, null_holds=True)

    assert translate.condition(of_book(source)) == condition
    assert translate.negation(of_book(source)) == opposite
    assert lenient.condition(of_book(source)) == check


@pytest.mark.parametrize(("source", "condition"), SQL, ids=[one[0] for one in SQL])
def test_condition_in_sql(library: Spec, of_book: Understood, source: str, condition: str) -> None:
    assert SqlValues(library, {"this": "Book"}, {"viewer": "viewer"}).condition(of_book(source)) == condition


def test_value_that_is_known_not_to_be_null_is_not_asked_again(library: Spec, of_book: Understood) -> None:
    translate = PythonValues(library, {"this": "book"}, known=frozenset({"book.pages"}))

    assert translate.condition(of_book("this.pages > 1")) == "book.pages > 1"
    assert translate.condition(of_book("this.discount > 1")) == (
        'book.discount is not None and book.discount > Decimal("1")'
    )


class BookClass(Enum):
    NOVEL = "novel"
    NON_FICTION = "non-fiction"


class Row(SimpleNamespace):
    """A row as the backend has it, attributes, and as the evaluator wants it, members."""

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401
        found = getattr(self, "class_" if name == "class" else name)
        return found.value if isinstance(found, Enum) else found


def books() -> list[Row]:
    """Return books with every mixture of what can be null."""
    editors = [None, Row(name="Ada", born_on=None), Row(name="Bea", born_on=date(2001, 2, 3))]
    choices = itertools.product(
        [None, 50, 150], [None, Decimal(3)], editors, [None, "978", "12"], [None, *BookClass]
    )
    return [
        Row(
            pages=pages,
            discount=discount,
            editor=editor,
            isbn=isbn,
            class_=kind,
            copies=number % 3,
            price=Decimal(2),
            title="Ab",
            author=Row(name="Ada", born_on=None),
            loans=[],
        )
        for number, (pages, discount, editor, isbn, kind) in enumerate(choices)
    ]


SAME = [
    source
    for source, *_ in PYTHON
    if not any(word in source for word in ("count", "loan", "viewer", "sold_out", "days("))
]


@pytest.mark.parametrize("source", SAME)
def test_python_means_what_the_condition_means(library: Spec, of_book: Understood, source: str) -> None:
    """The oracle is the evaluator, which the written tests are made with."""
    expression = of_book(source)
    strict = PythonValues(library, {"this": "book"})
    lenient = PythonValues(library, {"this": "book"}, null_holds=True)
    texts = [strict.condition(expression), strict.negation(expression)]
    texts += [lenient.condition(expression), lenient.negation(expression)]
    codes = [compile(text, source, "eval") for text in texts]
    for book in books():
        wanted = evaluate(expression, {"this": book, "today": date(2026, 1, 1)})
        names = {
            "book": book,
            "Decimal": Decimal,
            "BookClass": BookClass,
            "timedelta": timedelta,
            "today": lambda: date(2026, 1, 1),
        }
        found = [bool(eval(code, names)) for code in codes]  # noqa: S307 - what is tested is Python
        strict_holds, lenient_holds = bool(wanted), wanted is None or bool(wanted)
        assert found == [strict_holds, not strict_holds, lenient_holds, not lenient_holds], book


EXTREMES = [source for source, *_ in PYTHON if source.startswith(("min(", "max("))]


@pytest.mark.parametrize("source", EXTREMES)
def test_extremes_of_no_rows_are_null_in_python_too(library: Spec, of_book: Understood, source: str) -> None:
    expression = of_book(source)
    strict = PythonValues(library, {"this": "book"})
    lenient = PythonValues(library, {"this": "book"}, null_holds=True)
    for days in ([], [2], [3], [4, 9], [12, 3, 8]):
        book = Row(loans=[Row(days=each, fine=Decimal(each) / 4) for each in days], price=Decimal(2))
        wanted = evaluate(expression, {"this": book})
        names: dict[str, Any] = {"book": book, "Decimal": Decimal}
        assert bool(eval(strict.condition(expression), names)) is bool(wanted)  # noqa: S307
        assert bool(eval(strict.negation(expression), names)) is not bool(wanted)  # noqa: S307
        held = wanted is None or bool(wanted)
        assert bool(eval(lenient.condition(expression), names)) is held  # noqa: S307


LAMP = """entities:
  Lamp:
    fields: {on: bool! = true, maybe: bool}
    check:
"""
TRUTHS = [
    ("this.on == true", "lamp.on", "not lamp.on", "lamp.on", "Lamp.on.is_(True)"),
    ("this.on != true", "not lamp.on", "lamp.on", "not lamp.on", "Lamp.on.is_(False)"),
    ("false == this.on", "not lamp.on", "lamp.on", "not lamp.on", "Lamp.on.is_(False)"),
    (
        "this.maybe == true",
        "lamp.maybe is True",
        "lamp.maybe is None or lamp.maybe is not True",
        "lamp.maybe is None or lamp.maybe is True",
        "Lamp.maybe.is_(True)",
    ),
    (
        "this.maybe != false",
        "lamp.maybe is not None and lamp.maybe is not False",
        "lamp.maybe is None or lamp.maybe is False",
        "lamp.maybe is None or lamp.maybe is not False",
        "Lamp.maybe.is_(True)",
    ),
]


@pytest.mark.parametrize("texts", TRUTHS, ids=[one[0] for one in TRUTHS])
def test_nobody_compares_with_a_truth(texts: tuple[str, ...], tmp_path: Path) -> None:
    source, condition, opposite, check, column = texts
    file = tmp_path / "lamps.yaml"
    file.write_text(f"{LAMP}      it: {source}\n")
    brief = read_brief(file)
    assert isinstance(brief, Brief)
    spec = compile_brief(brief)
    assert isinstance(spec, Spec)
    expression = spec.entity("Lamp").checks[0].condition
    strict = PythonValues(spec, {"this": "lamp"})
    lenient = PythonValues(spec, {"this": "lamp"}, null_holds=True)
    texts = (strict.condition(expression), strict.negation(expression), lenient.condition(expression))
    assert texts == (condition, opposite, check)
    assert SqlValues(spec, {"this": "Lamp"}, {}).condition(expression) == column
    for maybe in (True, False, None):
        lamp = Row(on=maybe is not False, maybe=maybe)
        wanted = evaluate(expression, {"this": lamp})
        found = [bool(eval(text, {"lamp": lamp})) for text in texts]  # noqa: S307 - as above
        assert found == [bool(wanted), not bool(wanted), wanted is None or bool(wanted)]
