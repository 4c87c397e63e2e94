"""What is left of a row about a person who is erased, and which rows go."""

from __future__ import annotations

from typing import Any

import pytest

from qlf.agents.backend.subject_rights import blank
from qlf.model.spec import Entity, Enum, Field, Key, Listing, Spec
from qlf.model.types import Kind, Type

MOOD = Enum(name="Mood", values=("glad", "sad"))


def left(kind: Kind, *, together: bool = False, **rest: Any) -> str:  # noqa: ANN401 - members of Field
    """Return what stands in the place of a value, as Python."""
    field = Field(
        name="it",
        column="it",
        label="It",
        type=Type(kind=kind, enum="Mood" if kind == "enum" else None),
        **{"required": True, **rest},
    )
    entity = Entity(
        name="Thing",
        plural="things",
        table="things",
        label="Thing",
        label_plural="Things",
        key=Key(kind="uuid"),
        fields=(field,),
        unique=(("it", "other"),) if together else (),
        listing=Listing(filters=(), sorts=(), default_sort=""),
    )
    return blank(Spec(name="app", title="App", version="1", enums=(MOOD,)), entity, field)


@pytest.mark.parametrize(
    ("kind", "rest", "python"),
    [
        ("text", {"required": False}, "None"),
        ("text", {}, '"erased"'),
        ("text", {"maximum": 5}, '"erase"'),
        ("text", {"minimum": 12}, '"erased erase"'),
        ("text", {"unique": True}, 'f"erased-{uuid4().hex}"'),
        ("text", {"unique": True, "maximum": 32}, 'f"erased-{uuid4().hex[:20]}"'),
        ("text", {"unique": True, "pattern": "[A-Z0-9]{5,20}"}, "uuid4().hex.upper()[:20]"),
        ("text", {"unique": True, "pattern": "[0-9]{16}"}, "str(uuid4().int)[:16]"),
        ("email", {}, '"erased@example.com"'),
        ("email", {"unique": True}, 'f"erased-{uuid4().hex}@example.com"'),
        ("phone", {}, '"+10000000000"'),
        ("url", {}, '"https://example.com/erased"'),
        ("bool", {}, "False"),
        ("int", {"minimum": 3}, "3"),
        ("decimal", {}, 'Decimal("0")'),
        ("date", {}, "date(1900, 1, 1)"),
        ("enum", {}, "Mood.GLAD"),
    ],
)
def test_what_is_left_of_a_value(kind: Kind, rest: dict[str, Any], python: str) -> None:
    assert left(kind, **rest) == python


def test_values_that_must_differ_together_differ() -> None:
    assert left("text", together=True) == 'f"erased-{uuid4().hex}"'
