"""Many trees judged together get what each gets alone, byte for byte."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from qlf.environment import key_of
from qlf.gates.batch import Batch
from qlf.gates.gate import GateSettings
from qlf.gates.process import Ended, Processes
from qlf.gates.reading import write_files
from qlf.gates.run import Judged, run_gate
from qlf.model.finding import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    Counts = Counter[str]

ROOT = Path(__file__).parents[2]
NOTES = Path(__file__).with_name("notes_app")
LINTED = "[tool.ruff.lint]\n"
TABLE = "[tool.ruff]\n"
UNUSED = '"""Unused."""\n\nimport os\n'
UGLY = '"""Ugly."""\n\nNUMBER = [ 1 ]\n'
WEAK = '"""Weak."""\n\nimport subprocess\n\nsubprocess.run(__name__, shell=True)\n'
BROKEN = "def broken(:\n"


class Trees:
    """Applications beside one another, and what a gate says of them alone and together."""

    def __init__(self, root: Path, environments: Path) -> None:
        self.root = root
        self.environments = environments
        self.names: list[str] = []
        shutil.copytree(ROOT / "rules" / "gates", root / "rules" / "gates")
        self.change_rule(lambda tools: [tool for tool in tools if tool["name"] != "mypy"])

    def change_rule(self, change: Callable[[list[dict[str, Any]]], list[dict[str, Any]]]) -> None:
        file = self.root / "rules" / "gates" / "static.yaml"
        rule = yaml.safe_load(file.read_text(encoding="utf-8"))
        stack = rule["stacks"]["fastapi"]
        stack["tools"] = change(stack["tools"])
        file.write_text(yaml.safe_dump(rule), encoding="utf-8")

    def add(self, name: str, files: dict[str, str | None] | None = None, settings: str = "") -> None:
        """Add an application with some files of its own (None: without), and settings of ruff."""
        tree = self.root / name / "app"
        shutil.copytree(NOTES, tree, ignore=shutil.ignore_patterns("__pycache__", ".*_cache"))
        project = tree / "backend" / "pyproject.toml"
        project.write_text(project.read_text(encoding="utf-8").replace(TABLE, f"{TABLE}{settings}"), "utf-8")
        for path, text in (files or {}).items():
            (tree / path).parent.mkdir(parents=True, exist_ok=True)
            if text is None:
                (tree / path).unlink()
            else:
                (tree / path).write_text(text, encoding="utf-8", errors="surrogateescape")
        self.names.append(name)

    def settings(self, cache: str) -> GateSettings:
        folder = self.root / cache
        if not folder.exists():
            folder.mkdir()
            (folder / "environments").symlink_to(self.environments, target_is_directory=True)
        return GateSettings(rules=(self.root / "rules",), cache=folder)

    def judge(self, cache: str, batch: Batch | None = None) -> dict[str, Judged]:
        """Judge all in two threads, as a build does, and write what was found below `CACHE-NAME`."""
        settings = self.settings(cache)
        if batch:
            settings = replace(settings, beforehand=batch.report)

        def one(name: str) -> Judged:
            judged = run_gate("static", self.root / name / "app", self.out(cache, name), settings)
            assert isinstance(judged, Judged)
            return judged

        with ThreadPoolExecutor(2) as pool:
            return dict(zip(self.names, pool.map(one, self.names), strict=True))

    def out(self, cache: str, name: str) -> Path:
        return self.root / f"{cache}-{name}"

    def written(self, cache: str) -> dict[str, dict[str, bytes]]:
        return {
            name: {path.name: path.read_bytes() for path in self.out(cache, name).iterdir()}
            for name in self.names
        }

    def batch(self, cache: str = "together", processors: int = 1) -> Batch:
        trees = {self.root / name / "app": self.settings(cache) for name in self.names}
        return Batch("static", lambda: trees, processors)

    def same(self, processors: int = 1) -> dict[str, Judged]:
        """Judge all alone and all together, and demand that nothing differs."""
        self.judge("alone")
        judged = self.judge("together", self.batch(processors=processors))
        assert self.written("together") == self.written("alone")
        return judged


@pytest.fixture
def trees(tmp_path: Path, cache: Path) -> Trees:
    return Trees(tmp_path, (cache / "environments").resolve())


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> Counts:
    """Count the programs that are run: by name, and by mode for ruff; `list` asks for its files."""
    counted: Counts = Counter()
    real = Processes.run

    def run(self: Processes, command: list[str], **more: Any) -> Ended:  # noqa: ANN401
        name = Path(command[0]).name
        mode = "list" if "--show-files" in command else command[1]
        counted[f"{name} {mode}" if name == "ruff" else name] += 1
        return real(self, command, **more)

    monkeypatch.setattr(Processes, "run", run)
    return counted


ONCE = {"ruff check": 1, "ruff list": 2, "ruff format": 1, "bandit": 1}


def alone(number: int) -> dict[str, int]:
    return {program: count * number for program, count in ONCE.items()}


def test_many_trees_are_one_process_for_each_tool(trees: Trees, ran: Counts) -> None:
    for number in range(12):
        trees.add(f"app{number}", {f"backend/app/more{number}.py": '"""More."""\n'})
    trees.judge("together", trees.batch())
    assert ran == ONCE
    trees.judge("alone")
    assert ran == {program: count + 12 * count for program, count in ONCE.items()}
    assert trees.written("together") == trees.written("alone")


def test_a_tool_that_uses_one_processor_runs_on_each(trees: Trees, ran: Counts) -> None:
    for number in range(4):
        trees.add(f"app{number}", {f"backend/app/weak{number}.py": WEAK})
    judged = trees.judge("together", trees.batch(processors=3))
    assert {each.verdict.outcome for each in judged.values()} == {Outcome.RED}
    assert ran == {**ONCE, "bandit": 2}
    trees.judge("alone")
    assert trees.written("together") == trees.written("alone")


def test_green_and_red_trees_keep_their_verdicts(trees: Trees, ran: Counts) -> None:
    trees.add("green")
    trees.add("unused", {"tests/unused.py": UNUSED})
    trees.add("weak", {"backend/app/weak.py": WEAK})
    trees.add("ugly", {"backend/app/ugly.py": UGLY})
    trees.add("twin", {"backend/app/ugly.py": UGLY})
    judged = trees.judge("together", trees.batch())
    assert ran == ONCE
    outcomes = {name: each.verdict.outcome for name, each in judged.items()}
    assert outcomes == {
        "green": Outcome.GREEN,
        **dict.fromkeys(("unused", "weak", "ugly", "twin"), Outcome.RED),
    }
    assert {name: {finding.tool for finding in each.verdict.findings} for name, each in judged.items()} == {
        "green": set(),
        "unused": {"ruff"},
        "weak": {"ruff", "bandit"},
        "ugly": {"ruff-format"},
        "twin": {"ruff-format"},
    }
    trees.judge("alone")
    assert trees.written("together") == trees.written("alone")


def test_a_tree_that_does_not_parse_harms_no_other(trees: Trees, ran: Counts) -> None:
    trees.add("green")
    trees.add("broken", {"backend/app/broken.py": BROKEN})
    trees.add("unused", {"tests/unused.py": UNUSED})
    judged = trees.judge("together", trees.batch())
    # The formatter ends with 2 for all, and says nothing of the others.
    assert ran == {**ONCE, "ruff format": 4, "ruff list": 4}
    assert [each.verdict.outcome for each in judged.values()] == [Outcome.GREEN, Outcome.RED, Outcome.RED]
    trees.judge("alone")
    assert trees.written("together") == trees.written("alone")


ODD: dict[str, dict[str, str | None]] = {
    "spaces and letters": {"backend/app/a b é ß.py": UNUSED, "tests/x [1] {2} $HOME.py": UGLY},
    "separators": {"backend/app/a\u2028b.py": UNUSED, "backend/app/a\x0bb.py": UNUSED},
    "quotes": {"backend/app/'\"`.py": UNUSED, "tests/a\\b.py": UNUSED},
    "dashes": {"backend/-x/--config.py": UNUSED, "tests/-.py": WEAK},
    "like a tree": {"backend/app/app/app.py": UNUSED, "backend/backend/tests/app.py": UGLY},
    "dots": {"backend/..app/x.py": UNUSED, "backend/.hidden/x.py": UNUSED},
    "left out by default": {
        "backend/build/x.py": UNUSED,
        "backend/.tox/x.py": WEAK,
        "backend/CVS/x.py": WEAK,
    },
    "no package": {"backend/loose/x.py": UNUSED, "tests/deep/er/x.py": UNUSED},
    "bytes": {"backend/app/x.py": '"""X."""\n\nX = "\udcff"\n'},
    "empty": {"backend/app/x.py": "", "tests/x.py": "\n"},
    "no mark": {"backend/app/x.py": "\ufeff" + UNUSED, "backend/app/y.py": UNUSED.replace("\n", "\r\n")},
}


def test_odd_names_and_contents_are_told_as_alone(trees: Trees) -> None:
    for name, files in ODD.items():
        trees.add(name, files)
    judged = trees.same()
    assert len({each.verdict.inputs for each in judged.values()}) == len(ODD)


def test_a_name_over_two_lines_is_told_as_alone(trees: Trees, ran: Counts) -> None:
    trees.add("green")
    trees.add("lines", {"backend/app/a\nb.py": UNUSED})
    trees.same()
    assert ran["ruff check"] == 1 + 2 + 2


# Settings of the trees' own: what a run over many cannot be sure of is run alone.
# Files, settings, and those of the linter.
OWN: dict[str, tuple[dict[str, str | None], str, str]] = {
    "more rules": ({"backend/loose/x.py": UNUSED}, "", 'extend-select = ["INP"]\n'),
    "per file": ({"backend/app/x.py": UNUSED}, "", 'per-file-ignores = { "app/x.py" = ["F401"] }\n'),
    "left out": (
        {"backend/app/x.py": UNUSED, "backend/app/y.py": UGLY},
        'extend-exclude = ["app/x.py"]\n',
        "",
    ),
    "all left out": ({}, 'exclude = ["*.py"]\n', ""),
    "nearer": ({"tests/deep/ruff.toml": "line-length = 20\n", "tests/deep/x.py": UNUSED}, "", ""),
    "another line": ({"backend/app/x.py": f'"""{"x" * 90}."""\n'}, "", ""),
}


def test_settings_of_trees_count_for_them_alone(trees: Trees, ran: Counts) -> None:
    for name, (files, settings, linter) in OWN.items():
        trees.add(name, files, settings)
        project = trees.root / name / "app" / "backend" / "pyproject.toml"
        text = project.read_text(encoding="utf-8")
        project.write_text(text.replace(LINTED, LINTED + linter), encoding="utf-8")
    trees.add("green")
    trees.change_rule(lambda tools: [{**tool, "reads": [*tool["reads"], "**/ruff.toml"]} for tool in tools])
    judged = trees.same()
    assert ran["ruff check"] == 1 + len(trees.names)
    found = {
        name: sorted({finding.rule for finding in each.verdict.findings if finding.tool == "ruff"})
        for name, each in judged.items()
    }
    assert judged["all left out"].verdict.outcome is Outcome.UNPROVEN
    assert found == {
        "more rules": ["F401", "INP001"],
        "per file": [],
        "left out": [],
        "all left out": [],
        "nearer": ["F401"],
        "another line": [],
        "green": [],
    }


LEADING: dict[str, tuple[str, bool]] = {
    'extend = "../tests/ruff.toml"\n': ("tests/ruff.toml", True),
    'extend = "../../../other/app/backend/pyproject.toml"\n': ("", False),
    'extend = "/etc/ruff.toml"\n': ("", False),
    'extend = "~/ruff.toml"\n': ("", False),
    'extend = "${HOME}/ruff.toml"\n': ("", False),
    'src = ["../../*/app/backend"]\n': ("", False),
    'src = ["*/../../../x"]\n': ("", False),
    'src = ["app/../x"]\n': ("", True),
}


@pytest.mark.parametrize("settings", LEADING)
def test_settings_that_lead_out_of_a_tree_are_not_read_beside_others(
    trees: Trees, ran: Counts, settings: str
) -> None:
    file, together = LEADING[settings]
    trees.add("green")
    trees.add("twin", {"backend/app/unused.py": UNUSED})
    trees.add("other", {file: 'line-length = 100\n[lint]\nselect = ["F"]\n'} if file else {}, settings)
    trees.judge("together", trees.batch())
    assert ran["ruff check"] == (1 if together else 2)
    trees.judge("alone")
    assert trees.written("together") == trees.written("alone")


NO_TESTS = {path.relative_to(NOTES).as_posix(): None for path in (NOTES / "tests").rglob("*.*")}
# Files of a tree, and the tools that are run on it alone for that.
APART: dict[str, tuple[dict[str, str | None], set[str]]] = {
    "no settings": ({"tests/ruff.toml": None}, {"ruff check"}),
    "broken settings": ({"tests/ruff.toml": "extend ="}, {"ruff check"}),
    "settings for another version": ({"tests/ruff.toml": 'required-version = "<0.1"\n'}, {"ruff check"}),
    "no table": ({"backend/pyproject.toml": "[project]\nname = 'x'\n"}, {"ruff check"}),
    "settings above": ({"ruff.toml": "fix = true\n"}, {"ruff check", "bandit"}),
    "a module above": ({"__init__.py": ""}, {"ruff check", "bandit"}),
    "settings of bandit": (
        {"backend/.bandit": "[bandit]\nskips: B602\n", "backend/app/weak.py": WEAK},
        {"bandit"},
    ),
    "no tests": (dict(NO_TESTS), {"ruff check", "bandit"}),
}


@pytest.mark.parametrize("name", APART)
def test_what_might_count_for_others_is_kept_from_them(trees: Trees, ran: Counts, name: str) -> None:
    files, apart = APART[name]
    reads = ["backend/**", "tests/**", "ruff.toml", "__init__.py"]
    trees.change_rule(lambda tools: [{**tool, "reads": reads} for tool in tools])
    trees.add("first", {"backend/app/weak.py": WEAK})
    trees.add("other", files)
    trees.add("last", {"tests/unused.py": UNUSED, "backend/app/ugly.py": UGLY})
    judged = trees.same()
    assert judged["first"].verdict.outcome is Outcome.RED
    assert judged["last"].verdict.outcome is Outcome.RED
    # For another version all have to be run alone: that is learnt from the run over all.
    together = 1 + 3 if name == "settings for another version" else 1 + ("ruff check" in apart)
    assert ran["ruff check"] == together + 3
    assert ran["bandit"] == 1 + ("bandit" in apart) + 3


def test_arguments_that_mean_something_else_elsewhere_are_run_alone(trees: Trees, ran: Counts) -> None:
    def change(tools: list[dict[str, Any]]) -> list[dict[str, Any]]:
        more = {"ruff": ["--exclude", "tests"], "bandit": ["--exclude", "tests"]}
        return [{**tool, "arguments": [*tool["arguments"], *more[tool["runner"]]]} for tool in tools]

    trees.change_rule(change)
    trees.add("green")
    trees.add("unused", {"tests/unused.py": UNUSED})
    trees.judge("together", trees.batch())
    assert ran == alone(2)


def test_rules_without_paths_are_run_alone(trees: Trees, ran: Counts) -> None:
    trees.change_rule(
        lambda tools: [{**tool, "paths": [], "arguments": [*tool["arguments"], "backend"]} for tool in tools]
    )
    trees.add("green")
    trees.add("unused", {"backend/app/unused.py": UNUSED})
    trees.judge("together", trees.batch())
    assert ran == alone(2)


def test_recalled_verdicts_are_not_run(trees: Trees, ran: Counts, monkeypatch: pytest.MonkeyPatch) -> None:
    trees.add("known")
    trees.judge("together")
    ran.clear()
    for name in ("new", "newer"):
        trees.add(name, {f"backend/app/{name}.py": '"""New."""\n'})
    batch = trees.batch()
    copied: list[Path] = []

    def write(files: Mapping[str, bytes], folder: Path, patterns: Iterable[str]) -> None:
        copied.append(folder)
        write_files(files, folder, patterns)

    monkeypatch.setattr("qlf.gates.batch.write_files", write)
    judged = trees.judge("together", batch)
    assert ran == ONCE
    assert len(copied) == 2 * 3
    assert [each.recalled for each in judged.values()] == [True, False, False]
    assert {each.verdict.outcome for each in judged.values()} == {Outcome.GREEN}


def test_a_tree_that_changed_meanwhile_is_judged_as_it_is(trees: Trees, ran: Counts) -> None:
    for name in ("first", "second", "third"):
        trees.add(name, {f"backend/app/{name}.py": '"""More."""\n'})
    batch = trees.batch()
    settings = replace(trees.settings("together"), beforehand=batch.report)
    run_gate("static", trees.root / "first" / "app", trees.out("together", "first"), settings)
    assert ran == ONCE
    (trees.root / "second" / "app" / "tests" / "unused.py").write_text(UNUSED, encoding="utf-8")
    judged = run_gate("static", trees.root / "second" / "app", trees.out("together", "second"), settings)
    assert isinstance(judged, Judged)
    assert judged.verdict.outcome is Outcome.RED
    assert ran == alone(2)


def faulty(kind: str, real: Ended) -> Ended:
    """Return how a run over many trees could have ended."""
    output = {
        "cut": real.output[:-1],
        "elsewhere": real.output.replace(b"/app/backend/", b"/../backend/").replace(b"/app/tests/", b"/x/"),
        "listed elsewhere": b"/somewhere/else.py\n",
        "nothing": b"[]",
    }.get(kind, real.output)
    code = {"crashed": -11, "too slow": None, "code 2": 2}.get(kind, real.code)
    return Ended(code, output, real.errors, real.seconds)


@pytest.mark.parametrize(
    "kind", ["cut", "elsewhere", "listed elsewhere", "nothing", "crashed", "too slow", "code 2", "raises"]
)
def test_after_an_unclear_end_each_tree_is_judged_alone(
    trees: Trees, ran: Counts, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    trees.add("green")
    trees.add("unused", {"tests/unused.py": UNUSED, "backend/app/weak.py": WEAK})
    real = Processes.run

    def run(self: Processes, command: list[str], **more: Any) -> Ended:  # noqa: ANN401
        ended = real(self, command, **more)
        many = sum(word.endswith("/app/backend") for word in command) > 1
        if not many or (kind == "listed elsewhere") != ("--show-files" in command):
            return ended
        if kind == "raises":
            raise OSError
        if command[0].endswith("bandit"):
            report = Path(command[command.index("--output") + 1])
            if kind != "nothing":
                report.write_bytes(faulty(kind, replace(ended, output=report.read_bytes())).output)
            return ended if kind == "nothing" else faulty(kind, ended)
        return faulty(kind, ended)

    monkeypatch.setattr(Processes, "run", run)
    trees.judge("together", trees.batch())
    told = ran["ruff check"], ran["bandit"]
    trees.judge("alone")
    assert trees.written("together") == trees.written("alone")
    assert told == (3, 1 if kind in {"nothing", "listed elsewhere"} else 3)


def test_too_much_together_is_judged_alone(
    trees: Trees, ran: Counts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qlf.gates.batch._ROOM", 1000)
    trees.add("green")
    trees.add("unused", {"tests/unused.py": UNUSED})
    trees.judge("together", trees.batch())
    assert ran == alone(2)


def test_a_slow_run_over_many_has_more_time_but_not_without_end(
    trees: Trees, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[float] = []
    real = Processes.run

    def run(self: Processes, command: list[str], *, timeout: float, **more: Any) -> Ended:  # noqa: ANN401
        given.append(timeout)
        return real(self, command, timeout=timeout, **more)

    monkeypatch.setattr(Processes, "run", run)
    for number in range(6):
        trees.add(f"app{number}", {f"backend/app/more{number}.py": '"""More."""\n'})
    trees.judge("together", trees.batch())
    assert set(given) == {240}
    given.clear()
    trees.names = trees.names[:3]
    trees.judge("few", trees.batch("few"))
    assert set(given) == {180}


RUN = """\
import pathlib, sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from qlf.gates.batch import Batch
from qlf.environment import key_of
from qlf.gates.gate import GateSettings
from qlf.gates.process import terminable
from qlf.gates.run import run_gate

