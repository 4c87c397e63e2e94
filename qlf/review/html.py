"""A review as one HTML page that needs no other and runs no script: files side by side, light and dark."""

from __future__ import annotations

import difflib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from qlf.rendering import html_environment
from qlf.review.lines import counted, headline

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jinja2 import Template

    from qlf.model.review import FileChange, Review

_TEMPLATES = Path(__file__).with_name("templates")
_AROUND = 3


class Row(NamedTuple):
    """A line of both sides, with their numbers; "" where a side has none."""

    left: int | str
    before: str
    right: int | str
    after: str
    lost: bool = False
    gained: bool = False


def page(review: Review, files: Mapping[str, tuple[Mapping[str, bytes], Mapping[str, bytes]]]) -> str:
    """Return the page about a review; whatever briefs and files say is text in it, and no markup."""

    def sides(brief: str, file: FileChange) -> list[Row | None]:
        return list(_rows(file, *files[brief])) if brief in files and file.gained is not None else []

    return _template().render(review=review, headline=headline, counted=counted, sides=sides)


def _rows(file: FileChange, before: Mapping[str, bytes], after: Mapping[str, bytes]) -> Iterator[Row | None]:
    """Yield the rows of two texts side by side; None for lines in between that are the same."""
    old, new = (side.get(file.path, b"").decode().splitlines() for side in (before, after))
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for number, group in enumerate(matcher.get_grouped_opcodes(_AROUND)):
        if number:
            yield None
        for tag, first, last, begin, end in group:
            for place in range(max(last - first, end - begin)):
                left, right = first + place, begin + place
                yield Row(
                    left=left + 1 if left < last else "",
                    before=old[left] if left < last else "",
                    right=right + 1 if right < end else "",
                    after=new[right] if right < end else "",
                    lost=tag != "equal" and left < last,
                    gained=tag != "equal" and right < end,
                )


@cache
def _template() -> Template:
    return html_environment(_TEMPLATES).get_template("review.html.jinja")
