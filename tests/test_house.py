"""The habits of the house, as far as a machine can see them."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import grimp
import pytest

from qlf.brief.read import read_briefs
from qlf.compile.compile import compile_brief
from qlf.compile.inference import infer
from qlf.model.brief import Brief
from qlf.model.spec import Spec
from qlf.pipeline import STAGES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qlf.pipeline import Stage

ROOT = Path(__file__).resolve().parents[1]
MODULES = sorted((ROOT / "qlf").rglob("*.py"))
LONGEST_MODULE = 600
LONGEST_FUNCTION = 60
# What sources may not do, and the only places where they may.
FORBIDDEN_CALLS: dict[str, tuple[str, ...]] = {
    "print": (
        "qlf/cli/",
        "qlf/engine/board.py",
        "qlf/engine/capsules.py",
    ),  # doit shows what an action prints
    **dict.fromkeys(("input", "breakpoint", "exec", "__import__"), ()),
    # Conditions of policies and controls, by an engine that knows CEL and nothing else.
    **dict.fromkeys(
        ("compile", "eval"),
        (
            "qlf/controls/conditions.py",
            "qlf/policies/conditions.py",
            "qlf/gates/runners/scripts/policies.py",
        ),
    ),
    **dict.fromkeys(("extractall", "system", "popen"), ()),
}
VAGUE = {"utils", "util", "helpers", "helper", "manager", "managers", "common", "data", "misc"}
TEXT = re.compile(
    r"\.(py|md|toml|yaml|yml|jinja|lock|json|txt|cfg|abnf|lark|in|sql)$|/?(Makefile|run|\.\w+)$"
)
# Hosts of registries and package mirrors: whoever installs decides where from.
REGISTRIES = re.compile(
    "|".join(
        host.replace(".", r"\.")
        for host in (
            "pypi." + "org",
            "files.pythonhosted" + ".org",
            "registry.npmjs" + ".org",
            "registry.yarnpkg" + ".com",
            "proxy.golang" + ".org",
            "index.crates" + ".io",
            "deb.debian" + ".org",
        )
    )
)
INDEXES = re.compile(r"(?<![-\w])(--(extra-)?index-url|--find-links|--trusted-host)(?!\w)")
PLACES = re.compile(r"(?<![\w.$~])/(home|root|Users|work|workspace|mnt)/[\w.-]+")


def tracked() -> list[Path]:
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    return [ROOT / name for name in done.stdout.decode().split("\0") if name and (ROOT / name).is_file()]


def functions(module: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def calls(module: Path) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            yield node


def called(call: ast.Call) -> str:
    match call.func:
        case ast.Name(id=name):
            return name
        case ast.Attribute(attr=name, value=ast.Name(id="re")):
            return f"re.{name}"
        case ast.Attribute(attr=name):
            return name
        case _:
            return ""


# Sources


def test_modules_and_functions_are_short() -> None:
    long = [
        f"{module.relative_to(ROOT)}: {lines} lines"
        for module in MODULES
        if (lines := len(module.read_text(encoding="utf-8").splitlines())) > LONGEST_MODULE
    ]
    long += [
        f"{module.relative_to(ROOT)}:{function.lineno}: {function.name}, {lines} lines"
        for module in MODULES
        for function in functions(module)
        if (lines := (function.end_lineno or 0) - function.lineno + 1) > LONGEST_FUNCTION
    ]
    assert long == []


def test_most_functions_are_shorter_than_half_a_screen() -> None:
    lengths = sorted(
        (function.end_lineno or 0) - function.lineno + 1
        for module in MODULES
        for function in functions(module)
    )
    assert lengths[len(lengths) * 9 // 10] < LONGEST_FUNCTION // 2


def test_sources_neither_print_nor_run_texts() -> None:
    found = []
    for module in MODULES:
        path = module.relative_to(ROOT).as_posix()
        for call in calls(module):
            name = called(call)
            allowed = FORBIDDEN_CALLS.get(name)
            if allowed is not None and not path.startswith(allowed):
                found.append(f"{path}:{call.lineno}: {name}()")
            if any(word.arg == "shell" and not _is_false(word.value) for word in call.keywords):
                found.append(f"{path}:{call.lineno}: shell")
    assert found == []


def _is_false(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is False


def test_packages_have_no_logic_of_their_own() -> None:
    allowed = (ast.Import, ast.ImportFrom, ast.Expr, ast.Assign, ast.AnnAssign)
    for module in MODULES:
        if module.name == "__init__.py":
            body = ast.parse(module.read_text(encoding="utf-8")).body
            assert [node.lineno for node in body if not isinstance(node, allowed)] == [], module


def test_names_say_what_is_in_a_module() -> None:
    names = {part for module in MODULES for part in module.relative_to(ROOT).with_suffix("").parts}
    assert names & VAGUE == set()


def test_nothing_is_left_to_do() -> None:
    marks = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")
    assert [m for m in MODULES if marks.search(m.read_text(encoding="utf-8"))] == []


# Everything that is tracked


def test_tracked_files_name_no_machine_and_no_registry() -> None:
    found = []
    for path in tracked():
        name = path.relative_to(ROOT).as_posix()
        if not TEXT.search(name) or name.startswith(("tests/failing/", "tests/corpus/")):
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            indexed = INDEXES.search(line) and not name.startswith("tests/")
            if indexed or PLACES.search(line) or REGISTRIES.search(line):
                found.append(f"{name}:{number}: {line.strip()[:80]}")
    assert found == []


def test_products_are_not_tracked() -> None:
    names = [path.relative_to(ROOT).as_posix() for path in tracked()]
    assert [name for name in names if name.startswith(("build/", ".venv/")) or "__pycache__" in name] == []


# Seams


ENTRIES = {
    "compile": (
        *("brief.read", "compile.catalogues", "compile.compile", "compile.inference", "compile.slices"),
        *("overlay.catalogue", "overlay.files", "overlay.read", "overlay.resolve"),
        *("policies.files", "controls.files"),
    ),
    "generate": ("agents.{part}.agent",),
    "assemble": ("assemble", "own.conflicts", "own.tree"),
    "verify": ("gates.run", "policies.read"),
    "evidence": ("controls.read", "evidence.assess", "evidence.products", "gates.run", "policies.read"),
}


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.name)
def test_the_code_of_a_stage_has_all_that_it_imports(stage: Stage) -> None:
    """What is not in it could change without the stage's products being made again."""
    graph = grimp.build_graph("qlf")
    for part in stage.parts:
        entries = [f"qlf.{entry.format(part=part)}" for entry in ENTRIES[stage.name]]
        modules = set(entries).union(*(graph.find_upstream_modules(entry) for entry in entries))
        covered = {
            path
            for pattern in stage.code
            for path in (ROOT / "qlf").glob(pattern.format(part=part) + "/*" * pattern.endswith("**"))
        }
        files = {module: _file(module) for module in modules}
        bare = {module for module, path in files.items() if path.name == "__init__.py"}
        assert sorted(module for module in modules - bare if files[module] not in covered) == []


def _file(module: str) -> Path:
    path = ROOT.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


# Shipped briefs, pages, tasks


def test_shipped_briefs_read_and_compile() -> None:
    briefs = read_briefs(ROOT / "briefs")
    assert briefs
    for brief in briefs:
        assert isinstance(brief, Brief), str(brief)
        spec = compile_brief(infer(brief))
        assert isinstance(spec, Spec), [str(problem) for problem in spec]
        assert spec.questions == ()
        assert 8 <= len(spec.entities) <= 20


def test_every_make_target_is_a_task_or_says_what_it_does() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    rules = re.findall(r"^([a-z][\w -]*):[^=\n]*\n((?:\t.*\n)*)", makefile, re.MULTILINE)
    listed = subprocess.run(
        [sys.executable, "-m", "doit", "list"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    tasks = {line.split()[0] for line in listed.stdout.splitlines() if line}
    assert {"compile", "generate", "assemble", "verify"} <= tasks
    phony = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    assert phony
    assert set(phony[1].split()) == {target for names, _ in rules for target in names.split()}
    for names, recipe in rules:
        assert recipe.strip(), f"{names} does nothing"
        if "$(DOIT) $@" in recipe:
            assert set(names.split()) <= tasks
