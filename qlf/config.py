"""The settings of a brief repository: `factory.toml`, every key with its default, and whence a value is.

A value is taken from the environment (`QLF_...`) if it is there, else from the file, else it is the default.
"""

from __future__ import annotations

import difflib
import json
import re
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StringConstraints, ValidationError, model_validator

from qlf.errors import Problem
from qlf.memory.place import FILE
from qlf.model.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

DEFAULT = "default"
_KEY = re.compile(r"""\s*(?P<key>[A-Za-z0-9_."'-]+)\s*=""")
_TABLE = re.compile(r"""\s*\[(?P<table>[A-Za-z0-9_."' -]+)\]\s*(#.*)?""")
_AT = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)")

Folder = Annotated[
    str,
    StringConstraints(
        pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*$", max_length=200
    ),
]
Reason = Annotated[str, StringConstraints(pattern=r"\S", max_length=500)]
BriefName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=100)]
GateName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*$", max_length=60)]


def _tuple(value: Any) -> Any:  # noqa: ANN401 - whatever TOML has
    """Return a list of TOML's as what a fixed value holds."""
    return tuple(value) if isinstance(value, list) else value


class Folders(Value):
    """Where things lie, relative to the repository."""

    briefs: Folder = Field(default="briefs", description="The briefs.")
    build: Folder = Field(default="build", description="The products; deleting it loses nothing.")
    overlays: Folder = Field(
        default="overlays", description="Overlays of one's own; they win over those shipped."
    )
    rules: Folder = Field(default="rules", description="Rules of one's own; they win over those shipped.")
    templates: Folder = Field(
        default="templates", description="Templates of one's own; they win over those of the agents."
    )

    prompts: Folder = Field(
        default="prompts", description="Texts of prompts of one's own; they win over those shipped."
    )

    @model_validator(mode="after")
    def _apart(self) -> Folders:
        """Refuse sources below the folder of products."""
        for source in (self.briefs, self.overlays, self.rules, self.templates, self.prompts):
            if f"{source}/".startswith(f"{self.build}/"):
                message = f"{source} lies in the folder of products, {self.build}"
                raise ValueError(message)
        return self


class Cache(Value):
    """What can be made again, and is kept outside the repository."""

    folder: str = Field(default="", description="The folder; empty: the user's cache folder.")
    megabytes: int = Field(
        default=2000, ge=1, le=10**6, description="How much is kept of products, and of verdicts."
    )


Shipped = Literal["static", "unit", "contract", "policy", "compliance"]


class Gates(Value):
    """What gates may use, and what they are forgiven."""

    run: Annotated[tuple[Shipped, ...], BeforeValidator(_tuple)] = Field(
        default=("static", "unit", "contract", "policy", "compliance"),
        description="The gates that run; none: nothing is proven.",
    )
    postgres_url: str = Field(
        default="", description="A PostgreSQL server on which databases may be made and dropped."
    )
    allow_unproven: dict[GateName, Reason] = Field(
        default={}, description="Gates that do not block when they are not proven, each with the reason."
    )


class Commit(Value):
    """What is committed besides sources."""

    applications: bool = Field(
        default=False, description="Whether the generated applications are committed with their sources."
    )
    linguist: bool = Field(
        default=True, description="Whether committed applications are marked linguist-generated."
    )


class Signing(Value):
    """The keys of capsules. What is secret is never here: a key has a file, or a service, of its own."""

    key: str = Field(
        default="",
        max_length=500,
        description="The private key: a file, or a URI of a key management service such as awskms:KEY; "
        "empty: the one that `qlf key new` makes.",
    )
    trusted: Annotated[tuple[str, ...], BeforeValidator(_tuple)] = Field(
        default=(),
        description="Files of public keys that may have signed; none: the public half of the signing key.",
    )


Replaced = Annotated[
    tuple[Annotated[str, StringConstraints(min_length=1, max_length=1000)], ...], BeforeValidator(_tuple)
]


