"""Where lines of SQL break."""

from __future__ import annotations

import re
import textwrap

WIDTH = 110
_SPACED_TEXT = re.compile(r"'[^']*\s[^']*'")


def broken(head: str, rest: str, indent: int) -> str:
    """Return both on one line of a statement, or `rest` on the next if that is too long."""
    if indent + len(head) + len(rest) < WIDTH:
        return f"{head} {rest}"
    return f"{head}\n{' ' * (indent + 4)}{rest}"


def folded(condition: str, indent: int) -> str:
    """Return a long condition on several lines; one whose texts have spaces is left as it is."""
    if indent + len(condition) < WIDTH or _SPACED_TEXT.search(condition.replace("', '", "','")):
        return condition
    lines = textwrap.wrap(condition, WIDTH - indent - 4, break_long_words=False, break_on_hyphens=False)
    return f"\n{' ' * (indent + 4)}".join(lines)
