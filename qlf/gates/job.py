"""One tool, about to be run over a tree or many: what a runner is given, and what it gives back."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from qlf.gates.process import variables_for
from qlf.gates.reading import matches
from qlf.model.finding import Finding, Level, Outcome, ToolRun

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from qlf.environment import Environment
    from qlf.gates.process import Ended, Processes
    from qlf.gates.rules import ToolRule

_Result = TypeVar("_Result")
_MESSAGE_LIMIT = 2000
# A joint run that is too slow costs no more than this many that are: its trees are then judged alone.
_PATIENCE = 4
# Control characters move cursors, directions of writing hide text, and surrogates are no text at all.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
LEVELS: tuple[Level, ...] = ("note", "warning", "error")


class Place(NamedTuple):
    """Where something was found; lines and columns count from 1, 0 if there is none."""

    path: str
    line: int = 0
    column: int = 0


NOWHERE = Place("")


class Report(NamedTuple):
    """What a tool's run came to; `attachments` are files to keep beside the verdict, by name."""

    run: ToolRun
    findings: tuple[Finding, ...] = ()
    attachments: Mapping[str, bytes] = {}


@dataclass(frozen=True, slots=True)
class Job:
    """A tool's rule and its surroundings.

    `tree` is a copy that holds exactly what the rule says the tool reads, `work` an empty folder of its
    own, `cache` a folder that stays from run to run, and `environments` what the rule names, ready.
    `prefix` is what a tool that runs above the tree puts before the paths of its files.
    """

    rule: ToolRule
    tree: Path
    work: Path
    cache: Path
    environments: Mapping[str, Environment]
    processes: Processes
    app: str
    postgres: str | None = None
    prefix: str = ""
    secret: str = field(default_factory=lambda: secrets.token_hex(32))

    @property
    def environment(self) -> Environment:
        """Return the environment that has the tool."""
        return self.environments[self.rule.environment]

    @property
    def arguments(self) -> tuple[str, ...]:
        """Return the arguments of the rule, and what the tool is to look at."""
        return (*self.rule.arguments, *self.rule.paths)

    @property
    def report(self) -> Path:
        """Return the file to which the tool writes its report."""
        return self.work / "report"

    @property
    def home(self) -> Path:
        """Return the home folder of everything that is run."""
        return self.work / "home"

    def fill(self, text: str, **more: str) -> str:
        """Put paths and secrets in the place of `{tree}`, `{work}` and so on."""
        app = self.environments.get("app")
        known = {
            "tree": str(self.tree),
            "work": str(self.work),
            "cache": str(self.cache),
            "report": str(self.report),
            "app_python": str(app.python) if app else "",
            "secret": self.secret,
            **more,
        }
        return re.sub(r"\{(\w+)\}", lambda match: known.get(match[1], match[0]), text)

    @property
    def beside(self) -> Path:
        """Return the folder of what the tool reads besides the tree."""
        return self.work / "beside"

    def program(self, name: str) -> Path:
        """Return a program of the tool's environment, there or not."""
        return self.environment.programs / name

    def run(
        self, program: Path, *arguments: str, variables: Mapping[str, str] | None = None
    ) -> Ended | Report:
        """Run a program of the tool; if it is missing or too slow, return the report that says so."""
        if not program.exists():
            return self.unproven(f"{program.name} is not in the environment {self.rule.environment!r}")
        filled = {name: self.fill(value) for name, value in self.rule.variables.items()}
        ended = self.processes.run(
            [str(program), *(self.fill(argument) for argument in arguments)],
            cwd=self.tree / self.rule.directory,
            variables=variables_for(self.home, self.environment.programs, {**filled, **(variables or {})}),
            timeout=self.rule.timeout,
        )
        if ended.code is None:
            return self.unproven(f"not ended after {self.rule.timeout} s", seconds=ended.seconds)
        return ended

    def count(self, suffix: str) -> int:
        """Return how many files with this suffix the tool was given."""
        return sum(1 for file in self.tree.rglob(f"*{suffix}") if file.is_file())

    def relative(self, path: str) -> str:
        """Return a path that a tool reported relative to the tree, `/` between parts."""
        base = str(self.tree / self.rule.directory) if self.rule.directory != "." else str(self.tree)
        shortened = path.replace("\\", "/").removeprefix(f"{base}/").removeprefix(f"{self.tree}/")
        return shortened.removeprefix("./").removeprefix(self.prefix)

    def clean(self, text: str) -> str:
        """Return a text without the paths and addresses of this one run."""
        text = text.replace(f"{self.tree}/", "").replace(str(self.tree), ".").replace(str(self.work), "WORK")
        text = text.replace(self.prefix, "")
        for environment in self.environments.values():
            text = text.replace(str(environment.folder), environment.name.upper())
        return re.sub(r"0x[0-9a-f]{6,16}", "0x...", text)

    def level(self, severity: str) -> Level:
        """Return the level that the rule gives to a severity of the tool."""
        return self.rule.levels.get(severity, self.rule.levels.get("*", "error"))

    def unproven(self, reason: str, seconds: float = 0.0) -> Report:
        """Return the report of a run that showed nothing."""
        return Report(
            self._tool_run(
                Outcome.UNPROVEN, printable(self.clean(reason).strip()[:_MESSAGE_LIMIT]), 0, seconds
            )
        )

    def crashed(self, ended: Ended) -> Report:
        """Return the report of a tool that ended as it never should."""
        said = f": {ended.last_words}" if ended.last_words else ""
        return self.unproven(f"ended with unexpected code {ended.code}{said}", ended.seconds)

    def judged(
        self,
        findings: Iterable[Finding],
        executed: int,
        seconds: float,
        attachments: Mapping[str, bytes] | None = None,
    ) -> Report:
        """Return the report of a run that came to its end: red if anything blocks, unproven if idle."""
        kept = tuple(sorted((one for one in findings if not self._ignored(one)), key=_order))
        outcome, reason = Outcome.GREEN, ""
        if any(LEVELS.index(one.level) >= LEVELS.index(self.rule.blocks) for one in kept):
            outcome = Outcome.RED
        elif not executed:
            outcome, reason = Outcome.UNPROVEN, "nothing was checked"
        run = self._tool_run(outcome, reason, executed, seconds)
        return Report(run, kept, attachments or {})

    def finding(self, rule: str, level: Level, message: str, place: Place = NOWHERE) -> Finding:
        """Return one result of this tool; path and message are those of the tool."""
        return Finding(
            tool=self.rule.name,
            rule=rule,
            level=level,
            message=printable(self.clean(message).strip()[:_MESSAGE_LIMIT]),
            path=self.relative(place.path),
            line=max(place.line, 0),
            column=max(place.column, 0),
        )

    def _ignored(self, finding: Finding) -> bool:
        return any(one.rule == finding.rule and matches(finding.path, one.paths) for one in self.rule.ignore)

    def _tool_run(self, outcome: Outcome, reason: str, executed: int, seconds: float) -> ToolRun:
        version = self.environment.versions.get(self.rule.package, "")
        return ToolRun(
            tool=self.rule.name,
            version=version,
            outcome=outcome,
            reason=reason,
            executed=executed,
            seconds=round(seconds, 3),
        )


