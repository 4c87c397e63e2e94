from __future__ import annotations

import sqlite3

import psycopg
from hypothesis import given
from hypothesis import strategies as st

from qlf.sql.names import LONGEST, RESERVED, ConstraintNames, quoted, text_literal

WORDS = st.from_regex(r"[a-z][a-z0-9]{0,30}(_[a-z0-9]{1,30}){0,3}", fullmatch=True)


@given(st.lists(st.tuples(st.sampled_from(["ix", "uq", "fk", "ck"]), WORDS, WORDS), unique=True))
def test_names_are_unique_and_fit(wanted: list[tuple[str, str, str]]) -> None:
    names = ConstraintNames(())
    given_out = [names.take(*each) for each in wanted]
    assert len(set(given_out)) == len(wanted)
    assert all(len(name.encode()) <= LONGEST for name in given_out)


@given(WORDS, WORDS)
def test_a_name_depends_on_nothing_but_what_it_names(table: str, column: str) -> None:
    assert ConstraintNames(()).take("ix", table, column) == ConstraintNames(()).take("ix", table, column)


def test_a_short_name_reads_as_it_is_made() -> None:
    assert ConstraintNames(()).take("uq", "users", "email") == "uq_users_email"


def test_a_long_name_keeps_its_head_and_gets_a_digest() -> None:
    name = ConstraintNames(()).take(
        "uq", "appointment_requests", "patient_insurance_number", "requested_on", "at"
    )
    assert name == "uq_appointment_requests_patient_insurance_number_reque_d43994c2"


def test_names_that_would_meet_are_told_apart() -> None:
    names = ConstraintNames(())
    first, second = names.take("ix", "order", "line_id"), names.take("ix", "order_line", "id")
    assert first == "ix_order_line_id"
    assert second.startswith("ix_order_line_id_")
    assert len(second) == len(first) + 9


def test_only_names_that_need_them_get_quotes() -> None:
    assert [quoted(name) for name in ("email", "order", "Straße", 'a"b')] == [
        "email",
        '"order"',
        '"Straße"',
        '"a""b"',
    ]


def test_quotes_in_texts_are_doubled() -> None:
    assert text_literal("it's") == "'it''s'"


def test_every_word_that_an_engine_reserves_is_known(postgres: str) -> None:
    with psycopg.connect(postgres) as connection:
        rows = connection.execute("select word from pg_get_keywords() where catcode <> 'U'").fetchall()
    assert {word for (word,) in rows} <= RESERVED


def test_every_plain_name_works_bare_on_sqlite() -> None:
    connection = sqlite3.connect(":memory:")
    for word in ("action", "key", "desc", "index", "plan", "query", "release", "view", "no", "of", "end"):
        name = quoted(word)
        connection.execute(f"create table {name} ({name} int not null, check ({name} > 0))")
        connection.execute(f"create index ix_{word} on {name} ({name})")
    connection.close()
