"""Which changes of an API break clients, by the rules of oasdiff."""

from __future__ import annotations

import pytest

from qlf.review.api import api_changes
from tests.review.briefs import spec_of

ONE, ALL = "/api/v1/appointments/{id}", "/api/v1/appointments"
EDITS: dict[str, tuple[tuple[str, str], tuple[str, ...]]] = {
    "nothing": (("version: 1.0.0", "version: 2.0.0"), ()),
    "an operation comes": (
        ("doctor: read, update", "doctor: read, update, delete"),
        (f"DELETE {ONE} safe the operation is new",),
    ),
    "an operation goes": (
        ("doctor: read, update", "doctor: read"),
        (f"PATCH {ONE} breaking the operation is gone",),
    ),
    "a field comes": (
        ("    states:", "      clinic: text max=80\n    states:"),
        (f"POST {ALL} safe clinic can be given", f"GET {ONE} safe answers have clinic"),
    ),
    "a field that is needed comes": (
        ("    states:", "      clinic: text! max=80\n    states:"),
        (f"POST {ALL} breaking clinic is needed", f"GET {ONE} safe answers have clinic"),
    ),
    "a field goes": (
        ("      room: text max=20\n", ""),
        (
            f"POST {ALL} breaking room is taken no longer",
            f"GET {ONE} breaking answers lack room",
            f"GET {ALL} breaking parameter room is gone",
        ),
    ),
    "a field is needed": (
        ("room: text max=20", "room: text! max=20"),
        (
            f"POST {ALL} breaking room is needed",
            f"PATCH {ONE} breaking room cannot be null any more",
            f"GET {ONE} safe room of answers is never null",
        ),
    ),
    "a bound is looser": (
        ("max=2000", "max=3000"),
        (
            f"POST {ALL} safe maximum of notes is 3000",
            f"GET {ONE} breaking maximum of notes of answers is 3000",
        ),
    ),
    "a bound is tighter": (
        ("max=2000", "max=1000"),
        (
            f"POST {ALL} breaking maximum of notes is 1000",
            f"GET {ONE} safe maximum of notes of answers is 1000",
        ),
    ),
    "a pattern comes": (
        ("room: text max=20", "room: text max=20 pattern=[A-Z]+"),
        (f"POST {ALL} breaking the pattern of room is [A-Z]+",),
    ),
    "a value comes": (
        ("enum(visit, call)", "enum(visit, call, video)"),
        (
            f"POST {ALL} safe kind can be video",
            f"GET {ONE} breaking kind of answers can be video",
            f"GET {ALL} safe parameter kind can be video",
        ),
    ),
    "a value goes": (
        ("enum(visit, call)", "enum(visit)"),
        (f"POST {ALL} breaking kind is never call", f"GET {ONE} safe kind of answers is never call"),
    ),
    "a type is another": (
        ("room: text max=20", "room: int"),
        (
            f"POST {ALL} breaking room is of another type: int",
            f"GET {ONE} breaking room of answers is of another type: int",
        ),
    ),
    "somebody may no longer": (
        ("patient: create own, read where", "patient: read where"),
        (f"POST {ALL} breaking the operation is gone",),
    ),
    "fewer may": (
        ("patient: create own, read where", "patient: create own where"),
        (f"GET {ONE} breaking patient may no longer call it",),
    ),
    "more may": (
        ("doctor: read, update", "doctor: create, read, update"),
        (f"POST {ALL} safe doctor may call it",),
    ),
}


def told(edit: tuple[str, str]) -> list[str]:
    found = api_changes(spec_of(), spec_of(edit))
    return [f"{each.operation} {each.grade} {each.what}" for each in found]


@pytest.mark.parametrize(("edit", "expected"), EDITS.values(), ids=EDITS)
def test_each_change_is_graded(edit: tuple[str, str], expected: tuple[str, ...]) -> None:
    found = told(edit)
    assert set(expected) <= set(found), found
    assert bool(found) == bool(expected)


def test_conventions_break_all_operations() -> None:
    edit = ("roles: [patient", "api: {pagination: {style: offset}}\nroles: [patient")
    assert "all operations breaking how lists are cut is another" in told(edit)


def test_what_breaks_comes_first() -> None:
    found = api_changes(spec_of(), spec_of(("room: text max=20", "seat: text max=20")))
    by_operation: dict[str, list[str]] = {}
    for each in found:
        by_operation.setdefault(each.operation, []).append(each.grade)
    assert all(grades == sorted(grades) for grades in by_operation.values())
    assert ["breaking", "safe"] in [list(dict.fromkeys(grades)) for grades in by_operation.values()]