rules, cache, *apps = map(pathlib.Path, sys.argv[1:])
settings = GateSettings(rules=(rules,), cache=cache)
batch = Batch("static", lambda: dict.fromkeys(apps, settings))
settings = replace(settings, beforehand=batch.report)
with terminable(), ThreadPoolExecutor(2) as pool:
    list(pool.map(lambda app: run_gate("static", app, app.parent / "gates", settings), apps))
"""


def lives(pid: int) -> bool:
    done = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return bool(done.stdout.strip()) and not done.stdout.strip().startswith("Z")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_end_a_run_over_many(trees: Trees, tmp_path: Path, number: signal.Signals) -> None:
    pids = tmp_path / "pids"
    key = key_of((ROOT / "rules/gates/tools.lock").read_bytes())
    made = tmp_path / "cache" / "environments" / key
    shutil.copytree(
        trees.environments / key, made, symlinks=True, ignore=shutil.ignore_patterns("lib", "bin")
    )
    (made / "bin").mkdir()
    (made / "bin" / "python").symlink_to(sys.executable)
    for name in ("ruff", "bandit"):
        (made / "bin" / name).write_text(f"#!/bin/sh\necho $$ >> {pids}\nsleep 600\n", encoding="utf-8")
        (made / "bin" / name).chmod(0o755)
    for name in ("first", "second", "third"):
        trees.add(name, {f"backend/app/{name}.py": '"""More."""\n'})
    apps = [str(trees.root / name / "app") for name in trees.names]
    command = [sys.executable, "-c", RUN, str(trees.root / "rules"), str(tmp_path / "cache"), *apps]
    factory = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not pids.exists() or len(pids.read_text(encoding="utf-8").split()) < 2:
        assert factory.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    factory.send_signal(number)
    assert factory.wait(20) in {143, -signal.SIGINT}
    started = pids.read_text(encoding="utf-8").split()
    assert len(started) <= 3
    assert not any(lives(int(pid)) for pid in started)
    assert not list(trees.root.glob("*/gates/*.json"))


@pytest.mark.slow
def test_all_of_the_shipped_gate_is_the_same(trees: Trees) -> None:
    shutil.copy(ROOT / "rules/gates/static.yaml", trees.root / "rules/gates/static.yaml")
    trees.add("green")
    trees.add("broken", {"backend/app/broken.py": BROKEN})
    trees.add("typed", {"backend/app/typed.py": '"""Typed."""\n\nNUMBER: int = "one"\n'})
    trees.add("unused", {"tests/unused.py": UNUSED})
    assert [each.verdict.outcome.value for each in trees.same().values()] == ["green", "red", "red", "red"]
