"""What each stage of the pipeline does: from files to files, for one brief and one part.

A stage imports what it needs when it runs, so that asking what there is to do costs nothing.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from qlf.agents.registry import AGENTS, agent
from qlf.errors import Problem, problems_of
from qlf.repository import files_below

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from qlf.controls.read import Library
    from qlf.gates.batch import Batch
    from qlf.gates.gate import GateSettings
    from qlf.gates.sarif import Cause
    from qlf.model.evidence import Evidence
    from qlf.model.finding import Finding, Verdict
    from qlf.model.overlay import Overlay
    from qlf.model.prompt import PromptAgent
    from qlf.model.spec import Spec
    from qlf.overlay.files import Folder
    from qlf.policies.files import Rules
    from qlf.prompts.compose import Composed
    from qlf.repository import Repository

POLICY = "policy"  # the gate that reads the spec and policies besides the tree


@dataclass(frozen=True, slots=True)
class Done:
    """What a step came to: problems of its input, or the verdict of a gate, or neither.

    `made` has the products by path, with their SHA-256 digests. `recalled`: the cache had the verdict.
    """

    problems: tuple[Problem, ...] = ()
    verdict: Verdict | None = None
    recalled: bool = False
    made: Mapping[str, str] = field(default_factory=dict)


def put(products: Mapping[Path, bytes]) -> dict[str, str]:
    """Write products, each whole and only if it is another than the one that is there.

    Returns their digests by path.
    """
    from qlf.model.canonical import digest  # noqa: PLC0415
    from qlf.store import write_whole  # noqa: PLC0415

    for path, content in products.items():
        if path.is_symlink() or not path.is_file() or path.read_bytes() != content:
            write_whole(path, content)
    return {str(path): digest(content) for path, content in products.items()}


def compile_brief_file(repository: Repository, brief: str, _: str) -> Done:
    """Make the spec and the slices of a brief."""
    from qlf.compile.slices import write_spec  # noqa: PLC0415

    spec = compiled(repository, brief)
    if isinstance(spec, list):
        return Done(tuple(spec))
    spec = _migrated(repository, brief, spec)
    if isinstance(spec, list):
        return Done(tuple(spec))
    folder = repository.build(brief)
    whole, slices = write_spec(spec, {name: agent(name).reads for name in AGENTS})
    sliced = {folder / "slices" / f"{name}.json": content for name, content in slices.items()}
    return Done(made=put({folder / "spec.json": whole, **sliced}))


def _migrated(repository: Repository, brief: str, spec: Spec) -> Spec | list[Problem]:
    """Return the spec with where its migrations stand, or what none of them makes, if the brief has any."""
    if not repository.migrations(brief).is_dir():
        return spec
    from qlf.migrations.ahead import ahead  # noqa: PLC0415
    from qlf.migrations.folder import read_migrations  # noqa: PLC0415

    made = read_migrations(repository.migrations(brief), brief)
    if isinstance(made, list):
        return made
    problems = ahead(made.last.made_for, spec, brief, repository.source(brief).as_posix())
    return problems or spec.model_copy(update={"between_steps": made.last.target is not None})


def compiled(repository: Repository, brief: str) -> Spec | list[Problem]:
    """Return the spec of a brief, or all problems of the brief and of the overlays."""
    from qlf.brief.read import read_brief  # noqa: PLC0415
    from qlf.compile.compile import compile_brief  # noqa: PLC0415
    from qlf.compile.inference import infer  # noqa: PLC0415
    from qlf.overlay.catalogue import check_taken  # noqa: PLC0415
    from qlf.overlay.resolve import resolve  # noqa: PLC0415

    files = repository.files(brief)
    if len(files) > 1:
        what = f"{files[0].name} is a brief of the same name"
        return [Problem(str(files[1]), 0, 0, what, "remove one of them")]
    read = read_brief(
        repository.source(brief).relative_to(repository.root), repository.source(brief).read_bytes()
    )
    library = overlays(repository)
    if isinstance(read, list) or isinstance(library, list):
        return problems_of(read, library)
    inferred = infer(read, library)
    uses = resolve(inferred.overlays, library)
    if isinstance(uses, list):
        return sorted(problems_of(uses, compile_brief(inferred)))
    spec = check_taken(read, uses, library) or compile_brief(inferred, uses, library)
    return sorted(spec) if isinstance(spec, list) else spec


def overlays(repository: Repository) -> tuple[Overlay, ...] | list[Problem]:
    """Return all overlays that there are: the repository's own, and those shipped under other names."""
    from qlf.controls.files import catalogue_names  # noqa: PLC0415
    from qlf.overlay.read import read_overlays  # noqa: PLC0415
    from qlf.overlay.references import check_rules  # noqa: PLC0415
    from qlf.policies.files import policy_files as files_of  # noqa: PLC0415

    found = read_overlays(_overlay_folders(repository))
    if isinstance(found, list):
        return found
    problems = [problem for each in found for problem in _unknown_agents(each)]
    rules = _rules(repository)
    problems += check_rules(found, files_of(rules), catalogue_names(rules))
    if own := [each for each in found if each.entities and not each.shipped]:
        from qlf.compile.catalogues import check_catalogue  # noqa: PLC0415 - few have entities of their own

        problems += [problem for each in own for problem in check_catalogue(each)]
    return sorted(problems) or found


