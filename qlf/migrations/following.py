"""Columns that are there under two names: how both get the same values, whichever is written."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Literal

from qlf.sql.names import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from qlf.migrations.expansion import Copied

Way = Literal["former", "present"]


def begun(pairs: Iterable[Copied], dialect: str, source: Way) -> Iterator[str]:
    """Yield what fills the columns from their `source`, and has them follow each other from then on."""
    for table, columns in _by_table(pairs):
        taken = [(now, was) if source == "former" else (was, now) for was, now in columns]
        told = ", ".join(f"{quoted(to)} = {quoted(origin)}" for to, origin in taken)
        yield f"update {quoted(table)} set {told};"  # noqa: S608 - names of the schema, quoted
        yield from _postgresql(table, columns) if dialect == "postgresql" else _sqlite(table, columns)


def ended(pairs: Iterable[Copied], dialect: str) -> Iterator[str]:
    """Yield what has them follow each other no more."""
    for table, columns in _by_table(pairs):
        name = _name(table)
        if dialect == "postgresql":
            yield f"drop trigger {name} on {quoted(table)};"
            yield f"drop function {name}();"
        else:
            names = [f"{name}_insert", *(f"{name}_{one}" for pair in columns for one in pair)]
            yield from (f"drop trigger {each};" for each in names)


def sealed(pairs: Iterable[tuple[str, str]], dialect: str) -> Iterator[str]:
    """Yield what fails while a column, by its table, still has values that the application has not sealed."""
    for table, column in pairs:
        plain = f"select 1 from {quoted(table)} where {quoted(column)} is not null"  # noqa: S608 - names of the schema, quoted
        if dialect == "postgresql":
            told = f"{table}.{column} has values that are not sealed: run python -m app migrate"
            raised = f"        raise exception '{told}';"
            yield f"do $$\nbegin\n    if exists ({plain}) then\n{raised}\n    end if;\nend\n$$;"
        else:
            yield f"select case when exists ({plain}) then json('not sealed') end;"


def _by_table(pairs: Iterable[Copied]) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    for table, some in groupby(sorted(pairs), key=lambda each: each[0]):
        yield table, [(was, now) for _, was, now in some]


def _name(table: str) -> str:
    return f"follow_{table}"


def _postgresql(table: str, columns: list[tuple[str, str]]) -> Iterator[str]:
    inserted, updated = [], []
    for was, now in ((quoted(was), quoted(now)) for was, now in columns):
        inserted += [
            f"new.{now} := coalesce(new.{now}, new.{was});",
            f"new.{was} := new.{now};",
        ]
        updated += [
            f"if new.{now} is distinct from old.{now} then",
            f"    new.{was} := new.{now};",
            "else",
            f"    new.{now} := new.{was};",
            "end if;",
        ]
    lines = [
        f"create function {_name(table)}() returns trigger language plpgsql as $$",
        "begin",
        "    if tg_op = 'INSERT' then",
        *(f"        {line}" for line in inserted),
        "    else",
        *(f"        {line}" for line in updated),
        "    end if;",
        "    return new;",
        "end",
        "$$;",
    ]
    yield "\n".join(lines)
    yield (
        f"create trigger {_name(table)} before insert or update on {quoted(table)}"
        f"\n    for each row execute function {_name(table)}();"
    )


def _sqlite(table: str, columns: list[tuple[str, str]]) -> Iterator[str]:
    filled = ", ".join(
        f"{quoted(now)} = coalesce({quoted(now)}, {quoted(was)}),"
        f" {quoted(was)} = coalesce({quoted(now)}, {quoted(was)})"
        for was, now in columns
    )
    yield _trigger(f"{_name(table)}_insert", "insert", table, filled)
    for pair in columns:
        for one, other in (pair, pair[::-1]):
            event = f"update of {quoted(one)}"
            when = f"\n    when new.{quoted(one)} is not old.{quoted(one)}"
            yield _trigger(
                f"{_name(table)}_{one}", event, table, f"{quoted(other)} = new.{quoted(one)}", when
            )


def _trigger(name: str, event: str, table: str, told: str, when: str = "") -> str:
    update = f"update {quoted(table)} set {told} where rowid = new.rowid;"  # noqa: S608 - names of the schema, quoted
    return f"create trigger {name} after {event} on {quoted(table)}{when}\nbegin\n    {update}\nend;"