class Settings(Value):
    """Everything that `factory.toml` can say."""

    jobs: int = Field(default=0, ge=0, le=256, description="Steps at a time; 0: as many as processors.")
    folders: Folders = Folders()
    cache: Cache = Cache()
    gates: Gates = Gates()
    signing: Signing = Signing()
    commit: Commit = Commit()
    replaces: dict[BriefName, Replaced] = Field(
        default={},
        description="By brief, own files that replace generated ones and have no comment to say so.",
    )

    def of_products(self) -> dict[str, Any]:
        """Return those settings that count for what is built; none of them is secret."""
        said = self.model_dump(mode="json", include={"folders": True, "gates": {"run", "allow_unproven"}})
        replaces = {brief: list(paths) for brief, paths in self.replaces.items()}
        return {**said, "replaces": replaces} if replaces else said


ENVIRONMENT = {
    "jobs": "QLF_JOBS",
    "folders.briefs": "QLF_BRIEFS",
    "folders.build": "QLF_BUILD",
    "folders.overlays": "QLF_OVERLAYS",
    "folders.rules": "QLF_RULES",
    "folders.templates": "QLF_TEMPLATES",
    "folders.prompts": "QLF_PROMPTS",
    "cache.folder": "QLF_CACHE",
    "cache.megabytes": "QLF_CACHE_MEGABYTES",
    "gates.run": "QLF_GATES",
    "gates.postgres_url": "QLF_POSTGRES_URL",
    "signing.key": "QLF_SIGNING_KEY",
    "signing.trusted": "QLF_TRUSTED_KEYS",
    "commit.applications": "QLF_COMMIT_APPLICATIONS",
    "commit.linguist": "QLF_COMMIT_LINGUIST",
}
KEYS = (*ENVIRONMENT, "gates.allow_unproven", "replaces")


@dataclass(frozen=True, slots=True)
class Config:
    """Settings, and for each key where its value came from: `default`, `factory.toml` or a variable."""

    settings: Settings
    sources: Mapping[str, str]

    def value(self, key: str) -> Any:  # noqa: ANN401 - values of several types
        """Return the value of one of KEYS; another key is a defect."""
        found: Any = self.settings
        for part in key.split("."):
            found = getattr(found, part)
        return found


def schema() -> str:
    """Return the JSON Schema of `factory.toml`."""
    made = {"$schema": "https://json-schema.org/draft/2020-12/schema", **Settings.model_json_schema()}
    return json.dumps(made, indent=2, sort_keys=True) + "\n"


