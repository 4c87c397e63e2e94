"""A gate about to be run: everything that its verdict depends on, read, and the digest of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rfc8785

from qlf.environment import PYTHON, key_of
from qlf.errors import Problem
from qlf.gates.reading import matches, read_files
from qlf.gates.rules import GateRule, StackRule, find, read_rule
from qlf.gates.runners.registry import identity
from qlf.model.canonical import digest
from qlf.store import cache_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from qlf.gates.job import Report
    from qlf.gates.rules import ToolRule


def _nothing(_gate: Gate, _tool: ToolRule) -> Report | None:
    """Know nothing of a tree."""
    return None


@dataclass(frozen=True, slots=True)
class GateSettings:
    """What a gate needs to know besides the tree.

    `rules` are folders with `gates/GATE.yaml`, of which the first that has one wins. `postgres` is the
    URL of a server on which databases may be made and dropped, or None. `beforehand` returns what a tool
    has said already of just what a gate is about to judge. `beside` has by name what tools may read besides
    the tree.
    """

    rules: tuple[Path, ...]
    stack: str = "fastapi"
    postgres: str | None = None
    cache: Path = field(default_factory=cache_folder)
    beforehand: Callable[[Gate, ToolRule], Report | None] = _nothing
    beside: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Gate:
    """A gate's rule for one stack, the files that its tools read, and the locks of its environments.

    A lock that is missing is the text that says so.
    """

    name: str
    rule: StackRule
    files: Mapping[str, bytes]
    locks: Mapping[str, bytes | str]
    settings: GateSettings

    def applies(self) -> bool:
        """Tell whether there is anything in the tree that the gate is for."""
        pattern = self.rule.applies_to
        return pattern is None or any(matches(path, [pattern]) for path in self.files)

    def digests(self) -> dict[str, str]:
        """Return the SHA-256 digests of the files by path."""
        return {path: digest(content) for path, content in sorted(self.files.items())}

    def inputs(self) -> str:
        """Return the digest of files, rule, locks, Python and runners.

        What is given from outside counts if a tool needs it.
        """
        about: dict[str, Any] = {
            "gate": self.name,
            "rule": self.rule.model_dump(mode="json"),
            "files": sorted(self.digests().items()),
            "environments": {
                name: lock if isinstance(lock, str) else key_of(lock) for name, lock in self.locks.items()
            },
            "python": PYTHON,
            "factory": _own_digest(),
            "runners": {tool.runner: identity(tool.runner) for tool in self.rule.tools},
        }
        if beside := {name for tool in self.rule.tools for name in tool.beside}:
            about["beside"] = {name: digest(self.settings.beside[name]) for name in sorted(beside)}
        if any("postgres" in tool.needs for tool in self.rule.tools):
            about["postgres"] = self.settings.postgres is not None
        return digest(rfc8785.dumps(about))

    def is_given(self, tool: ToolRule) -> bool:
        """Say whether everything that a tool needs from outside is there."""
        return "postgres" not in tool.needs or self.settings.postgres is not None


def read_gate(name: str, app: Path, settings: GateSettings) -> Gate | list[Problem]:
    """Read the rules of a gate and those files of a tree that they name."""
    file = find(name, settings.rules)
    if file is None:
        what = f"there are no rules for the gate {name!r}"
        return [Problem(f"rules/gates/{name}.yaml", 0, 0, what, "write them, or name a gate that has some")]
    rule = read_rule(file)
    if not isinstance(rule, GateRule):
        return rule
    stack = rule.stacks.get(settings.stack)
    if stack is None:
        advice = f"add it, or choose from: {', '.join(sorted(rule.stacks))}"
        return [Problem(str(file), 0, 0, f"there is no stack {settings.stack!r}", advice)]
    if not app.is_dir():
        return [Problem(str(app), 0, 0, "there is no such tree", "assemble it first")]
    patterns = {pattern for tool in stack.tools for pattern in tool.reads}
    patterns |= {source.tree for source in stack.environments.values() if source.tree}
    files = read_files(app, patterns)
    if not isinstance(files, dict):
        return files
    wanted = {one for tool in stack.tools for one in tool.beside}
    if missing := sorted(wanted - settings.beside.keys()):
        what = f"the gate {name!r} is not given {', '.join(missing)}"
        return [Problem(str(file), 0, 0, what, "leave it to the gate policy, which is")]
    return Gate(name, stack, files, _locks(stack, files, file.parent), settings)


def _locks(stack: StackRule, files: Mapping[str, bytes], rules: Path) -> dict[str, bytes | str]:
    locks: dict[str, bytes | str] = {}
    for name, source in stack.environments.items():
        if source.tree:
            locks[name] = files.get(source.tree, f"the tree has no {source.tree}")
        else:
            lock = rules / str(source.rules)
            locks[name] = lock.read_bytes() if lock.is_file() else f"the rules have no {source.rules}"
    return locks


@cache
def _own_digest() -> str:
    """Return the digest of this package's code: judged differently is not the same judgement."""
    folder = Path(__file__).parent
    sources = sorted(folder.rglob("*.py"))
    return digest(b"".join(sha256(source.read_bytes()).digest() for source in sources))
