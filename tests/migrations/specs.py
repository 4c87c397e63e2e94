"""Specs and schemas of small briefs."""

from __future__ import annotations

from pathlib import Path

from qlf.brief.read import read_brief
from qlf.compile.compile import compile_brief
from qlf.compile.inference.infer import infer
from qlf.migrations.schema import Schema, schema_of
from qlf.model.brief import Brief
from qlf.model.spec import Spec

HEAD = "title: Shop\nauth: false\nentities:\n"


def spec(text: str) -> Spec:
    """Return the spec of the entities of a brief."""
    brief = read_brief(Path("shop.yaml"), (HEAD + text).encode())
    assert isinstance(brief, Brief), brief
    made = compile_brief(infer(brief, ()))
    assert isinstance(made, Spec), made
    return made


def schema(text: str) -> Schema:
    """Return what the database of a brief with these entities is made for."""
    return schema_of(spec(text))
