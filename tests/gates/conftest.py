from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from qlf.gates.gate import GateSettings
from qlf.gates.run import Judged, run_gate
from qlf.store import cache_folder

if TYPE_CHECKING:
    from qlf.model.finding import Finding, ToolRun, Verdict

ROOT = Path(__file__).parents[2]
NOTES = Path(__file__).with_name("notes_app")


@dataclass
class App:
    """A copy of the notes application that a test may spoil, and the gates over it."""

    tree: Path
    out: Path
    settings: GateSettings

    def write(self, path: str, text: str) -> None:
        (self.tree / path).parent.mkdir(parents=True, exist_ok=True)
        (self.tree / path).write_text(text, encoding="utf-8")

    def replace(self, path: str, old: str, new: str) -> None:
        text = (self.tree / path).read_text(encoding="utf-8")
        assert old in text
        self.write(path, text.replace(old, new))

    def change_rule(self, gate: str, tool: str, **changes: object) -> None:
        """Run the gate with this one tool, its rule changed."""
        folder = self.out.parent / "rules" / "gates"
        if not folder.exists():
            shutil.copytree(ROOT / "rules" / "gates", folder)
        rule: dict[str, Any] = yaml.safe_load((ROOT / f"rules/gates/{gate}.yaml").read_text(encoding="utf-8"))
        stack = rule["stacks"]["fastapi"]
        stack["tools"] = [{**one, **changes} for one in stack["tools"] if one["name"] == tool]
        (folder / f"{gate}.yaml").write_text(yaml.safe_dump(rule), encoding="utf-8")
        self.settings = replace(self.settings, rules=(folder.parent,))

    def verdict(self, gate: str) -> Verdict:
        judged = run_gate(gate, self.tree, self.out, self.settings)
        assert isinstance(judged, Judged), judged
        return judged.verdict

    def run(self, gate: str, tool: str) -> tuple[ToolRun, tuple[Finding, ...]]:
        """Run the gate, and return what one of its tools says."""
        verdict = self.verdict(gate)
        (run,) = (one for one in verdict.runs if one.tool == tool)
        return run, tuple(finding for finding in verdict.findings if finding.tool == tool)


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache of this test session; only the environments are those of the machine, being immutable."""
    folder = tmp_path_factory.mktemp("cache")
    environments = cache_folder() / "environments"
    environments.mkdir(parents=True, exist_ok=True)
    (folder / "environments").symlink_to(environments, target_is_directory=True)
    return folder


@pytest.fixture
def app(tmp_path: Path, cache: Path) -> App:
    tree = tmp_path / "notes" / "app"
    shutil.copytree(NOTES, tree, ignore=shutil.ignore_patterns("__pycache__", ".*_cache"))
    return App(tree, tree.parent / "gates", GateSettings(rules=(ROOT / "rules",), cache=cache))
