"""Verdicts of real tools over many applications, and those that another checkout has left in the cache."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
import yaml

from qlf.environment import provide
from qlf.store import cache_folder
from tests.engine.place import Place, told

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
AGENTS = 'import qlf.agents.registry as registry\n\nregistry.AGENTS = ("database", "documentation")\n'
DODO = f"{AGENTS}\nfrom qlf.tasks import *\n"
QLF = f"{AGENTS}\nfrom qlf.cli.main import main\n\nmain()\n"
BRIEF = "---\nentities: {Note: {fields: {title: text!}}}\n---\n# Notes\n\nA list of notes.\n"
HOUSE = """
name: house
title: House rules
version: "1"
publisher: Us
source: The door
controls:
  - {id: house-1, title: Nothing unused, wording: All is used., clause: "1", checked: at the door,
     implemented_by: [parameterised_queries], proven_by: [static/ruff/F401]}
  - {id: house-2, title: Nothing undefined, wording: All is there., clause: "2", checked: at the door,
     implemented_by: [parameterised_queries], proven_by: [static/ruff/F821]}
"""
PROJECT = '[tool.ruff]\nline-length = 100\n\n[tool.ruff.lint]\nselect = ["F"]\n'
SOUND = '"""Sound."""\n'
UNUSED = '"""Unused."""\n\nimport os\n'


class Checkout(Place):
    """A repository of applications with a little Python, judged by ruff and bandit that note each run."""

    def __init__(self, root: Path, cache: Path, briefs: dict[str, str]) -> None:
        super().__init__(root)
        self.cache = cache
        self.variables["QLF_CACHE"] = str(cache)
        self.write("dodo.py", DODO)
        self.write("factory.toml", '[gates]\nrun = ["static"]\n')
        rule = yaml.safe_load((ROOT / "rules/gates/static.yaml").read_text(encoding="utf-8"))
        stack = rule["stacks"]["fastapi"]
        stack["tools"] = [tool for tool in stack["tools"] if tool["name"] != "mypy"]
        del stack["environments"]["app"]
        self.write("rules/gates/static.yaml", yaml.safe_dump(rule))
        shutil.copy(ROOT / "rules/gates/tools.lock", root / "rules/gates/tools.lock")
        for name, text in briefs.items():
            self.write(f"briefs/{name}.md", BRIEF)
            self.write(f"briefs/{name}/custom/backend/pyproject.toml", PROJECT)
            self.write(f"briefs/{name}/custom/tests/ruff.toml", 'extend = "../backend/pyproject.toml"\n')
            self.write(f"briefs/{name}/custom/tests/test_{name}.py", SOUND)
            self.write(f"briefs/{name}/custom/backend/{name}.py", text)

    def qlf(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", QLF, *arguments],
            cwd=self.root,
            env=self.variables,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def runs(self) -> dict[str, int]:
        """Return how often each tool was run since the last call."""
        log = self.cache / "log"
        found = Counter(log.read_text(encoding="utf-8").split() if log.exists() else [])
        log.unlink(missing_ok=True)
        return dict(found)


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """Give a cache whose tools note that they are run; the machine's own environments stay as they are."""
    folder = tmp_path / "cache"
    lock = (ROOT / "rules/gates/tools.lock").read_bytes()
    real = provide("tools", lock, cache_folder())
    assert not isinstance(real, str)
    made = folder / "environments" / real.key
    made.mkdir(parents=True)
    for path in real.folder.iterdir():
        if path.name != "bin":
            (made / path.name).symlink_to(path)
    (made / "bin").mkdir()
    for path in (real.folder / "bin").iterdir():
        if path.name in {"ruff", "bandit"}:
            log = shlex.quote(str(folder / "log"))
            script = f'#!/bin/sh\necho "{path.name}-${{1#--}}" >> {log}\nexec {shlex.quote(str(path))} "$@"\n'
            (made / "bin" / path.name).write_text(script, encoding="utf-8")
            (made / "bin" / path.name).chmod(0o755)
        else:
            (made / "bin" / path.name).symlink_to(path)
    return folder


ONCE = {"ruff-check": 3, "ruff-format": 1, "bandit-format": 1}


def of(briefs: dict[str, str]) -> set[str]:
    return {f"verify:{name}:static" for name in briefs}


def test_stale_gates_of_many_applications_are_one_run_for_each_tool(tmp_path: Path, cache: Path) -> None:
    briefs = {f"app{number}": f'"""App {number}."""\n' for number in range(5)}
    place = Checkout(tmp_path / "one", cache, briefs)
    place.variables["QLF_JOBS"] = "1"
    done = place.doit()
    assert done.returncode == 0, done.stdout + done.stderr
    assert of(briefs) <= told(done.stdout, ".")
    assert place.runs() == ONCE
    verdicts = {(place.root / f"build/{name}/gates/static.json").read_bytes() for name in briefs}
    assert len(verdicts) == len(briefs)

    for name in ("app1", "app2", "app4"):
        place.write(f"briefs/{name}/custom/backend/more.py", f'"""More of {name}."""\n')
    done = place.doit()
    assert told(done.stdout, ".") >= of({"app1": "", "app2": "", "app4": ""})
    assert place.runs() == ONCE
    place.write("briefs/app3/custom/backend/more.py", '"""More of one."""\n')
    assert place.doit().returncode == 0
    assert place.runs() == ONCE
    assert place.doit().stdout == ""
    assert place.runs() == {}


