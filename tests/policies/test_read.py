from __future__ import annotations

import json
import time
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from typing import TYPE_CHECKING

import pytest
from jsonschema import Draft202012Validator

from qlf.model.policy import Policy
from qlf.policies.files import Rules, policy_files
from qlf.policies.names import LEFT_OUT, NAMES
from qlf.policies.read import read_policies, read_policy
from qlf.policies.schema import policy_schema, schema_text
from tests.policies.examples import ROOT, SCRIPT, base, evaluate, make

if TYPE_CHECKING:
    from pathlib import Path

GOOD = """\
name: x
title: Fine
over: field
where: node.required
holds: node.maximum == null || entity.retention.days > 3
message: "{entity.name}.{node.name} is wrong"
advice: mend it
"""


def problems(text: str) -> list[str]:
    found = read_policy(text.encode(), "x", "x.yaml")
    assert isinstance(found, list), found
    return [str(problem) for problem in found]


def test_a_good_policy_is_read() -> None:
    policy = read_policy(GOOD.encode(), "x", "x.yaml")
    assert isinstance(policy, Policy)
    assert (policy.over, policy.level, policy.always) == ("field", "error", False)
    assert (policy.origin.file, policy.origin.line) == ("x.yaml", 1)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("name: x", "name: y", "x.yaml:1:7: name is y, and the file's name says x; make them the same"),
        ("over: field", "over: feild", "x.yaml:3:7: over cannot be 'feild'; did you mean field?"),
        ("holds:", "hold:", "x.yaml:5:1: the policy has no key 'hold'; did you mean holds?"),
        ("node.required", "node.requird", "x.yaml:4:13: node has no requird; did you mean required?"),
        (".days > 3", ".dayz > 3", "x.yaml:5:49: entity.retention has no dayz; did you mean days?"),
        ("node.required", "shape.of", "x.yaml:4:8: over field has no shape; did you mean spec?"),
        (
            "node.required",
            "spec.entities.size() > 2",
            "x.yaml:4:13: spec has no entities; did you mean title?",
        ),
        (
            "node.required",
            "nodes.required",
            "x.yaml:4:13: undeclared reference to 'nodes.required'; see Conditions in docs/policies.md",
        ),
        ("node.required", "node.name ==", "x.yaml:4:18: CEL cannot be read on from '=='"),
        ("node.required", "size(node.name)", "x.yaml:4:8: this is a value of type int; write what is true"),
        (
            "node.required",
            "\"'node.name' + 1 == 2\"",
            "x.yaml:4:21: found no matching overload for '_+_' applied to '(string, int)'",
        ),
        (
            "{node.name}",
            "{node.nam}",
            "x.yaml:6:25: {node.nam} stands for nothing here; did you mean name?",
        ),
        (
            "{node.name}",
            "{node.name()}",
            "x.yaml:6:25: {node.name()} is no placeholder; write {node.name}, or something like it",
        ),
        ("node.required", "!" * 40 + "node.required", "x.yaml:4:8: "),
        ("node.required", "node.required && " * 70 + "true", "x.yaml:4:8: where is longer than 1000 char"),
    ],
)
def test_bad_policies_have_their_places(old: str, new: str, expected: str) -> None:
    assert old in GOOD
    found = problems(GOOD.replace(old, new, 1))
    assert any(problem.startswith(expected) for problem in found), found


def test_a_policy_is_no_bomb() -> None:
    assert problems(GOOD + "# " + "x" * (1 << 14))[0].endswith("16384 bytes; make it smaller")
    assert "aliases" in problems(GOOD.replace("Fine", "&a Fine").replace("mend it", "*a"))[0]