def _unknown_agents(overlay: Overlay) -> Iterable[Problem]:
    for one in overlay.templates:
        if one.name not in AGENTS:
            from qlf.structure import did_you_mean  # noqa: PLC0415

            at = one.origin
            what, advice = f"there is no agent {one.name}", did_you_mean(one.name, AGENTS)
            yield Problem(at.file, at.line, at.column, what, advice)


def overlay_files(repository: Repository) -> tuple[Path, ...]:
    """Return the files of all overlays that there are."""
    from qlf.overlay.files import overlay_files as files_of  # noqa: PLC0415

    return tuple(path for path, _ in files_of(_overlay_folders(repository)))


def policy_files(repository: Repository) -> tuple[Path, ...]:
    """Return the files of all policies that there are."""
    from qlf.policies.files import policy_files as files_of  # noqa: PLC0415

    return tuple(path for path, _ in files_of(_rules(repository)).values())


def _rules(repository: Repository) -> tuple[Rules, ...]:
    """Return the folders of rules; those shipped are called the same wherever the factory is installed."""
    from qlf.policies.files import Rules  # noqa: PLC0415

    own, *others = repository.rules()
    return (Rules(own, repository.settings.folders.rules), *(Rules(path, "rules") for path in others))


def _overlay_folders(repository: Repository) -> tuple[Folder, ...]:
    """Return the folders of overlays; those shipped are called the same wherever the factory is installed."""
    from qlf.overlay.files import Folder  # noqa: PLC0415

    own, *_ = folders = repository.overlays()
    called = repository.settings.folders.overlays
    return tuple(
        Folder(path, called if path == own else "overlays", shipped=path == folders[-1]) for path in folders
    )


def generate(repository: Repository, brief: str, name: str) -> Done:
    """Have one agent write its patch."""
    from qlf.model.spec import Spec  # noqa: PLC0415
    from qlf.templates import faults, rendered  # noqa: PLC0415

    folder = repository.build(brief)
    sliced = Spec.model_validate_json((folder / "slices" / f"{name}.json").read_bytes())
    templates = (repository.templates(name), *_of_overlays(repository, sliced, name))
    if found := [fault for each in templates for fault in faults(each, name)]:
        return Done(tuple(found))

    written = rendered(lambda: agent(name).write(sliced, templates), templates)
    if isinstance(written, list):
        return Done(tuple(written))
    return Done(made=put({folder / "patches" / f"{name}.soc": written.encode()}))


def overlay_templates(repository: Repository, name: str) -> list[Path]:
    """Return the files of all templates for an agent that overlays have."""
    folders = (f for each in repository.overlays() for f in sorted(each.glob(f"*/*/templates/{name}")))
    return [file for folder in folders for file in files_below(folder)]


def _of_overlays(repository: Repository, spec: Spec, name: str) -> list[Path]:
    """Return the folders of templates for an agent that overlays taking part have, those that win first."""
    found = []
    for each in reversed(spec.templates):
        agent_name, _, overlay = each.partition("/")
        if agent_name == name:
            own = (folder for folder in repository.overlays() if (folder / f"{overlay}.yaml").is_file())
            found += [folder / overlay / "templates" / name for folder in own][:1]
    return found


def assemble(repository: Repository, brief: str, _: str) -> Done:
    """Put what agents wrote, the author's patches and own files together as a tree."""
    from qlf.assemble import write  # noqa: PLC0415
    from qlf.model.canonical import digest  # noqa: PLC0415
    from qlf.own.conflicts import show  # noqa: PLC0415
    from qlf.own.tree import parts_of, put_together  # noqa: PLC0415

    folder = repository.build(brief)
    parts = parts_of(repository, brief)
    if isinstance(parts, list):
        return Done(tuple(parts))
    tree, followed = put_together(parts, repository, brief)
    problems = show(followed.conflicts, folder, brief)
    if problems or isinstance(tree, list):
        return Done((*problems, *problems_of(tree)))
    if problems := write(tree, folder / "app", folder / "assembled.json"):
        return Done(tuple(problems))
    made = {str(folder / "app" / path): digest(entry.content) for path, entry in tree.files.items()}
    return Done(
        made={**made, str(folder / "assembled.json"): digest((folder / "assembled.json").read_bytes())}
    )


