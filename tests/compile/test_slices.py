"""A slice is what its agent reads, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from qlf.compile.slices import slice_spec, write_spec
from qlf.model.agent import Reads
from qlf.model.canonical import canonical
from qlf.model.spec import Spec

if TYPE_CHECKING:
    from collections.abc import Callable

FRONT = """
version: 2.0.0
entities:
  Note:
    description: A leaf of paper.
    fields:
      text: {type: text, required: true, description: What it says}
      pinned: bool! = false
"""


def test_only_what_is_read_is_there(compiled: Callable[[str], Spec]) -> None:
    spec = compiled(FRONT)
    found = slice_spec(spec, Reads(sections=("entities", "title")))
    assert (found.name, found.title, found.version) == ("shop", "Shop", "")
    assert (found.api, found.enums, found.assumptions, found.prose) == (None, (), (), "")
    assert [entity.name for entity in found.entities] == ["Note"]
    assert Spec.model_validate_json(canonical(found)) == found


def test_places_are_never_there(compiled: Callable[[str], Spec]) -> None:
    reads = Reads(sections=tuple(Spec.model_fields))
    moved = compiled(f"# a remark\n\n{FRONT}")
    assert canonical(moved) != canonical(compiled(FRONT))
    assert canonical(slice_spec(moved, reads)) == canonical(slice_spec(compiled(FRONT), reads))


def test_leaves_that_are_not_read_are_left_out_at_any_depth(compiled: Callable[[str], Spec]) -> None:
    spec = compiled(FRONT)
    found = slice_spec(spec, Reads(sections=("entities", "api"), without=("description",)))
    assert spec.entity("Note").field("text").description == "What it says"
    assert found.entity("Note").field("text").description == ""
    assert found.entity("Note").description == ""
    assert found.api
    assert {shape.description for shape in found.api.shapes} == {""}


def test_a_slice_of_a_slice_is_the_slice(shipped: Spec) -> None:
    reads = Reads(sections=("entities", "enums", "api"), without=("description",))
    once = slice_spec(shipped, reads)
    assert slice_spec(once, reads) == once


def test_unknown_sections_are_a_defect(compiled: Callable[[str], Spec]) -> None:
    with pytest.raises(ValueError, match="a spec has no entity, rout"):
        slice_spec(compiled(FRONT), Reads(sections=("entity", "api", "rout")))


def test_a_leaf_that_nothing_can_stand_for_is_a_defect(compiled: Callable[[str], Spec]) -> None:
    with pytest.raises(ValueError, match="type cannot be left out of a slice"):
        slice_spec(compiled(FRONT), Reads(sections=("entities",), without=("type",)))


def test_slices_do_not_depend_on_those_made_before_them(shipped: Spec) -> None:
    lean = Reads(sections=("entities",), without=("label", "table", "unique"))
    whole = Reads(sections=tuple(Spec.model_fields))
    written, slices = write_spec(shipped, {"lean": lean, "whole": whole})
    assert written == canonical(shipped)
    for name, reads in (("lean", lean), ("whole", whole)):
        assert slices[name] == write_spec(shipped, {name: reads})[1][name]
        assert slices[name] == canonical(slice_spec(shipped, reads))


def test_numbers_of_any_size_are_sliced(compiled: Callable[[str], Spec]) -> None:
    bounded = FRONT + "      weight: decimal min=0.000001\n"
    reads = Reads(sections=("entities",))
    written, slices = write_spec(compiled(bounded), {"": reads})
    assert b'"minimum":0.000001' in written
    assert slices[""] == canonical(Spec.model_validate_json(slices[""]))
