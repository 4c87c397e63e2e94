"""What each stage of the pipeline does: from files to files, for one brief and one part.

A stage imports what it needs when it runs, so that asking what there is to do costs nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from qlf.agents.registry import AGENTS, agent
from qlf.errors import Problem
from qlf.repository import files_below

if TYPE_CHECKING:
    from pathlib import Path

    from qlf.gates.gate import GateSettings
    from qlf.gates.sarif import Cause
    from qlf.model.finding import Finding, Verdict
    from qlf.model.spec import Spec
    from qlf.repository import Repository


@dataclass(frozen=True, slots=True)
class Done:
    """What a step came to: problems of its input, or the verdict of a gate, or neither."""

    problems: tuple[Problem, ...] = ()
    verdict: Verdict | None = None


def put(path: Path, content: bytes) -> None:
    """Write a product whole, and only if it is another than the one that is there."""
    try:
        if path.read_bytes() == content:
            return
    except FileNotFoundError:
        pass
    from qlf.store import write_whole  # noqa: PLC0415

    write_whole(path, content)


def compile_brief_file(repository: Repository, brief: str, _: str) -> Done:
    """Make the spec and the slices of a brief."""
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


def generate(repository: Repository, brief: str, name: str) -> Done:
    """Have one agent write its patch."""
    from qlf.model.spec import Spec  # noqa: PLC0415
    from qlf.templates import faults, rendered  # noqa: PLC0415

    templates = repository.templates(name)
    if found := faults(templates, name):
        return Done(tuple(found))

    folder = repository.build(brief)
    sliced = Spec.model_validate_json((folder / "slices" / f"{name}.json").read_bytes())
    written = rendered(lambda: agent(name).write(sliced, (templates,)), templates)
    if isinstance(written, list):
        return Done(tuple(written))
    put(folder / "patches" / f"{name}.soc", written.encode())
    return Done()


def assemble(repository: Repository, brief: str, _: str) -> Done:
    """Put patches and own files together as a tree."""
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
    for path in files_below(folder):
        if path.is_symlink() or not path.is_file():
            problems.append(
                Problem(str(path), 0, 0, "this is not a regular file", "put the file itself there")
            )
        else:
            found[path.relative_to(folder).as_posix()] = path.read_bytes()
    return problems or found


def verify(repository: Repository, brief: str, gate: str) -> Done:
    """Have one gate judge the tree."""
    from qlf.gates.run import run_gate  # noqa: PLC0415

    folder = repository.build(brief)
    settings = gate_settings(repository, brief)
    causes = partial(_causes, spec_of(repository, brief), folder / "app")
    verdict = run_gate(gate, folder / "app", folder / "gates", settings, causes)
    return Done(tuple(verdict)) if isinstance(verdict, list) else Done(verdict=verdict)


def _causes(spec: Spec, app: Path, finding: Finding) -> tuple[Cause, ...]:
    """Return the clauses of the brief that the place of a finding is about, the nearest first."""
    from qlf.gates.sarif import Cause  # noqa: PLC0415
    from qlf.observe.clauses import about  # noqa: PLC0415

    file = app / finding.path
    if not finding.path or not file.is_file():
        return ()
    text = file.read_text(encoding="utf-8", errors="replace").splitlines()
    line = finding.line if finding.line <= len(text) else 0
    return tuple(
        Cause(clause.origin.file, clause.origin.line, clause.origin.column, clause.what)
        for clause in about(spec, finding.path, text, line)
        if clause.origin.kind == "brief"
    )


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


def gate_rules(folder: Path, gate: str) -> list[Path]:
    """Return the files of a folder of rules that a gate may read: its own, and the locks beside it."""
    own = folder / "gates" / f"{gate}.yaml"
    return [own, *sorted(own.parent.glob("*.lock"))] if own.is_file() else []
