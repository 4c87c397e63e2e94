"""The one shape of a problem with the user's input, and how it reads.

Expected failures are values: a function that reads outside bytes returns either its result or a
list of problems. Exceptions are for defects in the factory itself.
"""

from __future__ import annotations

import errno
import re
from dataclasses import dataclass

_TOLD = re.compile(r"\b(?:KeyboardInterrupt\b|SystemExit: (\d+))")
EXIT_OK = 0
EXIT_RED = 1
EXIT_BAD_INPUT = 2
EXIT_INTERRUPTED = 130


@dataclass(frozen=True, order=True, slots=True)
class Problem:
    """What is wrong with one place of one input file, and what to do about it.

    `line` and `column` count from 1; 0 means that the whole file, or the whole line, is meant.
    """

    file: str
    line: int
    column: int
    what: str
    advice: str

    def __str__(self) -> str:
        """Read as `FILE:LINE:COL: what is wrong; what to do`."""
        return f"{self.file}:{self.line}:{self.column}: {self.what}; {self.advice}"


def printable(text: str) -> str:
    """Return a text that comes from outside as any terminal can have it, the rest escaped."""
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)


def ending(error: BaseException | None) -> BaseException | None:
    """Return what a signal raised, if an error came of that.

    Python 3.11 wraps what ends a class statement, and of what ends the building of a model pydantic only
    tells the text.
    """
    while error is not None:
        if isinstance(error, (SystemExit, KeyboardInterrupt)):
            return error
        if type(error).__name__ == "SchemaError" and (told := _TOLD.search(str(error))):
            return SystemExit(int(told[1])) if told[1] else KeyboardInterrupt()
        error = error.__cause__ or error.__context__
    return None


def unusable(error: OSError, where: object = "") -> Problem:
    """Return that a file cannot be read or written as a problem; `where` names it if the error does not."""
    what = f"this cannot be read or written: {error.strerror or error}"
    advice = "make room" if error.errno in {errno.ENOSPC, errno.EDQUOT} else "mend that"
    return Problem(str(error.filename or where), 0, 0, what, f"{advice} and run again")


def problems_of(*results: object) -> list[Problem]:
    """Return the problems of those results that are problems and not what was wanted."""
    return [problem for result in results if isinstance(result, list) for problem in result]
