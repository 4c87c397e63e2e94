"""The part of a spec that an agent reads: what is not in it cannot change what the agent writes."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING, Any, get_args

from qlf.model.canonical import plain
from qlf.model.spec import Spec
from qlf.model.value import Value

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from qlf.model.agent import Reads

_ALWAYS = ("name", "templates")
_NEVER = "origin"

# The names of a value's members, in order: they tell of which class the value is.
_Shape = tuple[str, ...]
_Nodes = dict[_Shape, list[dict[str, Any]]]


def slice_spec(spec: Spec, reads: Reads) -> Spec:
    """Return the spec with only the members that an agent reads, as `write_spec` has it."""
    return Spec.model_validate_json(write_spec(spec, {"": reads})[1][""])


def write_spec(spec: Spec, readers: Mapping[str, Reads]) -> tuple[bytes, dict[str, bytes]]:
    """Return a spec as canonical JSON, and so what each of its readers gets, by the reader's name.

    Members that are not read have their defaults; texts that have none are empty, and what all agents read
    stays. The same holds at any depth for origins and for the leaves that `Reads.without` names. An unknown
    section, or a leaf that has neither, is a defect of the agent: ValueError.
    """
    members, write = plain(spec)
    whole = write(members)
    nodes: _Nodes = defaultdict(list)
    for section in members.values():
        _gather(section, nodes)
    _leave_out(nodes, (_NEVER,))
    blank = _blanks()[tuple(members)]
    slices = {}
    for name, reads in readers.items():
        unknown = [section for section in reads.sections if section not in members]
        if unknown:
            message = f"a spec has no {', '.join(unknown)}"
            raise ValueError(message)
        former = _leave_out(nodes, reads.without)
        kept = {*_ALWAYS, *reads.sections}.difference(reads.without)
        slices[name] = write({one: members[one] if one in kept else blank[one] for one in members})
        for node, leaf, value in former:
            node[leaf] = value
    return whole, slices


def _gather(value: Any, nodes: _Nodes) -> None:  # noqa: ANN401 - whatever a spec is made of
    kind = type(value)
    if kind is dict:
        nodes[tuple(value)].append(value)
        for inner in value.values():
            if type(inner) is dict or type(inner) is list:
                _gather(inner, nodes)
    elif kind is list:
        for inner in value:
            if type(inner) is not str:
                _gather(inner, nodes)


def _leave_out(nodes: _Nodes, leaves: Collection[str]) -> list[tuple[dict[str, Any], str, Any]]:
    """Put what stands for them in the places of leaves; return each node, leaf and former value."""
    former = []
    for shape, alike in nodes.items():
        for leaf in set(leaves).intersection(shape):
            blank = _blanks()[shape]
            if leaf not in blank:
                message = f"{leaf} cannot be left out of a slice"
                raise ValueError(message)
            for node in alike:
                former.append((node, leaf, node[leaf]))
                node[leaf] = blank[leaf]
    return former


@cache
def _blanks() -> dict[_Shape, dict[str, Any]]:
    """Return what stands for the members of each class of a spec that may be left out: defaults, no text."""
    blanks: dict[_Shape, dict[str, Any]] = {}
    for model in _classes(Spec, {}):
        texts: dict[str, Any] = {
            name: ""
            for name, member in model.model_fields.items()
            if member.is_required() and member.annotation is str
        }
        blank, _ = plain(model.model_construct(**texts))
        blanks[tuple(model.model_fields)] = blanks[tuple(sorted(model.model_fields))] = blank
    return blanks


def _classes(annotation: Any, found: dict[type[Value], None]) -> dict[type[Value], None]:  # noqa: ANN401
    """Return the classes of values that a type is made of, at any depth."""
    if isinstance(annotation, type) and issubclass(annotation, Value):
        if annotation not in found:
            found[annotation] = None
            for member in annotation.model_fields.values():
                _classes(member.annotation, found)
    else:
        for part in get_args(annotation):
            _classes(part, found)
    return found
