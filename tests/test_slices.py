"""Every agent reads exactly the slice that it declares, and a slice has nothing but what the brief says."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from qlf.agents.registry import AGENTS, agent
from qlf.brief.read import read_brief
from qlf.compile.compile import compile_brief
from qlf.compile.inference import infer
from qlf.compile.slices import slice_spec
from qlf.model.brief import Brief
from qlf.model.canonical import canonical
from qlf.model.spec import Spec
from qlf.model.value import Node, Origin, Value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from qlf.model.agent import Reads

    Change = Callable[[object], object]

BRIEFS = sorted((Path(__file__).resolve().parents[1] / "briefs").glob("*.md"))
ELSEWHERE = Origin(kind="inferred", file="elsewhere.md", line=99_999, column=7, because="of another reason")
PAIRS = pytest.mark.parametrize("name", AGENTS)
SHIPPED = pytest.mark.parametrize("path", BRIEFS, ids=lambda path: path.stem)


@cache
def spec_of(path: Path) -> Spec:
    return compiled(path, path.read_bytes())


def compiled(path: Path, text: bytes) -> Spec:
    read = read_brief(path, text)
    assert isinstance(read, Brief), read
    spec = compile_brief(infer(read))
    assert isinstance(spec, Spec), spec
    return spec


@cache
def written(path: Path, name: str) -> str:
    return agent(name).write(slice_spec(spec_of(path), agent(name).reads))


def outside_changed(spec: Spec, reads: Reads, change: Change) -> Spec:
    """Change every leaf of a spec that is not in a slice: other sections, names left out, origins."""
    left_out = frozenset(reads.without)
    members: dict[str, Any] = {}
    for name, value in spec.__dict__.items():
        inside = name in {"name", "templates"} or (name in reads.sections and name not in left_out)
        members[name] = _inside(value, left_out, change) if inside else _outside(value, change)
    return Spec.model_construct(**members)


def _inside(value: object, left_out: frozenset[str], change: Change) -> object:
    if isinstance(value, Value):
        members: dict[str, Any] = {
            name: _outside(member, change) if name in left_out else _inside(member, left_out, change)
            for name, member in value.__dict__.items()
        }
        if isinstance(value, Node):
            members["origin"] = ELSEWHERE
        return type(value).model_construct(**members)
    if isinstance(value, tuple):
        return tuple(_inside(member, left_out, change) for member in value)
    return value


def _outside(value: object, change: Change) -> object:
    if isinstance(value, Value):
        members: dict[str, Any] = {name: _outside(member, change) for name, member in value.__dict__.items()}
        return type(value).model_construct(**members)
    if isinstance(value, tuple) and value:
        return tuple(_outside(member, change) for member in value)
    return change(value)


def other(value: object) -> object:
    """Return another value of the same type, and something where there was nothing."""
    match value:
        case bool():
            return not value
        case int() | float():
            return value + 3
        case str():
            return f"{value}_and_more"
        case None:
            return "something"
        case _:
            return ("one", "two")


def nothing(value: object) -> object:
    """Return what stands for the absence of a value."""
    match value:
        case bool():
            return False
        case int() | float():
            return 0
        case str():
            return ""
        case None:
            return None
        case _:
            return ()


@PAIRS
@SHIPPED
@pytest.mark.parametrize("change", [other, pytest.param(nothing, marks=pytest.mark.slow)])
def test_what_is_not_in_its_slice_does_not_change_what_an_agent_writes(
    path: Path, name: str, change: Change
) -> None:
    reads = agent(name).reads
    changed = outside_changed(spec_of(path), reads, change)
    assert changed != spec_of(path)
    assert agent(name).write(changed) == written(path, name)


@PAIRS
@SHIPPED
@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")
def test_a_slice_is_the_same_whatever_is_outside(path: Path, name: str) -> None:
    reads = agent(name).reads
    sliced = slice_spec(spec_of(path), reads)
    assert slice_spec(outside_changed(spec_of(path), reads, other), reads) == sliced
    assert Spec.model_validate_json(canonical(sliced)) == sliced


@PAIRS
@SHIPPED
def test_origins_are_in_no_slice(path: Path, name: str) -> None:
    sliced = json.loads(canonical(slice_spec(spec_of(path), agent(name).reads)))
    origins = {json.dumps(origin, sort_keys=True) for origin in _origins(sliced)}
    assert len(origins) <= 1, origins
    assert path.name not in json.dumps(sliced)


def _origins(value: object) -> Iterator[object]:
    if isinstance(value, dict):
        if "origin" in value:
            yield value["origin"]
        for member in value.values():
            yield from _origins(member)
    elif isinstance(value, list):
        for member in value:
            yield from _origins(member)


@SHIPPED
def test_a_comment_changes_no_slice(path: Path) -> None:
    text = path.read_bytes()
    assert text.startswith(b"---\n")
    spec = compiled(path, text.replace(b"---\n", b"---\n# A remark.\n\n", 1))
    assert canonical(spec) != canonical(spec_of(path)), "places have moved"
    for name in AGENTS:
        reads = agent(name).reads
        assert canonical(slice_spec(spec, reads)) == canonical(slice_spec(spec_of(path), reads))


@PAIRS
def test_every_section_that_an_agent_declares_is_read(name: str) -> None:
    """Over-declared sections would remake what does not read them."""
    reads = agent(name).reads
    idle = set(reads.sections)
    for path in BRIEFS:
        sliced = slice_spec(spec_of(path), reads)
        idle -= {section for section in idle if _matters(path, name, sliced, section)}
    assert idle == set()


def _matters(path: Path, name: str, sliced: Spec, section: str) -> bool:
    changed = Spec.model_construct(**{**sliced.__dict__, section: _outside(getattr(sliced, section), other)})
    if changed == sliced:
        return False
    try:
        return agent(name).write(changed) != written(path, name)
    except Exception:  # noqa: BLE001 - an agent that stumbles over a change has read it
        return True
