from __future__ import annotations

from pathlib import Path

import pytest

from qlf.brief.read import read_brief
from qlf.compile.compile import compile_brief
from qlf.model.spec import Spec
from qlf.observe.clauses import about, templates

BRIEF = """---
entities:
  Author:
    fields:
      name: text!
  BookLoan:
    fields:
      author: Author!
      title: text!
      state: enum(out, back) = out
    states:
      state:
        give_back: out -> back
---
# Library
"""
SQL = [
    'CREATE TABLE "authors" (',
    '    "name" varchar(255)',
    ");",
    'CREATE TABLE "book_loans" (',
    '    "title" text',
]


@pytest.fixture(scope="module")
def spec() -> Spec:
    brief = read_brief(Path("briefs/library.md"), BRIEF.encode())
    assert not isinstance(brief, list)
    made = compile_brief(brief)
    assert isinstance(made, Spec)
    return made


def told(spec: Spec, path: str, text: list[str], line: int) -> list[str]:
    return [f"{clause.origin.line} {clause.what}" for clause in about(spec, path, text, line)]


def test_a_file_is_about_whom_it_is_named_after(spec: Spec) -> None:
    assert told(spec, "backend/app/models/book_loan.py", ["x"], 0) == ["6 entity BookLoan"]
    assert told(spec, "tests/test_author.py", ["x"], 0) == ["3 entity Author"]
    assert told(spec, "backend/app/main.py", ["x"], 0) == []


def test_a_line_is_about_the_section_that_it_stands_in(spec: Spec) -> None:
    assert told(spec, "x/up.sql", SQL, 2) == ["5 field Author.name", "3 entity Author"]
    assert told(spec, "x/up.sql", SQL, 5) == ["9 field BookLoan.title", "6 entity BookLoan"]


def test_a_line_names_fields_by_column_and_moves(spec: Spec) -> None:
    path = "backend/app/models/book_loan.py"
    assert told(spec, path, ["    author_id: Mapped[UUID]"], 1)[:2] == [
        "8 field BookLoan.author",
        "6 entity BookLoan",
    ]
    assert "13 transition BookLoan.give_back" in told(spec, path, ["def give_back() -> None:"], 1)


@pytest.mark.parametrize(
    ("agent", "path", "template"),
    [
        ("backend", "backend/app/main.py", "templates/fastapi/app/main.py.jinja"),
        ("backend", "backend/app/models/book_loan.py", "templates/fastapi/app/models/entity.py.jinja"),
        ("tests", "tests/test_author.py", "templates/fastapi/test_entity.py.jinja"),
        ("database", "database/migrations/sqlite/0001_initial.down.sql", "templates/sql/down.sql.jinja"),
        ("documentation", "README.md", "templates/markdown/README.md.jinja"),
        ("documentation", "docs/api.md", "templates/markdown/docs/api.md.jinja"),
        ("api", "api/openapi.json", "agent.py"),
    ],
)
def test_templates(agent: str, path: str, template: str) -> None:
    assert templates(agent, path) == [f"qlf/agents/{agent}/{template}"]
