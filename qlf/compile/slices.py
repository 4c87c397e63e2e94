"""The part of a spec that an agent reads: what is not in it cannot change what the agent writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qlf.model.spec import Spec
from qlf.model.value import Value

if TYPE_CHECKING:
    from qlf.model.agent import Reads

_ALWAYS = "name"
_BLANK = {"title": "", "version": ""}


def slice_spec(spec: Spec, reads: Reads) -> Spec:
    """Return the spec with only the members that an agent reads.

    Members that are not read have their defaults; `title` and `version`, which have none, are empty,
    and the name stays. Origins, and the leaves that `reads.without` names, have their defaults at any
    depth. An unknown section or leaf is a defect of the agent: ValueError.
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
            kept[name] = _BLANK.get(name, member.default)
    return Spec.model_construct(**kept)


def _without(value: Any, dropped: frozenset[str]) -> Any:  # noqa: ANN401 - whatever a spec is made of
    if isinstance(value, Value):
        members = type(value).model_fields
        kept = {
            name: members[name].default if name in dropped else _without(inner, dropped)
            for name, inner in value.__dict__.items()
        }
        return type(value).model_construct(**kept)
    if isinstance(value, tuple):
        return tuple(_without(inner, dropped) for inner in value)
    return value
