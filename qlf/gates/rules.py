"""Rules of gates: `rules/gates/GATE.yaml` says per stack which tool runs how, on what, and what blocks."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, StringConstraints, ValidationError

from qlf.errors import Problem
from qlf.model.finding import Level
from qlf.model.value import Value
from qlf.strict_yaml import Mapping, Sequence, decode, plain, read

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Sequence as Row

    from qlf.strict_yaml import Place, Yaml

SCHEMA = Path(__file__).with_name("rules.schema.json")
PLACEHOLDERS = frozenset({"tree", "work", "cache", "report", "app_python", "port", "secret"})
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")

# A part is never `.` or `..`, and a pattern never begins at the root.
_PART = r"\.?[A-Za-z0-9_*?-][A-Za-z0-9_.*?-]*"
_FOLDER = r"\.?[A-Za-z0-9_-][A-Za-z0-9_.-]*"
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*$", max_length=60)]
Pattern = Annotated[str, StringConstraints(pattern=rf"^{_PART}(/{_PART})*$", max_length=200)]
Folder = Annotated[str, StringConstraints(pattern=rf"^{_FOLDER}(/{_FOLDER})*$", max_length=200)]
Variables = Annotated[dict[str, str], Field(default_factory=dict)]
Levels = Annotated[dict[str, Level], Field(default_factory=dict)]
Words = Annotated[tuple[str, ...], Field(min_length=1)]
Seconds = Annotated[int, Field(ge=1, le=3600)]


class EnvironmentRule(Value):
    """A lock file with hashes from which an environment is made: one of the tree's or one of the rules'."""

    tree: Pattern | None = None
    rules: Pattern | None = None


class Ignore(Value):
    """Findings that are left out, and why."""

    rule: str
    paths: tuple[Pattern, ...] = ("**",)
    because: Annotated[str, StringConstraints(min_length=10)]


class Serve(Value):
    """How the application is started: commands before, the command itself, and when it is ready.

    The first word of a command is a program of the environment; `{port}` is a free port on loopback.
    """

    environment: Name
    directory: Pattern | Literal["."] = "."
    prepare: tuple[Words, ...] = ()
    start: Words
    ready: Annotated[str, StringConstraints(pattern="^/")]
    patience: Seconds = 30
    variables: Variables


class SignIn(Value):
    """How a token is had: the route whose path ends so, as whom, and where the token is in the answer.

    The accounts are tried in their order, then registered by the route whose path ends in `register_path`.
    Their members are matched with those of the bodies without regard to case and underscores. If there is a
    route whose path ends in `second_factor`, one is set up: it gives a `secret` for one-time passwords
    (RFC 6238) and is confirmed with a code at `confirm`.
    """

    login: Annotated[str, StringConstraints(pattern="^/")]
    register_path: Annotated[str, StringConstraints(pattern="^/")] | None = None
    second_factor: Annotated[str, StringConstraints(pattern="^/")] | None = None
    confirm: Annotated[str, StringConstraints(pattern="^/")] | None = None
    accounts: Annotated[tuple[dict[str, str], ...], Field(min_length=1)]
    tokens: tuple[str, ...] = ("access_token", "token")


class ToolRule(Value):
    """One run of one tool.

    `runner` names who knows the tool, `package` the distribution in the lock whose version counts,
    `environment` where the program is. `reads` are the files that the tool gets to see, and no others.
    `paths` are the folders that it is to look at, given after the arguments: with them, a tool that can take
    many trees does.
    `levels` maps the tool's severities (`*`: any other) to levels; findings of level `blocks` and above
    make the gate red. A tool whose `needs` are not given is not run, and that does not block.
    `configuration` is the text of the tool's own file of settings. `beside` names what it reads besides the
    tree.
    """

    name: Name
    runner: Name
    package: str
    environment: Name
    arguments: tuple[str, ...]
    paths: tuple[Folder, ...] = ()
    directory: Pattern | Literal["."] = "."
    reads: tuple[Pattern, ...]
    beside: tuple[Literal["policies.json", "spec.json"], ...] = ()
    report: Literal["json", "jsonl", "junit", "ndjson"]
    levels: Levels
    ignore: tuple[Ignore, ...] = ()
    blocks: Level = "error"
    timeout: Seconds
    variables: Variables
    needs: tuple[Literal["postgres"], ...] = ()
    serve: Serve | None = None
    sign_in: SignIn | None = None
    configuration: str = ""


class StackRule(Value):
    """What a gate does with the applications of one stack.

    A tree without any file that fits `applies_to` is none of its business.
    """

    environments: dict[Name, EnvironmentRule]
    applies_to: Pattern | None = None
    tools: Annotated[tuple[ToolRule, ...], Field(min_length=1)]


class GateRule(Value):
    """One gate: what it is for, and its tools by stack (the name of the backend)."""

    gate: Name
    summary: str
    stacks: dict[Name, StackRule]


def schema() -> str:
    """Return the JSON Schema of `rules/gates/*.yaml`; `rules.schema.json` is this text."""
    made = {"$schema": "https://json-schema.org/draft/2020-12/schema", **GateRule.model_json_schema()}
    return json.dumps(made, indent=2, sort_keys=True) + "\n"


def find(gate: str, folders: Row[Path]) -> Path | None:
    """Return the rules file of a gate from the first folder that has one."""
    return next((file for folder in folders if (file := folder / "gates" / f"{gate}.yaml").is_file()), None)


def read_rule(file: Path) -> GateRule | list[Problem]:
    """Read one rules file; every problem has the place of the value that is wrong."""
    text = decode(file.read_bytes(), str(file))
    if not isinstance(text, str):
        return text
    tree = read(text, str(file))
    if isinstance(tree, list):
        return tree
    if problems := _check_schema(tree, file):
        return problems
    try:
        rule = GateRule.model_validate_json(json.dumps(plain(tree)))
    except ValidationError as error:
        found = [_problem(file, tree, detail["loc"], detail["msg"]) for detail in error.errors()]
        return sorted(found)
    return _check_references(rule, tree, file) or rule


def _check_schema(tree: Yaml, file: Path) -> list[Problem]:
    import jsonschema  # noqa: PLC0415 - a gate that is not run does not pay for it

    validator = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    return sorted(
        _problem(file, tree, error.absolute_path, error.message)
        for error in validator.iter_errors(plain(tree))
    )


def _check_references(rule: GateRule, tree: Yaml, file: Path) -> list[Problem]:
    found: list[tuple[tuple[str | int, ...], str]] = []
    for stack_name, stack in rule.stacks.items():
        where = ("stacks", stack_name)
        found += [
            ((*where, "environments", name), "give either tree or rules")
            for name, source in stack.environments.items()
            if (source.tree is None) == (source.rules is None)
        ]
        for index, tool in enumerate(stack.tools):
            found += [((*where, "tools", index), what) for what in _wrong_references(tool, stack)]
    return sorted(_problem(file, tree, path, what) for path, what in found)


def _wrong_references(tool: ToolRule, stack: StackRule) -> Iterable[str]:
    if sum(other.name == tool.name for other in stack.tools) > 1:
        yield f"two tools are called {tool.name!r}"
    used = {tool.environment, *([tool.serve.environment] if tool.serve else [])}
    for name in sorted(used - stack.environments.keys()):
        yield f"there is no environment {name!r}"
    for name in sorted(set(_placeholders(tool)) - PLACEHOLDERS):
        yield f"there is no placeholder {{{name}}}"


def _placeholders(tool: ToolRule) -> Iterable[str]:
    texts = [*tool.arguments, *tool.variables.values()]
    if tool.serve:
        commands = (*tool.serve.prepare, tool.serve.start)
        texts += [*tool.serve.variables.values(), *(word for command in commands for word in command)]
    return (match[1] for text in texts for match in _PLACEHOLDER.finditer(text))


def _problem(file: Path, tree: Yaml, path: Iterable[str | int], what: str) -> Problem:
    place = _place(tree, path)
    return Problem(str(file), place.line, place.column, what, "see `qlf schema rules`")


def _place(node: Yaml, path: Iterable[str | int]) -> Place:
    place = node.place
    for step in path:
        if isinstance(node, Mapping) and step in node.entries:
            place, node = node.keys[str(step)].place, node.entries[str(step)]
        elif isinstance(node, Sequence) and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
            place = node.place
        else:
            break
    return place
