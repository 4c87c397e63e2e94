"""One form for briefs and overlays: the same document in the same words, always laid out alike.

YAML is indented by two, items of lists by two more, without spaces inside brackets, at most one blank line in
a row and none at the ends; comments, order and quotes stay, and no text is broken into lines. Prose is laid
out by mdformat, with its line breaks.
"""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any

from qlf.brief.markdown import split
from qlf.errors import Problem
from qlf.strict_yaml import plain, read

if TYPE_CHECKING:
    from collections.abc import Iterator

_WIDTH = 110
_ENDLESS = 1 << 20
_BLANKS = re.compile(r"\n{3,}")


def formatted(text: str, file: str) -> str | list[Problem]:
    """Return a brief (`.md`, `.yaml`) or an overlay in its form, or why it cannot be read.

    What is said stays the same: that is looked at, and a document of which it would not be is a problem.
    """
    plain_text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    if file.endswith(".yaml"):
        return _yaml(plain_text, file, first_line=1)
    parts = split(plain_text, file)
    if isinstance(parts, list):
        return parts
    prose = _prose(parts.prose)
    if parts.front is None:
        return prose
    front = _yaml(parts.front, file, first_line=2)
    return front if isinstance(front, list) else f"---\n{front}---\n{prose}"


def _prose(text: str) -> str:
    import mdformat  # noqa: PLC0415 - only for this

    return mdformat.text(text, options={"wrap": "keep", "number": True})


def _yaml(text: str, file: str, *, first_line: int) -> str | list[Problem]:
    before = read(text, file, first_line=first_line)
    if isinstance(before, list):
        return before
    made = _tidy(_dumped(text))
    after = read(made, file, first_line=first_line)
    if isinstance(after, list) or plain(after) != plain(before):
        what, advice = "this cannot be laid out without changing it", "write it more plainly"
        return [Problem(file, 0, 0, what, advice)]
    return made


def _dumped(text: str) -> str:
    from ruamel.yaml import YAML  # noqa: PLC0415 - slow to import, and only for this

    yaml = YAML()
    yaml.Emitter = _emitter()
    yaml.preserve_quotes = True
    yaml.width = _WIDTH
    yaml.indent(mapping=2, sequence=4, offset=2)
    document = yaml.load(text)
    if document is None:
        return text
    out = io.StringIO()
    yaml.dump(document, out)
    return out.getvalue()


def _emitter() -> type[Any]:
    """Return an emitter that breaks lines between items of brackets, and never within a text."""
    from ruamel.yaml.emitter import RoundTripEmitter  # noqa: PLC0415 - as above

    class Emitter(RoundTripEmitter):
        def process_scalar(self) -> None:
            self.best_width = _ENDLESS
            super().process_scalar()
            self.best_width = _WIDTH

    return Emitter


def _tidy(text: str) -> str:
    """Return YAML without needless blank lines and spaces at the ends of lines, but within texts."""
    lines = text.split("\n")
    texts = {number for first, last in _texts(text) for number in range(first, last)}
    kept: list[str] = []
    for number, line in enumerate(lines):
        if number in texts:
            kept.append(line)
        elif line.strip() or (kept and kept[-1]):
            kept.append(line.rstrip())
    return "\n".join(kept).strip("\n") + "\n" if any(kept) else ""


def _texts(text: str) -> Iterator[tuple[int, int]]:
    """Yield the lines, from 0, that texts of several lines take, without the one that they begin on."""
    import yaml  # noqa: PLC0415 - only for this

    for token in yaml.scan(text, Loader=yaml.CSafeLoader):
        if isinstance(token, yaml.ScalarToken) and token.end_mark.line > token.start_mark.line:
            yield token.start_mark.line + 1, token.end_mark.line
