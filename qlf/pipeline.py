"""The pipeline: four stages, each a function from declared input files to declared output files.

    compile    briefs/NAME.md                    -> build/NAME/spec.json, slices/AGENT.json
    generate   slices/AGENT.json                 -> build/NAME/patches/AGENT.soc     (for each agent)
    assemble   patches/*.soc, briefs/NAME/custom -> build/NAME/app/, assembled.json
    verify     app/, rules/                      -> build/NAME/gates/GATE.json, ...  (for each gate)

What a stage finds wrong is its result; nothing here prints. Stages import what they need when they run, so
that asking what there is to do costs nothing.
"""

from __future__ import annotations

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from qlf.agents.registry import AGENTS, agent
from qlf.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from qlf.gates.gate import GateSettings
    from qlf.model.finding import Verdict
    from qlf.model.spec import Spec
    from qlf.repository import Repository

GATES = ("static", "unit", "contract")


@dataclass(frozen=True, slots=True)
class Done:
    """What a step came to: problems of its input, or the verdict of a gate, or neither."""

    problems: tuple[Problem, ...] = ()
    verdict: Verdict | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage, made once for each brief and each of `parts` (an agent, a gate; `` for the whole).

    `reads` and `makes` give the files that a step reads and makes, as far as they can be known before.
    `code` names what in the package it is made of, `packages` the distributions that shape its products;
    `{part}` in both stands for the part.
    """

    name: str
    parts: tuple[str, ...]
    reads: Callable[[Repository, str, str], tuple[Path, ...]]
    makes: Callable[[Repository, str, str], tuple[Path, ...]]
    run: Callable[[Repository, str, str], Done]
    code: tuple[str, ...]
    packages: tuple[str, ...] = ()


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

    compile -> generate, each agent -> assemble -> verify, all gates at once. A stage with problems is the
    last. `watch` is called for each step, without a result when it begins and with it when it has ended; it
    may be called from several threads.
    """
    results: list[Done] = []
    for stage in STAGES:
        steps = [Step(stage, brief, part) for part in stage.parts]
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


def workers(repository: Repository) -> int:
    """Return how many steps may run at a time."""
    return repository.settings.jobs or os.cpu_count() or 1


def passes(verdict: Verdict, repository: Repository) -> bool:
    """Say whether a verdict lets an application through: green, or not proven and allowed to be."""
    allowed = repository.settings.gates.allow_unproven
    return verdict.outcome == "green" or (verdict.outcome == "unproven" and verdict.gate in allowed)


def put(path: Path, content: bytes) -> None:
    """Write a product whole, and only if it is another than the one that is there."""
    try:
        if path.read_bytes() == content:
            return
    except FileNotFoundError:
        pass
    from qlf.store import write_whole  # noqa: PLC0415

    write_whole(path, content)


def _compile(repository: Repository, brief: str, _: str) -> Done:
    from qlf.brief.read import read_brief  # noqa: PLC0415
    from qlf.compile.compile import compile_brief  # noqa: PLC0415
    from qlf.compile.inference import infer  # noqa: PLC0415
    from qlf.compile.slices import slice_spec  # noqa: PLC0415
    from qlf.model.canonical import canonical  # noqa: PLC0415

    files = repository.files(brief)
    if len(files) > 1:
        what = f"{files[0].name} is a brief of the same name"
        return Done((Problem(str(files[1]), 0, 0, what, "remove one of them"),))
    read = read_brief(
        repository.source(brief).relative_to(repository.root), repository.source(brief).read_bytes()
    )
    if isinstance(read, list):
        return Done(tuple(read))
    spec = compile_brief(infer(read))
    if isinstance(spec, list):
        return Done(tuple(spec))
    folder = repository.build(brief)
    put(folder / "spec.json", canonical(spec))
    for name in AGENTS:
        put(folder / "slices" / f"{name}.json", canonical(slice_spec(spec, agent(name).reads)))
    return Done()


def _generate(repository: Repository, brief: str, name: str) -> Done:
    from qlf.model.spec import Spec  # noqa: PLC0415

    folder = repository.build(brief)
    sliced = Spec.model_validate_json((folder / "slices" / f"{name}.json").read_bytes())
    put(folder / "patches" / f"{name}.soc", agent(name).write(sliced).encode())
    return Done()