@dataclass(frozen=True, slots=True)
class JointJob:
    """Jobs of one tool, by one rule. `folder` holds their trees and nothing else, `work` is for the tool.

    Each tree lies in a folder whose name nobody can foresee: no tree can name another in its settings, and a
    path that the tool reports says of which tree it is.
    """

    folder: Path
    work: Path
    jobs: tuple[Job, ...]

    @property
    def report(self) -> Path:
        """Return the file to which the tool may write its report."""
        return self.work / "report"

    def run(self, program: str, *arguments: str) -> Ended | None:
        """Run a program of the tool over what the rule has it look at; None if it did not come to an end."""
        first = self.jobs[0]
        paths = [f"{job.prefix}{path}" for job in self.jobs for path in first.rule.paths]
        ended = first.processes.run(
            [str(first.program(program)), *arguments, *paths],
            cwd=self.folder,
            variables=variables_for(self.work / "home", first.environment.programs, {}),
            timeout=first.rule.timeout * min(len(self.jobs), _PATIENCE),
        )
        return None if ended.code is None else ended

    def parted(self, results: Iterable[_Result], path: Callable[[_Result], str]) -> list[list[_Result]]:
        """Return the results about each job, in their order. That one is about none is a ValueError."""
        parts: dict[str, list[_Result]] = {job.prefix: [] for job in self.jobs}
        for result in results:
            inside = path(result).removeprefix(f"{self.folder}/").removeprefix("./")
            place, app, rest = (*inside.split("/", 2), "", "")[:3]
            if f"{place}/{app}/" not in parts or ".." in rest.split("/"):
                message = f"about no tree: {inside}"
                raise ValueError(message)
            parts[f"{place}/{app}/"].append(result)
        return list(parts.values())


@dataclass(frozen=True, slots=True)
class Joint:
    """How to run a tool over many trees at once.

    `check` returns for each job exactly the report that the runner would return for it alone; where that is
    not certain it raises ValueError. `fits` says of which job it can ever be certain, and `parallel` whether
    one run of the tool uses all processors.
    """

    check: Callable[[JointJob], Sequence[Report]]
    fits: Callable[[Job], bool]
    parallel: bool = False


@dataclass(frozen=True, slots=True)
class Runner:
    """What knows a tool: how to run it, and the report formats of it that it can read."""

    check: Callable[[Job], Report]
    reports: frozenset[str]
    joint: Joint | None = None


def printable(text: str) -> str:
    """Return a text of a tool as any terminal and any JSON can have it, the rest escaped."""
    return _UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def _order(finding: Finding) -> tuple[str, int, int, str, str]:
    return finding.path, finding.line, finding.column, finding.rule, finding.message
