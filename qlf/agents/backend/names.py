"""How names of the spec are spelt in Python."""

from __future__ import annotations

import keyword
import textwrap
from typing import TYPE_CHECKING

from qlf.python_names import identifier, local, snake

if TYPE_CHECKING:
    from qlf.model.spec import Entity, Field, Property

# The modules of routes that are about no entity.
_MODULES = frozenset({"auth", "emergency", "operations", "subject_rights"})


def called(entity: Entity) -> str:
    """Return what the brief calls one row of an entity, in snake_case."""
    return "_".join(entity.label.lower().split())


def variable(entity: Entity) -> str:
    """Return the name of a variable that holds one row; never one that is in use."""
    name = snake(entity.name)
    if keyword.iskeyword(name):
        return f"{name}_"
    return name if local(name) == name else f"{name}_row"


def collection(entity: Entity) -> str:
    """Return the name of the modules about the rows of an entity; some are about something else."""
    return f"{entity.plural}_rows" if entity.plural in _MODULES else identifier(entity.plural)


def column(field: Field) -> str:
    """Return the attribute of a model that holds a field's column."""
    return identifier(field.column)


def attribute(prop: Property) -> str:
    """Return the attribute of a schema that holds a property."""
    return identifier(prop.name)


def sentence(text: str) -> str:
    """Return a docstring's first line: one capital, one full stop."""
    text = " ".join(text.split()).replace("\\", "").replace('"""', "")
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."


def docstring(summary: str, text: str = "", *, indent: int = 4, width: int = 100) -> str:
    """Return a docstring that fits the width: the text if it fits on its line, else the summary above it."""
    margin = " " * indent
    line = f'{margin}"""{sentence(text or summary)}"""'
    if len(line) <= width:
        return line
    head, body = (summary, text) if text and summary else _split(text or summary)
    if not body:
        body, head = head, summary
    wrapped = textwrap.fill(sentence(body), width, initial_indent=margin, subsequent_indent=margin)
    return f'{margin}"""{sentence(head)}\n\n{wrapped}\n{margin}"""'


def _split(text: str) -> tuple[str, str]:
    """Return the first clause of a long sentence and the rest."""
    for mark in (". ", "; ", ", "):
        head, found, rest = text.partition(mark)
        if found:
            return head, rest
    words = text.split()
    return " ".join(words[:10]), " ".join(words[10:])


def quoted(value: object) -> str:
    """Return a value as a Python literal, texts in double quotes."""
    if isinstance(value, str):
        body = repr(value)
        if body[0] == "'" and '"' not in value:
            return f'"{body[1:-1]}"'
        return body
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(quoted(item) for item in value)}]"
    return repr(value)