def _assemble(repository: Repository, brief: str, _: str) -> Done:
    from qlf.assemble import merge, write  # noqa: PLC0415
    from qlf.soc.apply import apply  # noqa: PLC0415
    from qlf.soc.parse import parse  # noqa: PLC0415

    folder = repository.build(brief)
    patches: dict[str, dict[str, str]] = {}
    problems: list[Problem] = []
    for name in AGENTS:
        file = folder / "patches" / f"{name}.soc"
        read: Any = parse(file.read_bytes(), str(file), agent(name).owns)
        files = read if isinstance(read, list) else apply(read, {})
        if isinstance(files, list):
            problems += files
        else:
            patches[name] = files
    own = _own_files(repository.custom(brief))
    if isinstance(own, list):
        problems += own
    if problems or isinstance(own, list):
        return Done(tuple(problems))
    tree = merge(patches, own)
    if isinstance(tree, list):
        return Done(tuple(tree))
    return Done(tuple(write(tree, folder / "app", folder / "assembled.json")))


def _own_files(folder: Path) -> dict[str, bytes] | list[Problem]:
    """Read an author's own files; links are refused, since what they show could be anything."""
    found: dict[str, bytes] = {}
    problems = []
    for path in custom_files(folder):
        if path.is_symlink() or not path.is_file():
            problems.append(
                Problem(str(path), 0, 0, "this is not a regular file", "put the file itself there")
            )
        else:
            found[path.relative_to(folder).as_posix()] = path.read_bytes()
    return problems or found


def custom_files(folder: Path) -> list[Path]:
    """Return what lies below a folder of own files, folders left out, in order."""
    return sorted(path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())


def _verify(repository: Repository, brief: str, gate: str) -> Done:
    from qlf.gates.run import run_gate  # noqa: PLC0415

    folder = repository.build(brief)
    verdict = run_gate(gate, folder / "app", folder / "gates", gate_settings(repository, brief))
    return Done(tuple(verdict)) if isinstance(verdict, list) else Done(verdict=verdict)


def gate_settings(repository: Repository, brief: str) -> GateSettings:
    """Return what the gates of an application need to know besides its tree; it has been compiled."""
    from qlf.gates.gate import GateSettings  # noqa: PLC0415

    return GateSettings(
        rules=repository.rules(),
        stack=spec_of(repository, brief).stack.backend,
        postgres=repository.settings.gates.postgres_url or None,
        cache=repository.cache(),
    )


def spec_of(repository: Repository, brief: str) -> Spec:
    """Return the compiled spec of a brief; that it is not there is a FileNotFoundError."""
    from qlf.model.spec import Spec  # noqa: PLC0415

    return Spec.model_validate_json((repository.build(brief) / "spec.json").read_bytes())


_MODEL = ("pipeline.py", "repository.py", "errors.py", "model/*.py", "store.py")

COMPILE = Stage(
    "compile",
    ("",),
    reads=lambda repository, brief, _: repository.files(brief),
    makes=lambda repository, brief, _: (
        repository.build(brief) / "spec.json",
        *(repository.build(brief) / "slices" / f"{name}.json" for name in AGENTS),
    ),
    run=_compile,
    code=(*_MODEL, "strict_yaml.py", "brief/**", "compile/**", "agents/registry.py", "agents/*/agent.py"),
    packages=("cel-python", "inflect", "lark", "pydantic", "pyyaml", "rfc8785"),
)
GENERATE = Stage(
    "generate",
    AGENTS,
    reads=lambda repository, brief, name: (repository.build(brief) / "slices" / f"{name}.json",),
    makes=lambda repository, brief, name: (repository.build(brief) / "patches" / f"{name}.soc",),
    run=_generate,
    code=("model/*.py", "rendering.py", "agents/{part}/**"),
    packages=("jinja2", "pydantic", "ruff"),
)
ASSEMBLE = Stage(
    "assemble",
    ("",),
    reads=lambda repository, brief, _: (
        *(repository.build(brief) / "patches" / f"{name}.soc" for name in AGENTS),
        *custom_files(repository.custom(brief)),
    ),
    makes=lambda repository, brief, _: (repository.build(brief) / "assembled.json",),
    run=_assemble,
    code=("errors.py", "model/*.py", "soc/*.py", "assemble.py", "security/*.py"),
)
VERIFY = Stage(
    "verify",
    GATES,
    reads=lambda repository, brief, gate: (
        repository.build(brief) / "assembled.json",
        *(file for folder in repository.rules() for file in gate_rules(folder, gate)),
    ),
    makes=lambda repository, brief, gate: (
        repository.build(brief) / "gates" / f"{gate}.json",
        repository.build(brief) / "gates" / f"{gate}.sarif",
    ),
    run=_verify,
    code=("errors.py", "model/*.py", "gates/**"),
)
STAGES = (COMPILE, GENERATE, ASSEMBLE, VERIFY)


def gate_rules(folder: Path, gate: str) -> list[Path]:
    """Return the files of a folder of rules that a gate may read: its own, and the locks beside it."""
    own = folder / "gates" / f"{gate}.yaml"
    return [own, *sorted(own.parent.glob("*.lock"))] if own.is_file() else []
