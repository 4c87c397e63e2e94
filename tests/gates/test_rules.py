from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from qlf.environment import locked
from qlf.gates.gate import GateSettings
from qlf.gates.job import Runner
from qlf.gates.rules import SCHEMA, GateRule, find, read_rule, schema
from qlf.gates.run import GATES, run_gate
from qlf.gates.runners.registry import identity, runner

ROOT = Path(__file__).parents[2]
RULES = ROOT / "rules"

GOOD = """\
gate: static
summary: Sound.
stacks:
  fastapi:
    environments:
      tools: {rules: tools.lock}
    tools:
      - name: ruff
        runner: ruff
        package: ruff
        environment: tools
        arguments: [check]
        reads: [backend/**]
        report: json
        timeout: 60
"""


def _problems(tmp_path: Path, text: str) -> list[str]:
    file = tmp_path / "static.yaml"
    file.write_text(text, encoding="utf-8")
    problems = read_rule(file)
    assert isinstance(problems, list)
    return [str(problem).removeprefix(f"{file}:") for problem in problems]


@pytest.mark.parametrize("gate", GATES)
def test_shipped_rules_are_sound(gate: str) -> None:
    file = find(gate, (RULES,))
    assert file is not None
    rule = read_rule(file)
    assert isinstance(rule, GateRule)
    assert rule.gate == gate
    for tool in rule.stacks["fastapi"].tools:
        known = runner(tool.runner)
        assert not isinstance(known, str)
        assert tool.report in known.reports


def test_the_schema_is_current_and_a_schema() -> None:
    assert SCHEMA.read_text(encoding="utf-8") == schema()
    Draft202012Validator.check_schema(yaml.safe_load(schema()))


def test_the_lock_of_the_tools_pins_them_and_names_no_host() -> None:
    lock = (RULES / "gates" / "tools.lock").read_bytes()
    versions = locked(lock)
    assert isinstance(versions, dict)
    wanted = (RULES / "gates" / "tools.in").read_text(encoding="utf-8").split()
    assert {f"{name}=={version}" for name, version in versions.items()} >= set(wanted)
    assert b"://" not in lock


def test_good_rules_are_read(tmp_path: Path) -> None:
    (tmp_path / "static.yaml").write_text(GOOD, encoding="utf-8")
    rule = read_rule(tmp_path / "static.yaml")
    assert isinstance(rule, GateRule)
    assert rule.stacks["fastapi"].tools[0].blocks == "error"


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("timeout: 60", "timeout: soon", "15:9: 'soon' is not of type 'integer'; see `qlf schema rules`"),
        ("timeout: 60", "timeout: 0", "15:9: 0 is less than the minimum of 1; see `qlf schema rules`"),
        ("        report: json\n", "", "8:9: 'report' is a required property; see `qlf schema rules`"),
        (
            "timeout: 60",
            "timeout: 60\n        shell: true",
            "8:9: Additional properties are not allowed ('shell' was unexpected); see `qlf schema rules`",
        ),
        (
            "environment: tools",
            "environment: app",
            "8:9: there is no environment 'app'; see `qlf schema rules`",
        ),
        ("[check]", "['{hoem}']", "8:9: there is no placeholder {hoem}; see `qlf schema rules`"),
        ("{rules: tools.lock}", "{}", "6:7: give either tree or rules; see `qlf schema rules`"),
        (
            "timeout: 60",
            "timeout: 60\n        timeout: 61",
            "16:9: the key 'timeout' occurs twice, first on line 15; keep one of them",
        ),
        ("[backend/**]", "[../secret]", None),
        ("[backend/**]", "[/etc/passwd]", None),
    ],
)
def test_bad_rules_have_their_place(tmp_path: Path, old: str, new: str, problem: str | None) -> None:
    problems = _problems(tmp_path, GOOD.replace(old, new))
    if problem is None:
        assert problems[0].startswith("13:17: ")
        assert "does not match" in problems[0]
    else:
        assert problems == [problem]


def test_two_tools_of_one_name_are_refused(tmp_path: Path) -> None:
    tool = GOOD[GOOD.index("      - name") :]
    assert _problems(tmp_path, GOOD + tool) == [
        "8:9: two tools are called 'ruff'; see `qlf schema rules`",
        "16:9: two tools are called 'ruff'; see `qlf schema rules`",
    ]


def test_the_first_folder_wins(tmp_path: Path) -> None:
    own = tmp_path / "gates" / "static.yaml"
    own.parent.mkdir()
    own.write_text(GOOD, encoding="utf-8")
    assert find("static", (tmp_path, RULES)) == own
    assert find("unit", (tmp_path, RULES)) == RULES / "gates" / "unit.yaml"
    assert find("none", (tmp_path, RULES)) is None


def test_unknown_gates_stacks_and_trees_are_problems(tmp_path: Path) -> None:
    settings = GateSettings(rules=(RULES,), cache=tmp_path)
    for gate, stack, what in (
        ("none", "fastapi", "there are no rules for the gate 'none'"),
        ("static", "cobol", "there is no stack 'cobol'"),
        ("static", "fastapi", "there is no such tree"),
    ):
        made = GateSettings(rules=settings.rules, cache=tmp_path, stack=stack)
        problems = run_gate(gate, tmp_path / "app", tmp_path / "out", made)
        assert isinstance(problems, list)
        assert [problem.what for problem in problems] == [what]


def test_a_distribution_can_bring_a_runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "house_lint.py").write_text(
        "from qlf.gates.job import Runner\nRUNNER = Runner(lambda job: None, frozenset({'json'}))\n",
        encoding="utf-8",
    )
    info = tmp_path / "house_lint-3.1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: house-lint\nVersion: 3.1\n", encoding="utf-8"
    )
    points = "[qlf.runners]\nhouse-lint = house_lint:RUNNER\nbroken = nowhere:RUNNER\nruff = nowhere:RUNNER\n"
    (info / "entry_points.txt").write_text(points, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    found = runner("house-lint")
    assert isinstance(found, Runner)
    assert found.reports == {"json"}
    assert identity("house-lint") == "house_lint:RUNNER 3.1"
    assert runner("broken") == "the runner 'broken' cannot be loaded: No module named 'nowhere'"
    assert isinstance(runner("ruff"), Runner)


def test_an_unknown_runner_is_told() -> None:
    assert runner("none") == "there is no runner 'none'"
    assert identity("ruff") == ""
