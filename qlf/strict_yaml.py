"""Strict YAML: what is ambiguous, dangerous or too big is refused, and every node knows its place.

The text is read with libyaml's event parser, which is iterative; the tree above it is built with an
explicit stack, so that no input overflows Python's. Plain scalars are resolved as in the core schema of
YAML 1.2 (section 10.3.2), less its octal, hexadecimal, infinite and zero-padded numbers: `no`, `012`,
`1_000`, `12:30` and dates are strings.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, cast

import yaml

from qlf.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Mapping as Table

    from yaml._yaml import Mark as CMark

Plain = str | int | float | bool | None

_INT = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|(0|[1-9][0-9]*)(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WORDS: dict[str, Plain] = {
    "": None,
    "~": None,
    **dict.fromkeys(("null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
# YAML 1.2 section 5.1 allows some of these; none of them can be seen in an editor, and the line separators
# would make its line numbers differ from ours.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff\ufffe\uffff]"
)
_VALUE_BEFORE_REST = re.compile(
    r"""\s*(?:-\s+)?[\w"']+\s*:\s*\[(?P<values>[^\]\[]*)\]\s*(?P<rest>[^\s#,}].*)?"""
)
_INT_DIGITS = 19


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that one document may have. Nodes count once more for every alias that repeats them."""

    characters: int = 1 << 20
    depth: int = 40
    nodes: int = 50_000
    aliases: int = 16


LIMITS = Limits()


class Place(NamedTuple):
    """A line and a column, from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Scalar:
    """A scalar: its value, its text without quotes, and how it was written.

    `style` is the indicator: `` for plain, `'`, `"`, `|` or `>`. `raw` tells that the text stands in the
    file as it is, on one line.
    """

    value: Plain
    text: str
    place: Place
    style: str = ""
    raw: bool = True

    def at(self, offset: int) -> Place:
        """Return the place of a character of `text`.

        Exact for plain and quoted scalars on one line without escapes; else the scalar's beginning.
        """
        if not self.raw:
            return self.place
        quote = 1 if self.style else 0
        doubled = self.text[:offset].count("'") if self.style == "'" else 0
        return Place(self.place.line, self.place.column + quote + offset + doubled)


