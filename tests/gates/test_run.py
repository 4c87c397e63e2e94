from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from qlf.gates import run as running
from qlf.gates.job import Report, Runner, printable
from qlf.gates.judge import blocks, judge
from qlf.gates.run import GATES
from qlf.model.canonical import canonical
from qlf.model.finding import Outcome, ToolRun, Verdict
from qlf.store import Store
from tests.policies.examples import beside

if TYPE_CHECKING:
    from qlf.gates.job import Job
    from tests.gates.conftest import App


def _snapshot(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def _refuse(*_: object) -> list[Report]:
    pytest.fail("the tools were run again")


def test_gates_at_the_same_time_write_evidence_and_not_into_the_tree(app: App) -> None:
    before = _snapshot(app.tree)
    app.settings = replace(app.settings, beside=beside())
    with ThreadPoolExecutor(3) as pool:
        verdicts = list(pool.map(app.verdict, GATES))
    assert {verdict.gate: verdict.outcome for verdict in verdicts} == {
        **dict.fromkeys(GATES, Outcome.GREEN),
        "compliance": Outcome.NOT_APPLICABLE,
    }
    assert _snapshot(app.tree) == before
    assert sorted(file.name for file in app.out.iterdir()) == [
        "compliance.json",
        "compliance.sarif",
        "contract.json",
        "contract.sarif",
        "policy.json",
        "policy.sarif",
        "static.json",
        "static.sarif",
        "unit.json",
        "unit.pytest-sqlite.junit.xml",
        "unit.sarif",
    ]
    for verdict in verdicts:
        written = (app.out / f"{verdict.gate}.json").read_bytes()
        read = Verdict.model_validate_json(written)
        assert canonical(read) == written
        assert (read.outcome, read.inputs) == (verdict.outcome, verdict.inputs)
        assert {run.seconds for run in read.runs} <= {0.0}


def test_a_judged_tree_is_not_judged_again(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    app.change_rule("unit", "pytest-sqlite")
    first = app.verdict("unit")
    evidence = _snapshot(app.out)
    for file in app.out.iterdir():
        file.unlink()
    app.write("README.md", "# Not read by any tool\n")
    monkeypatch.setattr(running, "run_tools", _refuse)
    again = app.verdict("unit")
    assert (again.outcome, again.inputs) == (first.outcome, first.inputs)
    assert _snapshot(app.out) == evidence


def test_folders_may_be_relative(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(app.settings.cache.parent)
    app.change_rule("static", "ruff", timeout=57)
    relative = app.settings.cache.relative_to(app.settings.cache.parent)
    app.settings = replace(app.settings, cache=relative)
    app.tree, app.out = (Path(os.path.relpath(path)) for path in (app.tree, app.out))
    assert app.verdict("static").outcome is Outcome.GREEN


def test_every_input_counts(app: App, postgres_url: str) -> None:
    app.change_rule("static", "ruff")
    digests = [app.verdict("static").inputs]
    app.write("backend/app/more.py", '"""More."""\n')
    digests.append(app.verdict("static").inputs)
    (app.tree / "backend/app/more.py").rename(app.tree / "backend/app/most.py")
    digests.append(app.verdict("static").inputs)
    app.change_rule("static", "ruff", timeout=59)
    digests.append(app.verdict("static").inputs)
    app.change_rule("static", "ruff", needs=["postgres"])
    digests.append(app.verdict("static").inputs)
    app.settings = replace(app.settings, postgres=postgres_url)
    digests.append(app.verdict("static").inputs)
    lock = app.settings.rules[0] / "gates" / "tools.lock"
    lock.write_bytes(lock.read_bytes().replace(b"\n", b"\n# comment\n", 1))
    app.change_rule("static", "ruff", environment="app")
    digests.append(app.verdict("static").inputs)
    assert len(set(digests)) == len(digests)


def test_a_server_counts_only_for_tools_that_need_one(app: App) -> None:
    app.change_rule("static", "ruff")
    without = app.verdict("static")
    app.settings = replace(app.settings, postgres="postgresql://nobody@127.0.0.1:1/none")
    assert app.verdict("static").inputs == without.inputs


def test_an_unproven_verdict_is_not_kept(app: App) -> None:
    app.change_rule("static", "ruff", environment="app")
    first = app.verdict("static")
    assert first.outcome is Outcome.UNPROVEN
    assert not (app.settings.cache / "verdicts" / first.inputs[:2] / first.inputs).exists()


def test_a_forged_record_of_another_gate_does_not_count(app: App) -> None:
    app.change_rule("static", "ruff")
    app.write("backend/app/wrong.py", "import os\n")
    verdict = app.verdict("static")
    assert verdict.outcome is Outcome.RED
    forged = verdict.model_copy(update={"outcome": Outcome.GREEN, "inputs": "0" * 64})
    content = json.dumps({"verdict": forged.model_dump(mode="json"), "attachments": {}}).encode()
    Store(app.settings.cache / "verdicts").write(verdict.inputs, content)
    assert app.verdict("static").outcome is Outcome.RED


def test_what_a_former_run_left_goes(app: App) -> None:
    app.change_rule("static", "ruff")
    app.out.mkdir()
    (app.out / "static.gone.junit.xml").touch()
    (app.out / "unit.json").touch()
    app.verdict("static")
    assert sorted(file.name for file in app.out.iterdir()) == ["static.json", "static.sarif", "unit.json"]


def test_tools_see_only_what_the_rule_names(app: App) -> None:
    app.write("backend/app/broken.py", "def broken(:\n")
    app.change_rule(
        "static", "ruff", reads=["backend/*", *(f"backend/app/{first}*" for first in "_as"), "tests/**"]
    )
    run, findings = app.run("static", "ruff")
    assert (run.outcome, run.executed, findings) == (Outcome.GREEN, 7, ())


def test_a_runner_that_raises_proves_nothing(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble(_: Job) -> Report:
        message = "stumbled"
        raise RuntimeError(message)

    monkeypatch.setattr("qlf.gates.runners.ruff.RUNNER", Runner(stumble, frozenset({"json"})))
    app.change_rule("static", "ruff", timeout=58)
    run, _ = app.run("static", "ruff")
    assert (run.outcome, run.reason) == (
        Outcome.UNPROVEN,
        "the runner 'ruff' failed: RuntimeError('stumbled')",
    )


def test_a_report_that_no_runner_reads_proves_nothing(app: App) -> None:
    app.change_rule("static", "ruff", report="junit")
    run, _ = app.run("static", "ruff")
    assert (run.outcome, run.reason) == (Outcome.UNPROVEN, "the runner 'ruff' cannot read reports in junit")


def test_what_tools_say_cannot_steer_a_terminal_or_break_json() -> None:
    assert printable("a\x1b[31m\u202eb\ud800\n\tü") == "a\\u001b[31m\\u202eb\\ud800\n\tü"


def _report(outcome: Outcome, tool: str = "tool") -> Report:
    return Report(ToolRun(tool=tool, version="1", outcome=outcome))


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ([Outcome.GREEN, Outcome.GREEN], Outcome.GREEN),
        ([Outcome.GREEN, Outcome.UNPROVEN], Outcome.UNPROVEN),
        ([Outcome.UNPROVEN, Outcome.RED], Outcome.RED),
        ([], Outcome.UNPROVEN),
    ],
)
def test_the_worst_run_decides(outcomes: list[Outcome], expected: Outcome) -> None:
    verdict = judge("unit", "0" * 64, [_report(outcome) for outcome in outcomes])
    assert verdict.outcome is expected


def test_waived_tools_do_not_count_but_cannot_prove() -> None:
    reports = [_report(Outcome.GREEN, "a"), _report(Outcome.UNPROVEN, "b")]
    assert judge("unit", "", reports, {"b"}).outcome is Outcome.GREEN
    assert judge("unit", "", reports[1:], {"b"}).outcome is Outcome.UNPROVEN


def test_unproven_blocks_unless_allowed_with_a_reason() -> None:
    def verdict(outcome: Outcome) -> Verdict:
        return judge("unit", "", [_report(outcome)])

    assert not blocks(verdict(Outcome.GREEN), {})
    assert blocks(verdict(Outcome.UNPROVEN), {})
    assert blocks(verdict(Outcome.UNPROVEN), {"static": "no tools on this machine"})
    assert blocks(verdict(Outcome.UNPROVEN), {"unit": "  "})
    assert not blocks(verdict(Outcome.UNPROVEN), {"unit": "no tools on this machine"})
    assert blocks(verdict(Outcome.RED), {"unit": "no tools on this machine"})
