"""Applications for examples of policies: one brief, with what an example changes in its spec and its tree."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from qlf.brief.read import read_brief
from qlf.compile.compile import compile_brief
from qlf.model.brief import Brief
from qlf.model.canonical import canonical
from qlf.model.spec import Spec
from qlf.policies.files import Rules
from qlf.policies.read import read_policies

if TYPE_CHECKING:
    from collections.abc import Iterable

    from qlf.model.policy import Policy

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "qlf" / "gates" / "runners" / "scripts" / "policies.py"
BRIEF = """\
---
roles: [clerk, admin]
entities:
  Card:
    owner: user
    fields:
      number: text! max=19 @pan
      holder: text! max=80 @pii
      spent: money! = 0
      pin_hash: text max=80 @hidden
    access:
      user: create, read own, delete own, charge own
      admin: all
  Result:
    fields:
      person: User!
      notes: text! max=200 @phi
    access:
      clerk: create, read where this.person == viewer
      admin: all
operations:
  charge:
    on: Card
    input: {purpose: text! max=40}
    effects:
      - update: this
        set: {spent: this.spent + 1}
---
# Cards and results
"""


def base() -> Spec:
    read = read_brief(Path("briefs/cards.md"), BRIEF.encode())
    assert isinstance(read, Brief), [str(problem) for problem in read]
    spec = compile_brief(read)
    assert isinstance(spec, Spec), [str(problem) for problem in spec]
    return spec


def policies(*names: str) -> list[dict[str, Any]]:
    """Return the shipped policies that are named or always take part, as the program reads them."""
    found = read_policies([Rules(ROOT / "rules", "rules")], names)
    assert isinstance(found, tuple), [str(problem) for problem in found]
    return [policy.model_dump(mode="json", exclude={"origin"}) for policy in found]


def beside() -> dict[str, bytes]:
    """Return what the gate `policy` is given besides a tree."""
    return {"policies.json": json.dumps(policies()).encode(), "spec.json": canonical(base())}


def make(example: Path, spec: Spec, folder: Path) -> tuple[Path, Path]:
    """Write the spec and the tree of an example, and return both."""
    said: dict[str, Any] = yaml.safe_load(example.read_text(encoding="utf-8")) or {}
    made = json.loads(canonical(spec))
    for path, value in said.get("set", {}).items():
        *steps, last = path.split(".")
        node = made
        for step in steps:
            node = node[step] if isinstance(node, dict) else next(one for one in node if step in _called(one))
        assert last in node, path
        node[last] = value
    # What does not hold of the spec as it must be would not hold of any.
    Spec.model_validate_json(json.dumps(made))
    tree = folder / "app"
    tree.mkdir()
    for path, text in said.get("files", {}).items():
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_text(text, encoding="utf-8")
    (folder / "spec.json").write_text(json.dumps(made), encoding="utf-8")
    return folder / "spec.json", tree


def _called(node: dict[str, Any]) -> set[object]:
    return {node.get("name"), node.get("id"), node.get("wire")}


def evaluate(policies: Iterable[Policy], spec: Path, tree: Path) -> tuple[int, list[str]]:
    """Return how many nodes were looked at, and the findings as lines."""
    file = spec.with_name("policies.json")
    said = [policy.model_dump(mode="json", exclude={"origin"}) for policy in policies]
    file.write_text(json.dumps(said), encoding="utf-8")
    words = [sys.executable, "-I", str(SCRIPT), str(file), str(spec), str(tree), "20"]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    answer = json.loads(done.stdout)
    return answer["checked"], [
        f"{one['file']}:{one['line']}:{one['column']}: {one['level']}: {one['message']} [{one['policy']}]"
        for one in answer["findings"]
    ]
