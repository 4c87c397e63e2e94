from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qlf.gates.runners.junit import Case, Suite, read_junit

REPORT = b"""<?xml version="1.0" encoding="utf-8"?>
<testsuites><testsuite name="pytest" tests="4" time="1.2" timestamp="2026-01-01T00:00:00" hostname="here">
<testcase classname="tests.test_a" name="test_1" file="tests/test_a.py" line="0" time="0.1"/>
<testcase classname="tests.test_a" name="test_2" file="tests/test_a.py" line="6" time="0.2">
<failure message="assert 1 == 2">trace</failure></testcase>
<testcase classname="" name="tests.test_b" time="0.0"><error>no module</error></testcase>
<testcase classname="tests.test_a" name="test_3" time="0.0"><skipped message="slow"/></testcase>
</testsuite></testsuites>
"""


def test_cases_have_kind_message_and_place() -> None:
    suite = read_junit(REPORT)
    assert isinstance(suite, Suite)
    assert suite.cases == (
        Case("tests.test_a.test_1", "", "", "tests/test_a.py", 1),
        Case("tests.test_a.test_2", "failure", "assert 1 == 2", "tests/test_a.py", 7),
        Case("tests.test_b", "error", "no module", "", 0),
        Case("tests.test_a.test_3", "skipped", "slow", "", 0),
    )
    assert suite.executed == 3


def test_the_report_is_the_same_at_another_time_and_place() -> None:
    other = REPORT.replace(b"1.2", b"7.9").replace(b"2026-01-01", b"2027-02-02").replace(b"here", b"there")
    first, second = read_junit(REPORT), read_junit(other)
    assert isinstance(first, Suite)
    assert isinstance(second, Suite)
    assert first.text == second.text
    assert b"tests.test_a" in first.text


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "unreadable JUnit report: no element found: line 1, column 0"),
        (b"<testsuites>", "unreadable JUnit report: no element found: line 1, column 12"),
        (b"<html/>", "unreadable JUnit report: <html> instead of <testsuites>"),
        (
            b'<!DOCTYPE x [<!ENTITY a "b">]><testsuites>&a;</testsuites>',
            "unreadable JUnit report: DTDForbidden(name='x', system_id=None, public_id=None)",
        ),
    ],
)
def test_what_cannot_be_read_is_told(content: bytes, reason: str) -> None:
    assert read_junit(content) == reason


@given(st.binary(max_size=200))
def test_no_bytes_raise(content: bytes) -> None:
    assert isinstance(read_junit(content), (Suite, str))
