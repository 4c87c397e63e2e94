"""What ran for a feature or for a tool of a gate, and what that proves.

Nothing is proven by what did not run, ran on other bytes, was skipped, or was replaced by hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from qlf.evidence.lines import tests_of
from qlf.evidence.runs import nothing
from qlf.gates.runners.junit import Suite
from qlf.model.evidence import Check, Trial
from qlf.model.finding import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from qlf.evidence.runs import Run
    from qlf.gates.runners.junit import Case
    from qlf.model.evidence import Status
    from qlf.model.spec import Spec

GATE = "compliance"
POLICY = "policy"
FOLDER = "tests/compliance/"
_CONFIGURATION = "backend/pyproject.toml"
_OUTCOMES: dict[str, Literal["passed", "failed", "skipped"]] = {
    "": "passed",
    "failure": "failed",
    "error": "failed",
    "skipped": "skipped",
}


def module_of(feature: str) -> str:
    """Return the path of the module that checks a feature."""
    return f"{FOLDER}test_{feature}.py"


@dataclass(frozen=True, slots=True)
class Application:
    """What is assessed: the spec, the files of the tree, who wrote each, and what the gates left.

    `custom` owns what the author of the brief wrote. `policies` are those that take part.
    """

    spec: Spec
    tree: Mapping[str, bytes]
    owners: Mapping[str, str]
    runs: Mapping[str, Run]
    policies: frozenset[str] = frozenset()


def check_of(name: str, of: Application) -> Check:
    """Return what is known of a feature's check, or of `GATE/TOOL`, or of `GATE/TOOL/RULE`."""
    gate, *rest = name.split("/") if "/" in name else (GATE,)
    run = of.runs.get(gate) or nothing(gate, "it did not run")
    if not rest:
        return _of_feature(name, of, run)
    tool, rule = rest[0], "".join(rest[1:])
    if gate == POLICY and rule and rule not in of.policies:
        return Check(name=name, status="not-assessed", reason="the policy does not take part", gate=gate)
    return _of_tool(name, run, tool, rule)


def _of_tool(name: str, run: Run, tool: str, rule: str) -> Check:
    def said(status: Status, reason: str) -> Check:
        counted = run.gate.verdict if status != "not-assessed" else ""
        return Check(name=name, status=status, reason=reason, gate=run.gate.gate, verdict=counted)

    if not run.gate.counts or run.verdict is None:
        return said("not-assessed", f"the gate {run.gate.gate}: {run.gate.reason}")
    found = next((one for one in run.tools() if one.tool == tool), None)
    if found is None or found.outcome is Outcome.UNPROVEN:
        return said("not-assessed", f"{tool} proved nothing: {found.reason if found else 'it did not run'}")
    about = [
        finding
        for finding in run.verdict.findings
        if finding.tool == tool and finding.level != "note" and rule in {"", finding.rule}
    ]
    if about if rule else found.outcome is Outcome.RED:
        first = about[0].message.partition("\n")[0] if about else "it is red"
        more = f", and {len(about) - 1} more" if len(about) > 1 else ""
        return said("not-satisfied", f"{tool} {rule or 'found'}: {first}{more}".replace(" :", ":"))
    return said("satisfied", f"{tool} found nothing{f' against {rule}' if rule else ''}")


def _of_feature(name: str, of: Application, run: Run) -> Check:
    module = module_of(name)

    def said(status: Status, reason: str, tests: tuple[Trial, ...] = ()) -> Check:
        counted = run.gate.verdict if status != "not-assessed" else ""
        return Check(
            name=name,
            status=status,
            reason=reason,
            gate=GATE,
            module=module,
            verdict=counted,
            tests=tests,
        )

    if module not in of.tree:
        return said("not-assessed", "the application has no check of it")
    if not run.gate.counts:
        return said("not-assessed", f"the gate {GATE}: {run.gate.reason}")
    tests, reasons = _tests(module, of.tree[module], run)
    if any(test.outcome == "failed" for test in tests):
        failed = sorted({test.name for test in tests if test.outcome == "failed"})
        return said("not-satisfied", f"{len(failed)} of its tests failed: {', '.join(failed[:3])}", tests)
    if changed := sorted(_meddling(module, of)):
        return said("not-assessed", f"its check was changed by hand: {', '.join(changed)}", tests)
    if reasons or not tests:
        return said("not-assessed", reasons[0] if reasons else "no tool ran its check", tests)
    return said("satisfied", f"{len(tests)} tests passed", tests)


def _tests(module: str, content: bytes, run: Run) -> tuple[tuple[Trial, ...], list[str]]:
    """Return the tests of a module in all runs, and why they prove less than they should."""
    tests: list[Trial] = []
    reasons: list[str] = []
    defined = tests_of(content)
    for tool in run.tools():
        suite = run.suites.get(tool.tool)
        if tool.outcome is Outcome.UNPROVEN or not isinstance(suite, Suite):
            reasons.append(f"{tool.tool} proved nothing: {suite or tool.reason}")
            continue
        cases = [case for case in suite.cases if _is_of(case, module)]
        found = [
            Trial(tool=tool.tool, name=_short(case.name), outcome=_OUTCOMES[case.kind]) for case in cases
        ]
        tests += found
        ran = {test.name.partition("[")[0] for test in found if test.outcome != "skipped"}
        if defined is None:
            reasons.append("its check cannot be read")
        elif missing := sorted(defined - ran):
            reasons.append(f"{tool.tool} did not run {', '.join(missing[:3])}")
        elif not found:
            reasons.append("its check has no tests")
        elif any(test.outcome == "skipped" for test in found):
            reasons.append(f"{tool.tool} skipped some of its tests")
    return tuple(tests), reasons


def _is_of(case: Case, module: str) -> bool:
    """Say whether a case is of a module; what fails before its first test is called by the module."""
    dotted = module.removesuffix(".py").replace("/", ".")
    return case.file == module or case.name == dotted or case.name.startswith(f"{dotted}.")


def _short(name: str) -> str:
    """Return the name of a test without its module; parameters may hold dots."""
    head, bracket, rest = name.partition("[")
    return f"{head.rpartition('.')[2]}{bracket}{rest}"


def _meddling(module: str, of: Application) -> Iterator[str]:
    """Yield the files of other authors that can change what a module's tests do."""
    for path in of.tree:
        inside = path.startswith(FOLDER) and not path.removeprefix(FOLDER).startswith("test_")
        shapes = inside or path in {module, _CONFIGURATION} or path.rpartition("/")[2] == "conftest.py"
        if shapes and of.owners.get(path) == "custom":
            yield path
