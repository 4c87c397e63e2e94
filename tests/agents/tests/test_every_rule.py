"""Every rule of a brief has a test that is named after it, or stands in the list of those without one."""

from __future__ import annotations

import ast
import re
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from qlf.agents.tests.names import snake
from qlf.python_names import spelt
from tests.agents.tests.test_written_tests import compiled, written

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qlf.model.spec import Effect, Entity, Operation, Route, Spec

ROOT = Path(__file__).parents[3]
BRIEFS = sorted([*(ROOT / "briefs").glob("*.md"), *(ROOT / "tests/e2e/briefs").glob("*.md")])
EVERY = pytest.mark.parametrize("path", BRIEFS, ids=lambda path: path.stem)
DOES = {
    "create": ("creates_{noun}", "cannot_create_{noun}_for_others"),
    "read": ("reads_{noun}", "does_not_see_other_{plural}"),
    "update": ("changes_{noun}", "cannot_change_other_{plural}"),
    "delete": ("deletes_{noun}", "cannot_delete_other_{plural}"),
    "transition": (r"can_{action}_{noun}(_\d+)?", "cannot_{action}_other_{plural}"),
    "operation": ("can_{action}", "cannot_{action}_other_{plural}"),
    "add": ("can_{action}_twice", "cannot_{action}_{noun}_out_of_reach"),
    "remove": ("can_undo_{action}_twice", "cannot_undo_{action}_{noun}_out_of_reach"),
}
OF_A_KIND = {"text": 255, "file": 255, "email": 254, "url": 2048, "longtext": 65_535, "phone": 16}
ELSEWHERE = {"email_of_user_must_be_unique": "registration_refuses_an_address_that_is_taken"}


class Rule(NamedTuple):
    """A rule, the heading it has in the brief, and a regular expression for its test."""

    name: str
    place: str
    test: str


def of_entity(spec: Spec, entity: Entity) -> Iterator[Rule]:
    noun, place = snake(entity.name), entity.label
    for check in entity.checks:
        yield Rule(
            check.name, place, rf"(new|changed)_{noun}_must_keep_{check.name}|.*_{noun}_to_keep_{check.name}"
        )
    for group in [*((one.name,) for one in entity.fields if one.unique and not one.system), *entity.unique]:
        shown = "_and_".join(group)
        yield Rule(
            ", ".join(group), place, rf"{shown}_of_{noun}_must_be_unique|.*_keeps_{shown}_of_{noun}_unique"
        )
    for one in entity.derived:
        for end in ("true", "false") if one.type.kind == "bool" else ("worked_out",):
            yield Rule(one.name, place, f"{one.name}_of_{noun}_is_{end}")
    for field in entity.fields:
        if field.computed is not None:
            yield Rule(field.name, place, f"{field.name}_of_{noun}_is_worked_out")
        elif not field.system:
            for bound, broken in (
                (field.minimum, "(shorter than|below)"),
                (
                    None if field.maximum == OF_A_KIND.get(field.type.kind) else field.maximum,
                    "(longer than|above)",
                ),
                (field.pattern, "not in the pattern"),
            ):
                test = rf"members_of_(new|change_of)_{noun}_must_be_valid: {field.name} {broken}.*"
                test += rf"|.*_needs_(enough|room_for)_{field.name}"
                if bound is not None:
                    yield Rule(f"{field.name}: ", place, test)
    routes = [one for one in spec.api.routes if one.entity == entity.name] if spec.api else []
    for route in routes:
        yield from of_access(spec, entity, route)
    yield from of_states(entity, {one.action for one in routes})


def of_access(spec: Spec, entity: Entity, route: Route) -> Iterator[Rule]:
    if route.kind not in DOES:
        return
    for role in callers(spec, route):
        stands_for = {role, "anyone"} | ({"user"} if role != "anyone" else set())
        action = route.action or route.kind
        grants = [one for one in entity.access if one.action == action and one.role in stands_for]
        words = {"noun": snake(entity.name), "plural": entity.plural, "action": action}
        does, does_not = (one.format(**words) for one in DOES[route.kind])
        if grants or not spec.auth:
            yield Rule(f"{role}: {action}", entity.label, f"{role}_{does}")
        if spec.auth and grants and all(one.condition is not None for one in grants):
            yield Rule(f"{role}: {action} only where", entity.label, f"{role}_{does_not}")


def callers(spec: Spec, route: Route) -> list[str]:
    if spec.auth is None:
        return ["anyone"]
    kind = spec.entity(spec.auth.entity).field("role").type.enum
    roles = next(one.values for one in spec.enums if one.name == kind)
    everybody = ["anyone", *roles]
    if "anyone" in route.roles:
        return everybody
    return list(roles) if "user" in route.roles else [role for role in roles if role in route.roles]


def of_states(entity: Entity, open_to_clients: set[str]) -> Iterator[Rule]:
    noun = snake(entity.name)
    for machine in entity.states:
        for one in machine.transitions:
            test = rf".*_needs_{noun}_{'_or_'.join(one.sources)}"
            if one.name in open_to_clients:
                test = f"{one.name}_is_refused_for_{noun}_in_another_state"
            yield Rule(one.name, entity.label, test)
            if one.guard is not None and one.name in open_to_clients:
                yield Rule(one.name, entity.label, f"{one.name}_of_{noun}_has_a_condition")


