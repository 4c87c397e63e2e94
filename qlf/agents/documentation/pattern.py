"""A text that matches a pattern, for the examples.

Covers what people write for codes and numbers: characters, classes, groups, alternatives and
counts. Whatever else a pattern may hold gives no example rather than a wrong one.
"""

from __future__ import annotations

import re
import warnings
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_CLASSES = {"d": "4", "w": "a", "s": " ", "D": "x", "W": "-", "S": "x"}
_COUNT = re.compile(r"\{(\d+)(?:,(\d*))?\}|([*+?])")
_LONGEST = 200


def example(pattern: str, minimum: int = 0) -> str | None:
    """Return a text that the whole pattern matches, at least `minimum` long, or None if none is found."""
    body = pattern.removeprefix("^").removesuffix("$")
    for repeat in range(_LONGEST):
        text = _attempt(body, repeat)
        if text is None or len(text) >= minimum:
            return text
        if len(text) > _LONGEST or not re.search(r"[*+]|,\d*\}", body):
            return None
    return None


def _attempt(pattern: str, repeat: int) -> str | None:
    """Return a matching text, or None where this reading of the pattern differs from that of `re`."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            text = "".join(_Reader(pattern, repeat).alternatives())
            return text if re.fullmatch(pattern, text) else None
        except (re.error, ValueError, IndexError, OverflowError, RecursionError, Warning):
            return None


class _Reader:
    """Reads a pattern from left to right, writing the text as it goes.

    `repeat` is how often more than it must a part comes that may come more often.
    """

    def __init__(self, pattern: str, repeat: int) -> None:
        self.pattern = pattern
        self.at = 0
        self.repeat = repeat

    def alternatives(self) -> Iterator[str]:
        """Yield the text of the first alternative; read over the others up to the group's end."""
        chosen: list[str] = []
        first = True
        while self.at < len(self.pattern) and self.pattern[self.at] != ")":
            if self.pattern[self.at] == "|":
                first = False
                self.at += 1
                continue
            piece = self._piece()
            if first:
                chosen.append(piece)
        yield from chosen

    def _piece(self) -> str:
        text = self._atom()
        count = _COUNT.match(self.pattern, self.at)
        if not count:
            return text
        self.at = count.end()
        if count[3]:
            return text * {"*": self.repeat, "+": 1 + self.repeat, "?": 1}[count[3]]
        least = int(count[1])
        most = least if count[2] is None else int(count[2] or least + self.repeat)
        return text * min(max(least, min(1, most)) + self.repeat, most, _LONGEST)

    def _atom(self) -> str:
        char = self.pattern[self.at]
        self.at += 1
        if char == "\\":
            return self._escape()
        if char == "[":
            return self._class()
        if char == "(":
            if self.pattern.startswith("?", self.at):
                if not self.pattern.startswith("?:", self.at):
                    raise ValueError(self.pattern)
                self.at += 2
            text = "".join(self.alternatives())
            self.at += 1
            return text
        return "x" if char == "." else char

    def _escape(self) -> str:
        char = self.pattern[self.at]
        self.at += 1
        return _CLASSES.get(char, char)

    def _class(self) -> str:
        if self.pattern[self.at] == "^":
            raise ValueError(self.pattern)
        char = self.pattern[self.at]
        self.at += 1
        first = self._escape() if char == "\\" else char
        end = self.pattern.index("]", self.at)
        self.at = end + 1
        return first