def test_more_applications_than_fit_together_are_several_runs(tmp_path: Path, cache: Path) -> None:
    briefs = {f"app{number}": f'"""App {number}."""\n' for number in range(5)}
    place = Checkout(tmp_path / "one", cache, briefs)
    place.write("dodo.py", f"{DODO}\nimport qlf.engine.ahead as ahead\n\nahead._TOGETHER = 2\n")
    done = place.doit()
    assert done.returncode == 0, done.stdout + done.stderr
    assert place.runs() == {tool: 3 * count for tool, count in ONCE.items()}


def test_a_red_application_among_others_blocks_alone(tmp_path: Path, cache: Path) -> None:
    briefs = {"first": SOUND, "unused": UNUSED, "wrong": "def wrong(:\n", "zero": '"""Zero."""\n'}
    place = Checkout(tmp_path / "one", cache, briefs)
    done = place.doit()
    assert done.returncode == 1, done.stdout + done.stderr
    assert "F401" in done.stdout
    outcomes = {
        name: yaml.safe_load((place.root / f"build/{name}/gates/static.json").read_bytes())["outcome"]
        for name in briefs
    }
    assert outcomes == {"first": "green", "unused": "red", "wrong": "red", "zero": "green"}


def test_a_verdict_of_another_checkout_is_shown_as_restored(tmp_path: Path, cache: Path) -> None:
    briefs = {"first": SOUND, "second": '"""Second."""\n'}
    one, two, three = (Checkout(tmp_path / name, cache, briefs) for name in ("one", "two", "three"))
    assert of(briefs) <= told(one.doit().stdout, ".")
    one.runs()
    done = two.doit()
    assert done.returncode == 0, done.stdout + done.stderr
    assert of(briefs) <= told(done.stdout, "<-")
    assert told(done.stdout, ".") & of(briefs) == set()
    assert two.runs() == {}
    for name in briefs:
        for kind in ("json", "sarif"):
            file = f"build/{name}/gates/static.{kind}"
            assert (two.root / file).read_bytes() == (one.root / file).read_bytes()
    assert two.doit().stdout == ""

    built = three.qlf("build", "-v")
    assert built.returncode == 0, built.stdout + built.stderr
    for name in briefs:
        assert f"verify:{name}:static: restored (" in built.stderr


def test_a_verdict_that_was_damaged_is_not_believed(tmp_path: Path, cache: Path) -> None:
    briefs = {"first": SOUND, "second": '"""Second."""\n'}
    one, two = (Checkout(tmp_path / name, cache, briefs) for name in ("one", "two"))
    one.doit()
    one.runs()
    first = yaml.safe_load((one.root / "build/first/gates/static.json").read_bytes())["inputs"]
    kept = cache / "verdicts" / first[:2] / first
    content = kept.read_bytes()
    at = content.index(b"ruff")
    kept.write_bytes(content[:at] + b"x" + content[at + 1 :])
    done = two.doit()
    assert done.returncode == 0, done.stdout + done.stderr
    assert told(done.stdout, ".") & of(briefs) == {"verify:first:static"}
    assert told(done.stdout, "<-") & of(briefs) == {"verify:second:static"}
    assert two.runs() == ONCE
    assert kept.read_bytes() == content


def test_a_red_verdict_of_another_checkout_blocks_and_is_told(tmp_path: Path, cache: Path) -> None:
    briefs = {"first": SOUND, "unused": UNUSED}
    one, two = (Checkout(tmp_path / name, cache, briefs) for name in ("one", "two"))
    before = one.doit()
    one.runs()
    after = two.doit()
    assert two.runs() == {}
    assert (before.returncode, after.returncode) == (1, 1)

    def blocked(output: str) -> list[str]:
        marks = (". ", "<- ", "-- ")
        return [line for line in output.splitlines() if "unused" in line and not line.startswith(marks)]

    assert blocked(after.stdout) == blocked(before.stdout)
    assert any("F401" in line for line in blocked(after.stdout))
    assert "verify:first:static" in told(after.stdout, "<-")
    assert "verify:unused:static" not in told(after.stdout, "<-")
    again = two.doit()
    assert again.returncode == 1
    assert blocked(again.stdout) == blocked(before.stdout)


def test_a_red_gate_names_the_controls_that_it_refutes(tmp_path: Path, cache: Path) -> None:
    place = Checkout(tmp_path / "one", cache, {"sound": SOUND, "unused": UNUSED})
    for name in ("sound", "unused"):
        place.write(f"briefs/{name}.md", BRIEF.replace("---\n", "---\noverlays: [house]\n", 1))
    about = "version: 1.0.0\nkind: compliance\ntitle: House\ndescription: Ours."
    place.write("overlays/compliance/house.yaml", f"name: house\n{about}\ncontrols: [house]\n")
    place.write("rules/controls/house.yaml", HOUSE)
    red = "house-1 is not satisfied: Nothing unused (static/ruff/F401)"
    for done in (place.doit(), place.qlf("build")):
        assert done.returncode == 1, done.stdout + done.stderr
        told_of = [line.strip() for line in done.stdout.splitlines() if "not satisfied" in line]
        assert told_of == [red]


def test_a_plan_names_the_gates_that_have_to_run(tmp_path: Path, cache: Path) -> None:
    place = Checkout(tmp_path / "one", cache, {"first": SOUND, "second": '"""Second."""\n'})
    assert place.doit().returncode == 0
    assert "give the same applications" in place.qlf("plan").stdout
    place.write("briefs/second/custom/backend/second.py", SOUND)
    told = place.qlf("plan").stdout.splitlines()
    assert told == [
        "second changes: 1 file",
        "  files",
        "    ~ backend/second.py  +1 -1",
        "  gates to run    static",
    ]
