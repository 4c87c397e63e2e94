"""The pipeline: five stages, each a function from declared input files to declared output files.

    compile    briefs/NAME.md, overlays/         -> build/NAME/spec.json, slices/AGENT.json
    generate   slices/AGENT.json                 -> build/NAME/patches/AGENT.soc     (for each agent)
    assemble   patches/*.soc, briefs/NAME/{patches,custom} -> build/NAME/app/, assembled.json
    verify     app/, rules/                      -> build/NAME/gates/GATE.json, ...  (for each gate)
    evidence   gates/, app/, rules/controls/     -> build/NAME/evidence.json, ...

What a stage finds wrong is its result; nothing here prints.
"""

from __future__ import annotations

import os
import signal
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from qlf import stages
from qlf.agents.registry import AGENTS
from qlf.repository import files_below

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from qlf.model.finding import Verdict
    from qlf.repository import Repository
    from qlf.stages import Done

GATES = ("static", "unit", "contract", "policy", "compliance")


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage, made once for each brief and each of `parts` (an agent, a gate; `` for the whole).

    `reads` and `makes` give the files that a step reads and makes, as far as they can be known before.
    `code` names what in the package it is made of, `packages` the distributions that shape its products;
    `{part}` in both stands for the part. `kept` says what the cache keeps of the products: `contents`,
    `digests` where making them again is as cheap as copying, or nothing.
    """

    name: str
    parts: tuple[str, ...]
    reads: Callable[[Repository, str, str], tuple[Path, ...]]
    makes: Callable[[Repository, str, str], tuple[Path, ...]]
    run: Callable[[Repository, str, str], Done]
    code: tuple[str, ...]
    packages: tuple[str, ...] = ()
    kept: Literal["contents", "digests", ""] = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One stage for one brief and one part, called `STAGE:NAME[:PART]`."""

    stage: Stage
    brief: str
    part: str = ""

    @property
    def name(self) -> str:
        """Return the name as doit has it."""
        return ":".join(filter(None, (self.stage.name, self.brief, self.part)))

    def run(self, repository: Repository) -> Done:
        """Do it."""
        return self.stage.run(repository, self.brief, self.part)


def build(repository: Repository, brief: str, watch: Callable[[Step, Done | None], None]) -> list[Done]:
    """Take one brief through all stages, as far as it gets.

    compile -> generate, each agent -> assemble -> verify, all gates at once -> evidence. A stage with
    problems is the last; a gate that is red has none. `watch` is called for each step, without a result when
    it begins and with it when it has ended; it may be called from several threads.
    """
    results: list[Done] = []
    chosen = steps_of(brief, repository)
    for stage in STAGES:
        steps = [step for step in chosen if step.stage is stage]
        done = list(
            _at_once(steps, repository, watch) if stage is VERIFY else _in_turn(steps, repository, watch)
        )
        results += done
        if any(each.problems for each in done):
            break
    return results


def _in_turn(
    steps: list[Step], repository: Repository, watch: Callable[[Step, Done | None], None]
) -> Iterator[Done]:
    for step in steps:
        watch(step, None)
        done = step.run(repository)
        watch(step, done)
        yield done


def _at_once(
    steps: list[Step], repository: Repository, watch: Callable[[Step, Done | None], None]
) -> Iterator[Done]:
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415

    from qlf.gates.process import terminable  # noqa: PLC0415

    with terminable(), interruptible(), ThreadPoolExecutor(workers(repository)) as pool:
        yield from pool.map(lambda step: next(_in_turn([step], repository, watch)), steps)


@contextmanager
def interruptible() -> Iterator[None]:
    """Make an interruption from the keyboard end what runs as SIGTERM would: with all that it started."""
    terminate = signal.getsignal(signal.SIGTERM)
    previous = signal.getsignal(signal.SIGINT)

    def interrupt(number: int, frame: Any) -> None:  # noqa: ANN401
        try:
            if callable(terminate):
                terminate(number, frame)
        except SystemExit as ended:
            raise KeyboardInterrupt from ended
        raise KeyboardInterrupt

    signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)


def steps_of(brief: str, repository: Repository) -> list[Step]:
    """Return the steps of a brief, in order, without the gates that the settings leave out."""
    chosen = repository.settings.gates.run
    return [
        Step(stage, brief, part)
        for stage in STAGES
        for part in stage.parts
        if stage is not VERIFY or part in chosen
    ]


def workers(repository: Repository) -> int:
    """Return how many steps may run at a time."""
    return repository.settings.jobs or os.cpu_count() or 1


