"""How names of the spec are spelt in Python."""

from __future__ import annotations

import keyword
import re
import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qlf.model.spec import Entity, Field, Property

_RESERVED = frozenset(keyword.kwlist) | {"metadata", "registry", "query", "id_", "type_"}
_PARAMETERS = frozenset({"session", "response", "status", "body", "viewer", "query"})
_BOUNDARY = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def snake(name: str) -> str:
    """Return a PascalCase or camelCase name in snake_case."""
    return _BOUNDARY.sub("_", name).lower()


def identifier(name: str) -> str:
    """Return the name as a Python attribute: a trailing underscore where the language has taken it."""
    return f"{name}_" if name in _RESERVED else name


def variable(entity: Entity) -> str:
    """Return the name of a variable that holds one row; never that of a module in use."""
    name = snake(entity.name)
    return (
        f"{name}_row"
        if name in {"session", "response", "status", "body", "viewer", "query"}
        else identifier(name)
    )


def column(field: Field) -> str:
    """Return the attribute of a model that holds a field's column."""
    return identifier(field.column)


def attribute(prop: Property) -> str:
    """Return the attribute of a schema that holds a property."""
    return identifier(prop.name)


def member(value: str) -> str:
    """Return the name of an enumeration's member."""
    name = re.sub(r"\W+", "_", value).strip("_").upper()
    return f"VALUE_{name}" if not name or name[0].isdigit() else name


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