def load(root: Path, environ: Mapping[str, str]) -> Config | list[Problem]:
    """Read the settings of a repository; without a file all are defaults."""
    file = root / FILE
    text = ""
    if file.exists():
        try:
            text = file.read_bytes().decode("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            return [Problem(FILE, 0, 0, f"the settings cannot be read: {error}", "make it a UTF-8 file")]
    return read(text, environ)


def read(text: str, environ: Mapping[str, str]) -> Config | list[Problem]:
    """Read the text of `factory.toml`; every problem has its line, or the name of its variable."""
    try:
        said = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = _AT.search(str(error))
        line, column = (int(place[1] or 0), int(place[2] or 0)) if place else (0, 0)
        what = f"this is not TOML: {_AT.sub('', str(error))}"
        return [Problem(FILE, line, column, what, "see https://toml.io for the syntax")]
    problems = _problems(said, text)
    sources = {key: FILE if _said(said, key) else DEFAULT for key in KEYS}
    for key, variable in ENVIRONMENT.items():
        if variable in environ:
            sources[key] = variable
            wrong = _put(said, key, environ[variable])
            problems += [Problem(f"${variable}", 0, 0, each, "change or unset it") for each in wrong]
    if problems:
        return problems
    # JSON mode of pydantic takes numbers from texts, as variables have them; the file was checked strictly.
    return Config(Settings.model_validate(said), sources)


def change(text: str, key: str, value: str) -> str | list[Problem]:
    """Return the text of `factory.toml` with a key set to a value; comments and order are kept.

    An entry of `gates.allow_unproven` is `gates.allow_unproven.GATE`; an empty reason takes it out.
    """
    import tomlkit  # noqa: PLC0415 - only whoever changes the file pays for it

    table, _, name = key.rpartition(".")
    if key not in ENVIRONMENT and table != "gates.allow_unproven":
        return [Problem(FILE, 0, 0, f"there is no key {key!r}", near(key))]
    before = read(text, {})
    if isinstance(before, list):
        return before
    document: Any = tomlkit.parse(text)
    place = document
    for part in filter(None, table.split(".")):
        if part not in place:
            place[part] = tomlkit.table(is_super_table=part == "gates" and table != "gates")
        place = place[part]
    if table == "gates.allow_unproven" and not value:
        place.pop(name, None)
    else:
        place[name] = _typed(key, value)
    made: str = tomlkit.dumps(document)
    after = read(made, {})
    if isinstance(after, list):
        return [Problem(FILE, 0, 0, each.what, each.advice) for each in after]
    return made


def _typed(key: str, value: str) -> Any:  # noqa: ANN401 - values of several types
    """Return the value that a text stands for; a list is written with commas."""
    if key in {"gates.run", "signing.trusted"}:
        return [each for each in re.split(r"[\s,]+", value) if each]
    if key.startswith("commit.") and value in {"true", "false"}:
        return value == "true"
    return int(value) if key in {"jobs", "cache.megabytes"} and re.fullmatch(r"-?\d{1,9}", value) else value


def _put(said: dict[str, Any], key: str, value: str) -> list[str]:
    """Put a variable's value into the tree and return what is wrong with it."""
    table, _, name = key.rpartition(".")
    place = said.setdefault(table, {}) if table else said
    place[name] = _typed(key, value)
    alone = {table: {name: place[name]}} if table else {name: place[name]}
    return [what for _, what, _ in _faults(alone)]


def _problems(said: dict[str, Any], text: str) -> list[Problem]:
    lines = _lines(text)
    found = []
    for path, what, advice in _faults(said):
        line = 0
        for length in range(len(path), 0, -1):
            if line := lines.get(".".join(path[:length]), 0):
                break
        found.append(Problem(FILE, line, 0, what, advice))
    return sorted(found)


def _faults(said: dict[str, Any]) -> Iterator[tuple[tuple[str, ...], str, str]]:
    try:
        Settings.model_validate(said, strict=True)
    except ValidationError as error:
        for detail in error.errors():
            path = tuple(str(part) for part in detail["loc"] if part != "[key]")
            key = ".".join(path)
            if detail["type"] == "extra_forbidden":
                yield path, f"there is no key {key!r}", near(key)
            elif detail["type"] == "string_pattern_mismatch":
                yield path, *_misfit(path, detail["input"], names="[key]" in detail["loc"])
            else:
                message = detail["msg"].removeprefix("Value error, ")
                yield path, f"{key}: {message[:1].lower()}{message[1:]}", "see `qlf schema factory`"


def _misfit(path: tuple[str, ...], value: object, *, names: bool) -> tuple[str, str]:
    """Say what is wrong with a text that does not fit, and what to do."""
    key = ".".join(path)
    if names and path[0] == "replaces":
        return f"{value!r} cannot be the name of a brief", "write the name of its file without .md"
    if names:
        return f"{value!r} cannot be the name of a gate", "write one that `qlf doctor` names"
    if path[0] == "gates":
        return f"{key} has no reason", "say why the gate need not be proven, or take it out"
    return f"{key}: {value!r} is no folder below the repository", "write a relative path without .."


def near(key: str) -> str:
    """Return the advice for a key that there is not."""
    close = difflib.get_close_matches(key, KEYS, 1)
    return f"did you mean {close[0]!r}?" if close else f"the keys are {', '.join(KEYS)}"


def _said(said: dict[str, Any], key: str) -> bool:
    place: Any = said
    for part in key.split("."):
        if not isinstance(place, dict) or part not in place:
            return False
        place = place[part]
    return True


def _lines(text: str) -> dict[str, int]:
    """Return the line of each key, as far as it stands at the beginning of one."""
    lines: dict[str, int] = {}
    table = ""
    for number, line in enumerate(text.splitlines(), 1):
        if match := _TABLE.fullmatch(line):
            table = _bare(match["table"])
            lines.setdefault(table, number)
        elif match := _KEY.match(line):
            lines.setdefault(f"{table}.{_bare(match['key'])}".lstrip("."), number)
    return lines


def _bare(key: str) -> str:
    return key.replace('"', "").replace("'", "").replace(" ", "")
