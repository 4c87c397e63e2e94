"""Which names in an agent's slice could change without changing what it writes, over the shipped briefs.

A name that is listed could be in the agent's `Reads.without`: every change of it remakes for nothing. What
no shipped brief uses is listed too, so read it with care.

python benchmarks/slices.py [AGENT...]
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from qlf.agents.registry import AGENTS, agent
from qlf.brief.read import read_brief
from qlf.compile.compile import compile_brief
from qlf.compile.inference import infer
from qlf.compile.slices import slice_spec
from qlf.model.brief import Brief
from qlf.model.spec import Spec
from qlf.model.value import Value

BRIEFS = sorted((Path(__file__).resolve().parent.parent / "briefs").glob("*.md"))


def main(names: list[str]) -> None:
    """Print the names for each agent."""
    specs = [_spec(path) for path in BRIEFS]
    for name in names or AGENTS:
        idle = _idle(name, [slice_spec(spec, agent(name).reads) for spec in specs])
        sys.stdout.write(f"{name:<14} {', '.join(sorted(idle)) or 'reads everything'}\n")
        sys.stdout.flush()


def _spec(path: Path) -> Spec:
    read = read_brief(path)
    spec = compile_brief(infer(read)) if isinstance(read, Brief) else read
    if not isinstance(spec, Spec):
        raise SystemExit("\n".join(str(problem) for problem in spec))
    return spec


def _idle(name: str, slices: list[Spec]) -> set[str]:
    idle: set[str] = set()
    for sliced in slices:
        idle |= _names(sliced)
    idle -= {"origin", "name", "templates", *agent(name).reads.without}
    for sliced in slices:
        written = agent(name).write(sliced)
        idle = {one for one in idle if _writes(name, _changed(sliced, one)) == written}
    return idle


def _writes(name: str, sliced: Any) -> str:  # noqa: ANN401
    try:
        return agent(name).write(sliced)
    except Exception:  # noqa: BLE001 - an agent that stumbles over a change has read it
        return ""


def _names(value: object) -> set[str]:
    if isinstance(value, Value):
        return set(value.__dict__).union(*(_names(member) for member in value.__dict__.values()))
    if isinstance(value, tuple):
        return set().union(*(_names(member) for member in value))
    return set()


def _changed(value: object, name: str) -> object:
    if isinstance(value, Value):
        members: dict[str, Any] = {
            key: _other(member) if key == name else _changed(member, name)
            for key, member in value.__dict__.items()
        }
        return type(value).model_construct(**members)
    return tuple(_changed(member, name) for member in value) if isinstance(value, tuple) else value


def _other(value: object) -> object:
    match value:
        case bool():
            return not value
        case int() | float():
            return value + 3
        case str():
            return f"{value}_and_more"
        case tuple():
            return value[1:] or ("one",)
        case _:
            return "something" if value is None else None


if __name__ == "__main__":
    main(sys.argv[1:])
