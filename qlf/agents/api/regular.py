"""A text that a regular expression matches, for examples."""

from __future__ import annotations

import re
import string
import warnings
from dataclasses import dataclass

_CLASSES = {
    "d": string.digits,
    "w": string.ascii_lowercase + string.ascii_uppercase + string.digits + "_",
    "s": " ",
    "D": string.ascii_lowercase,
    "W": "-",
    "S": string.ascii_lowercase,
}
_CONTROLS = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "v": "\v"}
_USUAL = string.ascii_lowercase + string.ascii_uppercase + string.digits + "-._ "
_QUANTIFIER = re.compile(r"(?:[*+?]|\{(\d+)(,(\d*))?\})\??")
_LEAST = {"*": 0, "?": 0, "+": 1}
_LIMIT = 1000


def matching(pattern: str, minimum: int = 0) -> str | None:
    """Return a text of at least `minimum` characters that matches an ECMA 262 pattern as a whole.

    None where the pattern holds what cannot be followed: looking around, references to groups.
    """
    for generosity in (0, 1, minimum):
        try:
            text = _Reader(pattern, generosity).whole()
        except (_UnreadableError, IndexError):
            return None
        if len(text) >= minimum and _fits(pattern, text):
            return text
    return None


def _fits(pattern: str, text: str) -> bool:
    with warnings.catch_warnings():
        # `[[` is a plain bracket in ECMA 262; Python warns that it may not stay one.
        warnings.simplefilter("ignore", FutureWarning)
        try:
            return re.fullmatch(pattern, text) is not None
        except re.error:
            return False


class _UnreadableError(Exception):
    """The pattern uses what this reader does not follow."""


@dataclass(slots=True)
class _Reader:
    """Walks through a pattern once, choosing the first branch and few repetitions."""

    pattern: str
    generosity: int
    at: int = 0

    def whole(self) -> str:
        text = self._alternatives()
        if self.at < len(self.pattern):
            raise _UnreadableError
        return text

    def _peek(self) -> str:
        return self.pattern[self.at : self.at + 1]

    def _take(self) -> str:
        taken = self.pattern[self.at]
        self.at += 1
        return taken

    def _alternatives(self) -> str:
        first = self._sequence()
        while self._peek() == "|":
            self.at += 1
            self._sequence()
        return first

    def _sequence(self) -> str:
        text = ""
        while self._peek() and self._peek() not in "|)":
            atom = self._atom()
            text += atom * self._repetitions()
            if len(text) > _LIMIT:
                raise _UnreadableError
        return text

    def _repetitions(self) -> int:
        found = _QUANTIFIER.match(self.pattern, self.at)
        if not found:
            return 1
        self.at = found.end()
        if found[1] is None:
            least = _LEAST[found[0][0]]
            return max(least, min(self.generosity, 1) if found[0][0] == "?" else self.generosity)
        least = int(found[1])
        most = least if found[2] is None else int(found[3]) if found[3] else _LIMIT
        return min(max(least, self.generosity), most)

    def _atom(self) -> str:
        match self._take():
            case "^" | "$":
                return ""
            case "(":
                return self._group()
            case "[":
                return self._set()
            case "\\":
                return self._escape()[0]
            case ".":
                return "a"
            case character:
                return character

    def _group(self) -> str:
        if self._peek() == "?":
            if self.pattern[self.at : self.at + 2] != "?:":
                raise _UnreadableError
            self.at += 2
        text = self._alternatives()
        if self._take() != ")":
            raise _UnreadableError
        return text

    def _escape(self) -> str:
        character = self._take()
        if character in _CLASSES:
            return _CLASSES[character]
        if character in _CONTROLS:
            return _CONTROLS[character]
        if character.isalnum():
            raise _UnreadableError
        return character

    def _set(self) -> str:
        negated = self._peek() == "^"
        self.at += negated
        members = ""
        while self._peek() != "]":
            members += self._range()
        self.at += 1
        allowed = [character for character in _USUAL if character not in members] if negated else members
        return allowed[0]

    def _range(self) -> str:
        first = self._member()
        if self._peek() != "-" or self.pattern[self.at + 1] == "]" or len(first) > 1:
            return first
        self.at += 1
        return "".join(map(chr, range(ord(first), ord(self._member()) + 1)))

    def _member(self) -> str:
        taken = self._take()
        return self._escape() if taken == "\\" else taken