def test_an_own_policy_wins_and_an_unknown_one_is_a_problem(tmp_path: Path) -> None:
    own = tmp_path / "policies"
    own.mkdir()
    (own / "lists-are-paged.yaml").write_text(
        GOOD.replace("name: x", "name: lists-are-paged"), encoding="utf-8"
    )
    folders = [Rules(tmp_path, "mine"), Rules(ROOT / "rules", "rules")]
    assert policy_files(folders)["lists-are-paged"] == (
        own / "lists-are-paged.yaml",
        "mine/policies/lists-are-paged.yaml",
    )
    found = read_policies(folders, ["lists-are-paged", "accounts-lock"])
    assert isinstance(found, tuple)
    said = {policy.name: policy for policy in found}
    assert said["lists-are-paged"].title == "Fine"
    assert said["accounts-lock"].origin.file == "rules/policies/accounts-lock.yaml"
    # The shipped one always takes part; this one does not say so.
    found = read_policies(folders)
    assert isinstance(found, tuple)
    assert "lists-are-paged" not in {policy.name for policy in found}
    assert read_policies(folders, ["nothing"]) != found


def test_the_published_schema_is_current_and_a_schema() -> None:
    published = ROOT / "docs" / "schemas" / "policy.schema.json"
    assert published.read_text(encoding="utf-8") == schema_text()
    Draft202012Validator.check_schema(policy_schema())


def test_the_program_knows_the_same_names() -> None:
    loader = SourceFileLoader("policies", str(SCRIPT))
    spec = spec_from_loader("policies", loader)
    assert spec
    module = module_from_spec(spec)
    loader.exec_module(module)
    assert {over: set(names) for over, names in module.NAMES.items()} == {
        over: set(names) for over, names in NAMES.items() if over != "control"
    }
    assert {("spec", *filter(None, [name])): left for name, left in module.LEFT_OUT.items()} == LEFT_OUT


# Hostile conditions


def judged(tmp_path: Path, **changes: object) -> tuple[int, list[str]]:
    policy = read_policy(GOOD.encode(), "x", "x.yaml")
    assert isinstance(policy, Policy)
    (tmp_path / "nothing.yaml").write_text("files: {a.txt: aaaa}\n", encoding="utf-8")
    made = policy.model_copy(update={"where": "", **changes})
    return evaluate([made], *make(tmp_path / "nothing.yaml", base(), tmp_path))


def test_what_cannot_be_evaluated_is_never_passed(tmp_path: Path) -> None:
    checked, lines = judged(tmp_path, over="entity", holds="node.retention.days > 3", message="m", advice="a")
    assert checked == len(lines) == len(base().entities)
    assert "error: the policy cannot be evaluated here: INVALID_ARGUMENT" in lines[0]


def test_a_condition_that_asks_too_often_is_ended(tmp_path: Path) -> None:
    often = (
        "node.entities.all(a, node.api.shapes.all(b, node.api.routes.all(c, node.api.routes.all(d, true))))"
    )
    begun = time.monotonic()
    _, lines = judged(tmp_path, over="application", holds=often, message="m")
    assert "cannot be evaluated here: INTERNAL: Iteration budget exceeded" in lines[0]
    assert time.monotonic() - begun < 10


def test_a_pattern_cannot_be_made_slow(tmp_path: Path) -> None:
    (tmp_path / "more.yaml").write_text(json.dumps({"files": {"a.txt": "a" * 100_000}}), encoding="utf-8")
    policy = read_policy(GOOD.encode(), "x", "x.yaml")
    assert isinstance(policy, Policy)
    slow = policy.model_copy(
        update={"over": "file", "where": "", "holds": "!node.text.matches('^(a+)+$b')", "message": "m"}
    )
    begun = time.monotonic()
    assert evaluate([slow], *make(tmp_path / "more.yaml", base(), tmp_path)) == (1, [])
    assert time.monotonic() - begun < 10


def test_a_policy_for_what_a_file_lacks_names_no_line(tmp_path: Path) -> None:
    lacks = {
        "over": "file",
        "holds": "node.text.contains('licence')",
        "message": "{node.path}",
        "advice": "a",
    }
    assert judged(tmp_path, **lacks) == (1, ["a.txt:0:0: error: a.txt; a [x]"])