def passes(verdict: Verdict, repository: Repository) -> bool:
    """Say whether a verdict lets an application through: green, not applicable, or not proven and allowed."""
    if verdict.outcome == "unproven":
        return verdict.gate in repository.settings.gates.allow_unproven
    return verdict.outcome in {"green", "not applicable"}


_MODEL = ("stages.py", "repository.py", "errors.py", "model/*.py", "store.py", "memory/*.py")

COMPILE = Stage(
    "compile",
    ("",),
    reads=lambda repository, brief, _: (
        *repository.files(brief),
        *files_below(repository.migrations(brief)),
        *stages.overlay_files(repository),
        *stages.policy_files(repository),
        *stages.control_rules(repository),
    ),
    makes=lambda repository, brief, _: (
        repository.build(brief) / "spec.json",
        *(repository.build(brief) / "slices" / f"{name}.json" for name in AGENTS),
    ),
    run=stages.compile_brief_file,
    code=(
        *(*_MODEL, "strict_yaml.py", "structure.py", "words.py", "grammars.py"),
        *(
            "brief/**",
            "overlay/**",
            "policies/files.py",
            "controls/files.py",
            "declarations/**",
            "cel/**",
            "compile/**",
            "migrations/**",
            "sql/**",
        ),
        *("agents/registry.py", "agents/*/agent.py"),
    ),
    packages=("cel-python", "lark", "pydantic", "pyyaml", "rfc8785"),
    kept="contents",
)
GENERATE = Stage(
    "generate",
    AGENTS,
    reads=lambda repository, brief, name: (
        repository.build(brief) / "slices" / f"{name}.json",
        *files_below(repository.templates(name)),
        *stages.overlay_templates(repository, name),
    ),
    makes=lambda repository, brief, name: (repository.build(brief) / "patches" / f"{name}.soc",),
    run=stages.generate,
    code=(
        *("stages.py", "errors.py", "model/*.py", "store.py", "memory/*.py", "rendering.py", "templates.py"),
        *("samples.py", "unused_imports.py", "evaluation.py", "cel/walk.py", "python_names.py"),
        "agents/{part}/**",
        "sql/**",
    ),
    packages=("jinja2", "markdown-it-py", "pydantic", "rstr", "ruff"),
    kept="contents",
)
ASSEMBLE = Stage(
    "assemble",
    ("",),
    reads=lambda repository, brief, _: (
        *(repository.build(brief) / "patches" / f"{name}.soc" for name in AGENTS),
        *files_below(repository.patches(brief)),
        *files_below(repository.custom(brief)),
        *files_below(repository.migrations(brief)),
    ),
    makes=lambda repository, brief, _: (repository.build(brief) / "assembled.json",),
    run=stages.assemble,
    code=(
        *(*_MODEL, "soc/*.py", "assemble.py", "own/*.py", "security/*.py", "config.py"),
        *("agents/registry.py", "migrations/**", "sql/**"),
    ),
    packages=("pygit2",),
    kept="digests",
)
VERIFY = Stage(
    "verify",
    GATES,
    reads=lambda repository, brief, gate: (
        repository.build(brief) / "assembled.json",
        *(file for folder in repository.rules() for file in stages.gate_rules(folder, gate)),
        *(stages.beside_files(repository, brief) if gate == stages.POLICY else ()),
    ),
    makes=lambda repository, brief, gate: (
        repository.build(brief) / "gates" / f"{gate}.json",
        repository.build(brief) / "gates" / f"{gate}.sarif",
    ),
    run=stages.verify,
    code=(
        "stages.py",
        "errors.py",
        "model/*.py",
        "store.py",
        "memory/*.py",
        "strict_yaml.py",
        "environment.py",
        *("structure.py", "grammars.py", "cel/**", "policies/**"),
        "gates/**",
        "observe/**",
    ),
)
EVIDENCE = Stage(
    "evidence",
    ("",),
    reads=lambda repository, brief, _: (
        repository.build(brief) / "spec.json",
        *dict.fromkeys(path for gate in GATES for path in VERIFY.reads(repository, brief, gate)),
        *stages.gate_reports(repository, brief),
        *stages.control_rules(repository),
    ),
    makes=lambda repository, brief, _: (repository.build(brief) / "evidence.json",),
    run=stages.evidence,
    code=(
        *(*VERIFY.code, "repository.py", "controls/**", "evidence/**"),
        *("rendering.py", "unused_imports.py", "html/**"),
    ),
    packages=("cel-expr-python", "jinja2", "pydantic", "rfc8785"),
)
STAGES = (COMPILE, GENERATE, ASSEMBLE, VERIFY, EVIDENCE)