def of_operation(operation: Operation) -> Iterator[Rule]:
    for guard in operation.guards:
        yield Rule(guard.name, operation.label, f"{operation.name}_needs_{guard.name}")
    for effect in steps(operation.effects):
        if effect.kind == "require":
            yield Rule(effect.binding, operation.label, f"{operation.name}_needs_{effect.binding}")
        if effect.kind == "find":
            name = f"a_{snake(str(effect.entity))}"
            yield Rule(name, operation.label, f"{operation.name}_needs_{name}")


def steps(effects: tuple[Effect, ...]) -> Iterator[Effect]:
    for effect in effects:
        yield effect
        yield from steps(effect.steps)


def read_tests(files: dict[str, str]) -> dict[str, str]:
    """Return the texts of tests by name; one for several roles or values also under a name for each."""
    found = {}
    for path, text in files.items():
        for node in ast.parse(text).body if path.startswith("tests/test_") else ():
            if isinstance(node, ast.FunctionDef):
                source = "\n".join(ast.unparse(one) for one in (*node.decorator_list, node))
                for name in names_of(node.name.removeprefix("test_"), source):
                    found[name] = source
    return found


def names_of(name: str, source: str) -> Iterator[str]:
    yield name
    yield from (f"{name}: {repeated}" for repeated in re.findall(r"id='([^']+)'", source))
    for listed in re.findall(r"parametrize\('role', \[([^\]]*)\]", source):
        roles = [one.partition(".")[2].lower() for one in listed.split(", ")]
        for start in ("_or_".join(roles), "several_roles"):
            if name.startswith(f"{start}_"):
                yield from (f"{role}{name.removeprefix(start)}" for role in roles)


def listed(files: dict[str, str]) -> list[tuple[str, str]]:
    return re.findall(r"^\| `(.+)` \| (.+?) \| .+ \|$", files["tests/README.md"], re.MULTILINE)


def silent(spec: Spec, tests: dict[str, str], without: list[tuple[str, str]]) -> list[Rule]:
    """Return the rules that neither a test nor the list says anything about."""
    rules = [rule for entity in spec.entities for rule in of_entity(spec, entity)]
    rules += [rule for operation in spec.operations for rule in of_operation(operation)]
    names = [*tests, *(name for name, other in ELSEWHERE.items() if other in tests)]
    return [
        rule
        for rule in rules
        if not any(re.fullmatch(rule.test, name) for name in names)
        and not any(place == rule.place and rule.name in name for name, place in without)
    ]


@EVERY
def test_every_rule_is_tested_or_listed_with_the_reason(path: Path) -> None:
    spec = compiled(path)
    files = written(spec)

    assert silent(spelt(spec), read_tests(files), listed(files)) == []


def test_rule_that_is_neither_tested_nor_listed_is_noticed() -> None:
    spec = compiled(ROOT / "briefs/ecommerce-mvp.md")
    files = written(spec)
    tests = read_tests(files)
    del tests["checkout_needs_code_in_its_period"]

    assert [rule.name for rule in silent(spelt(spec), tests, listed(files))] == ["code_in_its_period"]
    assert [rule.name for rule in silent(spelt(spec), read_tests(files), [])][-1] == "own_address"


@EVERY
def test_rule_that_is_listed_has_no_test(path: Path) -> None:
    spec = compiled(path)
    files = written(spec)
    untested = {rule.name for rule in silent(spelt(spec), read_tests(files), [])}

    assert [rule for rule, _ in listed(files) if not any(name in rule for name in untested)] == []


@EVERY
def test_every_effect_is_looked_at_where_an_operation_is_carried_out(path: Path) -> None:
    spec = spelt(compiled(path))
    tests = read_tests(written(compiled(path)))
    for operation in spec.operations:
        text = "".join(text for name, text in tests.items() if name.endswith(f"_can_{operation.name}"))
        made = {one.binding for one in steps(operation.effects) if one.kind == "create"}
        for effect in steps(operation.effects):
            if effect.kind == "create" and operation.name == "import":
                continue  # clash: rows of the same entity are there before, and which is new cannot be told
            for name, value in effect.values:
                told = getattr(value, "name", "") not in made
                assert not told or re.search(rf"\.{name}(_|_id)?\b", text), f"{operation.name}: {name}"
            if effect.kind == "adjust":
                assert f".{effect.target}" in text, f"{operation.name}: {effect.target}"


def test_list_says_why_a_rule_has_no_test() -> None:
    text = written(compiled(ROOT / "briefs/ecommerce-mvp.md"))["tests/README.md"]

    assert (
        "| `own_address` | Checkout | A request that breaks it refers to a row that its sender cannot see, "
        "and is refused for that. |"
    ) in text
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    assert all(one != other for one, other in pairwise(rows))


def test_application_whose_rules_are_all_tested_has_no_list(tmp_path: Path) -> None:
    brief = tmp_path / "notes.md"
    brief.write_text(
        "---\nentities: {Note: {fields: {title: text! max=80}}}\n---\n# Notes\n", encoding="utf-8"
    )
    assert "Rules without a test" not in written(compiled(brief))["tests/README.md"]
