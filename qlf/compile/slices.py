"""The part of a spec that an agent reads: what is not in it cannot change what the agent writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qlf.model.spec import Spec
from qlf.model.value import Value

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

    from qlf.model.agent import Reads

_ALWAYS = "name"


def slice_spec(spec: Spec, reads: Reads) -> Spec:
    """Return the spec with only the members that an agent reads.

    Members that are not read have their defaults; texts that have none are empty, and the name
    stays. The same holds at any depth for origins and for the leaves that `reads.without` names. An unknown
    section, or a leaf that has neither, is a defect of the agent: ValueError.
    """
    members = type(spec).model_fields
    unknown = [name for name in reads.sections if name not in members]
    if unknown:
        message = f"a spec has no {', '.join(unknown)}"
        raise ValueError(message)
    kept: dict[str, Any] = {}
    dropped = frozenset({"origin", *reads.without})
    for name, member in members.items():
        if name == _ALWAYS or (name in reads.sections and name not in dropped):
            kept[name] = _without(getattr(spec, name), dropped)
        else:
            kept[name] = _blank(name, member)
    return Spec.model_construct(**kept)


def _blank(name: str, member: FieldInfo) -> Any:  # noqa: ANN401 - whatever a spec is made of
    """Return what stands for a member that is not read: its default, or no text."""
    if not member.is_required():
        return member.default
    if member.annotation is not str:
        message = f"{name} cannot be left out of a slice"
        raise ValueError(message)
    return ""


def _without(value: Any, dropped: frozenset[str]) -> Any:  # noqa: ANN401 - whatever a spec is made of
    if isinstance(value, Value):
        members = type(value).model_fields
        kept = {
            name: _blank(name, members[name]) if name in dropped else _without(inner, dropped)
            for name, inner in value.__dict__.items()
        }
        return type(value).model_construct(**kept)
    if isinstance(value, tuple):
        return tuple(_without(inner, dropped) for inner in value)
    return value
