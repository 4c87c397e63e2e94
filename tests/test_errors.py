"""What comes of a signal is told apart from a defect."""

from __future__ import annotations

import pytest
from pydantic_core import SchemaError, SchemaSerializer, core_schema

from qlf.errors import ending


def test_what_a_signal_raised_is_found() -> None:
    interrupted = KeyboardInterrupt()
    wrapped = RuntimeError("Error calling __set_name__")
    wrapped.__cause__ = interrupted
    assert ending(wrapped) is interrupted
    assert ending(SystemExit(143)) is not None
    told = SchemaError("Error building `literal` serializer:\n  KeyboardInterrupt: ")
    assert isinstance(ending(told), KeyboardInterrupt)
    ended = ending(SchemaError("Field `operator`:\n  SystemExit: 143"))
    assert isinstance(ended, SystemExit)
    assert ended.code == 143


def test_a_defect_stays_one() -> None:
    assert ending(ValueError("KeyboardInterrupt")) is None
    assert ending(None) is None
    with pytest.raises(SchemaError) as raised:
        SchemaSerializer(core_schema.model_fields_schema({"a": {"type": "no such field"}}))  # type: ignore[typeddict-item]
    assert ending(raised.value) is None
