"""A generated application under all controls, and what gates leave of it, written by the gates' own code."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING
from xml.sax.saxutils import quoteattr

from qlf import stages
from qlf.agents.registry import AGENTS
from qlf.config import Cache, Settings
from qlf.evidence.lines import tests_of
from qlf.gates.gate import Gate, read_gate
from qlf.gates.record import Record, write_record
from qlf.gates.runners.junit import Suite, read_junit
from qlf.model.evidence import Assessed, Evidence
from qlf.model.finding import Finding, Outcome, ToolRun, Verdict
from qlf.pipeline import ASSEMBLE, COMPILE, EVIDENCE, GENERATE, Step
from qlf.repository import Repository
from qlf.store import cache_folder

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

BRIEF = Path(__file__).parents[1] / "e2e" / "briefs" / "vault.md"
NAME = "vault"


def own_repository(root: Path) -> Repository:
    return Repository(root, Settings(cache=Cache(folder=str(cache_folder()))))


def assembled(root: Path) -> Repository:
    """Return a repository with the application as its stages write it."""
    (root / "briefs").mkdir()
    shutil.copy(BRIEF, root / "briefs")
    repository = own_repository(root)
    parts = (Step(GENERATE, NAME, agent) for agent in AGENTS)
    for step in (Step(COMPILE, NAME), *parts, Step(ASSEMBLE, NAME)):
        done = step.run(repository)
        assert done.problems == (), [str(problem) for problem in done.problems]
    return repository


def copied(repository: Repository, root: Path) -> Repository:
    shutil.copytree(repository.root, root, dirs_exist_ok=True)
    return own_repository(root)


def said(  # noqa: PLR0913 - each is one way in which a gate may end
    repository: Repository,
    gate: str = "compliance",
    *,
    failing: Collection[str] = (),
    skipped: Collection[str] = (),
    left_out: Collection[str] = (),
    findings: Sequence[Finding] = (),
    unproven: str = "",
) -> Verdict:
    """Have a gate leave a verdict on exactly what is there, as if its tools had run.

    Tests are named `MODULE.TEST`; all that are not among those given have passed.
    """
    folder = repository.build(NAME)
    spec = stages.spec_of(repository, NAME)
    settings = stages.settings_of(repository, NAME, spec, gate)
    assert not isinstance(settings, list)
    read = read_gate(gate, folder / "app", settings)
    assert isinstance(read, Gate)
    runs, attachments, found = [], {}, list(findings)
    for tool in read.rule.tools:
        executed = 1
        if not read.is_given(tool):
            runs.append(ToolRun(tool=tool.name, version="", outcome=Outcome.UNPROVEN, reason="not given"))
            continue
        if tool.report == "junit":
            suite = _suite(folder / "app", failing, skipped, left_out)
            executed, attachments[f"{tool.name}.junit.xml"] = suite.executed, suite.text.decode()
            found += [
                Finding(tool=tool.name, rule="test-failure", level="error", message=case.name, path=case.file)
                for case in suite.cases
                if case.kind == "failure"
            ]
        red = any(finding.tool == tool.name and finding.level == "error" for finding in found)
        outcome = Outcome.UNPROVEN if unproven else Outcome.RED if red else Outcome.GREEN
        runs.append(ToolRun(tool=tool.name, version="1", outcome=outcome, reason=unproven, executed=executed))
    counted = {run.outcome for run in runs if run.version}
    outcome = next(one for one in (Outcome.RED, Outcome.UNPROVEN, Outcome.GREEN) if one in counted)
    verdict = Verdict(
        gate=gate,
        outcome=outcome,
        inputs=read.inputs(),
        files=read.digests(),
        runs=tuple(runs),
        findings=tuple(found),
    )
    write_record(Record(verdict, attachments), folder / "gates")
    return verdict


def _suite(app: Path, failing: Collection[str], skipped: Collection[str], left_out: Collection[str]) -> Suite:
    cases = []
    for file in sorted((app / "tests/compliance").glob("test_*.py")):
        module = f"tests.compliance.{file.stem}"
        for test in sorted(tests_of(file.read_bytes()) or ()):
            name = f"{file.stem}.{test}"
            if name in left_out:
                continue
            inner = "<failure message='no'/>" if name in failing else "<skipped/>" if name in skipped else ""
            where = quoteattr(f"tests/compliance/{file.name}")
            cases.append(
                f'<testcase classname="{module}" name="{test}" file={where} line="1">{inner}</testcase>'
            )
    suite = read_junit(f"<testsuite>{''.join(cases)}</testsuite>".encode())
    assert isinstance(suite, Suite)
    return suite


def evidence(repository: Repository) -> Evidence:
    """Have the stage bring together what there is, and read it."""
    done = Step(EVIDENCE, NAME).run(repository)
    assert done.problems == (), [str(problem) for problem in done.problems]
    return Evidence.model_validate_json((repository.build(NAME) / "evidence.json").read_bytes())


def control(found: Evidence, identifier: str) -> Assessed:
    return next(each for one in found.catalogues for each in one.controls if each.id == identifier)
