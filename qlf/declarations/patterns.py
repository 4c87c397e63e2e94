"""Regular expressions that mean the same in ECMA 262 (JSON Schema, browsers) and in Python's `re`.

What is left: literals, classes, `.`, groups without names, alternation, greedy and lazy quantifiers,
`^` and `$`.
"""

from __future__ import annotations

import re
import warnings

_LONGEST = 500
_ESCAPES = frozenset("dDwWsSbBnrtfv")
_QUANTIFIER = re.compile(r"\{[0-9]+(,[0-9]*)?\}")
_UNICODE = re.compile(r"\\(x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4})")


def pattern_trouble(pattern: str) -> tuple[int, str] | None:
    """Return the offset and the reason why a pattern cannot be used, or None if it can."""
    if len(pattern) > _LONGEST:
        return _LONGEST, f"the pattern is longer than {_LONGEST} characters"
    if (trouble := _scan(pattern)) is not None:
        return trouble
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            re.compile(pattern)
    except re.error as error:
        return error.pos or 0, f"the pattern does not compile: {error.msg}"
    except (FutureWarning, DeprecationWarning, OverflowError, RecursionError):
        return 0, "the pattern does not compile everywhere"
    return None


def normalised(pattern: str) -> str:
    r"""Return the pattern with `\/` written `/`, which is the same."""
    return re.sub(r"\\(.)", lambda pair: "/" if pair[1] == "/" else pair[0], pattern, flags=re.DOTALL)


def _scan(pattern: str) -> tuple[int, str] | None:
    offset, in_class = 0, False
    while offset < len(pattern):
        char = pattern[offset]
        step = 1
        if char == "\\":
            if (trouble := _escape(pattern, offset)) is not None:
                return trouble
            step = len(match[0]) if (match := _UNICODE.match(pattern, offset)) else 2
        elif in_class:
            if char == "[":
                return offset, "write \\[ inside a class"
            in_class = char != "]"
        elif char == "[":
            in_class = True
            if re.match(r"\[\^?\]", pattern[offset:]):
                return offset, "a class cannot be empty or begin with ]"
            step = 2 if pattern.startswith("[^", offset) else 1
        elif (trouble := _operator(pattern, offset)) is not None:
            return trouble
        elif match := _QUANTIFIER.match(pattern, offset):
            step = len(match[0])
        offset += step
    return None


def _escape(pattern: str, offset: int) -> tuple[int, str] | None:
    following = pattern[offset + 1 : offset + 2]
    if following.isdigit():
        return offset, "back-references and octal escapes are not allowed"
    if following.isalpha() and following not in _ESCAPES and not _UNICODE.match(pattern, offset):
        return offset, f"the escape \\{following} does not mean the same everywhere"
    return None


def _operator(pattern: str, offset: int) -> tuple[int, str] | None:
    rest = pattern[offset:]
    if rest.startswith("(?") and not rest.startswith("(?:"):
        return offset, "of groups with (? only (?:...) is allowed: no look-around, names or flags"
    if re.match(r"(?:[*+?]|\{[0-9]+(?:,[0-9]*)?\})\+", rest):
        return offset, "possessive quantifiers are not allowed"
    if rest.startswith("{") and not _QUANTIFIER.match(rest):
        return offset, "write \\{ for a brace"
    return None
