"""Applications with one safeguard taken out, each of which the check of that safeguard must refuse.

`python -m tests.compliance.mutants` prints the score of each feature.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from qlf.agents.registry import AGENTS
from qlf.config import Cache, Settings
from qlf.environment import Environment, passed_on, provide
from qlf.pipeline import ASSEMBLE, COMPILE, GENERATE, Step
from qlf.repository import Repository
from qlf.store import cache_folder

if TYPE_CHECKING:
    from collections.abc import Iterable

HERE = Path(__file__).parent
BRIEF = HERE.parent / "e2e" / "briefs" / "vault.md"
PATIENCE = 120
PASSED, FAILED = 0, 1  # how pytest ends


@dataclass(frozen=True)
class Mutant:
    """A text in the one file that fits `file`, and what stands in its place."""

    name: str
    file: str
    find: str
    replace: str


@dataclass(frozen=True)
class Application:
    """A generated tree that is under all controls, and the environment that its lock says."""

    tree: Path
    environment: Environment


def mutants(feature: str) -> tuple[Mutant, ...]:
    """Return the mutants of a feature."""
    text = (HERE / "mutants" / f"{feature}.yaml").read_text(encoding="utf-8")
    return tuple(Mutant(**one) for one in yaml.safe_load(text))


def generated(root: Path) -> Application:
    """Generate the application in a repository of its own."""
    (root / "briefs").mkdir()
    shutil.copy(BRIEF, root / "briefs" / "vault.md")
    repository = Repository(root, Settings(cache=Cache(folder=str(cache_folder()))))
    for step in (
        Step(COMPILE, "vault"),
        *(Step(GENERATE, "vault", agent) for agent in AGENTS),
        Step(ASSEMBLE, "vault"),
    ):
        done = step.run(repository)
        assert done.problems == (), [str(problem) for problem in done.problems]
    tree = repository.build("vault") / "app"
    lock = (tree / "backend" / "requirements-dev.lock").read_bytes()
    environment = provide("app", lock, cache_folder())
    assert isinstance(environment, Environment), environment
    return Application(tree, environment)


def check(
    application: Application, feature: str, tree: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the check of a feature over a tree, the application's own if none is given."""
    tree = tree or application.tree
    command = [
        str(application.environment.python),
        "-B",
        "-m",
        "pytest",
        "-q",
        "-x",
        "-p",
        "no:cacheprovider",
    ]
    command += ["-c", "backend/pyproject.toml", "--rootdir", ".", f"tests/compliance/test_{feature}.py"]
    return subprocess.run(
        command,
        cwd=tree,
        env={**passed_on(), "PYTHONPATH": "backend"},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def escapes(application: Application, feature: str, mutant: Mutant) -> str:
    """Return why a mutant was not refused, "" if it was."""
    files = list(application.tree.glob(mutant.file))
    texts = [(file, file.read_text(encoding="utf-8")) for file in files]
    fitting = [(file, text) for file, text in texts if mutant.find in text]
    if not fitting:
        return f"{mutant.name}: {mutant.file} has no {mutant.find!r}"
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "app"
        shutil.copytree(application.tree, tree)
        for file, text in fitting:
            changed = text.replace(mutant.find, mutant.replace)
            (tree / file.relative_to(application.tree)).write_text(changed, encoding="utf-8")
        done = check(application, feature, tree)
    if done.returncode != FAILED:
        return (
            f"{mutant.name}: pytest ended with {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
        )
    return ""


def score(application: Application, feature: str) -> tuple[int, list[str]]:
    """Return how many mutants of a feature there are, and why some were not refused.

    A check that refuses the application as it is tells nothing of its mutants.
    """
    every = mutants(feature)
    whole = check(application, feature)
    if whole.returncode != PASSED:
        return len(every), [f"{one.name}: refused without it\n{whole.stdout[-2000:]}" for one in every]
    with ThreadPoolExecutor(2) as pool:
        told = pool.map(lambda mutant: escapes(application, feature, mutant), every)
        return len(every), [why for why in told if why]


def _say(*lines: str) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))


def main(features: Iterable[str]) -> int:
    """Print the score of each feature, of all if none is named."""
    named = list(features) or sorted(path.stem for path in (HERE / "mutants").glob("*.yaml"))
    refused = total = 0
    with tempfile.TemporaryDirectory() as folder:
        application = generated(Path(folder))
        for feature in named:
            count, escaped = score(application, feature)
            total, refused = total + count, refused + count - len(escaped)
            _say(f"{feature:<24} {count - len(escaped):>3} of {count}", *(f"  {why}" for why in escaped))
    _say(f"{'all':<24} {refused:>3} of {total}: {refused / total:.0%}")
    return 0 if refused == total else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