def conflicts_of(repository: Repository, brief: str) -> bool:
    """Say whether conflicts of patches are shown, of the last time that the tree was put together."""
    return (repository.build(brief) / "conflicts.json").is_file()


def verify(repository: Repository, brief: str, gate: str, one_of: Batch | None = None) -> Done:
    """Have one gate judge the tree, which may be one of a batch."""
    from qlf.gates.run import run_gate  # noqa: PLC0415
    from qlf.model.canonical import digest  # noqa: PLC0415

    folder = repository.build(brief)
    spec = spec_of(repository, brief)
    settings = settings_of(repository, brief, spec, gate)
    if isinstance(settings, list):
        return Done(tuple(settings))
    if one_of:
        settings = replace(settings, beforehand=one_of.report)
    causes = partial(_causes, spec, folder / "app")
    judged = run_gate(gate, folder / "app", folder / "gates", settings, causes)
    if isinstance(judged, list):
        return Done(tuple(judged))
    made = (folder / "gates").glob(f"{gate}.*")
    return Done(
        verdict=judged.verdict,
        recalled=judged.recalled,
        made={str(path): digest(path.read_bytes()) for path in made},
    )


def evidence(repository: Repository, brief: str, _: str) -> Done:
    """Bring together what is known of the controls of an application, whatever its gates said."""
    from qlf.evidence.products import PRODUCTS, products  # noqa: PLC0415
    from qlf.model.evidence import Evidence  # noqa: PLC0415

    folder = repository.build(brief)
    spec = spec_of(repository, brief)
    made = Evidence(application=spec.name, title=spec.title, version=spec.version)
    if spec.controls:
        library = controls_of(repository, spec)
        if isinstance(library, list):
            return Done(tuple(library))
        assessed = _assessed(repository, brief, spec, library)
        if isinstance(assessed, list):
            return Done(tuple(assessed))
        made = assessed
    written = {folder / name: content for name, content in products(made).items()}
    for former in (path for name in PRODUCTS if (path := folder / name) not in written):
        former.unlink(missing_ok=True)
    return Done(made=put(written))


def _assessed(repository: Repository, brief: str, spec: Spec, library: Library) -> Evidence | list[Problem]:
    from qlf.evidence.assess import assess  # noqa: PLC0415
    from qlf.evidence.checks import Application  # noqa: PLC0415
    from qlf.evidence.runs import nothing, read_run  # noqa: PLC0415
    from qlf.gates.run import GATES  # noqa: PLC0415
    from qlf.model.canonical import digest  # noqa: PLC0415
    from qlf.policies.read import read_policies  # noqa: PLC0415

    folder = repository.build(brief)
    policies = read_policies(_rules(repository), spec.policies)
    if isinstance(policies, list):
        return policies
    runs = {}
    for gate in GATES:
        settings = settings_of(repository, brief, spec, gate)
        if gate not in repository.settings.gates.run or isinstance(settings, list):
            runs[gate] = nothing(gate, "it is not among the gates that are run")
        else:
            runs[gate] = read_run(gate, folder / "app", folder / "gates", settings)
    owned = json.loads((folder / "assembled.json").read_bytes())["files"]
    files = {
        path: file for path in owned if (file := folder / "app" / path).is_file() and not file.is_symlink()
    }
    tree = {path: file.read_bytes() for path, file in files.items()}
    # What was patched, or edited since, is as much the author's as what lies in custom/.
    owners = {
        path: "custom"
        if owned[path]["patches"] or digest(content) not in owned[path]["digests"]
        else owned[path]["owner"]
        for path, content in tree.items()
    }
    names = frozenset(policy.name for policy in policies)
    return assess(Application(spec, tree, owners, runs, names), library)


def controls(repository: Repository) -> Library | list[Problem]:
    """Return all catalogues of controls that there are, and what carries them."""
    from qlf.controls.read import read_controls  # noqa: PLC0415

    return read_controls(_rules(repository))


def controls_of(repository: Repository, spec: Spec) -> Library | list[Problem]:
    """Return the catalogues of controls that an application is under."""
    from qlf.controls.read import read_controls  # noqa: PLC0415

    return read_controls(_rules(repository), spec.controls)