@dataclass(frozen=True, slots=True)
class Sequence:
    """A sequence of nodes."""

    items: tuple[Yaml, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Mapping:
    """A mapping from names to nodes; `keys` has the scalar of each name."""

    entries: Table[str, Yaml]
    keys: Table[str, Scalar]
    place: Place


Yaml = Scalar | Sequence | Mapping


@dataclass(slots=True)
class _Open:
    """A collection that is being read; `key` is the key whose value comes next."""

    place: Place
    is_mapping: bool
    anchor: str | None
    items: list[Yaml] = field(default_factory=list)
    entries: dict[str, Yaml] = field(default_factory=dict)
    keys: dict[str, Scalar] = field(default_factory=dict)
    key: Scalar | None = None
    wants_value: bool = False


class _TooMuch(Exception):  # noqa: N818 - control flow inside this module, never seen outside
    """A limit was passed; what else the document says does not matter any more."""


def read(text: str, file: str, *, first_line: int = 1, limits: Limits = LIMITS) -> Yaml | list[Problem]:
    """Read one YAML document.

    Args:
        text: The document, without byte order mark.
        file: The name for problems.
        first_line: The line of `file` on which `text` begins.
        limits: The most that is accepted.

    Returns:
        The tree (an empty document is a null scalar), or every problem found.
    """
    reader = _Reader(text, file, first_line, limits)
    return reader.read()


def plain(node: Yaml) -> object:
    """Return the tree as dictionaries, lists and scalars."""
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return {name: plain(value) for name, value in node.entries.items()}


def decode(content: bytes, file: str) -> str | list[Problem]:
    """Decode the bytes of a text file as UTF-8, with LF for CRLF and without a byte order mark.

    Returns:
        The text, or the problem at the first byte that is not UTF-8 or that is NUL.
    """
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8").removeprefix("\ufeff")
        place = _place_after(before)
        what = f"byte 0x{content[error.start]:02X} is not UTF-8"
        return [Problem(file, *place, what, "save the file with encoding UTF-8")]
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    if (nul := text.find("\0")) >= 0:
        return [Problem(file, *_place_after(text[:nul]), "there is a NUL character", "remove it")]
    return text


def _place_after(text: str) -> Place:
    return Place(text.count("\n") + 1, len(text) - text.rfind("\n"))


class _Reader:
    """One pass over the events of one document."""

    def __init__(self, text: str, file: str, first_line: int, limits: Limits) -> None:
        self._text = text
        self._file = file
        self._first = first_line
        self._limits = limits
        self._problems: list[Problem] = []
        self._stack: list[_Open] = []
        self._root: Yaml | None = None
        self._anchors: dict[str, tuple[Yaml, int]] = {}
        self._nodes = 0
        self._aliases = 0

    def read(self) -> Yaml | list[Problem]:
        if self._refuses_text():
            return self._problems
        documents = 0
        try:
            for event in yaml.parse(self._text, Loader=yaml.CLoader):
                if isinstance(event, yaml.DocumentStartEvent):
                    documents += 1
                    self._start_document(event, documents)
                elif not isinstance(
                    event, (yaml.StreamStartEvent, yaml.StreamEndEvent, yaml.DocumentEndEvent)
                ):
                    self._take(event)
        except yaml.MarkedYAMLError as error:
            self._syntax(error)
        except _TooMuch:
            pass
        if self._problems:
            return sorted(self._problems)
        return self._root or Scalar(None, "", Place(self._first, 1))

    def _refuses_text(self) -> bool:
        if len(self._text) > self._limits.characters:
            what = f"the document has more than {self._limits.characters} characters"
            self._problems.append(Problem(self._file, self._first, 1, what, "make it smaller"))
        for match in _HIDDEN.finditer(self._text):
            line, column = _place_after(self._text[: match.start()])
            what = f"there is an invisible character U+{ord(match[0]):04X}"
            self._problems.append(Problem(self._file, self._first + line - 1, column, what, "remove it"))
        return bool(self._problems)

    def _problem(self, place: Place, what: str, advice: str) -> None:
        self._problems.append(Problem(self._file, *place, what, advice))

    def _place(self, mark: yaml.Mark | CMark | None) -> Place:
        if mark is None:
            return Place(self._first, 1)
        return Place(self._first + mark.line, mark.column + 1)

    def _start_document(self, event: yaml.DocumentStartEvent, number: int) -> None:
        place = self._place(event.start_mark)
        if number > 1:
            self._problem(place, "a second YAML document begins", "keep one document in a file")
            raise _TooMuch
        if event.version or event.tags:
            self._problem(place, "YAML directives are not allowed", "remove the lines that begin with %")

    def _take(self, event: yaml.Event) -> None:
        if isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            self._close()
            return
        place = self._place(event.start_mark)
        if isinstance(event, yaml.AliasEvent):
            self._alias(event, place)
            return
        self._count(1, place)
        if isinstance(event, yaml.ScalarEvent):
            self._refuse_tag(event.tag, place)
            self._add(self._scalar(event, place), event.anchor, 1)
        elif isinstance(event, yaml.CollectionStartEvent):
            self._refuse_tag(event.tag, place)
            self._open(event, place)

    def _count(self, nodes: int, place: Place) -> None:
        self._nodes += nodes
        if self._nodes > self._limits.nodes:
            self._problem(place, f"there are more than {self._limits.nodes} nodes", "make it smaller")
            raise _TooMuch

    def _refuse_tag(self, tag: str | None, place: Place) -> None:
        if tag and tag != "!":
            self._problem(place, f"the tag {tag} is not allowed", "remove it; a value's form says its type")

    def _open(self, event: yaml.CollectionStartEvent, place: Place) -> None:
        if len(self._stack) >= self._limits.depth:
            self._problem(place, f"nested deeper than {self._limits.depth} levels", "flatten it")
            raise _TooMuch
        is_mapping = isinstance(event, yaml.MappingStartEvent)
        self._stack.append(_Open(place, is_mapping, event.anchor))

    def _close(self) -> None:
        done = self._stack.pop()
        node: Yaml
        if done.is_mapping:
            node = Mapping(done.entries, done.keys, done.place)
        else:
            node = Sequence(tuple(done.items), done.place)
        self._add(node, done.anchor, sum(1 for _ in _walk(node)) if done.anchor else 0)

    def _alias(self, event: yaml.AliasEvent, place: Place) -> None:
        self._aliases += 1
        if self._aliases > self._limits.aliases:
            self._problem(
                place, f"there are more than {self._limits.aliases} aliases", "write the values out"
            )
            raise _TooMuch
        if event.anchor not in self._anchors:
            what = f"the alias *{event.anchor} has no anchor before it"
            self._problem(place, what, f"write &{event.anchor} before the first use")
            node: Yaml = Scalar(None, "", place)
            size = 1
        else:
            node, size = self._anchors[event.anchor]
        self._count(size, place)
        self._add(node, None, 0)

    def _add(self, node: Yaml, anchor: str | None, size: int) -> None:
        if anchor:
            self._anchors[anchor] = (node, size)
        if not self._stack:
            self._root = node
            return
        top = self._stack[-1]
        if not top.is_mapping:
            top.items.append(node)
        elif top.wants_value:
            if top.key:
                top.entries[top.key.text] = node
                top.keys[top.key.text] = top.key
            top.wants_value = False
        else:
            top.key = self._key(node, top)
            top.wants_value = True

    def _key(self, node: Yaml, mapping: _Open) -> Scalar | None:
        if not isinstance(node, Scalar):
            self._problem(node.place, "a key must be a name", "do not use a collection as a key")
        elif node.text == "<<" and not node.style:
            self._problem(node.place, "merge keys are not allowed", "write the keys out")
        elif not isinstance(node.value, str):
            self._problem(node.place, f"the key {node.text!r} is not text", f'write "{node.text}" in quotes')
        elif node.text in mapping.keys:
            first = mapping.keys[node.text].place
            what = f"the key {node.text!r} occurs twice, first on line {first.line}"
            self._problem(node.place, what, "keep one of them")
        else:
            return node
        return None

    def _scalar(self, event: yaml.ScalarEvent, place: Place) -> Scalar:
        start, end = cast("CMark", event.start_mark), cast("CMark", event.end_mark)
        style = "" if event.style is None or event.style == ":" else event.style
        text = event.value
        quotes = {"": 0, "'": 2 + text.count("'"), '"': 2}.get(style)
        raw = start.line == end.line and quotes is not None and end.index - start.index == len(text) + quotes
        value: Plain = text if style or event.tag == "!" else self._resolve(text, place)
        return Scalar(value, text, place, style, raw)

    def _resolve(self, text: str, place: Place) -> Plain:
        if text in _WORDS:
            return _WORDS[text]
        if _INT.fullmatch(text):
            if len(text.lstrip("+-")) > _INT_DIGITS:
                self._problem(
                    place, f"the number has more than {_INT_DIGITS} digits", "quote it if it is text"
                )
                return 0
            return int(text)
        if _FLOAT.fullmatch(text):
            number = float(text)
            if not math.isfinite(number):
                self._problem(place, f"the number {text} is too big", "quote it if it is text")
            return number
        return text

    def _syntax(self, error: yaml.MarkedYAMLError) -> None:
        place = self._place(error.problem_mark or error.context_mark)
        lines = self._text.split("\n")
        line = lines[place.line - self._first] if place.line - self._first < len(lines) else ""
        match = _VALUE_BEFORE_REST.fullmatch(line)
        if match and match["rest"]:
            what = "a YAML list cannot have anything behind it"
            advice = f"write enum({match['values'].strip()}) {match['rest'].strip()}"
        else:
            what = f"this is not YAML: {error.problem or error.context}"
            advice = _syntax_advice(error.problem or "", line)
        self._problem(place, what, advice)


def _syntax_advice(problem: str, line: str) -> str:
    if "mapping values are not allowed" in problem:
        return "put a value that contains ': ' in quotes"
    if "\\t" in problem or "\t" in line:
        return "indent with spaces"
    if "cannot start any token" in problem:
        return "put a value that begins with this character in quotes"
    if "'," in problem or "flow" in problem:
        return "close every bracket, and put values with brackets or commas in quotes"
    return "check indentation, brackets and quotes here and on the line before"


def _walk(node: Yaml) -> Iterator[Yaml]:
    stack = [node]
    while stack:
        current = stack.pop()
        yield current
        if isinstance(current, Sequence):
            stack.extend(current.items)
        elif isinstance(current, Mapping):
            stack.extend(current.entries.values())
