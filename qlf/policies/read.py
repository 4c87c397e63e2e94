"""Read policies from their files: every clause with its place, every problem in one run."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

from qlf.errors import Problem
from qlf.model.policy import Over, Policy
from qlf.model.value import Origin
from qlf.policies.conditions import check_condition, check_text
from qlf.policies.files import policy_files
from qlf.policies.schema import language
from qlf.strict_yaml import Limits, Mapping, Scalar, decode, plain
from qlf.strict_yaml import read as read_yaml

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from qlf.policies.files import Rules

LIMITS = Limits(characters=1 << 14, depth=4, nodes=64, aliases=0)
MOST = 500


def read_policies(
    folders: Sequence[Rules], named: Collection[str] = ()
) -> tuple[Policy, ...] | list[Problem]:
    """Read the policies that take part: those that are named, and those that always do.

    Returns:
        The policies in the order of their names, or all problems of all files, ordered by their places. A
        name without a file is a problem.
    """
    problems: list[Problem] = []
    found = []
    files = policy_files(folders)
    if len(files) > MOST:
        what = f"there are more than {MOST} policies"
        return [Problem(folders[0].called, 0, 0, what, "take some of them out")]
    for path, called in files.values():
        policy = read_policy(path.read_bytes(), path.stem, called)
        if isinstance(policy, list):
            problems += policy
        elif policy.always or policy.name in named:
            found.append(policy)
    for name in sorted(set(named) - files.keys()):
        called = f"{folders[0].called}/policies/{name}.yaml"
        problems.append(Problem(called, 0, 0, f"there is no policy {name}", "write it, or do not name it"))
    return sorted(problems) or tuple(found)


@lru_cache(maxsize=1024)
def read_policy(content: bytes, name: str, file: str) -> Policy | list[Problem]:
    """Read one policy from the content of its file `file`, which says that it is called `name`."""
    if len(content) > LIMITS.characters:
        what = f"the policy has more than {LIMITS.characters} bytes"
        return [Problem(file, 0, 0, what, "make it smaller")]
    text = decode(content, file)
    if isinstance(text, list):
        return text
    tree = read_yaml(text, file, limits=LIMITS)
    if isinstance(tree, list):
        return tree
    problems, _ = language().check(tree, file)
    if problems or not isinstance(tree, Mapping):
        return problems
    problems += _of_name(tree, name, file)
    over = cast("Over", cast("Scalar", tree.entries["over"]).text)
    for key in ("where", "holds"):
        if isinstance(condition := tree.entries.get(key), Scalar):
            problems += check_condition(condition, over, file)
    problems += check_text(cast("Scalar", tree.entries["message"]), over, file)
    if problems:
        return sorted(problems)
    said = cast("dict[str, Any]", plain(tree))
    return Policy(
        **said, origin=Origin(kind="overlay", file=file, line=tree.place.line, column=tree.place.column)
    )


def _of_name(tree: Mapping, name: str, file: str) -> list[Problem]:
    said = cast("Scalar", tree.entries["name"])
    if said.text == name:
        return []
    what = f"name is {said.text}, and the file's name says {name}"
    return [Problem(file, *said.place, what, "make them the same")]