def refuted_controls(repository: Repository, brief: str, verdict: Verdict) -> list[str]:
    """Return a line for each control of an application that a verdict refutes."""
    from qlf.controls.conditions import Conditions  # noqa: PLC0415
    from qlf.controls.refuted import refuted  # noqa: PLC0415

    spec = spec_of(repository, brief)
    library = controls_of(repository, spec) if spec.controls and verdict.findings else []
    if isinstance(library, list):
        return []
    found = refuted(verdict, library.catalogues, Conditions(spec.model_dump(mode="json")))
    return [f"{control.id} is not satisfied: {control.title} ({name})" for control, name in found]


def control_rules(repository: Repository) -> tuple[Path, ...]:
    """Return the files of all catalogues of controls, and of what carries them."""
    from qlf.controls.files import control_files  # noqa: PLC0415

    return tuple(path for path, _ in control_files(_rules(repository)).values())


def gate_reports(repository: Repository, brief: str) -> tuple[Path, ...]:
    """Return what the gates that are run have left that evidence is made of."""
    folder = repository.build(brief) / "gates"
    chosen = sorted(repository.settings.gates.run)
    return tuple(
        path
        for gate in chosen
        for path in (folder / f"{gate}.json", *sorted(folder.glob(f"{gate}.*.junit.xml")))
    )


def _causes(spec: Spec, app: Path, finding: Finding) -> tuple[Cause, ...]:
    """Return the clauses of the brief that the place of a finding is about, the nearest first."""
    from qlf.gates.sarif import Cause  # noqa: PLC0415
    from qlf.observe.clauses import about  # noqa: PLC0415

    file = app / finding.path
    if not finding.path or finding.base != "tree" or not file.is_file():
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
    return _settings(repository, spec_of(repository, brief).stack.backend)


def batch(repository: Repository, gate: str, briefs: Callable[[], Iterable[str]], processors: int) -> Batch:
    """Return the batch of the trees of some briefs; which these are is asked when it is known to matter."""
    from qlf.gates.batch import Batch  # noqa: PLC0415

    def trees() -> dict[Path, GateSettings]:
        found = {}
        for brief in briefs():
            with suppress(OSError, ValueError, KeyError, TypeError):  # its own verdict tells what is wrong
                spec = json.loads((repository.build(brief) / "spec.json").read_bytes())
                found[repository.build(brief) / "app"] = _settings(repository, spec["stack"]["backend"])
        return found

    return Batch(gate, trees, processors)


def prompt(repository: Repository, brief: str, name: PromptAgent, budget: int) -> Composed | list[Problem]:
    """Return the prompt by which a language model plays an agent for a brief."""
    from qlf.policies.read import read_policies  # noqa: PLC0415
    from qlf.prompts.compose import Material, compose  # noqa: PLC0415
    from qlf.prompts.files import Folder, read_texts  # noqa: PLC0415

    spec = compiled(repository, brief)
    if isinstance(spec, list):
        return spec
    own, *others = repository.prompts()
    folders = [
        Folder(own, repository.settings.folders.prompts),
        *(Folder(path, "prompts") for path in others),
    ]
    texts = read_texts(folders)
    policies = read_policies(_rules(repository), spec.policies)
    library = overlays(repository)
    if isinstance(texts, list) or isinstance(policies, list) or isinstance(library, list):
        return problems_of(texts, policies, library)
    by_name = {overlay.name: overlay for overlay in library}
    taking_part = [by_name[use.name] for use in spec.overlays]
    return compose(name, Material(texts, spec, taking_part, policies), budget)


def beside_files(repository: Repository, brief: str) -> tuple[Path, ...]:
    """Return what the gate POLICY reads besides the tree: the spec, and all policies."""
    return repository.build(brief) / "spec.json", *policy_files(repository)


def _beside(repository: Repository, brief: str, spec: Spec) -> dict[str, bytes] | list[Problem]:
    """Return the spec, and the policies that take part, as the gate POLICY reads them."""
    from qlf.policies.read import read_policies  # noqa: PLC0415

    policies = read_policies(_rules(repository), spec.policies)
    if isinstance(policies, list):
        return policies
    said = json.dumps([policy.model_dump(mode="json", exclude={"origin"}) for policy in policies])
    return {
        "policies.json": said.encode(),
        "spec.json": (repository.build(brief) / "spec.json").read_bytes(),
    }


def settings_of(repository: Repository, brief: str, spec: Spec, gate: str) -> GateSettings | list[Problem]:
    """Return what a gate needs to know besides the tree, the spec and policies included if it reads them."""
    settings = _settings(repository, spec.stack.backend)
    if gate != POLICY:
        return settings
    beside = _beside(repository, brief, spec)
    return beside if isinstance(beside, list) else replace(settings, beside=beside)


def _settings(repository: Repository, stack: str) -> GateSettings:
    from qlf.gates.gate import GateSettings  # noqa: PLC0415

    return GateSettings(
        rules=repository.rules(),
        stack=stack,
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
