from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from qlf.model.finding import Outcome

if TYPE_CHECKING:
    import pytest

    from tests.gates.conftest import App


def test_a_sound_application_is_green(app: App) -> None:
    verdict = app.verdict("static")
    assert verdict.outcome is Outcome.GREEN
    assert [(run.tool, run.outcome, run.executed) for run in verdict.runs] == [
        ("ruff", Outcome.GREEN, 7),
        ("ruff-format", Outcome.GREEN, 7),
        ("mypy", Outcome.GREEN, 7),
        ("bandit", Outcome.GREEN, 7),
    ]
    assert {run.version for run in verdict.runs} == {"0.17.6", "2.4.1", "1.9.4"}
    assert verdict.findings == ()


def test_a_syntax_error_is_red(app: App) -> None:
    app.write("backend/app/broken.py", "def broken(:\n")
    verdict = app.verdict("static")
    assert verdict.outcome is Outcome.RED
    assert {finding.tool for finding in verdict.findings} == {"ruff", "mypy", "bandit"}
    assert {run.tool: run.outcome for run in verdict.runs} == {
        "ruff": Outcome.RED,
        "ruff-format": Outcome.UNPROVEN,
        "mypy": Outcome.RED,
        "bandit": Outcome.RED,
    }
    assert {finding.path for finding in verdict.findings} == {"backend/app/broken.py"}
    assert all(finding.level == "error" for finding in verdict.findings)


def test_a_type_error_has_its_place(app: App) -> None:
    app.write("backend/app/typed.py", '"""Typed."""\n\nNUMBER: int = "one"\n')
    run, findings = app.run("static", "mypy")
    assert run.outcome is Outcome.RED
    (finding,) = findings
    assert (finding.path, finding.line, finding.column) == ("backend/app/typed.py", 3, 15)
    assert finding.rule == "assignment"
    assert finding.message == (
        'Incompatible types in assignment (expression has type "str", variable has type "int")'
    )


def test_an_unknown_name_and_a_wrong_format_are_red(app: App) -> None:
    app.write("tests/test_more.py", "def test_more() -> None:\n    assert  missing\n")
    verdict = app.verdict("static")
    found = {(finding.tool, finding.rule, finding.path, finding.line) for finding in verdict.findings}
    assert ("ruff", "F821", "tests/test_more.py", 2) in found
    assert ("ruff-format", "unformatted", "tests/test_more.py", 2) in found


def test_a_weakness_is_red_and_a_small_one_a_note(app: App) -> None:
    app.write(
        "backend/app/weak.py",
        '"""Weak."""\n\nimport subprocess\n\nsubprocess.run(__name__, shell=True)\n',
    )
    run, findings = app.run("static", "bandit")
    assert run.outcome is Outcome.RED
    assert ("B602", "error", 5) in {(finding.rule, finding.level, finding.line) for finding in findings}
    assert ("B404", "note", 3) in {(finding.rule, finding.level, finding.line) for finding in findings}


def test_a_missing_tool_proves_nothing(app: App) -> None:
    app.change_rule("static", "ruff", environment="app")
    verdict = app.verdict("static")
    assert verdict.outcome is Outcome.UNPROVEN
    assert verdict.runs[0].reason == "ruff is not in the environment 'app'"


def test_no_files_prove_nothing(app: App) -> None:
    app.replace("backend/pyproject.toml", "[tool.ruff]\n", '[tool.ruff]\nexclude = ["*.py"]\n')
    app.change_rule("static", "ruff")
    run, _ = app.run("static", "ruff")
    assert (run.outcome, run.reason) == (Outcome.UNPROVEN, "nothing was checked")


def test_tools_that_fail_prove_nothing(app: App) -> None:
    for tool, arguments, said in (
        ("ruff", ["check", "--nonsense"], "For more information, try '--help'."),
        (
            "mypy",
            ["--nonsense={app_python}"],
            "mypy: error: unrecognized arguments: --nonsense=APP/bin/python",
        ),
        ("bandit", ["--nonsense"], "bandit: error: unrecognized arguments: --nonsense"),
    ):
        app.change_rule("static", tool, arguments=arguments)
        run, findings = app.run("static", tool)
        assert run.outcome is Outcome.UNPROVEN
        assert run.reason == f"ended with unexpected code 2: {said}"
        assert findings == ()


def test_few_caches_of_mypy_stay(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qlf.gates.runners.mypy._KEPT", 1)
    app.change_rule("static", "mypy", timeout=179)
    app.verdict("static")
    (shared,) = (app.settings.cache / "mypy").iterdir()
    old, newer = shared / "old-00000000", shared / "newer-00000000"
    for folder, time in ((old, 1000), (newer, 2000)):
        folder.mkdir()
        os.utime(folder, (time, time))
    for other in shared.glob("notes-*[0-9a-f]"):
        shutil.rmtree(other)
    app.write("backend/app/more.py", '"""More."""\n')
    assert app.verdict("static").outcome is Outcome.GREEN
    left = {folder.name.partition("-")[0] for folder in shared.iterdir() if folder.is_dir()}
    assert left == {"newer", "notes", "seed"}


def test_an_unreadable_report_proves_nothing(app: App) -> None:
    app.change_rule("static", "ruff", arguments=["check", "--config", "backend/pyproject.toml", "backend"])
    run, _ = app.run("static", "ruff")
    assert run.outcome is Outcome.UNPROVEN
    assert run.reason.startswith("unreadable report: JSONDecodeError")


def test_settings_of_folders_above_do_not_count(app: App) -> None:
    (app.tree.parent / "pyproject.toml").write_text('[tool.ruff.lint]\nselect = ["ALL"]\n', encoding="utf-8")
    (app.tree.parent / ".gitignore").write_text("*\n", encoding="utf-8")
    app.change_rule("static", "ruff")
    run, findings = app.run("static", "ruff")
    assert (run.outcome, run.executed, findings) == (Outcome.GREEN, 7, ())
