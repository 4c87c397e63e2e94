"""Reading JUnit XML, and writing it anew without what differs from run to run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from collections.abc import Iterator

_PASSING = frozenset({"time", "timestamp", "hostname"})
_KINDS = ("failure", "error", "skipped")


@dataclass(frozen=True, slots=True)
class Case:
    """One test: `kind` is `failure`, `error`, `skipped`, or empty if it passed."""

    name: str
    kind: str
    message: str
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Suite:
    """All tests of a report, and the report itself, the same bytes whenever the tests do the same."""

    cases: tuple[Case, ...]
    text: bytes

    @property
    def executed(self) -> int:
        """Return how many tests really ran."""
        return sum(1 for case in self.cases if case.kind != "skipped")


def read_junit(content: bytes) -> Suite | str:
    """Read a JUnit report, or say why that is impossible. DTDs and entities are refused."""
    from defusedxml import DefusedXmlException  # noqa: PLC0415 - a gate that is not run does not pay for it
    from defusedxml.ElementTree import fromstring  # noqa: PLC0415

    try:
        root: ET.Element = fromstring(content, forbid_dtd=True)
    except (ET.ParseError, DefusedXmlException) as error:
        return f"unreadable JUnit report: {error}"
    if root.tag not in {"testsuites", "testsuite"}:
        return f"unreadable JUnit report: <{root.tag}> instead of <testsuites>"
    cases = tuple(_cases(root))
    for element in root.iter():
        for name in _PASSING & element.attrib.keys():
            del element.attrib[name]
    return Suite(cases, ET.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n")


def _cases(root: ET.Element) -> Iterator[Case]:
    for case in root.iter("testcase"):
        result = next((child for child in case if child.tag in _KINDS), None)
        message = "" if result is None else result.get("message") or (result.text or "").strip()
        where = case.get("classname", "")
        name = f"{where}.{case.get('name', '')}" if where else case.get("name", "")
        line = case.get("line", "")
        # pytest counts lines from 0.
        number = int(line) + 1 if line.isdecimal() else 0
        yield Case(name, "" if result is None else result.tag, message, case.get("file", ""), number)
